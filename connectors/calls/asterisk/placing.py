"""Calls that the house places: by an agent's phone, by a click in a program, or to the customer first.

It tells whom the exchange dials and for whom; how the call goes on is journey.py's.
"""

import re

from connectors.calls.asterisk.channels import Channel, Channels
from connectors.calls.asterisk.journey import OUR_NUMBER, Journeys
from connectors.calls.asterisk.parties import Parties, agent_of
from connectors.calls.asterisk.pen import Pen
from connectors.calls.asterisk.tracked import Leg, Moment, Tracked
from connectors.calls.asterisk.wire import Message, clip
from plugin.core.calls import Direction, EventType

_MOST_NUMBER = 64
_NUMBER = re.compile(r"[+0-9*#]{2,}")
_WHOLE = "0+"  # how a number begins that needs no area code before it
_SUBSCRIBER = 8  # so many digits at the end have all ways of writing a number in common


class Placing:
    """Begins outbound calls."""

    def __init__(self, channels: Channels, parties: Parties, journeys: Journeys, pen: Pen) -> None:
        self._channels = channels
        self._parties = parties
        self._journeys = journeys
        self._pen = pen

    def dialled(self, origin: Channel | None, customer: Channel, message: Message, when: Moment) -> None:
        """A trunk was asked for a number (DialBegin), by `origin` where a channel did so."""
        # Where no channel dials, the caller id on the new channel is the one that the customer is to see.
        shown = message.get("CallerIDNum" if origin is not None else "DestCallerIDNum")
        self.place(origin, customer, customer.called, shown, when)

    def place(self, origin: Channel | None, customer: Channel, number: str, cli: str, when: Moment) -> None:
        """The house dials a customer: `origin` is the agent's channel where one is known, `cli` the number shown."""
        way = self._on_the_way(origin)
        if origin is not None and not origin.name.real:
            origin = next((one for one in way if one.name.real and not one.name.trunk), None)
        known = self._parties.itself(origin)
        if known is not None and origin is not None and known.origin == origin.uid:
            self._redial(known, customer, number, when)
            return
        agent = None if origin is None else agent_of(origin)
        call = Tracked(customer.linked, Direction.OUTBOUND, customer.uid, when, ids=[customer.linked], settled=True)
        call.know(customer.uid)
        call.placed_by = agent
        call.number = called_number(number) or None
        call.our_number = cli if OUR_NUMBER.fullmatch(cli) and (agent is None or cli != agent.extension) else None
        self._parties.take(call, customer)
        for half in (one for one in way if one.name.half is not None):
            self._journeys.pass_on(call, half, when)
        self._pen.write(
            call,
            EventType.OFFERED,
            when,
            customer_number=call.number,
            our_number=call.our_number,
            agent=agent,
        )
        self._pen.write(call, EventType.RINGING, when, leg=customer.uid, agent=agent)
        if origin is not None and agent is not None:
            call.origin = origin.uid
            self._journeys.join(call, origin, Leg(origin.uid, agent, origin=True), when)

    def _on_the_way(self, origin: Channel | None) -> list[Channel]:
        # A click in a program rings the agent behind a Local, whose other half then dials; or he dials such a Local.
        found = [] if origin is None else [origin]
        for here in found:
            partner = self._channels.partner(here)
            dialling = [] if partner is None else [one for one in self._channels if partner.uid in one.dials]
            near = [] if here.name.real else [*self._channels.hear(here), *dialling]
            found += [one for one in near if one not in found]
        return found

    def _redial(self, call: Tracked, customer: Channel, number: str, when: Moment) -> None:
        # The first trunk failed and the dialplan tries another, or it tries both at once: still the same call.
        rings = self._parties.is_there(call.customer)
        if call.talked or (rings and number != call.number):
            return
        if not rings:
            call.customer = customer.uid
        call.know(customer.uid)
        self._parties.take(call, customer)
        self._pen.write(call, EventType.RINGING, when, leg=customer.uid, agent=call.placed_by)


def called_number(text: str) -> str:
    """Return a number that was dialled, the empty text where it is none."""
    return clip(text, _MOST_NUMBER) if _NUMBER.fullmatch(text) else ""


def asked_of(words: str, trunk: Channel) -> str:
    """Return what `words`, given to Dial, ask of the trunk (`0312345678@trunk`), the empty text where nothing."""
    asked = [one.partition("/")[2] for one in words.partition(",")[0].split("&")]
    return next((one for one in asked if trunk.name.endpoint in re.split("[@/]", one)), "")


def outside_number(dialled: str, asked: str) -> str:
    """Return the number outside: as somebody dialled it, else as the trunk was asked for it (`asked`).

    The dialplan takes off what only leads to an outside line, and adds what a carrier wants before the number; and what
    was dialled may be a short code, or an extension that has nothing to do with it.
    """
    before, at, _ = asked.partition("@")
    given = called_number((before if at else asked).rpartition("/")[2].removeprefix("sip:"))
    given = given or called_number(asked.rpartition("/")[2].partition("@")[0])  # IAX2/name@host/number
    if not given:
        return dialled if len(dialled) >= _SUBSCRIBER else ""
    shorter, longer = sorted((dialled or given, given), key=len)
    if longer.endswith(shorter):  # national numbers begin with 0: without one, it is an area code that was added
        return longer if longer[0] in _WHOLE and shorter[0] not in _WHOLE else shorter
    same = shorter[-_SUBSCRIBER:] == longer[-_SUBSCRIBER:]
    return dialled if same and len(dialled) <= len(given) else given


def dialled_number(message: Message, by: Channel | None, trunk: Channel, *, onward: bool) -> str:
    """Return the number that a trunk was asked for (DialBegin, DialState, DialEnd).

    `onward`: a customer is led on to somebody outside; what was dialled is then our own number, unless a transfer or a
    forwarding led him there.
    """
    dialled = called_number(message.get("DestCallerIDNum")) if message.get("Channel") else ""
    if onward and dialled == message.get("Exten"):
        dialled = ""
    asked = message.get("DialString") or ("" if by is None else asked_of(by.dials_by, trunk))
    return outside_number(dialled, asked)
