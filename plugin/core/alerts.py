"""Alerts: an operator, or the phone system for him, asks a supervisor for help in a call. Carries no word of a caller.

An alert is raised, taken by one supervisor, and closed. Its reason is one of a few words: what somebody typed, or a
phone system sent, is read into one of them and not kept.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from plugin.core.calls import Call, CallEvent, EventType
from plugin.core.control import ControlAct
from plugin.core.desk import CallerView
from plugin.core.ids import AlertId, CallId, UserId
from plugin.core.staff import Staff

# An alert of a call that ended longer ago than this came too late to help: it stands in the record alone.
LATE = timedelta(minutes=10)


class AlertReason(StrEnum):
    """Why help is wanted, in the order of the buttons."""

    HELP = "help"
    COMPLAINT = "complaint"
    HARASSMENT = "harassment"
    EMERGENCY = "emergency"
    OTHER = "other"


CHOICES = (AlertReason.HELP, AlertReason.COMPLAINT, AlertReason.HARASSMENT, AlertReason.EMERGENCY)
_READ = (
    (AlertReason.EMERGENCY, ("emergency", "緊急", "police", "警察", "救急")),
    (AlertReason.HARASSMENT, ("harass", "カスハラ", "ハラスメント", "threat", "脅", "暴言", "abus")),
    (AlertReason.COMPLAINT, ("complaint", "クレーム", "苦情")),
    (AlertReason.HELP, ("help", "助け", "ヘルプ", "応援")),
)


def read_reason(raw: str | None) -> AlertReason:
    """Return the reason that `raw` speaks of; OTHER where it says nothing that is known here."""
    said = unicodedata.normalize("NFKC", raw or "").lower()
    return next((reason for reason, words in _READ if any(word in said for word in words)), AlertReason.OTHER)


@dataclass(frozen=True, slots=True)
class Alert:
    """One cry for help. `user_id` None: the agent is nobody's extension here; `team` is the operator's ("": none).

    `operator` and `taker` are names as they are now.
    """

    id: AlertId
    call_id: CallId
    agent: str
    user_id: UserId | None
    team: str
    reason: AlertReason
    raised_at: datetime
    taken_by: UserId | None = None
    taken_at: datetime | None = None
    closed_at: datetime | None = None
    operator: str = ""
    taker: str = ""

    def is_for(self, staff: Staff) -> bool:
        """Tell whether it is this supervisor's to see: of his team, or of none."""
        return self.team in ("", staff.team) and self.user_id != staff.user_id


def raised_in(call: Call, fresh: Iterable[CallEvent], now: datetime) -> list[CallEvent]:
    """Return those of the events that ask for help while it still can come."""
    raised = [event for event in fresh if event.type is EventType.ALERT_RAISED]
    over_at = call.ended_at
    return [event for event in raised if over_at is None or now - min(over_at, now) <= LATE]


@dataclass(frozen=True, slots=True)
class AlertLine:
    """An alert on the board: who calls, since when they talk (None: nobody talks yet), and what can be done about it.

    `can` is what the phone system does for who looks; `ended_at`: the call is over.
    """

    alert: Alert
    caller: CallerView
    talking_since: datetime | None
    ended_at: datetime | None
    queue: str | None
    can: frozenset[ControlAct]
    is_mine: bool


@dataclass(frozen=True, slots=True)
class TalkLine:
    """A call under way in the team: who talks and since when. It names no customer: nobody asked for help in it."""

    call_id: CallId
    user_id: UserId
    operator: str
    queue: str | None
    since: datetime
    is_held: bool
    can: frozenset[ControlAct]


@dataclass(frozen=True, slots=True)
class Board:
    """What a supervisor watches: alerts, those that wait first, and the calls of his team, the longest first.

    `more`: alerts that are open and not among them, for there are too many.
    """

    alerts: tuple[AlertLine, ...]
    talks: tuple[TalkLine, ...]
    now: datetime
    more: int = 0
