"""A job as its page draws it: one state in a word, the newest runs as bars, progress with its rate. Asks nothing."""

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from plugin.core.jobs import JobState
from plugin.core.runs import Run, RunOutcome

_MOST_BARS = 40
_STEP, _WIDTH, _HEIGHT, _LEAST = 8, 6, 36, 4
_LONGEST_S = 3600.0

State = Literal["running", "asked", "paused", "failing", "fine", "new"]


@dataclass(frozen=True, slots=True)
class Bar:
    """One run in the drawing; the longer it took, the higher, by the logarithm. `outcome` also sets its shape."""

    x: int
    y: float
    height: float
    outcome: str


@dataclass(frozen=True, slots=True)
class Bars:
    """The newest runs, the newest at the right, and what they come to for who does not see them."""

    bars: tuple[Bar, ...]
    width: int
    counts: dict[str, int]
    longest_s: float


@dataclass(frozen=True, slots=True)
class Card:
    """A job with what is to be said of it. `open` is the run that goes on, `last` the newest that has ended."""

    job: JobState
    state: State
    open: Run | None
    last: Run | None
    since_s: float
    per_s: int | None
    bars: Bars


def card_of(job: JobState, runs: tuple[Run, ...], now: datetime) -> Card:
    """Return the card of a job from its newest runs, newest first."""
    going = next((run for run in runs if run.ended_at is None), None) if job.busy_since else None
    ended = next((run for run in runs if run.ended_at is not None), None)
    since = going.started_at if going else job.busy_since
    since_s = max(0.0, (now - since).total_seconds()) if since else 0.0
    per_s = round(going.done / since_s) if going and since_s >= 1 and going.done else None
    return Card(job, _state(job, ended), going, ended, since_s, per_s, _bars(runs))


def _state(job: JobState, last: Run | None) -> State:
    if job.busy_since is not None:
        return "running"
    if job.paused_at is not None:
        return "paused"
    if job.asked_at is not None:
        return "asked"
    if last is None:
        return "new"
    return "failing" if last.outcome is RunOutcome.FAILED else "fine"


def took_s(run: Run) -> float:
    """Return how long a run took; 0 while it goes on."""
    return 0.0 if run.ended_at is None else max(0.0, (run.ended_at - run.started_at).total_seconds())


def _bars(runs: tuple[Run, ...]) -> Bars:
    ended = [run for run in runs if run.outcome is not None][:_MOST_BARS]
    bars = []
    for place, run in enumerate(reversed(ended)):
        share = min(1.0, math.log1p(took_s(run) * 10) / math.log1p(_LONGEST_S * 10))
        height = _HEIGHT if run.outcome is RunOutcome.FAILED else round(_LEAST + (_HEIGHT - _LEAST) * share, 1)
        x = (_MOST_BARS - len(ended) + place) * _STEP
        bars.append(Bar(x, round(_HEIGHT - height, 1), height, str(run.outcome)))
    counts = {outcome.value: sum(run.outcome is outcome for run in ended) for outcome in RunOutcome}
    return Bars(tuple(bars), _MOST_BARS * _STEP - (_STEP - _WIDTH), counts, max(map(took_s, ended), default=0.0))
