"""What a path or a form says, read: ids, days, numbers, words of a list. What is none is told by the field's name."""

from collections.abc import Callable
from datetime import date
from enum import StrEnum
from typing import TypeVar

from plugin.core.errors import InputError, NotFound
from plugin.core.ids import CallId, CaseId, is_id
from plugin.core.numbers import External, read_number
from plugin.web.door import house

Id = TypeVar("Id", bound=str)
Word = TypeVar("Word", bound=StrEnum)


def read_id(id_of: Callable[[str], Id], raw: str, what: str) -> Id:
    """Return an id of ours. Raises NotFound(what) for anything that is none."""
    if not is_id(raw):
        raise NotFound(what)
    return id_of(raw)


def read_call_id(raw: str) -> CallId:
    """Return a call's id. Raises NotFound("call") for anything that is no id of ours."""
    return read_id(CallId, raw, "call")


def read_case_id(raw: str) -> CaseId:
    """Return a case's id. Raises NotFound("case") for anything that is no id of ours."""
    return read_id(CaseId, raw, "case")


def read_day(raw: str, field: str) -> date:
    """Return a day, as `2026-11-23`. Raises InputError(field)."""
    try:
        return date.fromisoformat(raw)
    except ValueError:
        raise InputError(field) from None


def read_one_of(words: type[Word], raw: str, field: str) -> Word:
    """Return one of the words. Raises InputError(field)."""
    if raw not in set(words):
        raise InputError(field)
    return words(raw)


def read_e164(raw: str) -> str | None:
    """Return a number as it is dialled where the site is; None for an empty field. Raises InputError("number")."""
    if not raw.strip():
        return None
    reading = read_number(raw, house().settings.region)
    if not isinstance(reading, External):
        raise InputError("number")
    return reading.e164
