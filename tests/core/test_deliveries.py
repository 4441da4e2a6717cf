"""How far ahead of our clock a source may be, and what is made of what lies further."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from plugin.core.calls import CallEvent, EventType, RecordingFact, RecordingGap
from plugin.core.deliveries import dated, is_ahead, tells_ahead

NOW = datetime(2026, 11, 23, tzinfo=UTC)
FAR = NOW + timedelta(days=3, microseconds=1)
FACT = RecordingFact("r", "r.wav", started_at=NOW, ended_at=NOW, gaps=(RecordingGap(NOW, None),))
EVENT = CallEvent("e", "pbx1", EventType.RECORDING_READY, NOW, ("n",), recording=FACT)


def test_two_days_are_a_clock_and_more_than_three_are_none() -> None:
    assert [is_ahead(NOW + timedelta(days=days), NOW) for days in (-4000, -2, 2, 3, 4)] == [False] * 4 + [True]
    two_days_off = replace(EVENT, occurred_at=NOW + timedelta(days=2))
    assert dated(two_days_off, NOW) is two_days_off


@pytest.mark.parametrize(
    "event",
    [
        replace(EVENT, occurred_at=FAR),
        replace(EVENT, recording=None, occurred_at=FAR),
        replace(EVENT, recording=replace(FACT, started_at=FAR)),
        replace(EVENT, recording=replace(FACT, ended_at=FAR)),
        replace(EVENT, recording=replace(FACT, gaps=(RecordingGap(FAR, None),))),
        replace(EVENT, recording=replace(FACT, gaps=(RecordingGap(NOW, NOW), RecordingGap(NOW, FAR)))),
    ],
)
def test_one_instant_of_next_week_makes_the_event_one_without_times(event: CallEvent) -> None:
    assert tells_ahead(event, NOW)
    bare = None if event.recording is None else RecordingFact("r", "r.wav")
    assert dated(event, NOW) == replace(event, occurred_at=NOW, recording=bare)
