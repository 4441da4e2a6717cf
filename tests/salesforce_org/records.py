"""Creates, changes and deletes single records as an org does: checked, stamped, with what the org fills in by itself.

Who asks (REST, collections, or the test as a person in the org) is the caller's business.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tests.salesforce_org import persons
from tests.salesforce_org.answers import RowError, stamp
from tests.salesforce_org.checks import HIDDEN, Checks
from tests.salesforce_org.ids import make_id
from tests.salesforce_org.schema import Field, Kind, Thing
from tests.salesforce_org.tables import Row, Tables, Value


@dataclass(frozen=True, slots=True)
class Saved:
    """What came of one record: its id, or errors; `matches` are the ids where an external id is ambiguous."""

    id: str | None = None
    created: bool = False
    errors: tuple[RowError, ...] = ()
    matches: tuple[str, ...] = ()

    @property
    def is_good(self) -> bool:
        """Tell whether the record was saved."""
        return not self.errors and not self.matches

    def told(self, *, upsert: bool) -> dict[str, object]:
        """Return the result as collections write it."""
        told: dict[str, object] = {"id": self.id} if self.is_good else {}
        told |= {"success": self.is_good, "errors": [error.for_collections() for error in self.errors]}
        return told | {"created": self.created} if upsert and self.is_good else told


@dataclass(frozen=True, slots=True)
class Moment:
    """When a change is made, by whom, and from when others see it (None: at once).

    `inside`: by a person in the org, who sees all records and gets his turn after another transaction. A client's
    change is refused where a record is hidden from it or held.
    """

    now: datetime
    user_id: str
    visible_at: datetime | None = None
    inside: bool = False


@dataclass(slots=True)
class Records:
    """The records of an org."""

    things: Mapping[str, Thing]
    tables: Tables
    checks: Checks
    _counters: dict[str, int] = field(default_factory=dict)

    def next_id(self, thing: Thing) -> str:
        """Return a new id of the object."""
        self._counters[thing.prefix] = number = self._counters.get(thing.prefix, 0) + 1
        return make_id(thing.prefix, number)

    def create(self, thing: Thing, payload: Mapping[str, object], moment: Moment) -> Saved:
        """Save a new record."""
        row, errors = self.checks.read(thing, payload, creating=True, sees_all=moment.inside)
        if errors:
            return Saved(errors=tuple(errors))
        for one in thing:
            if row.get(one.name) is None and one.defaulted and one.default is not None:
                row[one.name] = int(one.default) if isinstance(one.default, bool) else one.default
        is_person = thing.name == "Account" and thing.find("LastName") is not None and row.get("LastName") is not None
        if is_person:
            if row.get("Name") is not None:
                told = "Account Name: a person account's name is put together from the person's names"
                return Saved(errors=(RowError("INVALID_FIELD_FOR_INSERT_UPDATE", told, ("Name",)),))
            row |= {"IsPersonAccount": 1, "Name": self._full_name(row)}
            row["PersonContactId"] = self.next_id(self.things["contact"])
        errors = self.checks.required(thing, row, creating=True) or self._rules(thing, row, row)
        if errors:
            return Saved(errors=tuple(errors))
        row["Id"] = self.next_id(thing)
        if thing.find("OwnerId"):
            row["OwnerId"] = row.get("OwnerId") or moment.user_id
        row |= {"IsDeleted": 0, "CreatedDate": stamp(moment.now), "CreatedById": moment.user_id}
        self.write(thing, row, moment)
        return Saved(str(row["Id"]), created=True)

    def update(self, thing: Thing, record_id: str, payload: Mapping[str, object], moment: Moment) -> Saved:
        """Save a change to a record; its absence is an error of its own."""
        before = self.tables.get(thing.name, record_id)
        if error := self._gone(before) or self._closed(thing, record_id, moment):
            return Saved(errors=(error,))
        assert before is not None
        if thing.name == "Contact" and before.get("IsPersonAccount"):
            told = "insufficient access rights on object id"
            return Saved(errors=(RowError("INSUFFICIENT_ACCESS_OR_READONLY", told),))
        change, errors = self.checks.read(thing, payload, creating=False, sees_all=moment.inside)
        if errors:
            return Saved(errors=tuple(errors))
        row = before | change
        errors = self.checks.required(thing, change, creating=False) or self._rules(thing, row, change)
        if errors:
            return Saved(errors=tuple(errors))
        self.write(thing, row, moment)
        return Saved(record_id)

    def upsert(self, thing: Thing, key: Field, value: object, payload: Mapping[str, object], moment: Moment) -> Saved:
        """Change the record that the external id names, or create it."""
        matches = self.matches(thing, key, value)
        if len(matches) > 1:
            return Saved(matches=tuple(matches))
        if matches:
            return self.update(thing, matches[0], payload, moment)
        return self.create(thing, {**payload, key.name: value}, moment)

    def delete(self, thing: Thing, record_id: str, moment: Moment) -> Saved:
        """Put a record into the recycle bin."""
        row = self.tables.get(thing.name, record_id)
        if error := self._gone(row) or self._closed(thing, record_id, moment):
            return Saved(errors=(error,))
        assert row is not None
        self.write(thing, row | {"IsDeleted": 1}, moment)
        return Saved(record_id)

    def matches(self, thing: Thing, key: Field, value: object) -> list[str]:
        """Return the ids of the living records whose external id is `value`; other people's hidden ones count."""
        if value is None or value == "":
            return []
        folded = key.kind.is_text and not key.case_sensitive and key.kind is not Kind.ID
        column = f'fold("{key.name}") = fold(?)' if folded else f'"{key.name}" = ?'
        found = self.tables.select(thing.name, f'{column} AND "IsDeleted" = 0', (str(value),))
        return [str(row["Id"]) for row in found]

    def write(self, thing: Thing, row: Row, moment: Moment) -> None:
        """Stamp a row and write it with what the org works out from it."""
        at = stamp(moment.now)
        row |= {"LastModifiedDate": at, "LastModifiedById": moment.user_id, "SystemModstamp": at}
        self._work_out(thing, row)
        visible_at = None if moment.visible_at is None else stamp(moment.visible_at)
        self.tables.put(thing.name, row, visible_at)
        if thing.name == "Account" and row.get("IsPersonAccount"):
            contact = self.tables.get("Contact", str(row["PersonContactId"]))
            self.write(self.things["contact"], persons.contact_of(row, contact), moment)

    def _work_out(self, thing: Thing, row: Row) -> None:
        full_name = thing.find("Name")
        if row.get("LastName") and full_name and (not full_name.create or row.get("IsPersonAccount")):
            row["Name"] = self._full_name(row)
        if thing.name == "Task":
            row["IsClosed"] = int(row.get("Status") == "Completed")
            row["IsHighPriority"] = int(row.get("Priority") == "High")
            row["IsArchived"] = row.get("IsArchived") or 0
            row["AccountId"] = self._account_of(row.get("WhatId"), row.get("WhoId"))
        for one in thing:
            if one.kind is Kind.BOOLEAN and row.get(one.name) is None:
                row[one.name] = 0

    def _full_name(self, row: Row) -> str:
        names = (row.get("LastName"), row.get("FirstName"))
        return " ".join(str(name) for name in names if name)

    def _account_of(self, what: Value, who: Value) -> Value:
        for thing, record in (("Account", what), ("Opportunity", what), ("Contact", who)):
            if record and str(record).startswith(self.things[thing.lower()].prefix):
                row = self.tables.get(thing, str(record)) or {}
                return row.get("Id" if thing == "Account" else "AccountId")
        return None

    def _gone(self, row: Row | None) -> RowError | None:
        if row is None:
            return RowError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
        return RowError("ENTITY_IS_DELETED", "entity is deleted") if row["IsDeleted"] else None

    def _closed(self, thing: Thing, record_id: str, moment: Moment) -> RowError | None:
        if moment.inside:
            return None
        if self.tables.is_hidden(thing.name, record_id):
            return HIDDEN
        if not self.tables.is_late(thing.name, record_id):
            return None
        return RowError("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record or 1 records")

    def _rules(self, thing: Thing, row: Row, change: Row) -> list[RowError]:
        """Return what the org says about a row whose fields are each well-formed."""
        errors = []
        if thing.name == "Task" and (error := self._who_and_what(row, change)):
            errors.append(error)
        if thing.name == "Lead" and row.get("IsConverted"):
            errors.append(RowError("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead"))
        for one in thing:
            if one.unique and change.get(one.name) is not None:
                others = [match for match in self.matches(thing, one, change[one.name]) if match != row.get("Id")]
                if others:
                    told = f"duplicate value found: {one.name} duplicates value on record with id: {others[0][:15]}"
                    errors.append(RowError("DUPLICATE_VALUE", told))
        return errors

    def _who_and_what(self, row: Row, change: Row) -> RowError | None:
        who = str(row.get("WhoId") or "")
        if not who.startswith(self.things["lead"].prefix):
            return None
        lead = self.tables.get("Lead", who) or {}
        if lead.get("IsConverted") and "WhoId" in change:
            return RowError("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", ("WhoId",))
        if row.get("WhatId"):
            told = "Related To ID: a task that names a lead cannot be related to another record"
            return RowError("FIELD_INTEGRITY_EXCEPTION", told, ("WhatId",))
        return None
