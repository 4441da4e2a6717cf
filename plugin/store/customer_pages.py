"""Writes pages of the CRM's customers into the replica: who they are, their numbers as read, the index of their names.

`read_page` works out what needs no database before anybody must wait; `store_read` runs in the caller's writing
transaction, beside the sync's cursor. Keeps no value that proves identity.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from plugin.core.customers import CrmCustomer
from plugin.core.ids import CustomerId, new_ids
from plugin.core.name_index import pairs_of
from plugin.core.times import to_us
from plugin.store import merges, name_blocks, number_rows
from plugin.store.keepable import keepable
from plugin.store.prepared import ManyRows, OfMany

_LONGEST_KEY = 128
_FIELDS = "kind, name, kana, code, household, organisation, stamp"
_KNOWN = OfMany(
    f"SELECT id, external_id, {_FIELDS}, gone_at, place FROM customers"  # noqa: S608  constants
    " WHERE crm = ? AND external_id IN ({keys})",
    lock=" FOR UPDATE",  # SQLite has one writer anyway
)
_ADD = ManyRows(
    f"INSERT INTO customers (id, crm, external_id, {_FIELDS}, gone_at, place, updated_at)"  # noqa: S608  constants
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_CHANGE = ManyRows(
    "UPDATE customers SET kind = ?, name = ?, kana = ?, code = ?, household = ?, organisation = ?, stamp = ?,"
    " gone_at = ?, place = ?, updated_at = ? WHERE id = ?"
)
_NAME, _CODE = 1, 4  # name, reading and code are the fields from _NAME up to _CODE
_FIRST, _GONE_AT, _PLACE = 2, 9, 10  # in what is known of somebody: id, external id, the fields, …
_NOBODY = (None,) * (_PLACE + 1)

_Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class ReadCustomer:
    """A customer as he is to be written: his row's fields, his numbers as read, and how he is found by words."""

    told: CrmCustomer
    fields: _Row
    numbers: number_rows.Readings
    pairs: frozenset[str]


@dataclass(frozen=True, slots=True)
class StoredPage:
    """What became of a page: our id for each customer stored, and how many rows were refused for an unusable id.

    `new` are those who were not here before. Who may be calling is answered otherwise now for the numbers `e164s`, and
    the customers `renamed` are called otherwise, or gone, or back.
    """

    stored: tuple[tuple[CustomerId, CrmCustomer], ...]
    refused: int
    new: frozenset[CustomerId] = frozenset()
    e164s: frozenset[str] = frozenset()
    renamed: frozenset[CustomerId] = frozenset()


@dataclass(slots=True)
class _Person:
    """One of a page; `known`: his row from before, None where he is new. `place`: his in the index of names."""

    id: CustomerId
    read: ReadCustomer
    known: _Row | None
    place: int | None
    gone_at: int | None

    @property
    def had(self) -> _Row | None:
        """The fields of his row from before."""
        return None if self.known is None else self.known[_FIRST:_GONE_AT]

    @property
    def is_back(self) -> bool:
        """Whether he was gone until now."""
        return self.gone_at is None and self.known is not None and self.known[_GONE_AT] is not None

    @property
    def is_renamed(self) -> bool:
        """Whether he was here and is called otherwise now, or is gone, or back."""
        if self.had is None or self.known is None:
            return False
        went = (self.known[_GONE_AT] is None) != (self.gone_at is None)
        return went or self.had[_NAME:_CODE] != self.read.fields[_NAME:_CODE]

    @property
    def is_changed(self) -> bool:
        """Whether his row says anything new."""
        now = (*self.read.fields, self.gone_at, self.place)
        return self.known is None or self.known[_FIRST:] != now


def read_page(page: Iterable[CrmCustomer], region: str) -> list[ReadCustomer]:
    """Work out about the customers what hangs on nothing stored. `region`: where their numbers are written."""
    return [_read(one, region) for one in page]


def _read(one: CrmCustomer, region: str) -> ReadCustomer:
    if one.gone:
        empty = (one.kind.value, "", "", "", None, None, keepable(one.stamp, 40) or None)
        return ReadCustomer(one, empty, (), frozenset())
    names = keepable(one.name, 255), keepable(one.kana, 255), keepable(one.code, 64)
    fields = (
        one.kind.value,
        *names,
        keepable(one.household, 128) or None if one.household else None,
        one.organisation if one.organisation and _is_key(one.organisation) else None,
        keepable(one.stamp, 40) or None,
    )
    return ReadCustomer(one, fields, number_rows.read(one.numbers, region), pairs_of(names))


def _is_key(external_id: str) -> bool:
    # MySQL takes "a" and "a " for one key.
    return 0 < len(external_id) <= _LONGEST_KEY and external_id == keepable(external_id, _LONGEST_KEY)


def store_read(connection: Connection, crm: str, page: Sequence[ReadCustomer], at: datetime) -> StoredPage:
    """Insert or update each customer of `page`, known by (crm, external id); of one named twice the last word counts.

    A customer who is gone keeps his row and loses everything personal in it; he comes back with the same id. Who is
    gone and was never here is left out. A number's `changed_at` moves only when he gets another number.
    """
    keyed = [one for one in page if _is_key(one.told.external_id)]
    usable = {one.told.external_id: one for one in keyed}
    people = _people(connection, crm, usable, at)
    _store_people(connection, crm, people, at)
    _store_names(connection, people)
    numbers = [(one.id, one.read.numbers, one.known is not None) for one in people]
    e164s = number_rows.store(connection, numbers, at)
    merges.forget(connection, [one.id for one in people if one.is_back])
    merged = [(one.id, one.read.told.merged_into) for one in people if one.read.told.gone]
    merges.note(connection, [(loser, into) for loser, into in merged if into and _is_key(into)])
    return StoredPage(
        stored=tuple((one.id, one.read.told) for one in people),
        refused=len(page) - len(keyed),
        new=frozenset(one.id for one in people if one.known is None),
        e164s=frozenset(e164s),
        renamed=frozenset(one.id for one in people if one.is_renamed),
    )


def _people(connection: Connection, crm: str, usable: dict[str, ReadCustomer], at: datetime) -> list[_Person]:
    known = {row[1]: row for row in _KNOWN.rows(connection, (crm,), list(usable))}
    there = {name: one for name, one in usable.items() if not one.told.gone or name in known}
    ids = iter(new_ids(at, sum(name not in known for name in there)))
    placed = [name for name, one in there.items() if not one.told.gone and known.get(name, _NOBODY)[_PLACE] is None]
    places = dict(zip(placed, name_blocks.new_places(connection, len(placed)), strict=True))
    people = []
    for name, one in there.items():
        before = known.get(name)
        if before is None:
            people.append(_Person(CustomerId(next(ids)), one, None, places[name], None))
        else:
            gone_at = (before[_GONE_AT] or to_us(at)) if one.told.gone else None
            people.append(_Person(CustomerId(before[0]), one, before, places.get(name, before[_PLACE]), gone_at))
    return people


def _store_people(connection: Connection, crm: str, people: Iterable[_Person], at: datetime) -> None:
    new, changed, at_us = [], [], to_us(at)
    for one in people:
        if one.known is None:
            new.append((one.id, crm, one.read.told.external_id, *one.read.fields, None, one.place, at_us))
        elif one.is_changed:
            changed.append((*one.read.fields, one.gone_at, one.place, at_us, one.id))
    _ADD.run(connection, new)
    _CHANGE.run(connection, changed)


def _store_names(connection: Connection, people: Iterable[_Person]) -> None:
    changed = []
    for one in people:
        had = one.had if one.known is not None and one.known[_PLACE] is not None else None
        names = None if had is None else had[_NAME:_CODE]
        if one.place is not None and names != one.read.fields[_NAME:_CODE]:
            changed.append((one.place, pairs_of(names or ()), one.read.pairs))
    name_blocks.change(connection, changed)
