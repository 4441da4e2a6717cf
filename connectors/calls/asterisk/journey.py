"""The way of each call with a customer: offered, ringing at agents, talked, handed on, ended. Says so in our words.

A call is held back until its first dialplan step has settled the presentation: before, nobody knows whether the caller
withheld his number (docs/connectors.md). Nothing is read here; tracker.py reads and calls.
"""

import re

from connectors.calls.asterisk.caller import is_hidden, read_caller
from connectors.calls.asterisk.channels import Channel, Channels
from connectors.calls.asterisk.endings import (
    ANSWERED_ELSEWHERE,
    BUSY,
    REFUSALS,
    ended_by,
    note_leaving,
    note_queue_status,
    outcome_of,
)
from connectors.calls.asterisk.pen import Pen
from connectors.calls.asterisk.tapes import Tapes
from connectors.calls.asterisk.tracked import Leg, Member, Moment, Tracked
from plugin.core.calls import AgentRef, Direction, EndedBy, EventType, Outcome, TransferFact
from plugin.core.numbers import WithheldReason

OUR_NUMBER = re.compile(r"\+?[0-9]{2,20}")


def agent_of(channel: Channel) -> AgentRef:
    """Return the agent at a device of the house; of a colleague who sits outside, the number that was called."""
    if channel.name.trunk:
        return AgentRef(extension=channel.called or None)
    return AgentRef(extension=channel.extension, name=channel.caller_name or None)


class Journeys:
    """The calls of one exchange. A channel has part in one as its customer, its origin, a leg or a Local on the way."""

    def __init__(self, channels: Channels, pen: Pen) -> None:
        self._channels = channels
        self._pen = pen
        self._part: dict[str, Tracked] = {}
        self._also: dict[str, list[Tracked]] = {}  # the other calls of those who confer with several customers
        self._tapes = Tapes(pen)

    @property
    def open(self) -> list[Tracked]:
        """Every call that has not ended."""
        return list({call.id: call for call in self._part.values()}.values())

    def of(self, channel: Channel | None) -> Tracked | None:
        """Return the call that the channel has part in, itself or through its Local pair."""
        if channel is None:
            return None
        found = self._part.get(channel.uid)
        partner = None if found is not None else self._channels.partner(channel)
        return found if partner is None else self._part.get(partner.uid)

    def leg(self, channel: Channel | None) -> tuple[Tracked, Leg] | None:
        """Return the call in which the channel is an agent's, with that leg."""
        call = None if channel is None else self._part.get(channel.uid)
        leg = None if call is None or channel is None else call.legs.get(channel.uid)
        return None if call is None or leg is None else (call, leg)

    def _legs(self, channel: Channel) -> list[tuple[Tracked, Leg]]:
        # A feature code of an agent behind a Local holds the customer on the Local.
        calls = [call for call in (self._part.get(channel.uid), *self._also.get(channel.uid, ())) if call is not None]
        if channel.name.half is not None:
            return [(call, leg) for call in calls for leg in call.legs.values() if leg.talking or leg.held]
        return [(call, call.legs[channel.uid]) for call in calls if channel.uid in call.legs]

    def part_of(self, channel: Channel | None) -> Tracked | None:
        """Return the call that the channel itself has part in."""
        return None if channel is None else self._part.get(channel.uid)

    def has_customer(self, call: Tracked) -> bool:
        """Whether the customer's channel is still there."""
        return call.customer in self._part

    # ── beginning

    def arrive(self, channel: Channel, when: Moment) -> Tracked:
        """A customer's channel came in: begin to hold its call back."""
        call = Tracked(channel.uid, Direction.INBOUND, channel.uid, when, ids=[channel.uid])
        self._part[channel.uid] = call
        return call

    def settle(self, call: Tracked) -> None:
        """The presentation is what it will be: read the caller, and let the call out."""
        channel = self._channels.get(call.customer)
        if call.settled or channel is None:
            return
        caller = read_caller(channel.number, channel.caller_name, channel.presentation)
        call.number, call.withheld = caller.number, caller.withheld
        call.our_number = next((one for one in (channel.exten, channel.did) if OUR_NUMBER.fullmatch(one)), None)
        self._pen.write(
            call,
            EventType.OFFERED,
            call.began,
            customer_number=call.number,
            withheld=call.withheld,
            our_number=call.our_number,
        )
        self._pen.release(call)

    def learn(self, call: Tracked, channel: Channel, when: Moment) -> None:
        """Take in what a later word about the customer's channel says: our number, or that he is withheld after all."""
        if call.direction is not Direction.INBOUND or not call.settled:
            return
        if call.withheld is None and is_hidden(channel.presentation):
            call.number, call.withheld = None, WithheldReason.REFUSED
            self._tapes.hide(call)
            self._pen.write(call, EventType.UPDATED, when, withheld=call.withheld)
        if call.our_number is None and OUR_NUMBER.fullmatch(channel.did):
            call.our_number = channel.did
            self._pen.write(call, EventType.UPDATED, when, our_number=call.our_number)

    # ── ringing

    def offering(self, channel: Channel) -> Tracked | None:
        """Return the call whose customer's side this channel dials for; an agent's own dialling is none of it.

        That is he, the far half of a Local that is dialled for him, or the near half of one by which a dialler had him
        called before anybody else: there the dialplan goes on for him.
        """
        call = self._part.get(channel.uid)
        if call is not None and call.customer == channel.uid:
            return call
        partner = self._channels.partner(channel)
        if partner is None or channel.name.half is None:
            return None
        call = self._part.get(partner.uid)
        if call is None or channel.name.half == "2":
            return call
        return call if call.origin is None and self._channels.reaches(partner, call.customer) else None

    def take_part(self, call: Tracked, channel: Channel) -> None:
        """The channel is the customer's in this call."""
        self._part[channel.uid] = call

    def take_line(self, channel: Channel) -> None:
        """Of several lines by which the house calls one customer, the one that he answers is his."""
        call = self._part.get(channel.uid)
        ours = channel.name.trunk and not channel.incoming and call is not None and channel.uid not in call.legs
        if call is not None and ours and call.direction is Direction.OUTBOUND and not call.talked:
            call.customer = channel.uid

    def pass_on(self, call: Tracked, channel: Channel, when: Moment, member: Member | None = None) -> None:
        """A Local pair was dialled for the customer, for a queue's `member` maybe: what its other half dials rings."""
        for half in (channel, self._channels.partner(channel)):
            if half is not None and self._part.setdefault(half.uid, call) is call:
                self._start_tapes(call, half, when)
        if member is not None:
            call.members.setdefault(channel.uid, member)

    def ring(self, call: Tracked, channel: Channel, agent: AgentRef, when: Moment) -> None:
        """An agent's device rings for the customer."""
        if channel.uid in call.legs or call.ended:
            return
        self.join(call, channel, Leg(channel.uid, agent), when)
        queue = call.queue if call.in_queue else None
        self._pen.write(call, EventType.RINGING, when, leg=channel.uid, agent=agent, queue=queue)

    def ring_for_waiting(self, channel: Channel, when: Moment) -> None:
        """A program dials a phone of the house on behalf of a customer's channel, while nobody talks with him."""
        call = self._part.get(channel.linked)
        if call is not None and call.customer == channel.linked and not call.talking and channel.uid not in self._part:
            self.ring(call, channel, agent_of(channel), when)

    def join(self, call: Tracked, channel: Channel, leg: Leg, when: Moment) -> None:
        """The channel is an agent's in this call, with that leg."""
        call.legs[channel.uid] = leg
        if self._part.setdefault(channel.uid, call) is not call:
            self._also.setdefault(channel.uid, []).append(call)
        self._start_tapes(call, channel, when)

    def _start_tapes(self, call: Tracked, channel: Channel, when: Moment) -> None:
        for file in channel.files:
            self._tapes.start(call, channel, file, when)

    def refuse(self, call: Tracked, channel: Channel, status: str, when: Moment) -> None:
        """A device's ringing ended with this DialStatus. A CANCEL waits for its Hangup, which tells why."""
        leg = call.legs.get(channel.uid)
        if not call.in_queue:
            call.last_dial = status
        if leg is not None:
            leg.said = status
            if status in REFUSALS and leg.ringing:
                self.end_leg(call, leg, REFUSALS[status], when)
        elif channel.uid == call.customer and status in REFUSALS:
            self._pen.write(
                call, EventType.LEG_ENDED, when, leg=channel.uid, agent=call.placed_by, outcome=REFUSALS[status]
            )

    def dial_over(self, channel: Channel, status: str) -> None:
        """The dialplan of the side that dialled knows what came of the dialling as a whole."""
        call = self._part.get(channel.uid)
        if call is not None and status and channel.uid in (call.customer, call.origin) and not call.in_queue:
            call.last_dial = status

    def enqueue(self, call: Tracked, queue: str, when: Moment) -> None:
        """The customer waits in a queue."""
        call.in_queue = True
        call.queue = call.queue or queue
        self._pen.write(call, EventType.QUEUED, when, queue=queue)
        self.resolve_transfer(call, f"queue:{queue}")

    def leave_queue(self, channel: Channel, when: Moment) -> None:
        """A queue lets the customer go, or never took him in; either way it was where he first asked."""
        call = self.offering(channel)
        if call is None:
            return
        note_queue_status(call)
        if call.queue is None and channel.asked_queue:
            call.queue = channel.asked_queue
            self._pen.write(call, EventType.UPDATED, when, queue=call.queue)

    # ── talking

    def relink(self, call: Tracked, when: Moment) -> None:
        """See again who hears the customer; whoever is new talks with him from now on."""
        customer = self._channels.get(call.customer)
        heard = [] if customer is None else self._channels.hear(customer)
        present = {channel.uid for channel in heard}
        for leg in call.legs.values():
            leg.talking = leg.talking and leg.uid in present
        for channel in heard:
            if channel.name.half is not None:  # what the other side of a Local dials is dialled for the customer
                self.pass_on(call, channel, when)
            if self._is_agent(call, channel):
                self._answer(call, channel, when)
            other = self._part.get(channel.uid)
            if other is not None and other is not call and self._was_left(call, other, channel, present):
                self.absorb(call, other, when)
                self._answer(call, channel, when)
        for channel in [] if customer is None else self._channels.summoned(customer):
            if self._part.get(channel.uid) is None:
                self.ring(call, channel, agent_of(channel), when)
        if call.talking:
            self._tapes.hear_talk(call, {call.customer, *present})

    def _was_left(self, call: Tracked, other: Tracked, channel: Channel, present: set[str]) -> bool:
        """Whether the channel is somebody outside whom an agent called meanwhile, and then left with the customer."""
        placed = other.direction is Direction.OUTBOUND and other.customer == channel.uid
        meanwhile = placed and other.began.at_us > call.began.at_us
        return meanwhile and other.origin is not None and other.origin not in present

    def _is_agent(self, call: Tracked, channel: Channel) -> bool:
        if not channel.name.real:
            return False
        outside = channel.name.trunk and channel.incoming  # another customer, whoever let him in
        if channel.uid in call.legs or (not outside and self._part.get(channel.uid) in (None, call)):
            return True
        return self._confers(call, channel)

    def _confers(self, call: Tracked, channel: Channel) -> bool:
        """Whether an agent who talks with another customer is in a conference with this one, too."""
        customer, found = self._channels.get(call.customer), self.leg(channel)
        return customer is not None and found is not None and self._channels.confer(customer, channel)

    def _answer(self, call: Tracked, channel: Channel, when: Moment) -> None:
        self.settle(call)
        if channel.uid not in call.legs:  # he was asked for elsewhere: a consultation, a pick-up, a parked call
            self.ring(call, channel, agent_of(channel), when)
        leg = call.legs[channel.uid]
        leg.talking = True
        if leg.talked:
            return
        leg.talked = True
        call.agent_left, call.moved_on, call.in_queue, call.handed_by = None, False, False, None
        self.resolve_transfer(call, leg.agent.key)  # nobody rang for it: he took up a parked customer
        about = call.customer if leg.origin else leg.uid
        self._pen.write(call, EventType.ANSWERED, when, leg=about, agent=leg.agent)

    def hold(self, channel: Channel, when: Moment) -> None:
        """An agent puts the customer on hold."""
        for call, leg in self._legs(channel):
            if leg.talking and not leg.held:
                leg.held = True
                self._pen.write(call, EventType.HELD, when, leg=leg.uid, agent=leg.agent)

    def resume(self, channel: Channel, when: Moment) -> None:
        """An agent takes the customer off hold; an Unhold without Hold is nothing."""
        for call, leg in self._legs(channel):
            if leg.held:
                leg.held = False
                self._pen.write(call, EventType.RESUMED, when, leg=leg.uid, agent=leg.agent)

    def absorb(self, call: Tracked, other: Tracked, when: Moment) -> None:
        """What was told as a call that the house placed was made for the customer of `call`, and is part of it."""
        for native in other.ids:
            call.know(native)
        for uid in [uid for uid, known in self._part.items() if known is other]:
            self._part[uid] = call
        self._tapes.hand_over(other, call)
        called = self._channels.get(other.customer)
        if called is not None:
            self.ring(call, called, agent_of(called), when)

    def resolve_transfer(self, call: Tracked, to: str | None) -> None:
        """Tell of the blind transfer under way, now that it shows whom it reached (None: whom it was meant for)."""
        if call.transfer is None:
            return
        (fact, when), call.transfer = call.transfer, None
        known = TransferFact(fact.kind, fact.by, fact.to if to in (None, fact.by) else to)
        self._pen.write(call, EventType.TRANSFERRED, when, transfer=known)

    # ── ending

    def ask_to_leave(self, channel: Channel) -> None:
        """This side put down the phone."""
        call = self._part.get(channel.uid)
        for one in [] if call is None else [call, *self._also.get(channel.uid, ())]:
            note_leaving(one, channel)

    def end_leg(self, call: Tracked, leg: Leg, outcome: Outcome, when: Moment) -> None:
        """An agent's part in the call is over."""
        if leg.over:
            return
        leg.over, leg.talking = True, False
        about = call.customer if leg.origin else leg.uid
        self._pen.write(call, EventType.LEG_ENDED, when, leg=about, agent=leg.agent, outcome=outcome)

    def hang_up(self, channel: Channel, cause: str, when: Moment) -> None:
        """A channel is gone (it is dropped from the channels by the caller of this)."""
        call, others = self._part.pop(channel.uid, None), self._also.pop(channel.uid, [])
        if call is None:
            return
        for other in others:
            self._leave(other, channel, cause, when)
        self._tapes.close(call, channel.uid, when)
        if channel.uid == call.customer:
            if cause == BUSY and not call.in_queue and not call.customer_left:
                call.last_dial = "BUSY"
            if call.talked or call.origin is None or call.origin not in self._part:
                self.end(call, when)
        elif channel.uid == call.origin and call.customer not in self._part:
            self.end(call, when)
        else:
            self._leave(call, channel, cause, when)

    def _leave(self, call: Tracked, channel: Channel, cause: str, when: Moment) -> None:
        leg = call.legs.get(channel.uid)
        if leg is not None:
            elsewhere = cause == ANSWERED_ELSEWHERE or any(other.talked for other in call.legs.values())
            missed = Outcome.ANSWERED_ELSEWHERE if elsewhere else Outcome.MISSED
            self.end_leg(call, leg, Outcome.ANSWERED if leg.talked else missed, when)
            self.relink(call, when)

    def end(self, call: Tracked, when: Moment, *, lost: bool = False, by_pbx: bool = False) -> None:
        """The call is over. `lost`: no end was seen; `by_pbx`: because the exchange itself went down."""
        for uid in [uid for uid, other in self._part.items() if other is call]:
            self._let_go(uid)
        self._also = {uid: left for uid, calls in self._also.items() if (left := [o for o in calls if o is not call])}
        self.resolve_transfer(call, None)
        for leg in call.legs.values():
            self.end_leg(call, leg, Outcome.ANSWERED if leg.talked else Outcome.MISSED, when)
        self._tapes.close(call, None, when)
        call.ended = True
        by = (EndedBy.PBX if by_pbx else None) if lost else ended_by(call)
        outcome = Outcome.LOST if lost else outcome_of(call)
        self._pen.write(call, EventType.ENDED, when, outcome=outcome, ended_by=by)

    def _let_go(self, uid: str) -> None:
        others = self._also.get(uid)  # he talks with another customer, too
        if others:
            self._part[uid] = others.pop(0)
        else:
            del self._part[uid]

    def forget(self, channel: Channel) -> None:
        """The channel is gone without a word, and what that means was said."""
        self._part.pop(channel.uid, None)

    # ── beside the conversation

    def record(self, channel: Channel, when: Moment) -> None:
        """A recording began on the channel (its newest file). A dialplan leads nobody on who talks: that is by hand."""
        call = self._part.get(channel.uid)
        if call is not None:
            channel.files[-1].by_hand = channel.bridge is not None and bool(call.talking)
            self.settle(call)
            self._tapes.start(call, channel, channel.files[-1], when)
            self.relink(call, when)

    def mute_recording(self, channel: Channel, direction: str, when: Moment, *, on: bool) -> None:
        """What records the channel is paused, or goes on."""
        call = self._part.get(channel.uid)
        if call is not None:
            self._tapes.mute(call, channel.uid, direction, when, on=on)

    def stop_recording(self, channel: Channel, when: Moment) -> None:
        """The recordings of the channel were stopped before its end."""
        call = self._part.get(channel.uid)
        channel.files.clear()
        if call is not None:
            self._tapes.close(call, channel.uid, when)
