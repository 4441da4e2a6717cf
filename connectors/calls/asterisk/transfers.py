"""Transfers: who handed the customer to whom, and how.

The roles that AttendedTransfer names can be swapped (the colleague as transferee, the customer as target), and may
name a Local that stands for a phone, or nobody: the customer is known by his channel, the colleague by who is with him.
"""

from connectors.calls.asterisk.channels import Channel, Channels
from connectors.calls.asterisk.journey import Journeys
from connectors.calls.asterisk.parties import Parties, agent_of
from connectors.calls.asterisk.pen import Pen
from connectors.calls.asterisk.tracked import Moment, Tracked
from connectors.calls.asterisk.wire import Message, clip
from plugin.core.calls import Direction, EventType, TransferFact, TransferKind

_MOST_EXTENSION = 64
_GIVERS = ("OrigTransferer", "SecondTransferer")
_TAKERS = ("Transferee", "TransferTarget")
_ROLES = (*_GIVERS, *_TAKERS)


class Transfers:
    """Reads the two transfer events."""

    def __init__(self, channels: Channels, parties: Parties, journeys: Journeys, pen: Pen) -> None:
        self._channels = channels
        self._parties = parties
        self._journeys = journeys
        self._pen = pen

    def blind(self, message: Message, when: Moment) -> None:
        """An agent sent the customer on unheard. Told when it shows whom that reached, a queue or an agent."""
        by = self._channels.see(message, "Transferer")
        call = self._parties.of(self._channels.see(message, "Transferee")) or self._parties.of(by)
        if call is None or by is None or by.uid == call.customer or message.get("Result") not in ("", "Success"):
            return
        if call.transfer is not None and call.transfer[1] == when:
            return
        self._journeys.resolve_transfer(call, None)
        to = clip(message.get("Extension"), _MOST_EXTENSION) or None
        call.transfer = (TransferFact(TransferKind.BLIND, self._name_of(call, [by]), to), when)
        call.ending.agent_left = None

    def attended(self, message: Message, when: Moment) -> None:
        """An agent joined the customer and the colleague whom he had called, or whose phone still rings."""
        if message.get("Result") not in ("", "Success"):
            return
        seen = {role: self._channels.see(message, role) for role in _ROLES}
        givers = [channel for role in _GIVERS if (channel := seen[role]) is not None]
        calls = [call for channel in seen.values() if (call := self._parties.of(channel)) is not None]
        if not calls or not givers:
            return
        call = min(calls, key=lambda one: one.began.at_us)
        self._join(call, calls, when)
        call.ending.agent_left = None  # he left the customer to his colleague
        self._journeys.relink(call, when)
        if message.get("DestType") == "Threeway":
            return  # he stays: his colleague came to them
        self._tell(call, givers, [channel for role in _TAKERS if (channel := seen[role]) is not None], when)

    def recall(self, dialled: Channel, when: Moment) -> None:
        """The exchange calls an agent back, because the colleague to whom he gave a customer did not answer."""
        key = agent_of(dialled).key
        waiting = [call for call in self._parties.open if call.handed_by == key and not call.busy]
        if len(waiting) == 1:
            self._journeys.ring(waiting[0], dialled, agent_of(dialled), when)

    def _join(self, call: Tracked, calls: list[Tracked], when: Moment) -> None:
        # The colleague sits outside: what looked like a call of its own was the consultation. Two customers who called
        # in are never made one, whoever let them speak to each other.
        for other in calls:
            if other is not call and other.direction is Direction.OUTBOUND:
                self._journeys.absorb(call, other, when)

    def _name_of(self, call: Tracked, givers: list[Channel]) -> str | None:
        gone = {channel.uid for channel in givers}
        return next((leg.agent.key for leg in call.legs.values() if leg.uid in gone), givers[0].extension)

    def _tell(self, call: Tracked, givers: list[Channel], takers: list[Channel], when: Moment) -> None:
        away = {channel.uid for channel in givers} | {call.customer}
        taker = self._with_customer(call, takers, away) or self._called_by(givers, away) or _newest(call, away)
        target = None if taker is None else self._channels.get(taker)
        met = any(self._is_another_customer(call, one) for one in takers)
        talks = met or (target is not None and target.state == "Up" and target.bridge is not None)
        kind = TransferKind.ATTENDED if talks else TransferKind.SEMI_ATTENDED
        queue = None if talks else self._queue_of([*givers, *takers])
        if target is not None and not talks:
            self._journeys.ring(call, target, agent_of(target), when)
        to = f"queue:{queue}" if queue is not None else None if target is None else agent_of(target).key
        by = self._name_of(call, givers)
        done = target is not None and any(leg.uid == target.uid for leg in call.talking)
        if queue is not None:
            call.in_queue = True
        call.handed_by = None if done else by
        self._pen.write(call, EventType.TRANSFERRED, when, transfer=TransferFact(kind, by, to, done))

    def _is_another_customer(self, call: Tracked, channel: Channel) -> bool:
        other = self._parties.itself(channel)
        return other is not None and other is not call and other.customer == channel.uid

    def _with_customer(self, call: Tracked, takers: list[Channel], away: set[str]) -> str | None:
        """Return the device that a role names, or for which a Local in that role stands."""
        for taker in takers:
            stood_for = () if taker.name.real else (*self._channels.hear(taker), *self._channels.summoned(taker))
            for one in (taker, *stood_for):
                if one.name.real and one.uid not in away and not self._is_another_customer(call, one):
                    return one.uid
        return None

    def _called_by(self, givers: list[Channel], away: set[str]) -> str | None:
        """Return the device that an agent was calling when he left, by his second line."""
        for giver in givers:
            for one in (found for uid in sorted(giver.dials) if (found := self._channels.get(uid)) is not None):
                devices = [one] if one.name.real else self._channels.summoned(one)
                rings = next(
                    (device.uid for device in devices if device.uid not in away and device.state != "Up"), None
                )
                if rings is not None:
                    return rings
        return None

    def _queue_of(self, channels: list[Channel]) -> str | None:
        """Return the queue in which an agent, or a Local for him, waited for a colleague."""
        near = [(channel, self._channels.partner(channel), *self._channels.hear(channel)) for channel in channels]
        return next((one.queue for some in near for one in some if one is not None and one.queue is not None), None)


def _newest(call: Tracked, away: set[str]) -> str | None:
    """Return the agent who came last of those with the customer, or whose phones ring for him."""
    here = [leg for leg in call.legs.values() if leg.uid not in away and not leg.over]
    talking = [leg.uid for leg in here if leg.talking]
    return next(reversed(talking or [leg.uid for leg in here if leg.ringing]), None)
