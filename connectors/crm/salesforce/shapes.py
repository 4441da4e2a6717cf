"""What an org says of its objects and fields: which may be written when, how long they are, what a list holds."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from plugin.core.errors import OutsideError

_API_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,127}")


@dataclass(frozen=True, slots=True)
class FieldShape:
    """One field; `label` is what people read, `kind` describe's type.

    `values` are the active ones of a picklist, `default` the marked one.
    """

    name: str
    label: str
    kind: str
    length: int
    createable: bool
    updateable: bool
    nillable: bool
    unique: bool
    external_id: bool
    values: tuple[str, ...]
    default: str | None


@dataclass(frozen=True, slots=True)
class ObjectShape:
    """One object and its fields, by API name, as our user sees them."""

    name: str
    fields: Mapping[str, FieldShape]

    def __contains__(self, field: str) -> bool:
        return field in self.fields


def read_shape(name: str, described: object) -> ObjectShape:
    """Return what the describe of the object `name` says.

    Raises OutsideError("describe_unreadable") where it is none, down to the type of each value: what stands in it
    becomes part of queries, and of what people read.
    """
    try:
        told = _Told(described)
        if told.text("name") != name:
            raise TypeError
        fields = [_field(_Told(one)) for one in told.many("fields")]
    except TypeError:
        raise OutsideError("describe_unreadable", object=name) from None
    return ObjectShape(name, {one.name: one for one in fields})


class _Told:
    """An object of JSON, whose values are of the types that describe has, or left out; TypeError where they are not."""

    def __init__(self, told: object) -> None:
        if not isinstance(told, Mapping):
            raise TypeError
        self._told = told

    def text(self, name: str) -> str:
        value = self._told.get(name)
        if not isinstance(value, str):
            raise TypeError
        return value

    def maybe_text(self, name: str) -> str:
        return self.text(name) if self._told.get(name) is not None else ""

    def number(self, name: str) -> int:
        value = self._told.get(name)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
            raise TypeError
        return value or 0

    def flag(self, name: str, *, default: bool = False) -> bool:
        value = self._told.get(name, default)
        if not isinstance(value, bool):
            raise TypeError
        return value

    def many(self, name: str) -> list[object]:
        value = self._told.get(name)
        if not isinstance(value, list):
            raise TypeError
        return value

    def maybe_many(self, name: str) -> list[object]:
        return self.many(name) if self._told.get(name) is not None else []


def _field(one: _Told) -> FieldShape:
    if not _API_NAME.fullmatch(one.text("name")):
        raise TypeError
    listed = [value for value in map(_Told, one.maybe_many("picklistValues")) if value.flag("active", default=True)]
    return FieldShape(
        name=one.text("name"),
        label=one.maybe_text("label") or one.text("name"),
        kind=one.text("type"),
        length=one.number("length"),
        createable=one.flag("createable"),
        updateable=one.flag("updateable"),
        nillable=one.flag("nillable"),
        unique=one.flag("unique"),
        external_id=one.flag("externalId"),
        values=tuple(value.text("value") for value in listed),
        default=next((value.text("value") for value in listed if value.flag("defaultValue")), None),
    )
