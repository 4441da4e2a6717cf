"""A mandate: a customer has told us beforehand that somebody may ask for him, how much, and until when."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from plugin.core.errors import InputError
from plugin.core.identity import Level
from plugin.core.ids import CustomerId, MandateId
from plugin.core.times import local_day

LONGEST_DAYS = 5 * 366
MOST_IN_FORCE = 5  # of one customer: a set of answers is compared with each of them


class Scope(StrEnum):
    """What the proxy may reach at most."""

    HISTORY = "history"
    LISTEN = "listen"

    @property
    def level(self) -> Level:
        """The same as a level."""
        return Level.LISTEN if self is Scope.LISTEN else Level.HISTORY


@dataclass(frozen=True, slots=True)
class Mandate:
    """One mandate. `name` is the proxy's; his answers are kept as marks beside it and read by nobody.

    In force until `expires_at`, or `ended_at` where somebody ended it before.
    """

    id: MandateId
    customer_id: CustomerId
    customer_name: str
    name: str
    scope: Scope
    expires_at: datetime
    registered_at: datetime
    registered_by: str
    ended_at: datetime | None = None

    def last_day(self, zone: ZoneInfo) -> date:
        """Return the last day on which it is, or was to be, in force, as people in `zone` name it."""
        return local_day(self.expires_at - timedelta(microseconds=1), zone)

    def is_in_force(self, now: datetime) -> bool:
        """Tell whether the proxy may be verified under it."""
        return self.ended_at is None and now < self.expires_at


def read_last_day(day: date, today: date) -> date:
    """Return `day` as the last on which a mandate is in force: today to five years from now.

    Raises InputError("valid_until").
    """
    if not today <= day <= today + timedelta(days=LONGEST_DAYS):
        raise InputError("valid_until")
    return day
