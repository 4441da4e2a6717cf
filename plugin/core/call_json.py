"""Canonical events and call records as JSON text: the form of docs/calls.md, CloudEvents 1.0 with our `data`.

Reads strictly: a known field of the wrong type, length or word is an InputError whose reason is stable and whose fact
`field` says where; unknown fields are left alone, so that a source may send more. It never guesses.
"""

import json
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from plugin.core.calls import (
    AgentRef,
    AlertFact,
    Call,
    CallEvent,
    CallState,
    Direction,
    EndedBy,
    EventType,
    HoldFact,
    Media,
    Offer,
    Outcome,
    RecordingFact,
    RecordingGap,
    RecordingKind,
    TransferFact,
    TransferKind,
)
from plugin.core.errors import InputError
from plugin.core.numbers import WithheldReason
from plugin.core.times import from_us, maybe_at, read_instant, to_us, write_instant

W = TypeVar("W", bound=StrEnum)

MOST_NATIVE_IDS = 32
_MOST_GAPS = 200
_ID_LETTERS = 191
_WORD_LETTERS = 64
_TEXT_LETTERS = 255
_NAME_LETTERS = 512  # of recordings
_ADDRESS_LETTERS = 2048  # of recordings: a signed one holds its signature
_MOST_SEQUENCE = 2**63 - 1


def read_event(obj: object, source: str, zone: ZoneInfo | None = None) -> CallEvent:
    """Return the event that `obj` (parsed JSON) holds, as one of `source`; `zone` reads instants without offset.

    A number beside a `withheld` is dropped. Raises InputError with reason missing, wrong_type, empty, too_long,
    too_many, bad_text, unknown_word, bad_number or time, and the fact `field`.
    """
    whole = _Object(obj, "event")
    if whole.text("specversion", 8) not in (None, "1.0"):
        raise InputError("unknown_word", field="specversion")
    data = _Object(whole.given("data"), "data")
    withheld = data.word("withheld", WithheldReason)
    number = data.text("customer_number", _TEXT_LETTERS)
    return CallEvent(
        id=whole.key("id", _ID_LETTERS),
        source=source,
        type=_must(whole.word("type", EventType), "type"),
        occurred_at=_must(data.instant("occurred_at", zone) or whole.instant("time", zone), "data.occurred_at"),
        sequence=_sequence(whole),
        source_call_ids=_native_ids(data),
        leg_id=data.maybe_key("leg_id", _ID_LETTERS),
        parent_leg_id=data.maybe_key("parent_leg_id", _ID_LETTERS),
        part_id=data.maybe_key("part_id", _ID_LETTERS),
        direction=data.word("direction", Direction),
        customer_number=None if withheld else number,
        withheld=withheld,
        our_number=data.maybe_key("our_number", _WORD_LETTERS),
        queue=data.maybe_key("queue", _WORD_LETTERS),
        ivr_path=data.text("ivr_path", _TEXT_LETTERS),
        agent=_agent(data.part("agent")),
        outcome=data.word("outcome", Outcome),
        ended_by=data.word("ended_by", EndedBy),
        transfer=_transfer(data.part("transfer")),
        recording=_recording(data.part("recording"), zone),
        reason=data.text("reason", _TEXT_LETTERS),
    )


class _Object:
    """One JSON object at `path`, whose fields are read by type."""

    def __init__(self, obj: object, path: str) -> None:
        if not isinstance(obj, dict):
            raise InputError("wrong_type", field=path)
        self._obj: Mapping[str, object] = obj
        self._path = "" if path == "event" else f"{path}."

    def _at(self, name: str) -> str:
        return f"{self._path}{name}"

    def get(self, name: str) -> object:
        return self._obj.get(name)

    def given(self, name: str) -> object:
        value = self._obj.get(name)
        if value is None:
            raise InputError("missing", field=self._at(name))
        return value

    def part(self, name: str) -> "_Object | None":
        value = self._obj.get(name)
        return None if value is None else _Object(value, self._at(name))

    def parts(self, name: str, most: int) -> "list[_Object]":
        value = self._obj.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise InputError("wrong_type", field=self._at(name))
        if len(value) > most:
            raise InputError("too_many", field=self._at(name))
        return [_Object(one, self._at(name)) for one in value]

    def text(self, name: str, most: int) -> str | None:
        value = self._obj.get(name)
        if value is None:
            return None
        return " ".join(_letters(value, most, self._at(name)).split()) or None

    def key(self, name: str, most: int) -> str:
        return key_text(self.given(name), most, self._at(name))

    def maybe_key(self, name: str, most: int) -> str | None:
        value = self._obj.get(name)
        return None if value in (None, "") else key_text(value, most, self._at(name))

    def word(self, name: str, words: type[W]) -> W | None:
        value = self._obj.get(name)
        if value is None:
            return None
        if not isinstance(value, str):
            raise InputError("wrong_type", field=self._at(name))
        try:
            return words(value)
        except ValueError:
            raise InputError("unknown_word", field=self._at(name)) from None

    def instant(self, name: str, zone: ZoneInfo | None) -> datetime | None:
        value = self._obj.get(name)
        if value is None:
            return None
        if not isinstance(value, str) or len(value) > 64:
            raise InputError("time", field=self._at(name))
        try:
            return read_instant(value, zone)
        except InputError:
            raise InputError("time", field=self._at(name)) from None

    def truth(self, name: str) -> bool:
        value = self._obj.get(name)
        if value is not None and not isinstance(value, bool):
            raise InputError("wrong_type", field=self._at(name))
        return bool(value)


def _letters(value: object, most: int, field: str) -> str:
    if not isinstance(value, str):
        raise InputError("wrong_type", field=field)
    if len(value) > most:
        raise InputError("too_long", field=field)
    if any(unicodedata.category(letter) in ("Cs", "Cc") and letter not in "\t\n\r" for letter in value):
        raise InputError("bad_text", field=field)
    return value


def key_text(value: object, most: int, field: str) -> str:
    """Return `value` if it is text that may be a key: 1 to `most` characters, none a control, no space at an end."""
    text = _letters(value, most, field)
    if not text:
        raise InputError("empty", field=field)
    if text != text.strip() or any(letter in "\t\n\r" for letter in text):
        raise InputError("bad_text", field=field)
    return text


T = TypeVar("T")


def _must(value: T | None, field: str) -> T:
    if value is None:
        raise InputError("missing", field=field)
    return value


def _sequence(whole: _Object) -> int:
    value = whole.get("sequence")
    if value is None:
        return 0
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 19:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MOST_SEQUENCE:
        raise InputError("bad_number", field="sequence")
    return value


def _native_ids(data: _Object) -> tuple[str, ...]:
    value = data.given("source_call_ids")
    if not isinstance(value, list):
        raise InputError("wrong_type", field="data.source_call_ids")
    if not value:
        raise InputError("empty", field="data.source_call_ids")
    if len(value) > MOST_NATIVE_IDS:
        raise InputError("too_many", field="data.source_call_ids")
    return tuple(dict.fromkeys(key_text(one, _ID_LETTERS, "data.source_call_ids") for one in value))


def _agent(part: _Object | None) -> AgentRef | None:
    if part is None:
        return None
    return AgentRef(
        part.maybe_key("extension", _WORD_LETTERS),
        part.maybe_key("id", _WORD_LETTERS),
        part.text("name", _TEXT_LETTERS),
    )


def _transfer(part: _Object | None) -> TransferFact | None:
    if part is None:
        return None
    kind = _must(part.word("kind", TransferKind), "data.transfer.kind")
    by, to = (part.maybe_key(name, _WORD_LETTERS + len("queue:")) for name in ("by", "to"))
    return TransferFact(kind, by, to, part.truth("done"))


def _recording(part: _Object | None, zone: ZoneInfo | None) -> RecordingFact | None:
    if part is None:
        return None
    return RecordingFact(
        id=part.key("id", _NAME_LETTERS),
        uri=part.text("uri", _ADDRESS_LETTERS),
        kind=part.word("kind", RecordingKind) or RecordingKind.ALL_CALL,
        media=part.word("media", Media),
        started_at=part.instant("started_at", zone),
        ended_at=part.instant("ended_at", zone),
        gaps=tuple(_gap(one, zone) for one in part.parts("gaps", _MOST_GAPS)),
    )


def _gap(part: _Object, zone: ZoneInfo | None) -> RecordingGap:
    began = _must(part.instant("started_at", zone), "data.recording.gaps.started_at")
    return RecordingGap(began, part.instant("ended_at", zone))


def _slim(value: object, *, micros: bool) -> Any:
    """A value of the core as JSON knows it, without the fields that say nothing."""
    if isinstance(value, datetime):
        return to_us(value) if micros else write_instant(value)
    if isinstance(value, tuple):
        return [_slim(one, micros=micros) for one in value]
    if hasattr(value, "__dataclass_fields__"):
        pairs = ((field.name, getattr(value, field.name)) for field in fields(value))  # type: ignore[arg-type]
        return {name: _slim(one, micros=micros) for name, one in pairs if one is not None and one != ()}
    return value


_dump = partial(json.dumps, ensure_ascii=False, separators=(",", ":"))


def write_event(event: CallEvent) -> str:
    """Return the event as canonical JSON, which `read_event` reads back."""
    data = _without_false(_slim(event, micros=False))
    envelope = {name: data.pop(name) for name in ("id", "source", "type")}
    envelope |= {"specversion": "1.0", "time": data["occurred_at"], "sequence": str(data.pop("sequence")), "data": data}
    return _dump(envelope)


def restore_event(text: str, source: str) -> CallEvent:
    """Return the event that `write_event` wrote and we kept: without the checks, which it has passed once."""
    told: dict[str, Any] = json.loads(text)
    data: dict[str, Any] = told["data"]
    agent, transfer, recording = data.get("agent"), data.get("transfer"), data.get("recording")
    return CallEvent(
        id=told["id"],
        source=source,
        type=EventType(told["type"]),
        occurred_at=_restore_instant(data["occurred_at"]),
        source_call_ids=tuple(data["source_call_ids"]),
        sequence=int(told["sequence"]),
        leg_id=data.get("leg_id"),
        parent_leg_id=data.get("parent_leg_id"),
        part_id=data.get("part_id"),
        direction=_maybe(Direction, data.get("direction")),
        customer_number=data.get("customer_number"),
        withheld=_maybe(WithheldReason, data.get("withheld")),
        our_number=data.get("our_number"),
        queue=data.get("queue"),
        ivr_path=data.get("ivr_path"),
        agent=None if agent is None else AgentRef(agent.get("extension"), agent.get("id"), agent.get("name")),
        outcome=_maybe(Outcome, data.get("outcome")),
        ended_by=_maybe(EndedBy, data.get("ended_by")),
        transfer=None if transfer is None else _restore_transfer(transfer),
        recording=None if recording is None else _restore_recording(recording, _restore_instant),
        reason=data.get("reason"),
        claimed=data.get("claimed", False),
    )


def _restore_instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def write_call(call: Call) -> str:
    """Return the record as JSON for calls.record; the same call gives the same text."""
    return _dump(_without_false(_slim(call, micros=True)))


def _without_false(told: dict[str, Any]) -> dict[str, Any]:
    """Leave `claimed` out where it is not so, as it is of almost every event and call."""
    if not told["claimed"]:
        del told["claimed"]
    return told


def read_call(text: str) -> Call:
    """Return the record that `write_call` wrote."""
    told: dict[str, Any] = json.loads(text)
    alert = told.get("alert")
    return Call(
        source=told["source"],
        source_call_ids=tuple(told["source_call_ids"]),
        direction=_maybe(Direction, told.get("direction")),
        state=CallState(told["state"]),
        customer_number=told.get("customer_number"),
        withheld=_maybe(WithheldReason, told.get("withheld")),
        our_number=told.get("our_number"),
        queue=told.get("queue"),
        ivr_path=told.get("ivr_path"),
        placed_by=told.get("placed_by"),
        started_at=from_us(told["started_at"]),
        answered_at=maybe_at(told.get("answered_at")),
        ended_at=maybe_at(told.get("ended_at")),
        offers=tuple(_read_offer(one) for one in told.get("offers", ())),
        answered_by=tuple(told.get("answered_by", ())),
        outcome=_maybe(Outcome, told.get("outcome")),
        ended_by=_maybe(EndedBy, told.get("ended_by")),
        transfers=tuple(_restore_transfer(one) for one in told.get("transfers", ())),
        holds=tuple(
            HoldFact(from_us(one["started_at"]), maybe_at(one.get("ended_at"))) for one in told.get("holds", ())
        ),
        monitored_by=tuple(told.get("monitored_by", ())),
        recordings=tuple(_restore_recording(one, from_us) for one in told.get("recordings", ())),
        notice_at=maybe_at(told.get("notice_at")),
        alert=None if alert is None else AlertFact(alert.get("agent"), alert.get("reason"), from_us(alert["at"])),
        last_event_at=from_us(told["last_event_at"]),
        claimed=told.get("claimed", False),
    )


def _maybe(words: type[W], value: str | None) -> W | None:
    return None if value is None else words(value)


def _read_offer(told: dict[str, Any]) -> Offer:
    answered_at, ended_at = maybe_at(told.get("answered_at")), maybe_at(told.get("ended_at"))
    return Offer(told["agent"], from_us(told["rang_at"]), answered_at, ended_at, _maybe(Outcome, told.get("outcome")))


def _restore_transfer(told: dict[str, Any]) -> TransferFact:
    return TransferFact(TransferKind(told["kind"]), told.get("by"), told.get("to"), told["done"])


def _restore_recording(told: dict[str, Any], instant: Callable[[Any], datetime]) -> RecordingFact:
    began, ended = (None if (at := told.get(name)) is None else instant(at) for name in ("started_at", "ended_at"))
    kind, media = RecordingKind(told["kind"]), _maybe(Media, told.get("media"))
    gaps = tuple(_restore_gap(one, instant) for one in told.get("gaps", ()))
    return RecordingFact(told["id"], told.get("uri"), kind, media, began, ended, gaps)


def _restore_gap(told: dict[str, Any], instant: Callable[[Any], datetime]) -> RecordingGap:
    return RecordingGap(instant(told["started_at"]), None if (at := told.get("ended_at")) is None else instant(at))
