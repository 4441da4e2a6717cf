"""A disclosure: who asks for what is kept of his calls, what must be seen first, what may be decided, and by when.

Three kinds of case ask (core/cases.py): the person or his proxy, an inquiry of the police, a warrant or an order of a
court. Refuses nothing by itself; it tells what is missing, and services/disclosures.py refuses. Papers are kept as kind
and date: no number of one, no copy.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from plugin.core.cases import CaseKind
from plugin.core.errors import InputError
from plugin.core.times import local_day

KINDS = (CaseKind.DISCLOSURE, CaseKind.POLICE, CaseKind.COURT)
ANSWER_DAYS = 14  # the house's own clock; the law says "without delay" (APPI art. 33(2))
WARN_DAYS = 3
LONGEST_EXTENSION_DAYS = 30  # at once
HOLD_REVIEW_DAYS = 90
MOST_NAME = 128
MOST_LINE = 200
MOST_WORDS = 2_000
BLANK = "■■■"  # of one length, whatever it stands for


class AskedBy(StrEnum):
    """Who asks."""

    SELF = "self"
    PROXY = "proxy"
    AUTHORITY = "authority"


class Way(StrEnum):
    """How a written request came."""

    POST = "post"
    VISIT = "visit"
    ONLINE = "online"
    FAX = "fax"


class Paper(StrEnum):
    """What was seen of who asks."""

    LICENCE = "licence"
    MY_NUMBER_CARD = "my_number_card"
    PASSPORT = "passport"
    RESIDENCE_CARD = "residence_card"
    DISABILITY_CARD = "disability_card"
    HEALTH_PAPER = "health_paper"
    PENSION_PAPER = "pension_paper"
    RESIDENT_RECORD = "resident_record"
    SEAL_CERTIFICATE = "seal_certificate"
    RESTRICTED_MAIL = "restricted_mail"  # it reached him at the address we know, and nobody else
    CALL_BACK = "call_back"  # he answered at the number we know
    INQUIRY = "inquiry"
    ORDER = "order"
    OFFICER_CARD = "officer_card"
    SWITCHBOARD = "switchboard"  # rung back through the authority's public number


_OFFICIAL = frozenset(
    {
        Paper.LICENCE,
        Paper.MY_NUMBER_CARD,
        Paper.PASSPORT,
        Paper.RESIDENCE_CARD,
        Paper.DISABILITY_CARD,
        Paper.HEALTH_PAPER,
        Paper.PENSION_PAPER,
        Paper.RESIDENT_RECORD,
        Paper.SEAL_CERTIFICATE,
    }
)
_OF_PERSONS = _OFFICIAL | {Paper.RESTRICTED_MAIL, Paper.CALL_BACK}
_OF_OFFICERS = frozenset({Paper.OFFICER_CARD, Paper.SWITCHBOARD})
_WRITTEN = {CaseKind.POLICE: Paper.INQUIRY, CaseKind.COURT: Paper.ORDER}


class Lack(StrEnum):
    """What is missing before it is known who asks."""

    TWO_PAPERS = "two_papers"
    OFFICIAL_PAPER = "official_paper"
    MANDATE = "mandate"
    WRITTEN = "written"  # the inquiry, or the order, itself
    OFFICER = "officer"


def papers_of(kind: CaseKind) -> tuple[Paper, ...]:
    """Return the papers that count for a kind of case, as they are offered."""
    if kind in _WRITTEN:
        return tuple(each for each in Paper if each in _OF_OFFICERS | {_WRITTEN[kind]})
    return tuple(each for each in Paper if each in _OF_PERSONS)


def lacks(kind: CaseKind, asked_by: AskedBy, papers: frozenset[Paper], *, has_mandate: bool) -> tuple[Lack, ...]:
    """Return what is missing before it is known who asks; nothing where it is.

    A person: two papers of different kinds, one of them official; his proxy the same of himself, and a mandate that
    two of us registered (core/mandates.py). An authority: its writing, and the officer's card or a call to its public
    number.
    """
    found = []
    if kind in _WRITTEN:
        found += [] if _WRITTEN[kind] in papers else [Lack.WRITTEN]
        return (*found, *(() if papers & _OF_OFFICERS else (Lack.OFFICER,)))
    if len(papers & _OF_PERSONS) < 2:
        found.append(Lack.TWO_PAPERS)
    if not papers & _OFFICIAL:
        found.append(Lack.OFFICIAL_PAPER)
    if asked_by is AskedBy.PROXY and not has_mandate:
        found.append(Lack.MANDATE)
    return tuple(found)


class Decision(StrEnum):
    """What the answer is."""

    FULL = "full"
    PARTIAL = "partial"
    REFUSE = "refuse"
    NO_DATA = "no_data"

    @property
    def gives(self) -> bool:
        """Whether anything is handed out."""
        return self in (Decision.FULL, Decision.PARTIAL)


class Ground(StrEnum):
    """Why not everything, or nothing, is given; the words stand in web/texts and in the letter."""

    RIGHTS = "rights"  # APPI art. 33(2) item 1
    HINDRANCE = "hindrance"  # item 2
    UNLAWFUL = "unlawful"  # item 3
    UNPROVED = "unproved"  # art. 37: the way of asking was not kept, or who asks is not proved
    UNNEEDED = "unneeded"  # an inquiry that does not show what for, or asks for more than it needs
    SCOPE = "scope"  # outside of what the order names


_BY_LAW = (Ground.RIGHTS, Ground.HINDRANCE, Ground.UNLAWFUL)
_GROUNDS: Mapping[CaseKind, Mapping[Decision, tuple[Ground, ...]]] = {
    CaseKind.DISCLOSURE: {
        Decision.FULL: (),
        Decision.PARTIAL: _BY_LAW,
        Decision.REFUSE: (*_BY_LAW, Ground.UNPROVED),
        Decision.NO_DATA: (),
    },
    CaseKind.POLICE: {
        Decision.FULL: (),
        Decision.PARTIAL: (Ground.UNNEEDED, Ground.RIGHTS, Ground.UNLAWFUL),
        Decision.REFUSE: (Ground.UNNEEDED, Ground.RIGHTS, Ground.UNLAWFUL, Ground.UNPROVED),
        Decision.NO_DATA: (),
    },
    # An order binds: what it names is given, or is not there.
    CaseKind.COURT: {Decision.FULL: (), Decision.PARTIAL: (Ground.SCOPE,), Decision.NO_DATA: ()},
}


def decisions_of(kind: CaseKind) -> tuple[Decision, ...]:
    """Return what may be decided in a kind of case."""
    return tuple(_GROUNDS[kind])


def grounds_of(kind: CaseKind) -> tuple[Ground, ...]:
    """Return every ground that a kind of case knows."""
    return tuple(dict.fromkeys(each for some in _GROUNDS[kind].values() for each in some))


def read_decision(
    kind: CaseKind, decision: Decision, ground: Ground | None, words: str
) -> tuple[Decision, Ground | None, str]:
    """Return a decision with its ground and the reasons that the letter gives, as they may stand together.

    Raises InputError: "decision" (not of this kind of case), "ground" (missing, or not one of this decision), "words"
    (reasons are missing, or there are none to give).
    """
    if decision not in _GROUNDS[kind]:
        raise InputError("decision")
    possible = _GROUNDS[kind][decision]
    if (ground is None) is bool(possible) or (ground is not None and ground not in possible):
        raise InputError("ground")
    said = read_words(words, "words") if possible else ""
    return decision, ground, said


class ThirdParty(StrEnum):
    """Whether a call holds data of others than who asks."""

    NONE = "none"
    SOME = "some"


class Audio(StrEnum):
    """What is given of a call's recordings."""

    NOTHING = "nothing"
    REDACTED = "redacted"
    WHOLE = "whole"


class TextPart(StrEnum):
    """A part of what was written of a call (core/note.py)."""

    REQUEST = "request"
    RESPONSE = "response"
    PROMISE = "promise"
    NEXT_STEP = "next_step"


@dataclass(frozen=True, slots=True)
class CallCheck:
    """What somebody found who read, and heard, a call for others' data; and what is to be given of it.

    `note`: whose data, and where; `leave_out`: the words that are blanked in the text.
    """

    third_party: ThirdParty
    note: str
    audio: Audio
    parts: frozenset[TextPart]
    leave_out: tuple[str, ...]

    @property
    def gives(self) -> bool:
        """Whether anything of the call is given."""
        return self.audio is not Audio.NOTHING or bool(self.parts)

    @property
    def leaves_out(self) -> bool:
        """Whether something is taken out of what is given."""
        return self.audio is Audio.REDACTED or bool(self.leave_out)


def read_check(
    third_party: ThirdParty, note: str, audio: Audio, texts: Mapping[TextPart, str], leave_out: str
) -> CallCheck:
    """Return the check of a call. `texts`: the chosen parts as they were written; `leave_out`: a word a line.

    Raises InputError: "note" (others' data, and no word where), "audio" (others' data in a whole recording), "parts"
    (a part in which nothing was written), "leave_out" (a word that stands in no chosen part: it was mistyped, or would
    not be blanked).
    """
    said = read_words(note, "note") if third_party is ThirdParty.SOME or note.strip() else ""
    if third_party is ThirdParty.SOME and audio is Audio.WHOLE:
        raise InputError("audio")
    if not all(text.strip() for text in texts.values()):
        raise InputError("parts")
    words = tuple(dict.fromkeys(line.strip() for line in leave_out.splitlines() if line.strip()))
    if len(leave_out) > MOST_WORDS or any(_nowhere(word, texts.values()) for word in words):
        raise InputError("leave_out")
    return CallCheck(third_party, said, audio, frozenset(texts), words)


def _nowhere(word: str, texts: Iterable[str]) -> bool:
    return not any(word in text for text in texts)


def blanked(text: str, leave_out: tuple[str, ...]) -> str:
    """Return the text with every one of the words blanked; the longest first, for one may stand in another."""
    for word in sorted(leave_out, key=len, reverse=True):
        text = text.replace(word, BLANK)
    return text


class Delivered(StrEnum):
    """What went out."""

    LETTER = "letter"
    AUDIO = "audio"
    TEXT = "text"
    NOTICE = "notice"  # that the answer takes longer


class DeliveryWay(StrEnum):
    """How it went out."""

    RESTRICTED_MAIL = "restricted_mail"
    REGISTERED_MAIL = "registered_mail"
    HANDED_OVER = "handed_over"
    DOWNLOAD = "download"


class Pace(StrEnum):
    """How a case stands against its clock."""

    CALM = "calm"
    SOON = "soon"
    OVERDUE = "overdue"
    STOPPED = "stopped"


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """Return the instant at which the day ends in `zone`."""
    return datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)


def last_day(due_at: datetime, zone: ZoneInfo) -> date:
    """Return the last day on which the answer is in time."""
    return local_day(due_at - timedelta(microseconds=1), zone)


def days_left(due_at: datetime, now: datetime, zone: ZoneInfo) -> int:
    """Return the days until the last one: 0 on it, less than 0 behind it."""
    return (last_day(due_at, zone) - local_day(now, zone)).days


def pace_of(due_at: datetime | None, now: datetime, zone: ZoneInfo, *, is_open: bool) -> Pace:
    """Tell how a case stands against its clock: three days before its last day people are warned."""
    if not is_open or due_at is None:
        return Pace.STOPPED
    left = days_left(due_at, now, zone)
    if left < 0:
        return Pace.OVERDUE
    return Pace.SOON if left <= WARN_DAYS else Pace.CALM


def read_extension(until: date, before: date, today: date) -> date:
    """Return the new last day: behind the one before, and today, by 30 days at the most. Raises InputError("until")."""
    since = max(before, today)
    if not since < until <= since + timedelta(days=LONGEST_EXTENSION_DAYS):
        raise InputError("until")
    return until


def read_words(raw: str, field: str, most: int = MOST_WORDS) -> str:
    """Return a text of several lines: 1 to 2,000 letters. Raises InputError(field)."""
    text = raw.replace("\r\n", "\n").strip()
    if not text or len(text) > most:
        raise InputError(field)
    if any(unicodedata.category(letter) in {"Cc", "Cs"} and letter != "\n" for letter in text):
        raise InputError(field)
    return text


def read_minute(raw: str, field: str) -> int | None:
    """Return a time of day (`14:05`) as minutes since midnight; None for nothing. Raises InputError(field)."""
    if not raw.strip():
        return None
    try:
        at = time.fromisoformat(unicodedata.normalize("NFKC", raw).strip())
    except ValueError:
        raise InputError(field) from None
    return at.hour * 60 + at.minute


def read_window(raw_from: str, raw_to: str) -> tuple[int | None, int | None]:
    """Return a window of a day in minutes: both of its ends, or neither. Raises InputError("window")."""
    start, stop = read_minute(raw_from, "window"), read_minute(raw_to, "window")
    if (start is None) is not (stop is None) or (start is not None and stop is not None and stop < start):
        raise InputError("window")
    return start, stop
