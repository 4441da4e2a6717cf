"""Calls as they are kept: the record with what the house knows beside it, and the short line of a past call."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from plugin.core.calls import Call, Direction, Outcome
from plugin.core.ids import CallId, CustomerId


@dataclass(frozen=True, slots=True)
class StoredCall:
    """A call at rest. `e164` is the caller's number as read, None where none is known or it was withheld.

    `customer_id` is set by a person only. `revision` grows whenever the record changes.
    """

    id: CallId
    revision: int
    call: Call
    e164: str | None
    customer_id: CustomerId | None


class PagePlace(NamedTuple):
    """A place in a history: behind the call that began at `started_at`, the later id first where two began at once."""

    started_at: datetime
    call_id: CallId


class HistoryOf(NamedTuple):
    """Whose newest calls are wanted, `most` in all: the customer's, and those from the number that are nobody's."""

    customer_id: CustomerId | None
    e164: str | None
    most: int


class PastCall(NamedTuple):
    """A line of a history. `customer_id` None: the same number, given to nobody. `operator` took it first, by name.

    `talk_s`: whole seconds from answer to end, None where nobody talked or they still do; `topic`, `disposition`: of
    its summary, None where none is written; `recordings`: states (core/recordings.py).
    A tuple and no dataclass: twenty are made for each candidate of each ring, in a fifth of the time.
    """

    id: CallId
    direction: Direction
    started_at: datetime
    talk_s: int | None
    was_answered: bool
    outcome: Outcome | None
    queue: str | None
    customer_id: CustomerId | None
    topic: str | None
    disposition: str | None
    operator: str | None
    recordings: tuple[str, ...]


class EndedCall(NamedTuple):
    """A past call that is over, with when it ended."""

    past: PastCall
    ended_at: datetime
