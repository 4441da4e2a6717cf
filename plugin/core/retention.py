"""Retention: what is left of what was erased in turn, what a run would erase, and when it stops and asks first.

Erases nothing, and decides no period: those stand in the register of purposes (plugin/core/purposes.py).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from plugin.core.audit_check import read_remark_key
from plugin.core.errors import InputError
from plugin.core.ids import CallId, RecordingId, is_id
from plugin.core.times import from_us, to_us

SHREDDED_RULE = "key_shredded"
DECLINED_RULE = "declined"  # its caller did not want to be recorded
BRAKE_LOOKS_BACK = timedelta(hours=24)  # so that no brake is got round in small runs
FEW_CASES = 3  # a site has few: one that is due would be a great share of them, night after night (decision 0329)
_MOST_RULE_LETTERS = 64
_HEX = frozenset("0123456789abcdef")


class PurgeState(StrEnum):
    """How far a run is."""

    BRAKED = "braked"  # it would erase too much at once: a second person is asked
    OPEN = "open"  # it erases, or was cut off and is gone on with
    PROVING = "proving"  # it has erased all, and its proof is being written
    DONE = "done"
    DROPPED = "dropped"  # nobody approved it, and a later one took its place
    AGAIN = "again"  # erased before a copy of the database was put back, and erased in that again


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What is left of a recording that was erased: which, by which rule, when, in which run.

    `files` are names below the data folder, `sha256` is of the sound as it was played, `rule` is `purpose:days`, or one
    of the words above.
    """

    recording_id: RecordingId
    call_id: CallId
    rule: str
    purged_at: datetime
    run_id: str | None
    sha256: str | None = None
    size_bytes: int | None = None
    length_ms: int | None = None
    files: tuple[str, ...] = ()

    @property
    def subject(self) -> str:
        """What was erased."""
        return self.recording_id


@dataclass(frozen=True, slots=True)
class TextStone:
    """What is left of what people wrote about a call: that it was erased, by which rule, when, in which run."""

    call_id: CallId
    rule: str
    purged_at: datetime
    run_id: str | None

    @property
    def subject(self) -> str:
        """What was erased."""
        return self.call_id


@dataclass(frozen=True, slots=True)
class CaseStone:
    """What is left of the words of a closed case, or of a report that became none: the same."""

    case_id: str
    rule: str
    purged_at: datetime
    run_id: str | None

    @property
    def subject(self) -> str:
        """What was erased."""
        return self.case_id


@dataclass(frozen=True, slots=True)
class RemarkStone:
    """What is left of a text that stood beside a line of the audit and was erased by two people, in no run.

    `remark`: `remark_key` of plugin/core/audit_check.py; `line_hash`: of its line; `rule`: the ground.
    """

    remark: str
    line_hash: str
    rule: str
    purged_at: datetime

    @property
    def subject(self) -> str:
        """What was erased."""
        return self.remark

    @property
    def run_id(self) -> None:
        """No run erases them."""
        return None


Stone = Tombstone | TextStone | CaseStone | RemarkStone


@dataclass(frozen=True, slots=True)
class Amount:
    """So many recordings, of so many bytes."""

    count: int = 0
    size_bytes: int = 0

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(self.count + other.count, self.size_bytes + other.size_bytes)

    def share_of(self, whole: "Amount") -> float:
        """Return what part of the whole it is, 0 to 1, by number or by bytes, whichever is more."""
        by_count = self.count / whole.count if whole.count else 0.0
        by_bytes = self.size_bytes / whole.size_bytes if whole.size_bytes else 0.0
        return max(by_count, by_bytes)


@dataclass(frozen=True, slots=True)
class PurgeRun:
    """One run. It erases what was due before `due_before`: `found` when it was planned, `purged` by now.

    `texts_found` and `texts`: the same of calls whose written words are erased, `cases_found` and `cases`: of closed
    cases whose are. `rules`: the periods it was planned by.
    `fingerprint`: of the list of what it would erase, where it waits, or waited, for a second person.
    """

    id: str
    state: PurgeState
    due_before: datetime
    begun_at: datetime
    found: Amount = Amount()
    there: Amount = Amount()
    purged: Amount = Amount()
    texts_found: int = 0
    texts: int = 0
    cases_found: int = 0
    cases: int = 0
    rules: str = ""
    ended_at: datetime | None = None
    root: str | None = None
    approval_id: str | None = None
    fingerprint: str | None = None

    @property
    def percent(self) -> float:
        """How much of what there was it would erase, in percent."""
        return 100 * self.found.share_of(self.there)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run at this moment would do, recordings by rule and by the month in which they were made (`2026-11`).

    `due` goes; `held` would go but for a hold; `there` is all that there is; `lately` went in the last 24 hours. The
    same of calls about which something is written: `texts`, `texts_held`, `texts_there`, `texts_lately`; and of cases,
    with reports that became none, in which something is: `cases`, `cases_held`, `cases_there`, `cases_lately`.
    """

    due_before: datetime
    there: Amount = Amount()
    due: Amount = Amount()
    held: Amount = Amount()
    lately: Amount = Amount()
    by_rule: Mapping[str, Amount] = field(default_factory=dict)
    by_month: Mapping[str, Amount] = field(default_factory=dict)
    held_by_month: Mapping[str, Amount] = field(default_factory=dict)
    there_by_month: Mapping[str, Amount] = field(default_factory=dict)
    texts: int = 0
    texts_held: int = 0
    texts_there: int = 0
    texts_lately: int = 0
    cases: int = 0
    cases_held: int = 0
    cases_there: int = 0
    cases_lately: int = 0
    rules: str = ""

    @property
    def percent(self) -> float:
        """How much of what there is, what lately went with it, the run would bring the loss to, in percent."""
        by_sound = (self.due + self.lately).share_of(self.there + self.lately)
        texts_there = max(self.texts_there, self.texts) + self.texts_lately  # some have drafts and no summary
        by_text = (self.texts + self.texts_lately) / texts_there if self.texts else 0.0
        cases = self.cases + self.cases_lately
        by_case = cases / (max(self.cases_there, self.cases) + self.cases_lately) if cases > FEW_CASES else 0.0
        return 100 * max(by_sound if self.due.count else 0.0, by_text, by_case if self.cases else 0.0)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is due."""
        return not (self.due.count or self.texts or self.cases)

    def is_braked(self, most_percent: int) -> bool:
        """Tell whether it is more than one night may take without a second person."""
        return self.percent > most_percent


def line_of(stone: Stone) -> bytes:
    """Return the one text of a stone: JSON, keys sorted, no spaces, no line end."""
    said: dict[str, object] = {"at": to_us(stone.purged_at), "rule": stone.rule, "run": stone.run_id}
    if isinstance(stone, CaseStone):
        return canonical(said | {"case": stone.case_id})
    if isinstance(stone, RemarkStone):
        return canonical(said | {"line": stone.line_hash, "remark": stone.remark})
    said["call"] = stone.call_id
    if isinstance(stone, Tombstone):
        said |= {
            "files": list(stone.files),
            "length_ms": stone.length_ms,
            "recording": stone.recording_id,
            "sha256": stone.sha256,
            "size_bytes": stone.size_bytes,
        }
    return canonical(said)


def canonical(said: Mapping[str, object]) -> bytes:
    """Return the one text of these values: JSON, keys sorted, no spaces."""
    return json.dumps(dict(said), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def read_line(line: bytes) -> Stone:
    """Return the stone that `line_of` wrote, to the byte. Raises InputError("tombstone")."""
    try:
        stone = _stone(json.loads(line))
        if line_of(stone) != line:
            raise InputError("tombstone")
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise InputError("tombstone") from error
    return stone


def _stone(said: dict[str, object]) -> Stone:
    run_id, rule = said["run"], _text(said["rule"])
    run = None if run_id is None else _id(run_id)
    at = from_us(_whole(said["at"]))
    if not 0 < len(rule) <= _MOST_RULE_LETTERS:
        raise InputError("tombstone")
    if "case" in said:
        return CaseStone(_id(said["case"]), rule, at, run)
    if "remark" in said:
        remark = _text(said["remark"])
        read_remark_key(remark)
        return RemarkStone(remark, _hash(said["line"]), rule, at)
    call_id = CallId(_id(said["call"]))
    if "recording" not in said:
        return TextStone(call_id, rule, at, run)
    files = said["files"]
    if not isinstance(files, list):
        raise InputError("tombstone")
    return Tombstone(
        recording_id=RecordingId(_id(said["recording"])),
        call_id=call_id,
        rule=rule,
        purged_at=at,
        run_id=run,
        sha256=None if said["sha256"] is None else _hash(said["sha256"]),
        size_bytes=None if said["size_bytes"] is None else _whole(said["size_bytes"]),
        length_ms=None if said["length_ms"] is None else _whole(said["length_ms"]),
        files=tuple(read_file_name(_text(name)) for name in files),
    )


def read_file_name(name: str) -> str:
    """Return the name of a file below the data folder: `folder/…/file`. Raises InputError("tombstone") for others."""
    parts = name.split("/")
    if len(parts) < 2 or any(part in ("", ".", "..") or "\0" in part or "\\" in part for part in parts):
        raise InputError("tombstone")
    return name


def _id(value: object) -> str:
    text = _text(value)
    if not is_id(text):
        raise InputError("tombstone")
    return text


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise InputError("tombstone")
    return value


def _whole(value: object) -> int:
    if type(value) is not int or value < 0:
        raise InputError("tombstone")
    return value


def _hash(value: object) -> str:
    text = _text(value)
    if len(text) != 64 or not _HEX.issuperset(text):
        raise InputError("tombstone")
    return text
