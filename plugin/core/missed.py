"""Calls that nobody took, as work: whom somebody rings back, who took that on, and what became of it.

One line a number: who rang three times is rung back once. Two withheld callers are two lines, for all we know.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from plugin.core.ids import CallId, UserId
from plugin.core.numbers import WithheldReason


class MissedCall(NamedTuple):
    """One call that nobody took and that is not done with; `by` is the name of who took it on."""

    id: CallId
    number: str | None
    withheld: WithheldReason | None
    queue: str | None
    started_at: datetime
    claimed_by: UserId | None
    by: str | None
    claimed_at: datetime | None
    extension: str | None = None


@dataclass(frozen=True, slots=True)
class MissedLine:
    """Calls from one number that nobody took: the newest of them, how many, and since when.

    `by` took it on at `claimed_at`; `is_mine`: who looks did. `can_dial`: the phone system rings back for him.
    """

    call_id: CallId
    number: str | None
    withheld: WithheldReason | None
    queue: str | None
    count: int
    first_at: datetime
    last_at: datetime
    extension: str | None = None
    claimed_by: UserId | None = None
    by: str | None = None
    claimed_at: datetime | None = None
    is_mine: bool = False
    can_dial: bool = False


@dataclass(frozen=True, slots=True)
class Windows:
    """How long a missed call waits: `usual`, and otherwise by queue."""

    usual: timedelta
    by_queue: Mapping[str, timedelta]

    @property
    def longest(self) -> timedelta:
        """The longest of them."""
        return max((self.usual, *self.by_queue.values()))

    def waits(self, call: MissedCall, now: datetime) -> bool:
        """Tell whether the call still waits."""
        return now - call.started_at <= self.by_queue.get(call.queue or "", self.usual)


def lines_of(calls: Iterable[MissedCall]) -> tuple[MissedLine, ...]:
    """Return the lines of the calls, the newest first, each with whoever took one of its calls on."""
    by_number: dict[str, list[MissedCall]] = {}
    for call in sorted(calls, key=lambda one: (one.started_at, one.id), reverse=True):
        by_number.setdefault(call.number or call.id, []).append(call)
    return tuple(map(_line, by_number.values()))


def _line(calls: list[MissedCall]) -> MissedLine:
    newest, oldest = calls[0], calls[-1]
    claimed = next((call for call in calls if call.claimed_by is not None), newest)
    return MissedLine(
        call_id=newest.id,
        number=newest.number,
        withheld=newest.withheld,
        queue=newest.queue,
        count=len(calls),
        first_at=oldest.started_at,
        last_at=newest.started_at,
        extension=newest.extension,
        claimed_by=claimed.claimed_by,
        by=claimed.by,
        claimed_at=claimed.claimed_at,
    )
