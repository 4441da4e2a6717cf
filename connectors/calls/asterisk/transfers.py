"""Transfers: who handed the customer to whom, and how.

The roles that AttendedTransfer names can be swapped (the colleague as transferee, the customer as target): the
customer is known by his channel, never by his role.
"""

from connectors.calls.asterisk.channels import Channel, Channels
from connectors.calls.asterisk.journey import Journeys, agent_of
from connectors.calls.asterisk.pen import Moment, Pen, Tracked
from connectors.calls.asterisk.wire import Message, clip
from plugin.core.calls import EventType, TransferFact, TransferKind

_MOST_EXTENSION = 64


class Transfers:
    """Reads the two transfer events."""

    def __init__(self, channels: Channels, journeys: Journeys, pen: Pen) -> None:
        self._channels = channels
        self._journeys = journeys
        self._pen = pen

    def blind(self, message: Message, when: Moment) -> None:
        """An agent sent the customer on unheard. Told when it shows whom that reached, a queue or an agent."""
        by = self._channels.see(message, "Transferer")
        call = self._journeys.of(self._channels.see(message, "Transferee")) or self._journeys.of(by)
        if call is None or by is None or by.uid == call.customer or message.get("Result") not in ("", "Success"):
            return
        if call.transfer is not None and call.transfer[1] == when:
            return
        self._journeys.resolve_transfer(call, None)
        to = clip(message.get("Extension"), _MOST_EXTENSION) or None
        call.transfer = (TransferFact(TransferKind.BLIND, by.extension, to), when)
        call.agent_left = None

    def attended(self, message: Message, when: Moment) -> None:
        """An agent joined the customer and the colleague whom he had called, or whose phone still rings."""
        if message.get("Result") not in ("", "Success"):
            return
        seen = {role: self._channels.see(message, role) for role in _ROLES}
        givers = [channel for role in _GIVERS if (channel := seen[role]) is not None]
        calls = [call for channel in seen.values() if (call := self._journeys.of(channel)) is not None]
        if not calls or not givers:
            return
        call = min(calls, key=lambda one: one.began.at_us)
        if call.talked:
            self._join(call, calls)
        self._journeys.relink(call, when)
        takers = [channel for role in _TAKERS if (channel := seen[role]) is not None]
        self._tell(call, givers, takers, when)

    def _join(self, call: Tracked, calls: list[Tracked]) -> None:
        # The colleague sits outside: what looked like a call of its own was the consultation.
        for other in calls:
            for native in other.ids:
                call.know(native)

    def _tell(self, call: Tracked, givers: list[Channel], takers: list[Channel], when: Moment) -> None:
        gone = {channel.uid for channel in givers} | {call.customer}
        taker = next((one for one in takers if one.uid not in gone and one.name.real), None)
        ringing = [
            one for giver in givers for uid in sorted(giver.dials) if (one := self._channels.get(uid)) is not None
        ]
        kind = TransferKind.ATTENDED if taker is not None and taker.state == "Up" else TransferKind.SEMI_ATTENDED
        queue = next((giver.queue for giver in givers if giver.queue is not None), None)
        if taker is None or kind is TransferKind.SEMI_ATTENDED:
            for one in ringing:
                if one.name.real and one.state != "Up":
                    self._journeys.ring(call, one, agent_of(one), when)
            taker = taker or next((one for one in ringing if one.name.real), None)
        to = taker.extension if taker is not None else None if queue is None else f"queue:{queue}"
        by = next((leg.agent.key for leg in call.legs.values() if leg.uid in gone), givers[0].extension)
        done = taker is not None and any(leg.uid == taker.uid for leg in call.talking)
        self._pen.write(call, EventType.TRANSFERRED, when, transfer=TransferFact(kind, by, to, done))


_GIVERS = ("OrigTransferer", "SecondTransferer")
_TAKERS = ("Transferee", "TransferTarget")
_ROLES = (*_GIVERS, *_TAKERS)
