"""What an app says of its form: which fields it has, of which type, how long, unique or not, and what a list holds.

It must be asked: kintone takes a record with field codes that the app does not have, and silently leaves them out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from plugin.core.errors import OutsideError


@dataclass(frozen=True, slots=True)
class FieldShape:
    """One field. `most_letters` 0: no limit; `options` of a list; `is_filled`: by kintone, or through
    a lookup, never by us."""

    code: str
    kind: str
    required: bool = False
    unique: bool = False
    most_letters: int = 0
    options: frozenset[str] = frozenset()
    is_filled: bool = False
    columns: Mapping[str, "FieldShape"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AppShape:
    """One app and its fields by code, as our token or user sees them."""

    app: int
    fields: Mapping[str, FieldShape]

    def find(self, code: str) -> FieldShape | None:
        """Return the field of that code, or the column that `表.列` names; None where there is none."""
        table, _, column = code.partition(".")
        found = self.fields.get(table)
        return found.columns.get(column) if found is not None and column else found

    def code_of(self, kind: str) -> str:
        """Return the code of the one field of a built-in kind. Raises OutsideError("fields_missing") without it."""
        for one in self.fields.values():
            if one.kind == kind:
                return one.code
        raise OutsideError("fields_missing", permanent=True, retry_after_s=300, fields=kind)


def read_shape(app: int, told: Any) -> AppShape:
    """Return what a form says. Raises OutsideError("unreadable_answer") where it is none."""
    try:
        return AppShape(app, _fields(told["properties"]))
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        raise OutsideError("unreadable_answer") from None


def _fields(properties: Mapping[str, Any]) -> dict[str, FieldShape]:
    # What a lookup copies is listed by the lookup, not by the field that receives it.
    copied = {
        str(pair["field"])
        for one in properties.values()
        for pair in (one.get("lookup") or {}).get("fieldMappings") or ()
    }
    return {str(code): _field(str(code), one, is_copied=code in copied) for code, one in properties.items()}


def _field(code: str, one: Mapping[str, Any], *, is_copied: bool) -> FieldShape:
    return FieldShape(
        code=code,
        kind=str(one["type"]),
        required=_is_true(one.get("required")),
        unique=_is_true(one.get("unique")),
        most_letters=int(one.get("maxLength") or 0),
        options=frozenset(str(name) for name in one.get("options") or ()),
        is_filled=is_copied or bool(one.get("expression")) or bool(one.get("lookup")),
        columns=_fields(one.get("fields") or {}),
    )


def _is_true(value: object) -> bool:
    return value is True or value == "true"
