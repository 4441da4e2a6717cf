"""A hold (保全): while it lives, nothing of its calls is erased, whatever the register of purposes says.

Placed by one person, at once; released by two (plugin/core/approvals.py). It has no end of its own: the day on which
it has to be looked at again reminds people, and erases nothing.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from plugin.core.errors import InputError
from plugin.core.ids import CaseId, HoldId, UserId
from plugin.core.staff import Role

_LONGEST_UNTIL_REVIEW = timedelta(days=366)
_SUPERVISORS_REVIEW = timedelta(days=14)
MOST_ASKED_BY = 120


@dataclass(frozen=True, slots=True)
class Hold:
    """One hold. `asked_by`: who wanted it, in words (a court, a department); `review_on`: when it is looked at anew."""

    id: HoldId
    case_id: CaseId
    case_number: str
    reason: str
    asked_by: str
    placed_by: UserId
    placed_by_name: str
    placed_at: datetime
    review_on: date
    released_at: datetime | None = None
    calls: int = 0

    @property
    def is_live(self) -> bool:
        """Whether it still keeps its calls."""
        return self.released_at is None

    def is_overdue(self, today: date) -> bool:
        """Tell whether it should have been looked at by now."""
        return self.is_live and self.review_on < today


def last_review_day(role: Role, today: date) -> date:
    """Return the last day on which somebody of this role may want to look again: in a year, a supervisor in 14 days."""
    return today + (_LONGEST_UNTIL_REVIEW if role is Role.PRIVACY else _SUPERVISORS_REVIEW)


def read_review_day(raw: date, role: Role, today: date) -> date:
    """Return the day of review: after today, not after `last_review_day`. Raises InputError("review_on")."""
    if not today < raw <= last_review_day(role, today):
        raise InputError("review_on")
    return raw


@dataclass(frozen=True, slots=True)
class CallHolds:
    """What one person may know of the holds of a call: those of cases that are his, and whether others keep it too."""

    holds: tuple[Hold, ...] = ()
    others: bool = False
