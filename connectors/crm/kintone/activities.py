"""An entry as a record of the activities app, and back: which field holds what, cut to what the form takes.

Writes only fields that the form has: kintone would leave others out without a word. Never puts a telephone number in.
"""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import date
from typing import Any, TypeVar

from connectors.crm.kintone.client import Record
from connectors.crm.kintone.options import ActivityCodes, Options
from connectors.crm.kintone.people import ID, REVISION, id_of, revision_of, text_of
from connectors.crm.kintone.shapes import AppShape, FieldShape
from plugin.core.calls import Direction, Outcome
from plugin.core.errors import InputError, OutsideError
from plugin.core.timeline import TimelineEntry
from plugin.core.times import read_instant, write_instant

_Meaning = TypeVar("_Meaning")
_FIX_RETRY_S = 300
_CUT = "…"
_ONE_LINE = frozenset({"SINGLE_LINE_TEXT"})
_TEXT = frozenset({"SINGLE_LINE_TEXT", "MULTI_LINE_TEXT"})
_COUNT = frozenset({"NUMBER", "SINGLE_LINE_TEXT"})
_WORD = frozenset({"SINGLE_LINE_TEXT", "MULTI_LINE_TEXT", "DROP_DOWN", "RADIO_BUTTON"})
KINDS: Mapping[str, frozenset[str]] = {  # the types of field that can hold each part of an entry
    "call": _ONE_LINE,
    "version": frozenset({"NUMBER"}),
    "customer": _COUNT,
    "subject": _TEXT,
    "text": frozenset({"MULTI_LINE_TEXT"}),
    "started": _ONE_LINE,
    "started_time": frozenset({"DATETIME"}),
    "day": frozenset({"DATE"}),
    "duration": _COUNT,
    "direction": _WORD,
    "outcome": _WORD,
    "disposition": _WORD,
    "author": _TEXT,
    "link": frozenset({"LINK", "SINGLE_LINE_TEXT", "MULTI_LINE_TEXT"}),
}
NEEDED = ("call", "version", "customer", "subject", "text", "started")
LEAST_LETTERS = {"call": 40, "started": 27}  # a call's name, an instant: cut ones would mean nothing
_DIRECTIONS = {Direction.INBOUND: "着信", Direction.OUTBOUND: "発信", Direction.INTERNAL: "内線"}
_OUTCOMES = {
    Outcome.ANSWERED: "応答",
    Outcome.ABANDONED: "放棄",
    Outcome.MISSED: "不応答",
    Outcome.BUSY: "話中",
    Outcome.FAILED: "接続失敗",
    Outcome.ANSWERED_ELSEWHERE: "別の担当者が応答",
    Outcome.ABANDONED_AFTER_TRANSFER: "転送後に放棄",
    Outcome.VOICEMAIL: "留守番電話",
    Outcome.LOST: "不明",
}


class ActivityForm:
    """How this app's records are filled in. Raises OutsideError where it lacks what an entry cannot do without."""

    def __init__(self, options: Options, shape: AppShape) -> None:
        self._codes = options.activity
        self._there = {part: found for part, found in parts(self._codes, shape) if _is_writable(part, found)}
        lacking = [getattr(self._codes, part) for part in NEEDED if part not in self._there]
        if lacking:
            raise _to_fix("fields_missing", ",".join(lacking))
        if not self._there["call"].unique:
            raise _to_fix("duplicates_allowed", self._codes.call)
        for part, least in LEAST_LETTERS.items():
            if 0 < self._there[part].most_letters < least:
                raise _to_fix("field_short", self._there[part].code)
        self.known = frozenset(shape.fields)

    @property
    def codes(self) -> list[str]:
        """The fields that `entry_of` reads."""
        return [ID, REVISION, *(one.code for one in self._there.values())]

    @property
    def call(self) -> str:
        """The field that is unique for a call."""
        return self._codes.call

    @property
    def customer(self) -> str:
        """The field that says whose entry it is."""
        return self._codes.customer

    @property
    def newest_first(self) -> str:
        """How entries are sorted: the text of an instant sorts as the instant does."""
        return f"{self._codes.started} desc, {ID} desc"

    def version_of(self, record: Record) -> int:
        """Return the version that stands there; 0 where people have emptied it."""
        text = _text(record, self._codes.version)
        return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else 0

    def filled(self, entry: TimelineEntry) -> dict[str, Any]:
        """Return the fields of the entry as kintone takes them."""
        told = {
            "call": entry.external_id,
            "version": str(entry.version),
            "customer": entry.customer_external_id or "",
            "subject": entry.subject,
            "text": entry.text,
            "started": write_instant(entry.started_at),
            "started_time": f"{entry.started_at:%Y-%m-%dT%H:%M:00Z}",
            "day": entry.on.isoformat(),
            "duration": str(entry.duration_s),
            "direction": _DIRECTIONS[entry.direction],
            "outcome": "" if entry.outcome is None else _OUTCOMES[entry.outcome],
            "disposition": entry.disposition,
            "author": entry.author,
            "link": entry.link,
        }
        values = {one.code: _fitting(part, one, told[part]) for part, one in self._there.items()}
        return {code: {"value": value} for code, value in values.items() if value is not None}

    def entry_of(self, record: Record) -> TimelineEntry | None:
        """Return the entry that a record holds, or None where people have made it unreadable."""
        codes = self._codes
        try:
            started_at = read_instant(_text(record, codes.started))
            day = _text(record, codes.day)
            outcome = _text(record, codes.outcome)
            return TimelineEntry(
                external_id=_text(record, codes.call),
                version=self.version_of(record),
                customer_external_id=_text(record, codes.customer) or None,
                subject=_raw(record, codes.subject),
                text=_raw(record, codes.text).replace("\r\n", "\n"),
                on=date.fromisoformat(day) if day else started_at.date(),
                started_at=started_at,
                duration_s=int(_text(record, codes.duration) or 0),
                direction=_of_word(_DIRECTIONS, _text(record, codes.direction)) or Direction.INBOUND,
                outcome=_of_word(_OUTCOMES, outcome),
                disposition=_raw(record, codes.disposition),
                author=_raw(record, codes.author),
                link=_text(record, codes.link),
            )
        except (InputError, ValueError):
            return None


def parts(codes: ActivityCodes, shape: AppShape) -> Iterator[tuple[str, FieldShape]]:
    """Yield each part of an entry that the form has a field for, whatever its type."""
    for one in fields(codes):
        found = shape.fields.get(getattr(codes, one.name))
        if found is not None:
            yield one.name, found


def _is_writable(part: str, found: FieldShape) -> bool:
    return found.kind in KINDS[part] and not found.is_filled


def words_of(part: str) -> frozenset[str]:
    """Return the words that a list must hold for this part; none for a part that is no list of ours."""
    if part == "direction":
        return frozenset(_DIRECTIONS.values())
    return frozenset(_OUTCOMES.values()) if part == "outcome" else frozenset()


def standing(form: ActivityForm, record: Record) -> tuple[str, tuple[str, str, int]]:
    """Return an activity that is there, by the entry's id: its record, its revision, and its version."""
    return _text(record, form.call), (id_of(record), revision_of(record), form.version_of(record))


def _fitting(part: str, one: FieldShape, text: str) -> str | None:
    """Return `text` as the field can take it; None: the field is left as it is."""
    if one.kind in ("DROP_DOWN", "RADIO_BUTTON"):
        if not text:
            return "" if one.kind == "DROP_DOWN" and not one.required else None
        return text if text in one.options else None
    if part == "link":
        return text if not one.most_letters or _units(text) <= one.most_letters else None
    if one.kind == "SINGLE_LINE_TEXT":
        text = " ".join(text.splitlines())
    return text if part in ("call", "started") else cut(text, one.most_letters)


def cut(text: str, most: int) -> str:
    """Return `text`, or as much of it as leaves room for a mark within `most` UTF-16 units (0: no limit).

    Whether kintone counts an emoji once or twice is not documented; counted twice it always fits. None is halved.
    """
    if not most or _units(text) <= most:
        return text
    room = max(0, most - _units(_CUT))
    return text.encode("utf-16-le")[: room * 2].decode("utf-16-le", "ignore").rstrip() + _CUT


def _units(text: str) -> int:
    return len(text) + sum(letter > "\uffff" for letter in text)


def _to_fix(reason: str, codes: str) -> OutsideError:
    return OutsideError(reason, permanent=True, retry_after_s=_FIX_RETRY_S, fields=codes)


def _text(record: Record, code: str) -> str:
    held = record.get(code)
    return text_of(held.get("value")) if isinstance(held, Mapping) else ""


def _raw(record: Record, code: str) -> str:
    held = record.get(code)
    value = held.get("value") if isinstance(held, Mapping) else None
    return value if isinstance(value, str) else ""


def _of_word(words: Mapping[_Meaning, str], text: str) -> _Meaning | None:
    return next((meaning for meaning, word in words.items() if word == text), None)
