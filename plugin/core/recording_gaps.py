"""The gaps of a recording: from what sources say of pauses, and as stretches of the file. Pure.

A gap lies within its recording, whatever a clock said; gaps that overlap or touch are one.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from plugin.core.calls import Call, RecordingFact, RecordingGap
from plugin.core.heard import Stretch, merged
from plugin.core.recordings import Recording, recording_key

_MS = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Mark:
    """A pause begins or ends: of the recording with the key `about`, None: of all that run."""

    at: datetime
    about: str | None
    pauses: bool


def gaps_of(fact: RecordingFact, marks: Iterable[Mark], key: str) -> tuple[RecordingGap, ...]:
    """Return the gaps of a recording: those that `fact` was told with, and those between `marks` (in order of time).

    A second pause in one changes nothing, and neither does an end without one. A pause that nothing ends lasts as
    long as the recording; one from before it began is none of its own.
    """
    began, ended = fact.started_at, fact.ended_at
    found, since = list(fact.gaps), None
    for mark in marks:
        if mark.about not in (None, key) or (began is not None and mark.at < began):
            continue
        if mark.pauses:
            since = since or mark.at
        elif since is not None:
            found.append(RecordingGap(since, mark.at))
            since = None
    if since is not None:
        found.append(RecordingGap(since, None))
    return _joined(_within(gap, began, ended) for gap in found)


def with_gaps(recording: Recording, call: Call) -> Recording:
    """Return the recording with the pauses that its call's record tells of; one without a length has none to show."""
    fact = next((one for one in call.recordings if recording_key(one.id) == recording.native_key), None)
    if fact is None or recording.length_ms is None:
        return recording
    return replace(recording, gaps=_stretches(fact, recording.length_ms))


def _stretches(fact: RecordingFact, length_ms: int) -> tuple[Stretch, ...]:
    if fact.started_at is None:
        return ()
    began = fact.started_at
    ends = ((gap.started_at, gap.ended_at) for gap in fact.gaps)
    return merged(
        (max(0, (start - began) // _MS), length_ms if stop is None else min(length_ms, (stop - began) // _MS))
        for start, stop in ends
    )


def _within(gap: RecordingGap, began: datetime | None, ended: datetime | None) -> RecordingGap:
    start = gap.started_at if began is None else max(began, gap.started_at)
    stop = gap.ended_at or ended
    return RecordingGap(start, stop if stop is None or ended is None else min(stop, ended))


def _joined(gaps: Iterable[RecordingGap]) -> tuple[RecordingGap, ...]:
    joined: list[RecordingGap] = []
    for gap in sorted(gaps, key=lambda one: one.started_at):
        if gap.ended_at is not None and gap.ended_at <= gap.started_at:
            continue
        last = joined[-1] if joined else None
        if last is not None and (last.ended_at is None or gap.started_at <= last.ended_at):
            stops = (last.ended_at, gap.ended_at)
            latest = None if None in stops else max(stop for stop in stops if stop is not None)
            joined[-1] = RecordingGap(last.started_at, latest)
        else:
            joined.append(gap)
    return tuple(joined)
