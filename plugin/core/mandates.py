"""A mandate: a customer has told us beforehand that somebody may ask for him, how much, and until when.

Whoever registers one types the answers by which the proxy will be known, and could so let anybody in: it counts only
once a second person has confirmed it, and neither of the two may verify under it (docs/decisions/0234).
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from plugin.core.approvals import RULES, ApprovalKind, ApprovalState
from plugin.core.errors import InputError
from plugin.core.identity import Level
from plugin.core.ids import CustomerId, MandateId, UserId
from plugin.core.times import local_day

LONGEST_DAYS = 5 * 366
CONFIRM_WITHIN = RULES[ApprovalKind.MANDATE].waits
MOST_IN_FORCE = 5  # of one customer: a set of answers is compared with each of them


class Scope(StrEnum):
    """What the proxy may reach at most."""

    HISTORY = "history"
    LISTEN = "listen"

    @property
    def level(self) -> Level:
        """The same as a level."""
        return Level.LISTEN if self is Scope.LISTEN else Level.HISTORY


class MandateState(StrEnum):
    """What a mandate is at a moment. Only IN_FORCE lets anybody be verified."""

    WAITING = "waiting"  # for the second person
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"  # nobody confirmed it in time
    IN_FORCE = "in_force"
    ENDED = "ended"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Mandate:
    """One mandate. `name` is the proxy's; his answers are kept as marks beside it and read by nobody.

    In force from `confirmed_at` until `expires_at`, or `ended_at` where somebody ended it before. `request`: how far
    the request for the second person is; None before it was made.
    """

    id: MandateId
    customer_id: CustomerId
    customer_name: str
    name: str
    scope: Scope
    expires_at: datetime
    registered_at: datetime
    registered_by: str
    registrar: UserId
    ended_at: datetime | None = None
    confirmed_at: datetime | None = None
    confirmed_by: str = ""
    confirmer: UserId | None = None
    request: ApprovalState | None = None

    def last_day(self, zone: ZoneInfo) -> date:
        """Return the last day on which it is, or was to be, in force, as people in `zone` name it."""
        return local_day(self.expires_at - timedelta(microseconds=1), zone)

    def state_at(self, now: datetime) -> MandateState:
        """Return what it is at `now`."""
        if self.ended_at is not None:
            return MandateState.ENDED
        if self.confirmed_at is None:
            if self.request in (ApprovalState.REFUSED, ApprovalState.WITHDRAWN):
                return MandateState(self.request.value)
            in_time = now < min(self.registered_at + CONFIRM_WITHIN, self.expires_at)
            return MandateState.WAITING if in_time else MandateState.LAPSED
        return MandateState.IN_FORCE if now < self.expires_at else MandateState.OVER

    def is_in_force(self, now: datetime) -> bool:
        """Tell whether the proxy may be verified under it."""
        return self.state_at(now) is MandateState.IN_FORCE

    def is_of(self, user_id: UserId) -> bool:
        """Tell whether he is one of the two who made it, and may verify nobody under it."""
        return user_id in (self.registrar, self.confirmer)


def read_last_day(day: date, today: date) -> date:
    """Return `day` as the last on which a mandate is in force: today to five years from now.

    Raises InputError("valid_until").
    """
    if not today <= day <= today + timedelta(days=LONGEST_DAYS):
        raise InputError("valid_until")
    return day
