"""Writes the events of one Twilio callback: same source, same instant, Twilio's number. Reads nothing."""

from dataclasses import dataclass
from datetime import datetime

from plugin.core.calls import AgentRef, CallEvent, Direction, EndedBy, EventType, Outcome, RecordingFact
from plugin.core.numbers import WithheldReason


@dataclass(frozen=True, slots=True)
class Ends:
    """The two ends of a call: the customer's number, or why there is none, and ours; and which way it goes."""

    direction: Direction | None = None
    customer: str | None = None
    withheld: WithheldReason | None = None
    ours: str | None = None


@dataclass(frozen=True, slots=True)
class Pen:
    """What all events of a callback have in common. `number` is its SequenceNumber, where it has one."""

    source: str
    at: datetime
    number: int | None

    def event(
        self,
        kind: EventType,
        natives: tuple[str, ...],
        key: str,
        *,
        at: datetime | None = None,
        ends: Ends | None = None,
        agent: AgentRef | None = None,
        leg_id: str | None = None,
        outcome: Outcome | None = None,
        ended_by: EndedBy | None = None,
        recording: RecordingFact | None = None,
    ) -> CallEvent:
        """Write one event of the call that `natives` name; it is known again by `key`."""
        told = ends or Ends()
        return CallEvent(
            id=key,
            source=self.source,
            type=kind,
            occurred_at=at or self.at,
            source_call_ids=natives,
            sequence=self.number or 0,
            leg_id=leg_id,
            direction=told.direction,
            customer_number=told.customer,
            withheld=told.withheld,
            our_number=told.ours,
            agent=agent,
            outcome=outcome,
            ended_by=ended_by,
            recording=recording,
        )
