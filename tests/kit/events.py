"""Canonical events by the handful: `Tape` writes the events of one call a second apart."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from plugin.core.calls import (
    AgentRef,
    CallEvent,
    Direction,
    EndedBy,
    EventType,
    Outcome,
    RecordingFact,
    RecordingGap,
    TransferFact,
    TransferKind,
)
from plugin.core.numbers import WithheldReason

START = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)


class Tape:
    """Events of one call of `source`, in the order told; `then(...)` adds one, `after` seconds behind the last."""

    def __init__(self, native: str = "n-1", source: str = "pbx1", start: datetime = START) -> None:
        self.native, self.source, self.at = native, source, start
        self.events: list[CallEvent] = []

    def then(self, type: EventType, agent: str | None = None, after: float = 1, **more: Any) -> "Tape":  # noqa: A002
        self.at += timedelta(seconds=after)
        told = CallEvent(
            id=f"{self.native}/{len(self.events)}",
            source=self.source,
            type=type,
            occurred_at=self.at,
            source_call_ids=(self.native,),
            sequence=len(self.events),
            agent=None if agent is None else AgentRef(agent),
        )
        self.events.append(replace(told, **more))
        return self


def answered_call(native: str = "n-1", number: str = "09012345678", agent: str = "101") -> Tape:
    """A queue call that `agent` answers and the customer ends, with a recording."""
    leg = f"{native}-leg"
    return (
        Tape(native)
        .then(EventType.OFFERED, direction=Direction.INBOUND, customer_number=number, our_number="0120000111")
        .then(EventType.QUEUED, queue="support")
        .then(EventType.RINGING, agent, leg_id=leg)
        .then(EventType.ANSWERED, agent, leg_id=leg)
        .then(EventType.RECORDING_STARTED, recording=RecordingFact(f"2026/{native}.wav"))
        .then(EventType.LEG_ENDED, agent, after=60, leg_id=leg)
        .then(EventType.ENDED, after=0, outcome=Outcome.ANSWERED, ended_by=EndedBy.CUSTOMER)
        .then(EventType.RECORDING_READY, recording=RecordingFact(f"2026/{native}.wav", uri=f"2026/{native}.wav"))
    )


_words = st.none() | st.text("abc", min_size=1, max_size=3)
_agents = st.none() | st.builds(AgentRef, extension=st.sampled_from(["101", "102", "103"]))
_instants = st.integers(0, 40).map(lambda seconds: START + timedelta(seconds=seconds))
_gaps = st.builds(RecordingGap, _instants, st.none() | _instants)
_transfers = st.builds(
    TransferFact,
    st.sampled_from(TransferKind),
    st.sampled_from([None, "101", "102"]),
    st.sampled_from([None, "102", "103", "queue:sales"]),
    st.booleans(),
)


@st.composite
def calls_events(draw: st.DrawFn) -> list[CallEvent]:
    """Any events that speak of one call, sensible or not."""
    events: list[CallEvent] = []
    for place in range(draw(st.integers(1, 14))):
        kind = draw(st.sampled_from(EventType))
        event = CallEvent(
            id=f"e{place}",
            source="pbx1",
            type=kind,
            occurred_at=draw(_instants),
            source_call_ids=draw(st.lists(st.sampled_from(["n1", "n2", "n3"]), min_size=1, unique=True).map(tuple)),
            sequence=draw(st.integers(0, 3)),
            leg_id=draw(st.sampled_from([None, "leg1", "leg2", "leg3"])),
            parent_leg_id=draw(st.sampled_from([None, None, None, "leg1"])),
            direction=draw(st.none() | st.sampled_from(Direction)),
            customer_number=draw(st.none() | st.sampled_from(["09012345678", "0312345678"])),
            withheld=draw(st.none() | st.sampled_from([None, *WithheldReason])),
            our_number=draw(_words),
            queue=draw(_words),
            agent=draw(_agents),
            outcome=draw(st.none() | st.sampled_from(Outcome)),
            ended_by=draw(st.none() | st.sampled_from(EndedBy)),
            reason=draw(_words),
        )
        if kind is EventType.TRANSFERRED:
            event = replace(event, transfer=draw(_transfers))
        if kind.startswith("recording."):
            gaps = tuple(draw(st.lists(_gaps, max_size=2)))
            fact = RecordingFact(draw(st.sampled_from(["a.wav", "b.wav"])), draw(_words), gaps=gaps)
            event = replace(event, recording=fact)
        events.append(event)
    return events
