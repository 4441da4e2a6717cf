"""Scheduled work as it is planned and kept: when a job is due, who asked for it, who paused it, and who leads.

A job with slots (every few minutes, every day) runs once a slot, whoever leads. A job without them looks every few
seconds whether there is something to do.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Plan:
    """What the program says of a job. `daily_at` ("03:30", in the site's zone) is for a job of every day."""

    name: str
    every: timedelta
    daily_at: str | None = None
    slotted: bool = True


@dataclass(frozen=True, slots=True)
class Figures:
    """What a job did so far: its runs that were written down, those that failed, and how long all of them took."""

    ran: int = 0
    failed: int = 0
    busy: timedelta = timedelta(0)
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class JobState:
    """A job as the database keeps it.

    `busy_since`: a process took its slot then, and has not said that it ended. `asked_by`, `paused_by` are names of
    staff.
    """

    plan: Plan
    next_at: datetime | None
    busy_since: datetime | None
    asked_at: datetime | None
    asked_by: str | None
    paused_at: datetime | None
    paused_by: str | None
    figures: Figures


@dataclass(frozen=True, slots=True)
class Leader:
    """The process that does the scheduled work: where, since when, and when it last gave a sign."""

    place: str
    since: datetime
    beat_at: datetime


class Asked(StrEnum):
    """What came of asking for a run: ASKED now, or already before; BUSY: it runs at this moment."""

    ASKED = "asked"
    BEFORE = "before"
    BUSY = "busy"
