"""The ledger of scheduled work: which job ran when, what it did, what it met, how it ended."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

KEPT = timedelta(days=30)
MOST_KEPT = 500  # newest runs of a job that are kept
MOST_FINDINGS = 50  # of a run; what is met again only counts
MOST_WHAT_LETTERS = 128


class RunOutcome(StrEnum):
    """How a run ended. STOPPED: it was told to, with work left; it goes on at the next run."""

    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a run met and went on: `code` a stable word, `what` names the thing, `n` counts how often.

    Nothing personal: `what` is a field, an object, a setting; never a name, a number or an id of a person.
    """

    code: str
    what: str = ""
    n: int = 1


@dataclass(frozen=True, slots=True)
class Run:
    """One run; without `ended_at` it still goes on. `done` counts what it got through, of `total` where that is known.

    `error` is a stable word with facts, as plugin/core/errors.py writes it.
    """

    id: str
    job: str
    started_at: datetime
    ended_at: datetime | None
    outcome: RunOutcome | None
    done: int
    error: str | None
    total: int | None = None
    findings: tuple[Finding, ...] = ()
