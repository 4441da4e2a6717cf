"""What an org says of its objects and fields: which may be written when, how long they are, what a list holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from plugin.core.errors import OutsideError


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


def read_shape(described: Any) -> ObjectShape:
    """Return what a describe says. Raises OutsideError("unreadable_answer") where it is none."""
    try:
        fields = [_field(one) for one in described["fields"]]
        return ObjectShape(str(described["name"]), {one.name: one for one in fields})
    except (KeyError, TypeError, ValueError, AttributeError):
        raise OutsideError("unreadable_answer") from None


def _field(one: Mapping[str, Any]) -> FieldShape:
    listed = [value for value in one.get("picklistValues") or () if value.get("active", True)]
    return FieldShape(
        name=str(one["name"]),
        label=str(one.get("label") or one["name"]),
        kind=str(one["type"]),
        length=int(one.get("length") or 0),
        createable=bool(one.get("createable")),
        updateable=bool(one.get("updateable")),
        nillable=bool(one.get("nillable")),
        unique=bool(one.get("unique")),
        external_id=bool(one.get("externalId")),
        values=tuple(str(value["value"]) for value in listed),
        default=next((str(value["value"]) for value in listed if value.get("defaultValue")), None),
    )
