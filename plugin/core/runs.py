"""The ledger of scheduled work: which job ran when, what it did, how it ended."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

KEPT = timedelta(days=30)


class RunOutcome(StrEnum):
    """How a run ended."""

    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Run:
    """One run; without `ended_at` it still goes on. `done` counts what it got through; `error` is a stable word."""

    id: str
    job: str
    started_at: datetime
    ended_at: datetime | None
    outcome: RunOutcome | None
    done: int
    error: str | None
