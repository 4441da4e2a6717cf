"""The register of purposes (利用目的): why recordings are kept and heard, how long for each, by whom, and what callers
are told. The one source of notice text, retention and listener roles.

It only narrows: who may listen at all is decided by plugin/core/grants.py, and no register lets a role hear more than
that. A recording is kept until the latest end of its live purposes; listening for one of them ends with its own period,
even while the file is still kept for another (trust.md, rules 1).
"""

import hashlib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from plugin.core.access import LISTENERS, Opening, Purpose
from plugin.core.cases import CaseKind
from plugin.core.errors import InputError
from plugin.core.ids import UserId
from plugin.core.staff import Role, read_word

MOST_AUDIO_DAYS = 3650
MOST_TEXT_DAYS = 36_500
MOST_NOTICE = 100
LONGEST_UNTIL_REVIEW = timedelta(days=731)
_SHORT_DAYS = 183  # what is looked at month by month: quality, training
_CASE_DAYS = 1096  # what a case has to outlive: claims for a tort lapse after three years (Civil Code, art. 724)
_DISCLOSURE_DAYS = 366  # while it is worked on: it ends with its case, at the latest then
# What is written in a closed case, its applicant's data and its reports (docs/decisions/0328): while somebody may still
# claim for how it was dealt with, three years from knowing (Civil Code, art. 724), or for harm to health and by
# contract, five (art. 724-2, 166); then it is needed no more (APPI, art. 22).
_ANSWERED_DAYS, _HARM_DAYS = 1096, 1827
_OWN_DAYS = 2  # the minutes after a call, and the call itself


class Applies(StrEnum):
    """To which calls: every one of them, or those of a case (plugin/core/cases.py)."""

    EVERY_CALL = "every_call"
    BY_CASE = "by_case"


@dataclass(frozen=True, slots=True)
class PurposeRule:
    """What the register says of one purpose. `version` 0: what a site begins with, from its settings.

    `notice_ja`, `notice_en`: the purpose as callers are told of it, a phrase that fits "for …". `audio_days`, counted
    from the beginning of the recording or from that of the case; 0: no recording is kept or heard for it. `text_days`
    None: the written record is never erased. `case_days`: how long what is written in a case of this purpose stays once
    it is closed; None where no case has it. `review_on` None: nobody has looked at it yet.
    """

    purpose: Purpose
    version: int
    applies: Applies
    notice_ja: str
    notice_en: str
    audio_days: int
    text_days: int | None
    roles: frozenset[Role]
    case_days: int | None = None
    review_on: date | None = None
    in_force_at: datetime | None = None
    written_by: UserId | None = None
    written_by_name: str = ""
    written_at: datetime | None = None
    approval_id: str | None = None

    def is_overdue(self, today: date) -> bool:
        """Tell whether it should have been looked at again by now."""
        return self.review_on is not None and self.review_on < today


Register = Mapping[Purpose, PurposeRule]  # what is in force, of every purpose


@dataclass(frozen=True, slots=True)
class CallPurpose:
    """A purpose that a call has beyond those of every call, since `since_at`; `ended_at`: it lives no more."""

    purpose: Purpose
    since_at: datetime
    case_id: str | None = None
    ended_at: datetime | None = None


def keep_until(
    recorded_at: datetime,
    register: Register,
    call_purposes: Iterable[CallPurpose],
    declined_at: datetime | None = None,
) -> datetime:
    """Return until when a recording is kept: the latest end of its live purposes. A hold is no part of this.

    `recorded_at`: when the recording began. `declined_at`: when its caller said that he does not want to be recorded;
    nothing keeps it beyond that.
    """
    if declined_at is not None:
        return min(declined_at, ordinary_end(recorded_at, register))
    ends = [_end_of(each, register) for each in call_purposes]
    return max([ordinary_end(recorded_at, register), *ends])


def ordinary_end(recorded_at: datetime, register: Register) -> datetime:
    """Return until when a recording is kept that belongs to no case."""
    days = [rule.audio_days for rule in register.values() if rule.applies is Applies.EVERY_CALL]
    return recorded_at + timedelta(days=max(days, default=0))


def ends_for(purpose: Purpose, recorded_at: datetime, register: Register, own: Iterable[CallPurpose]) -> datetime:
    """Return until when a recording may be heard for `purpose`; `own`: the call's purposes.

    One that goes by case begins with the case. As long as the recording would be kept without any, the case may be
    named while listening (whoever decides whether it is one must hear it); after that only a case that the call belongs
    to opens it, and a case for another purpose does not.
    """
    rule = register[purpose]
    if rule.audio_days == 0:
        return recorded_at
    if rule.applies is Applies.EVERY_CALL:
        first = recorded_at + timedelta(days=rule.audio_days)
    else:
        first = ordinary_end(recorded_at, register)
    return max([first, *(_end_of(each, register) for each in own if each.purpose is purpose)])


def openings(recorded_at: datetime, register: Register, own: Iterable[CallPurpose]) -> dict[Purpose, Opening]:
    """Return for each purpose who may listen by the register, and until when."""
    had = tuple(own)
    return {
        purpose: Opening(rule.roles & LISTENERS[purpose], ends_for(purpose, recorded_at, register, had))
        for purpose, rule in register.items()
    }


def _end_of(own: CallPurpose, register: Register) -> datetime:
    end = own.since_at + timedelta(days=register[own.purpose].audio_days)
    return end if own.ended_at is None else min(end, own.ended_at)


CASE_PURPOSE: Mapping[CaseKind, Purpose] = {
    CaseKind.DISCLOSURE: Purpose.DISCLOSURE,
    CaseKind.POLICE: Purpose.DISCLOSURE,
    CaseKind.COURT: Purpose.DISCLOSURE,
    CaseKind.HARASSMENT: Purpose.HARASSMENT,
    CaseKind.LEGAL: Purpose.LEGAL,
    CaseKind.COMPLAINT: Purpose.COMPLAINT,
}
_CASE_WORDS = {
    Purpose.DISCLOSURE: _ANSWERED_DAYS,
    Purpose.COMPLAINT: _ANSWERED_DAYS,
    Purpose.HARASSMENT: _HARM_DAYS,
    Purpose.LEGAL: _HARM_DAYS,
}


def beginning(kept_months: int) -> dict[Purpose, PurposeRule]:
    """Return what a site begins with, until it decides for itself; `kept_months`: settings.recording_months."""
    days = -(-kept_months * 365 // 12)
    inquiry = ("お問い合わせ内容の確認", "checking what was asked and answered")
    better = ("応対品質の向上", "improving our service")
    care = ("安全なお取引と迷惑行為への対応", "the safety of our customers and staff")
    every, case = Applies.EVERY_CALL, Applies.BY_CASE
    told: dict[Purpose, tuple[tuple[str, str], int, Applies]] = {
        Purpose.CALLER_REQUEST: (inquiry, days, every),
        Purpose.AFTER_CALL_WORK: (inquiry, min(days, _OWN_DAYS), every),
        Purpose.COMPLAINT: (inquiry, days, every),
        Purpose.QUALITY: (better, min(days, _SHORT_DAYS), every),
        Purpose.HARASSMENT: (care, _CASE_DAYS, case),
        Purpose.LEGAL: (care, _CASE_DAYS, case),
        Purpose.TRAINING: (better, min(days, _SHORT_DAYS), every),
        Purpose.RECORDING_CHECK: (inquiry, days, every),
        Purpose.DISCLOSURE: (inquiry, _DISCLOSURE_DAYS, case),
    }
    return {
        purpose: PurposeRule(purpose, 0, applies, *notice, kept, None, LISTENERS[purpose], _CASE_WORDS.get(purpose))
        for purpose, (notice, kept, applies) in told.items()
    }


def in_force(begun: Register, rules: Iterable[PurposeRule]) -> dict[Purpose, PurposeRule]:
    """Return the register: of each purpose the newest version that came into force, else what the site began with."""
    found = dict(begun)
    for rule in rules:
        if rule.in_force_at is not None and rule.version > found[rule.purpose].version:
            found[rule.purpose] = rule
    return found


class Change(StrEnum):
    """What a new version does to the one before."""

    AUDIO_SHORTER = "audio_shorter"
    AUDIO_LONGER = "audio_longer"
    TEXT_SHORTER = "text_shorter"
    TEXT_LONGER = "text_longer"
    CASE_SHORTER = "case_shorter"
    CASE_LONGER = "case_longer"
    MORE_ROLES = "more_roles"
    FEWER_ROLES = "fewer_roles"
    APPLIES = "applies"
    NOTICE = "notice"
    REVIEW = "review"


# More people hear, or something is gone that cannot be brought back (trust.md, part 6).
_BY_TWO = frozenset({Change.AUDIO_SHORTER, Change.TEXT_SHORTER, Change.CASE_SHORTER, Change.MORE_ROLES, Change.APPLIES})
_FOR_EVER_DAYS = MOST_TEXT_DAYS + 1


def changes(before: PurposeRule, after: PurposeRule) -> tuple[Change, ...]:
    """Return what `after` does to `before`, in the order of `Change`; nothing where they say the same."""
    kept_before, kept_after = before.text_days or _FOR_EVER_DAYS, after.text_days or _FOR_EVER_DAYS
    case_before, case_after = before.case_days or _FOR_EVER_DAYS, after.case_days or _FOR_EVER_DAYS
    is_true = {
        Change.AUDIO_SHORTER: after.audio_days < before.audio_days,
        Change.AUDIO_LONGER: after.audio_days > before.audio_days,
        Change.TEXT_SHORTER: kept_after < kept_before,
        Change.TEXT_LONGER: kept_after > kept_before,
        Change.CASE_SHORTER: case_after < case_before,
        Change.CASE_LONGER: case_after > case_before,
        Change.MORE_ROLES: bool(after.roles - before.roles),
        Change.FEWER_ROLES: bool(before.roles - after.roles),
        Change.APPLIES: after.applies is not before.applies,
        Change.NOTICE: (after.notice_ja, after.notice_en) != (before.notice_ja, before.notice_en),
        Change.REVIEW: after.review_on != before.review_on,
    }
    return tuple(change for change in Change if is_true[change])


def needs_second(before: PurposeRule, after: PurposeRule) -> bool:
    """Tell whether a second person has to approve: more people listen, or something is erased earlier."""
    return not _BY_TWO.isdisjoint(changes(before, after))


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a new version would do to the recordings, and to the cases, that are here.

    `sooner`: so many would be erased earlier than now; `at_once`: of those, so many are due at once; `closed`: so many
    can be heard for this purpose now and could not any more. `cases`: so many closed cases' words are due at once that
    are not now.
    """

    sooner: int = 0
    at_once: int = 0
    closed: int = 0
    cases: int = 0


def meaning_for(
    recorded_at: datetime,
    own: Iterable[CallPurpose],
    before: Register,
    after: Register,
    changed: Purpose,
    now: datetime,
) -> Meaning:
    """Return what `after` does to one recording that `before` keeps; what is due already is not counted."""
    had = tuple(own)
    until, then = keep_until(recorded_at, before, had), keep_until(recorded_at, after, had)
    heard, hears = ends_for(changed, recorded_at, before, had), ends_for(changed, recorded_at, after, had)
    sooner = until > now and then < until
    return Meaning(int(sooner), int(sooner and then <= now), int(heard > now and hears <= now))


def edition(register: Register) -> str:
    """Return the mark (16 hex digits) of what staff have to know of the register; a review alone leaves it as it is."""
    lines = sorted(
        f"{rule.purpose}|{rule.applies}|{rule.audio_days}|{rule.text_days}|{rule.case_days}"
        f"|{' '.join(sorted(rule.roles))}|{rule.notice_ja}|{rule.notice_en}"
        for rule in register.values()
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class RuleForm:
    """A version as a person writes it: days as typed, an empty text period for ever, `case_days` of cases' words."""

    applies: str
    notice_ja: str
    notice_en: str
    audio_days: str
    text_days: str
    roles: frozenset[str]
    review_on: str
    case_days: str = ""


def read_rule(before: PurposeRule, form: RuleForm, version: int, today: date) -> PurposeRule:
    """Return the version that `form` writes after `before`.

    Raises InputError: "applies", "notice" (1 to 100 letters on one line, in both languages), "audio_days" (0 to 3650),
    "text_days" (as long as the audio, to 36,500, or nothing), "case_days" (1 to 36,500, of a purpose that cases have),
    "roles" (one that may never listen for this purpose),
    "review_on" (after today, within two years).
    """
    if form.applies not in set(Applies):
        raise InputError("applies")
    notice_ja, notice_en = (read_word(raw, MOST_NOTICE, "notice") for raw in (form.notice_ja, form.notice_en))
    audio_days = _days(form.audio_days, 0, MOST_AUDIO_DAYS, "audio_days")
    text_days = _days(form.text_days, max(1, audio_days), MOST_TEXT_DAYS, "text_days") if form.text_days else None
    has_cases = before.purpose in _CASE_WORDS
    case_days = _days(form.case_days, 1, MOST_TEXT_DAYS, "case_days") if has_cases else None
    if not form.roles <= LISTENERS[before.purpose]:
        raise InputError("roles")
    try:
        review_on = date.fromisoformat(form.review_on)
    except ValueError as error:
        raise InputError("review_on") from error
    if not today < review_on <= today + LONGEST_UNTIL_REVIEW:
        raise InputError("review_on")
    return replace(
        before,
        version=version,
        applies=Applies(form.applies),
        notice_ja=notice_ja,
        notice_en=notice_en,
        audio_days=audio_days,
        text_days=text_days,
        case_days=case_days,
        roles=frozenset(Role(role) for role in form.roles),
        review_on=review_on,
        in_force_at=None,
        approval_id=None,
    )


def _days(raw: str, least: int, most: int, reason: str) -> int:
    text = unicodedata.normalize("NFKC", raw).strip()
    if not (text.isascii() and text.isdecimal() and len(text) <= 5 and least <= int(text) <= most):
        raise InputError(reason)
    return int(text)
