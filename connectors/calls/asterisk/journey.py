"""The way of each call with a customer: offered, ringing at agents, talked, handed on. Says so in our words.

A call is held back until its first dialplan step has settled the presentation: before, nobody knows whether the caller
withheld his number (docs/connectors.md). It keeps no list of who is in which call (parties.py), lets nobody go
(leaving.py) and reads nothing; tracker.py reads and calls.
"""

import re

from connectors.calls.asterisk.caller import is_hidden, read_caller
from connectors.calls.asterisk.channels import Channel, Channels
from connectors.calls.asterisk.endings import REFUSALS
from connectors.calls.asterisk.parties import Parties, agent_of
from connectors.calls.asterisk.pen import Pen
from connectors.calls.asterisk.tapes import Tapes
from connectors.calls.asterisk.tracked import Leg, Member, Moment, Tracked
from plugin.core.calls import AgentRef, Direction, EventType, Outcome, TransferFact
from plugin.core.numbers import WithheldReason

OUR_NUMBER = re.compile(r"\+?[0-9]{2,20}")


class Journeys:
    """The calls of one exchange, up to their ends."""

    def __init__(self, channels: Channels, parties: Parties, tapes: Tapes, pen: Pen) -> None:
        self._channels = channels
        self._parties = parties
        self._tapes = tapes
        self._pen = pen

    # ── beginning

    def arrive(self, channel: Channel, when: Moment) -> Tracked:
        """A customer's channel came in: begin to hold its call back."""
        call = Tracked(channel.uid, Direction.INBOUND, channel.uid, when, ids=[channel.uid])
        self._parties.take(call, channel)
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

    def take_line(self, channel: Channel) -> None:
        """Of several lines by which the house calls one customer, the one that he answers is his."""
        call = self._parties.itself(channel)
        ours = channel.name.trunk and not channel.incoming and call is not None and channel.uid not in call.legs
        if call is not None and ours and call.direction is Direction.OUTBOUND and not call.talked:
            call.customer = channel.uid

    def pass_on(self, call: Tracked, channel: Channel, when: Moment, member: Member | None = None) -> None:
        """A Local pair was dialled for the customer, for a queue's `member` maybe: what its other half dials rings."""
        for half in (channel, self._channels.partner(channel)):
            if half is not None and self._parties.admit(call, half):
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
        call = self._parties.customer_of(channel.linked)
        if call is not None and not call.talking and not self._parties.is_there(channel.uid):
            self.ring(call, channel, agent_of(channel), when)

    def join(self, call: Tracked, channel: Channel, leg: Leg, when: Moment) -> None:
        """The channel is an agent's in this call, with that leg."""
        call.legs[channel.uid] = leg
        self._parties.join(call, channel)
        self._start_tapes(call, channel, when)

    def _start_tapes(self, call: Tracked, channel: Channel, when: Moment) -> None:
        for file in channel.files:
            self._tapes.start(call, channel, file, when)

    def refuse(self, call: Tracked, channel: Channel, status: str, when: Moment) -> None:
        """A device's ringing ended with this DialStatus. A CANCEL waits for its Hangup, which tells why."""
        leg = call.legs.get(channel.uid)
        if not call.in_queue:
            call.ending.last_dial = status
        if leg is not None:
            leg.said = status
            if status in REFUSALS and leg.ringing:
                self.end_leg(call, leg, when, REFUSALS[status])
        elif channel.uid == call.customer and status in REFUSALS:
            self._pen.write(
                call, EventType.LEG_ENDED, when, leg=channel.uid, agent=call.placed_by, outcome=REFUSALS[status]
            )

    def dial_over(self, channel: Channel, status: str) -> None:
        """The dialplan of the side that dialled knows what came of the dialling as a whole."""
        call = self._parties.itself(channel)
        if call is not None and status and channel.uid in (call.customer, call.origin) and not call.in_queue:
            call.ending.last_dial = status

    def enqueue(self, call: Tracked, queue: str, when: Moment) -> None:
        """The customer waits in a queue."""
        call.in_queue = True
        call.queue = call.queue or queue
        self._pen.write(call, EventType.QUEUED, when, queue=queue)
        self.resolve_transfer(call, f"queue:{queue}")

    def leave_queue(self, channel: Channel, when: Moment) -> None:
        """A queue lets the customer go, or never took him in; either way it was where he first asked."""
        call = self._parties.offering(channel)
        if call is None:
            return
        call.ending.left_queue = False  # time out, full, empty, a key: he did not hang up
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
            other = self._parties.itself(channel)
            if other is not None and other is not call and self._was_left(call, other, channel, present):
                self.absorb(call, other, when)
                self._answer(call, channel, when)
        for channel in [] if customer is None else self._channels.summoned(customer):
            if self._parties.itself(channel) is None:
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
        if channel.uid in call.legs or (not outside and self._parties.itself(channel) in (None, call)):
            return True
        return self._confers(call, channel)

    def _confers(self, call: Tracked, channel: Channel) -> bool:
        """Whether an agent who talks with another customer is in a conference with this one, too."""
        customer, found = self._channels.get(call.customer), self._parties.leg(channel)
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
        call.ending.begin_anew()
        call.in_queue, call.handed_by = False, None
        self.resolve_transfer(call, leg.agent.key)  # nobody rang for it: he took up a parked customer
        about = call.customer if leg.origin else leg.uid
        self._pen.write(call, EventType.ANSWERED, when, leg=about, agent=leg.agent)

    def hold(self, channel: Channel, when: Moment) -> None:
        """An agent puts the customer on hold."""
        for call, leg in self._parties.legs(channel):
            if leg.talking and not leg.held:
                leg.held = True
                self._pen.write(call, EventType.HELD, when, leg=leg.uid, agent=leg.agent)

    def resume(self, channel: Channel, when: Moment) -> None:
        """An agent takes the customer off hold; an Unhold without Hold is nothing."""
        for call, leg in self._parties.legs(channel):
            if leg.held:
                leg.held = False
                self._pen.write(call, EventType.RESUMED, when, leg=leg.uid, agent=leg.agent)

    def absorb(self, call: Tracked, other: Tracked, when: Moment) -> None:
        """What was told as a call that the house placed was made for the customer of `call`, and is part of it."""
        for native in other.ids:
            call.know(native)
        self._parties.merge(other, call)
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

    def end_leg(self, call: Tracked, leg: Leg, when: Moment, unanswered: Outcome = Outcome.MISSED) -> None:
        """An agent is in the call no more; `unanswered`: what came of it where he never talked."""
        if leg.over:
            return
        leg.over, leg.talking = True, False
        about = call.customer if leg.origin else leg.uid
        outcome = Outcome.ANSWERED if leg.talked else unanswered
        self._pen.write(call, EventType.LEG_ENDED, when, leg=about, agent=leg.agent, outcome=outcome)

    # ── beside the conversation

    def record(self, channel: Channel, when: Moment) -> None:
        """A recording began on the channel (its newest file). A dialplan leads nobody on who talks: that is by hand."""
        call = self._parties.itself(channel)
        if call is not None:
            channel.files[-1].by_hand = channel.bridge is not None and bool(call.talking)
            self.settle(call)
            self._tapes.start(call, channel, channel.files[-1], when)
            self.relink(call, when)

    def mute_recording(self, channel: Channel, direction: str, when: Moment, *, on: bool) -> None:
        """What records the channel is paused, or goes on."""
        call = self._parties.itself(channel)
        if call is not None:
            self._tapes.mute(call, channel.uid, direction, when, on=on)

    def stop_recording(self, channel: Channel, when: Moment) -> None:
        """The recordings of the channel were stopped before its end."""
        call = self._parties.itself(channel)
        channel.files.clear()
        if call is not None:
            self._tapes.close(call, channel.uid, when)
