"""Calls that the house places: by an agent's phone, by a click in a program, or to the customer first.

It tells whom the exchange dials and for whom; how the call goes on is journey.py's.
"""

import re

from connectors.calls.asterisk.caller import UNKNOWN
from connectors.calls.asterisk.channels import Channel, Channels
from connectors.calls.asterisk.journey import OUR_NUMBER, Journeys, agent_of
from connectors.calls.asterisk.pen import Leg, Moment, Pen, Tracked
from connectors.calls.asterisk.wire import Message, clip
from plugin.core.calls import Direction, EventType

_MOST_NUMBER = 64
_NUMBER = re.compile(r"[+0-9*#]{2,}")


class Placing:
    """Begins outbound calls."""

    def __init__(self, channels: Channels, journeys: Journeys, pen: Pen) -> None:
        self._channels = channels
        self._journeys = journeys
        self._pen = pen

    def dialled(self, origin: Channel | None, customer: Channel, message: Message, when: Moment) -> None:
        """A trunk was asked for a number (DialBegin), by `origin` where a channel did so."""
        # Where no channel dials, the caller id on the new channel is the one that the customer is to see.
        shown = message.get("CallerIDNum" if origin is not None else "DestCallerIDNum")
        self.place(origin, customer, customer.called, shown, when)

    def place(self, origin: Channel | None, customer: Channel, number: str, cli: str, when: Moment) -> None:
        """The house dials a customer: `origin` is the agent's channel where one is known, `cli` the number shown."""
        origin = self._who_dials(origin)
        known = self._journeys.part_of(origin)
        if known is not None and origin is not None and known.origin == origin.uid:
            self._redial(known, customer, when)
            return
        agent = None if origin is None else agent_of(origin)
        call = Tracked(customer.linked, Direction.OUTBOUND, customer.uid, when, ids=[customer.linked], settled=True)
        call.know(customer.uid)
        call.placed_by = agent
        call.number = number or None
        call.our_number = cli if OUR_NUMBER.fullmatch(cli) and (agent is None or cli != agent.extension) else None
        self._journeys.take_part(call, customer)
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

    def _who_dials(self, origin: Channel | None) -> Channel | None:
        # A click in a program rings the agent behind a Local, whose other half then dials.
        if origin is None or origin.name.real:
            return origin
        company = self._channels.hear(origin)
        return next((one for one in company if one.name.real and not one.name.trunk), None)

    def _redial(self, call: Tracked, customer: Channel, when: Moment) -> None:
        # The first trunk failed and the dialplan tries another: still the same call.
        if self._journeys.has_customer(call) or call.talked:
            return
        call.customer = customer.uid
        call.know(customer.uid)
        self._journeys.take_part(call, customer)
        self._pen.write(call, EventType.RINGING, when, leg=customer.uid, agent=call.placed_by)


def dialled_number(message: Message, *, onward: bool) -> str:
    """Return the number that a trunk was asked for: the caller id that the dialling gave it, else the dial string's.

    `onward`: a customer is led on to somebody outside; the caller id is then the line that he dialled himself, unless a
    transfer or a forwarding led him there.
    """
    given = message.get("DestCallerIDNum").replace(UNKNOWN, "")
    his_own = onward and given == message.get("Exten")
    if message.get("Channel") and _NUMBER.fullmatch(given) and not his_own:
        return clip(given, _MOST_NUMBER)
    dialled = message.get("DialString")
    named = dialled.partition("@")[0] if "@" in dialled else dialled
    return clip(named.rpartition("/")[2].removeprefix("sip:"), _MOST_NUMBER)
