"""Reads the body of a delivery: fields of a form, or JSON, strictly. Guesses nothing, and mends nothing.

A name that stands twice is refused: of two readers one takes the first and the other the last. Sources of other
packages use this room too (docs/connectors.md), and so sites.py.
"""

import email.policy
import hashlib
import json
import re
from collections.abc import Mapping
from email.message import Message
from email.parser import BytesParser
from typing import Any, NoReturn
from urllib.parse import parse_qsl

from plugin.core.call_json import key_text
from plugin.core.deliveries import Delivery
from plugin.core.errors import InputError

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
PARTS = "multipart/form-data"
_MOST_FIELDS = 200
_MOST_OF_ONE = 50
_MOST_LETTERS = 191
_INTERNATIONAL = re.compile(r"[1-9][0-9]{7,14}")
_SHOWN_OR_NOT = re.compile(r"18[46]0[1-9][0-9]{8,9}")  # dialled in Japan: the number with 184 or 186 before it


class Told:
    """The fields of one delivery by name, each with its texts in order. `pairs` are those of a form, as they came.

    `no_text` names the fields that hold something else: who asks for one of them is refused, the rest is read.
    """

    def __init__(self, pairs: tuple[tuple[str, str], ...], no_text: frozenset[str] = frozenset()) -> None:
        self.pairs = pairs
        self._no_text = no_text
        self._fields: dict[str, list[str]] = {}
        for name, value in pairs:
            self._fields.setdefault(name, []).append(value)

    def text(self, name: str, most: int = _MOST_LETTERS) -> str | None:
        """Return the one text of `name`; None where it is missing or empty.

        Raises InputError: doubled, too_long, bad_text, wrong_type.
        """
        given = self._given(name)
        if len(given) > 1:
            raise InputError("doubled", field=name)
        return key_text(given[0].strip(" "), most, name) if given and given[0].strip(" ") else None

    def needed(self, name: str, most: int = _MOST_LETTERS) -> str:
        """Return the same of a field that must be there. Raises InputError("missing") too."""
        found = self.text(name, most)
        if found is None:
            raise InputError("missing", field=name)
        return found

    def every(self, name: str, most: int = _MOST_LETTERS) -> tuple[str, ...]:
        """Return all texts of `name` (as PHP writes lists: of `name[]` too), each once and none empty."""
        given = [*self._given(name), *self._given(f"{name}[]")]
        if len(given) > _MOST_OF_ONE:
            raise InputError("too_many", field=name)
        shown = (key_text(value.strip(" "), most, name) for value in given if value.strip(" "))
        return tuple(dict.fromkeys(shown))

    def number(self, name: str, most: int) -> int | None:
        """Return the whole number 0 to `most` that `name` says. Raises InputError("bad_number")."""
        text = self.text(name, 20)
        if text is None:
            return None
        if not (text.isascii() and text.isdigit()) or int(text) > most:
            raise InputError("bad_number", field=name)
        return int(text)

    def _given(self, name: str) -> list[str]:
        if name in self._no_text:
            raise InputError("wrong_type", field=name)
        return self._fields.get(name, [])


def content_type(delivery: Delivery, *, parts_too: bool = False) -> str:
    """Return the type that the sender names, in small letters.

    Raises InputError: "multipart" for a form in parts (unless `parts_too`), which hardly a sender makes and nobody's
    signature covers; "content_type" for another charset than UTF-8.
    """
    kind, *parameters = delivery.headers.get("content-type", "").lower().split(";")
    if kind.strip().startswith("multipart/") and not (parts_too and kind.strip() == PARTS):
        raise InputError("multipart", field="content-type")
    for parameter in parameters:
        name, _, value = parameter.strip().partition("=")
        if name == "charset" and value.strip('"') not in ("utf-8", "utf8"):
            raise InputError("content_type")
    return kind.strip()


def read_fields(delivery: Delivery, *, json_too: bool, parts_too: bool = False) -> Told:
    """Return the fields of a form, or (`json_too`) of a JSON object, or (`parts_too`) of a form in parts.

    Raises InputError: content_type, multipart, not_form, not_json, too_deep, doubled, too_many, wrong_type.
    """
    kind = content_type(delivery, parts_too=parts_too)
    if kind == PARTS:
        return Told(_read_parts(delivery.headers["content-type"], delivery.body))
    if kind == FORM:
        return Told(read_form(delivery.body))
    if kind == JSON and json_too:
        return _flat(read_json(delivery.body))
    raise InputError("content_type")


def read_form(body: bytes) -> tuple[tuple[str, str], ...]:
    """Return names and values of a form in their order. Raises InputError("not_form" | "too_many").

    Letters that its sender did not encode (curl --data leaves them so) are read as UTF-8, as the encoded ones are.
    """
    if body.count(b"&") >= _MOST_FIELDS:
        raise InputError("too_many", field="form")
    try:
        text = body.decode("utf-8")
        return tuple(parse_qsl(text, keep_blank_values=True, encoding="utf-8", errors="strict"))
    except ValueError as error:
        raise InputError("not_form") from error


def _read_parts(kind: str, body: bytes) -> tuple[tuple[str, str], ...]:
    try:
        head = f"Content-Type: {kind}\r\n\r\n".encode("ascii")
        whole = BytesParser(policy=email.policy.compat32).parsebytes(head + body)
        parts = whole.get_payload()
        if whole.defects or not isinstance(parts, list) or len(parts) > _MOST_FIELDS:
            raise InputError("not_form")
        return tuple(_read_part(part) for part in parts if isinstance(part, Message))
    except (ValueError, LookupError) as error:
        raise InputError("not_form") from error


def _read_part(part: Message) -> tuple[str, str]:
    name, value = part.get_param("name", header="content-disposition"), part.get_payload(decode=True)
    known = isinstance(name, str) and isinstance(value, bytes) and part.get_filename() is None
    if not known or part.defects or "content-transfer-encoding" in part:
        raise InputError("not_form")
    return str(name), bytes(value).decode("utf-8")


def read_json(body: bytes) -> object:
    """Return what a JSON text says. Raises InputError: not_json, too_deep, doubled."""
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_refuse, object_pairs_hook=_once)
    except InputError:
        raise
    except ValueError as error:
        raise InputError("not_json") from error
    except RecursionError as error:
        raise InputError("too_deep") from error


def _refuse(_: str) -> NoReturn:
    raise InputError("not_json")  # NaN and Infinity are no JSON


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise InputError("doubled", field="json")
    return found


def _flat(told: object) -> Told:
    if not isinstance(told, Mapping):
        raise InputError("wrong_type", field="json")
    pairs: list[tuple[str, str]] = []
    no_text: set[str] = set()
    for name, value in told.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, int | str) and not isinstance(one, bool):
                pairs.append((name, str(one)))
            elif one is not None:
                no_text.add(name)
    return Told(tuple(pairs), frozenset(no_text))


def event_id(*parts: str) -> str:
    """Return what an event is known again by where its sender names none: sha-256 of what tells it from all others.

    Of a withheld caller nothing can be read from it: numbers are no part.
    """
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def with_plus(number: str | None) -> str | None:
    """Return a number that was sent as country code and number without +, with it; anything else as it is.

    A national number has its trunk zero, so that 8 to 15 digits without one can be nothing else; but 184 and 186 before
    a trunk zero are no country: they hide and show who dials.
    """
    plain = number is None or _SHOWN_OR_NOT.fullmatch(number) or not _INTERNATIONAL.fullmatch(number)
    return number if plain else f"+{number}"
