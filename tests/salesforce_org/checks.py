"""Whether a payload may be saved: every field against the schema, every reference against the records.

It answers with Salesforce's error codes; it changes nothing.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime

from tests.salesforce_org.answers import RowError, stamp
from tests.salesforce_org.ids import full_id
from tests.salesforce_org.schema import Field, Kind, Thing
from tests.salesforce_org.tables import Row, Value

Get = Callable[[str, str], Row | None]
IsHidden = Callable[[str, str], bool]
HIDDEN = RowError("INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", "insufficient access rights on cross-reference id")
_NOT_WRITABLE = (
    "Unable to create/update fields: {}. Please check the security settings of this field and verify that it is "
    "read/write for your profile or permission set."
)


class Bad(Exception):
    """One field's value does not fit."""

    def __init__(self, code: str, message: str, *fields: str) -> None:
        super().__init__(code)
        self.error = RowError(code, message, fields)


class Checks:
    """Checks payloads of an org's objects."""

    def __init__(self, things: Mapping[str, Thing], get: Get, is_hidden: IsHidden) -> None:
        self._things, self._get, self._is_hidden = things, get, is_hidden

    def read(
        self, thing: Thing, payload: Mapping[str, object], *, creating: bool, sees_all: bool
    ) -> tuple[Row, list[RowError]]:
        """Return the values that a payload sets, as the tables keep them, and what is wrong with it.

        Who does not see all records may not point to a hidden one.
        """
        row: Row = {}
        errors: list[RowError] = []
        closed = []
        for name, value in payload.items():
            if name == "attributes":
                continue
            one = thing.find(name)
            if one is None:
                return {}, [RowError("INVALID_FIELD", f"No such column '{name}' on sobject of type {thing.name}")]
            if not (one.create if creating else one.update):
                closed.append(one.name)
                continue
            try:
                row[one.name] = self._value(one, value, sees_all)
            except Bad as bad:
                errors.append(bad.error)
        if closed:
            code = "INVALID_FIELD_FOR_INSERT_UPDATE"
            return {}, [RowError(code, _NOT_WRITABLE.format(", ".join(closed)), tuple(closed))]
        return row, errors

    def required(self, thing: Thing, row: Row, *, creating: bool) -> list[RowError]:
        """Return the error of a new record without a required field, or of a change that empties one."""
        missing = [
            one.name
            for one in thing
            if (one.is_required or (not one.nillable and not creating and one.name in row))
            and row.get(one.name) is None
            and (creating or one.name in row)
        ]
        if not missing:
            return []
        return [
            RowError("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{', '.join(missing)}]", tuple(missing))
        ]

    def _value(self, one: Field, value: object, sees_all: bool) -> Value:
        if value is None or value == "":
            return None
        if one.kind is Kind.REFERENCE:
            return self._reference(one, value, sees_all)
        if one.kind.is_text:
            return _text(one, value)
        if one.kind is Kind.BOOLEAN:
            return _boolean(one, value)
        if one.kind.is_number:
            return _number(one, value)
        return _moment(one, value)

    def _reference(self, one: Field, value: object, sees_all: bool) -> str:
        found = full_id(value) if isinstance(value, str) else None
        if found is None:
            raise Bad("MALFORMED_ID", f"{one.label}: id value of incorrect type: {value}", one.name)
        thing = next((to for to in one.refers_to if self._things[to.lower()].prefix == found[:3]), None)
        if thing is None:
            code = "FIELD_INTEGRITY_EXCEPTION" if len(one.refers_to) > 1 else "MALFORMED_ID"
            raise Bad(code, f"{one.label}: id value of incorrect type: {found}", one.name)
        row = self._get(thing, found)
        if row is None:
            raise Bad("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", one.name)
        if row["IsDeleted"]:
            raise Bad("ENTITY_IS_DELETED", "entity is deleted", one.name)
        if not sees_all and self._is_hidden(thing, found):
            raise Bad(HIDDEN.code, HIDDEN.message, one.name)
        return found


def _text(one: Field, value: object) -> str:
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        raise _unreadable(one, value)
    text = str(value).strip()
    units = len(text.encode("utf-16-le")) // 2
    if one.restricted and text not in one.values:
        code = "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
        raise Bad(code, f"{one.label}: bad value for restricted picklist field: {text}", one.name)
    if one.length and units > one.length:
        told = f"{one.label}: data value too large: {text} (max length={one.length})"
        raise Bad("STRING_TOO_LONG", told, one.name)
    if one.kind is Kind.EMAIL and "@" not in text.strip("@"):
        raise Bad("INVALID_EMAIL_ADDRESS", f"{one.label}: invalid email address: {text}", one.name)
    return text


def _boolean(one: Field, value: object) -> int:
    if value in (True, False, "true", "false"):
        return int(value in (True, "true"))
    raise _unreadable(one, value)


def _number(one: Field, value: object) -> float:
    try:
        number = float(str(value))
    except ValueError as error:
        raise _unreadable(one, value) from error
    if isinstance(value, bool) or (one.kind is Kind.INT and number != int(number)):
        raise _unreadable(one, value)
    if one.kind is Kind.INT and abs(number) > 2_147_483_647:
        raise Bad("NUMBER_OUTSIDE_VALID_RANGE", f"{one.label}: value outside of valid range", one.name)
    return int(number) if one.kind is Kind.INT else number


def _moment(one: Field, value: object) -> str:
    try:
        if one.kind is Kind.DATE:
            return date.fromisoformat(str(value)[:10]).isoformat()
        at = datetime.fromisoformat(str(value))
        if at.tzinfo is None:
            raise ValueError(value)
        return stamp(at)
    except ValueError as error:
        raise _unreadable(one, value) from error


def _unreadable(one: Field, value: object) -> Bad:
    return Bad("JSON_PARSER_ERROR", f"Cannot deserialize instance of {one.kind.value} from value {value}", one.name)
