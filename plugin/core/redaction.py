"""What is cut out of a copy of a recording: ranges with a reason each, for a case or for training.

Refuses ranges beyond the recording, of no length, for no reason, or too many. What they mean to the sample:
plugin/core/cutting.py.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from plugin.core.access import Purpose
from plugin.core.approvals import ApprovalState
from plugin.core.cases import CaseKind
from plugin.core.disclosure import Audio
from plugin.core.disclosure_file import Disclosure
from plugin.core.errors import InputError
from plugin.core.grants import RecordedCall
from plugin.core.heard import Stretch
from plugin.core.ids import CallId, CaseId, RecordingId, RedactionId, UserId
from plugin.core.purposes import CASE_PURPOSE, CallPurpose, Register, ends_for
from plugin.core.staff import Role, Staff, read_word

MOST_RANGES = 500
MOST_TITLE = 120
LONGEST_CLIP_DAYS = 366
USUAL_CLIP_DAYS = 90
_LEAST_MS = 10
_RANGE = re.compile(r"([0-9]{1,9})-([0-9]{1,9}):([a-z_]{1,32})")


class RedactionKind(StrEnum):
    """What a copy is for: a case, which it is delivered for; or training, in a narrow circle and for a time."""

    CASE = "case"
    CLIP = "clip"


class RedactionState(StrEnum):
    """How far a copy is. Whether somebody else is asked to confirm it is told by its approval."""

    ASKED = "asked"  # the worker makes it
    MADE = "made"  # and proved
    FAILED = "failed"
    CONFIRMED = "confirmed"  # somebody else heard it whole and said that nothing is left
    GONE = "gone"  # erased: its time was over, it was refused or given up, or its recording was erased


class Audience(StrEnum):
    """Who hears a clip once it is confirmed, beside who made and who confirmed it."""

    TRAINERS = "trainers"
    LEADS = "leads"  # trainers, and all supervisors


class Form(StrEnum):
    """The form of a copy's file: what the house plays, and the same sample by sample at half the length."""

    WAV = "wav"
    FLAC = "flac"


class Hush(StrEnum):
    """What stands in the place of what was said."""

    SILENCE = "silence"
    BLEEP = "bleep"


class CutReason(StrEnum):
    """Why something is cut out. A word and never a sentence: it stands beside the copy and in the letter."""

    PERSON = "person"  # another person's name
    CONTACT = "contact"  # another person's address or number
    ACCOUNT = "account"  # a card's or account's number
    SECRET = "secret"  # a password, a code  # noqa: S105  a word, no secret
    HEALTH = "health"  # what is said of another person's health or family
    BUSINESS = "business"  # the company's own, which it may keep to itself
    CUSTOMER = "customer"  # the caller's own name, which a clip must not have
    STAFF = "staff"  # the operator's name
    OTHER = "other"


class Range(NamedTuple):
    """From here to there, in milliseconds of the recording, and why; the end is not in it."""

    from_ms: int
    to_ms: int
    reason: CutReason


def read_ranges(given: Sequence[str], within: Stretch) -> tuple[Range, ...]:
    """Return the ranges that a form tells, in order: each `1200-3450:person`, in milliseconds of the recording.

    Ranges may overlap, each with its own reason. Raises InputError("range") for one that cannot be read, is shorter
    than 10 ms, or does not lie wholly `within`; InputError("ranges") for more than 500.
    """
    if len(given) > MOST_RANGES:
        raise InputError("ranges")
    return tuple(sorted({_read(one, within) for one in given}))


def _read(raw: str, within: Stretch) -> Range:
    found = _RANGE.fullmatch(raw) if raw.isascii() else None
    if found is None or found[3] not in set(CutReason):
        raise InputError("range")
    start, stop = int(found[1]), int(found[2])
    if stop - start < _LEAST_MS or start < within.from_ms or stop > within.to_ms:
        raise InputError("range")
    return Range(start, stop, CutReason(found[3]))


def write_range(one: Range) -> str:
    """Return a range as a form tells it."""
    return f"{one.from_ms}-{one.to_ms}:{one.reason}"


def hushed_ms(ranges: Iterable[Range]) -> int:
    """Return how long the ranges are together: what lies in two of them counts once."""
    total, seen = 0, 0
    for each in sorted(ranges):
        total += max(0, each.to_ms - max(each.from_ms, seen))
        seen = max(seen, each.to_ms)
    return total


@dataclass(frozen=True, slots=True)
class Clip:
    """What a copy for training has beside: nothing of the caller or the operator. `team`: whose recording it was."""

    title: str
    audience: Audience
    team: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Redaction:
    """A copy, and how far it is. `ranges` lie in the `stretch` of the recording that it is a copy of.

    `length_ms`, `channels` and `peaks` are those of the copy. `approval`: what became of the request that somebody else
    confirms it, `approval_until` until when that counts. `is_case_open`: and its call belongs to the case still; of a
    clip never. `until`: when what it was made for ends (`ends_of`); None, as it comes from the store: it is over.
    """

    id: RedactionId
    recording_id: RecordingId
    call_id: CallId
    recorded_at: datetime
    kind: RedactionKind
    case_id: CaseId | None
    case_kind: CaseKind | None
    case_number: str
    is_case_open: bool
    clip: Clip | None
    stretch: Stretch
    ranges: tuple[Range, ...]
    hush: Hush
    state: RedactionState
    made_by: UserId
    made_by_name: str
    asked_at: datetime
    made_at: datetime | None = None
    length_ms: int = 0
    channels: int = 1
    peaks: bytes = b""
    approval_id: str | None = None
    approval: ApprovalState | None = None
    approval_until: datetime | None = None
    confirmed_by: UserId | None = None
    confirmed_by_name: str = ""
    confirmed_at: datetime | None = None
    gone_at: datetime | None = None
    reason: str | None = None
    until: datetime | None = None

    def __repr__(self) -> str:
        return f"Redaction({self.id!r})"

    @property
    def lanes(self) -> tuple[bytes, ...]:
        """The peaks of each channel."""
        each = len(self.peaks) // self.channels
        return tuple(self.peaks[n * each : (n + 1) * each] for n in range(self.channels)) if each else ()

    def is_waiting(self, now: datetime) -> bool:
        """Tell whether somebody else is asked to hear and confirm it, at this moment."""
        until = self.approval_until
        is_asked = self.state is RedactionState.MADE and self.approval is ApprovalState.WAITING
        return is_asked and until is not None and now < until

    def is_over(self, now: datetime) -> bool:
        """Tell whether it was refused, its purpose has ended, or it is a clip whose time is up: nobody hears it."""
        is_expired = self.clip is not None and now >= self.clip.expires_at
        return self.is_refused or is_expired or self.until is None or now >= self.until

    @property
    def is_refused(self) -> bool:
        """Whether whoever should confirm it refused."""
        return self.state is RedactionState.MADE and self.approval is ApprovalState.REFUSED


def ends_of(copy: Redaction, register: Register, own: Iterable[CallPurpose]) -> datetime:
    """Return until when a copy may be heard by the register as it is now; `own`: the purposes of its call.

    A clip as long as its recording may be heard for training; a copy for a case as long as it may be for that case.
    """
    had = tuple(own)
    of_case = {Purpose.LEGAL} | ({CASE_PURPOSE[copy.case_kind]} if copy.case_kind else set())
    for_what = of_case if copy.clip is None else {Purpose.TRAINING}
    return max(ends_for(each, copy.recorded_at, register, had) for each in for_what)


def may_hear(actor: Staff, copy: Redaction, now: datetime) -> bool:
    """Tell whether he may hear the copy at this moment.

    Of a case that is open: privacy officers. A clip: who made it, who is asked to confirm it, and once it is confirmed
    its audience. A clip leads nobody to its recording, and nobody hears it for having been allowed to hear that.
    """
    is_whole = copy.state in (RedactionState.MADE, RedactionState.CONFIRMED)
    if not is_whole or copy.is_over(now):
        return False
    if copy.clip is None:
        return actor.role is Role.PRIVACY and copy.is_case_open
    if actor.user_id == copy.made_by and actor.role is Role.SUPERVISOR:
        return True
    if copy.is_waiting(now) or actor.user_id == copy.confirmed_by:
        return actor.role in (Role.SUPERVISOR, Role.PRIVACY)
    if copy.state is not RedactionState.CONFIRMED:
        return False
    circle = {Role.TRAINER, Role.PRIVACY}
    return actor.role in (circle | {Role.SUPERVISOR} if copy.clip.audience is Audience.LEADS else circle)


def is_open_to(actor: Staff, copy: Redaction, call: RecordedCall, now: datetime) -> bool:
    """Tell whether he may hear the copy: nothing of a call whose caller declined, no clip of one without notice."""
    return may_hear(actor, copy, now) and not call.is_declined and (copy.clip is None or not call.is_untold)


def may_know(actor: Staff, copy: Redaction, now: datetime) -> bool:
    """Tell whether he may know that the copy is or was there: who may hear it, who made it, and privacy officers."""
    is_maker = actor.user_id == copy.made_by and actor.role in (Role.SUPERVISOR, Role.PRIVACY)
    return may_hear(actor, copy, now) or is_maker or actor.role is Role.PRIVACY


def may_see_cuts(actor: Staff, copy: Redaction, now: datetime) -> bool:
    """Tell whether he sees where and why something was cut out: who made it, and who confirms it."""
    if copy.clip is None:
        return True
    return actor.user_id in (copy.made_by, copy.confirmed_by) or copy.is_waiting(now) or actor.role is Role.PRIVACY


class Stays(StrEnum):
    """Why a confirmed copy of an open case does not leave: what is missing beyond a second listener."""

    OTHERS = "others"  # who works on the disclosure takes it out, and nobody else
    UNDECIDED = "undecided"  # no second person decided, or what he agreed to has changed
    NOT_GIVEN = "not_given"  # he did, and this recording is not given
    WHOLE = "whole"  # it is given with something cut out, and nothing is


def why_stays(copy: Redaction, file: Disclosure, user_id: UserId) -> Stays | None:
    """Return why a copy that was made for a disclosure stays in the house; None where it may be taken out."""
    if file.worker != user_id:
        return Stays.OTHERS
    if file.decision is None or file.is_stale:
        return Stays.UNDECIDED
    match file.sound_given(copy.recording_id):
        case Audio.NOTHING:
            return Stays.NOT_GIVEN
        case Audio.REDACTED if not copy.ranges:
            return Stays.WHOLE
    return None


def flac_id(redaction_id: RedactionId) -> RecordingId:
    """Return what the vault knows a copy's FLAC by: the copy's own id but for its last letter."""
    return RecordingId(redaction_id[:-1] + ("1" if redaction_id[-1] == "0" else "0"))


def read_clip_title(raw: str) -> str:
    """Return what a clip is called: 1 to 120 letters on one line. Raises InputError("title")."""
    return read_word(raw, MOST_TITLE, "title")


def read_clip_days(raw: str, most: int) -> int:
    """Return for how many days a clip is kept: 1 to `most`. Raises InputError("days")."""
    text = raw.strip()
    if not (text.isascii() and text.isdecimal() and len(text) <= 4 and 1 <= int(text) <= most):
        raise InputError("days")
    return int(text)


def read_stretch(from_raw: str, to_raw: str, length_ms: int) -> Stretch:
    """Return the stretch of a recording that a form tells, in whole milliseconds. Raises InputError("stretch").

    Its end may be told a second too late, for players round.
    """
    if not all(raw.isascii() and raw.isdecimal() and len(raw) <= 9 for raw in (from_raw, to_raw)):
        raise InputError("stretch")
    start, stop = int(from_raw), min(int(to_raw), length_ms)
    if int(to_raw) > length_ms + 1000 or stop - start < 1000:
        raise InputError("stretch")
    return Stretch(start, stop)
