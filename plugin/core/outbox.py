"""What waits to reach the CRM: the states of a message, and how long a failed one rests before the next try."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from plugin.core.ids import CallId, CustomerId, MessageId

LONGEST_REST_S = 60.0


class MessageState(StrEnum):
    """UNASSIGNED waits for a person to say whose call it was; DEAD waits for a person to mend the cause and replay.

    CLOSED was dead, and a person decided that it is not to be sent; a newer save of the summary is sent all the same.
    """

    UNASSIGNED = "unassigned"
    WAITING = "waiting"
    LEASED = "leased"
    DONE = "done"
    DEAD = "dead"
    SUPERSEDED = "superseded"
    CLOSED = "closed"


class NotSent(StrEnum):
    """Why a person decided that a dead message is not to be sent."""

    BY_HAND = "by_hand"  # somebody wrote it into the CRM
    NOT_NEEDED = "not_needed"
    MISTAKE = "mistake"  # it should never have been written


@dataclass(frozen=True, slots=True)
class Message:
    """One piece of work on its way. `error` is the stable word of the last failure; no personal data is in it."""

    id: MessageId
    call_id: CallId
    state: MessageState
    attempts: int
    due_at: datetime
    error: str | None
    created_at: datetime
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class Sending:
    """Where a call's entry is on its way to one CRM. `sent_at` and `version` are of the last time it arrived."""

    message: Message | None
    remote_id: str | None
    version: int | None
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class Backlog:
    """How much waits: for delivery, for a person to assign, for a person to mend. `oldest_at`: of what waits to go."""

    waiting: int
    unassigned: int
    dead: int
    oldest_at: datetime | None


@dataclass(frozen=True, slots=True)
class Letter:
    """A message as those see it who must mend its cause: which call, whose summary (staff), and nothing personal."""

    message: Message
    call_started_at: datetime
    author: str
    customer_id: CustomerId | None


@dataclass(frozen=True, slots=True)
class Pile:
    """Messages that failed for the same reason (core/problems.py); `oldest_at` is when the first was queued."""

    problem: str
    n: int
    oldest_at: datetime


def rest(attempts: int, luck: float) -> timedelta:
    """Return how long to leave a message alone after its failed try number `attempts` (from 1).

    Doubles from one second up to LONGEST_REST_S; `luck` in [0, 1) spreads it over half to whole of that, so that what
    failed together does not come back together.
    """
    return timedelta(seconds=min(LONGEST_REST_S, 2.0 ** min(attempts - 1, 10)) * (0.5 + luck / 2))
