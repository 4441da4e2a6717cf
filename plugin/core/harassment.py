"""Harassment by callers: what an operator reports, what makes it more than a complaint, and the mark that follows.

A report is not a case. A supervisor of the reporter's team who did not report it himself, or a privacy officer, judges
it by three questions; where the answers make an ordinary complaint, no case can be opened (decision 0315). A mark is
about numbers and customers, says what kind of conduct there was and until when, and nothing else: whoever rings from
the number is not thereby the person.
"""

import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from plugin.core.errors import InputError
from plugin.core.ids import CallId, CaseId, CustomerId, UserId
from plugin.core.times import local_day

MOST_WORDS = 2_000
LONGEST_MARK = timedelta(days=366)
USUAL_MARK = timedelta(days=180)
LOOK_BACK = timedelta(days=366)
MOST_FOUND = 100
WARNED_BEFORE = timedelta(days=90)  # that nobody has judged a report whose words will go


class Conduct(StrEnum):
    """What was done, in the kinds that the ministry's guideline names (厚生労働省 カスタマーハラスメント対策, 2026)."""

    THREAT = "threat"
    ABUSE = "abuse"  # insults, shouting
    INSISTENCE = "insistence"  # again and again, or for hours
    SEXUAL = "sexual"
    DISCRIMINATION = "discrimination"
    EXCESSIVE_DEMAND = "excessive_demand"
    STALKING = "stalking"  # of one operator
    OTHER = "other"


class ReportState(StrEnum):
    """What became of a report."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"
    LAPSED = "lapsed"  # its words went; nobody had judged it, or an older copy of the database does not know who did


@dataclass(frozen=True, slots=True)
class Findings:
    """What a supervisor found: the three questions of the guideline, each answered.

    `is_fair`: what the caller wanted is reasonable; `is_bearable`: so is the way in which he wanted it; `harms`: those
    who work here cannot work as they should for it.
    """

    is_fair: bool
    is_bearable: bool
    harms: bool

    @property
    def is_harassment(self) -> bool:
        """Whether it is more than an ordinary complaint, however loud one may be."""
        return self.harms and not (self.is_fair and self.is_bearable)


@dataclass(frozen=True, slots=True)
class Report:
    """What an operator reported of a call of his. `team`: the one in which `reporter` works now, "" for none."""

    id: str
    call_id: CallId
    reported_by: UserId
    reporter: str
    team: str
    conduct: Conduct
    words: str
    reported_at: datetime
    state: ReportState = ReportState.WAITING
    reviewed_by: UserId | None = None
    reviewer: str = ""
    reviewed_at: datetime | None = None
    answer: str = ""
    case_id: CaseId | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """What a pop says of a number or a customer. `until`: the last instant; exactly one of the two is named."""

    id: str
    case_id: CaseId
    case_number: str
    conduct: Conduct
    until: datetime
    e164: str | None = None
    customer_id: CustomerId | None = None
    customer_name: str = ""

    def last_day(self, zone: ZoneInfo) -> date:
        """Return the last day on which it warns."""
        return local_day(self.until - timedelta(microseconds=1), zone)


def read_conduct(raw: str) -> Conduct:
    """Return the kind of conduct. Raises InputError("conduct")."""
    if raw not in set(Conduct):
        raise InputError("conduct")
    return Conduct(raw)


def read_words(raw: str) -> str:
    """Return what happened, as it was written down: 1 to 2,000 letters, lines kept. Raises InputError("words")."""
    text = "".join(each for each in raw.replace("\r\n", "\n") if each == "\n" or unicodedata.category(each)[0] != "C")
    text = text.strip()
    if not 1 <= len(text) <= MOST_WORDS:
        raise InputError("words")
    return text


def read_findings(fair: str, bearable: str, harms: str) -> Findings:
    """Return the three answers, each `yes` or `no`. Raises InputError("findings") where one is not answered."""
    answers = {"yes": True, "no": False}
    if not {fair, bearable, harms} <= answers.keys():
        raise InputError("findings")
    return Findings(answers[fair], answers[bearable], answers[harms])


def read_last_day(raw: date, today: date) -> date:
    """Return a mark's last day: after today, within a year. Raises InputError("until")."""
    if not today < raw <= today + LONGEST_MARK:
        raise InputError("until")
    return raw
