"""Writes pages of the CRM's customers into the replica: who they are, their numbers as read, the index of their names.

`read_page` works out what needs no database before anybody must wait; `store_read` runs in the caller's writing
transaction, beside the sync's cursor. Keeps no value that proves identity.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection

from plugin.core.customers import CrmCustomer
from plugin.core.ids import CustomerId, new_ids
from plugin.core.name_index import pairs_of
from plugin.core.times import to_us
from plugin.store import merges, name_blocks, number_rows
from plugin.store.keepable import keepable
from plugin.store.number_holders import Holding
from plugin.store.prepared import ManyRows, NewRows, OfMany, Prepared

_LONGEST_KEY = 128
_FIELDS = "kind, name, kana, code, household, organisation, stamp"
_KNOWN = OfMany(
    f"SELECT id, external_id, {_FIELDS}, gone_at, place FROM customers"  # noqa: S608  constants
    " WHERE crm = ? AND external_id IN ({keys})",
    lock=" FOR UPDATE",  # SQLite has one writer anyway
)
_LAST = Prepared("SELECT MAX(external_id) FROM customers WHERE crm = :crm")
_ADD = NewRows(f"INSERT INTO customers (id, crm, external_id, {_FIELDS}, gone_at, place, updated_at)", 13)
_CHANGE = ManyRows(
    "UPDATE customers SET kind = ?, name = ?, kana = ?, code = ?, household = ?, organisation = ?, stamp = ?,"
    " gone_at = ?, place = ?, updated_at = ? WHERE id = ?"
)
_NAME, _CODE = 1, 4  # name, reading and code are the fields from _NAME up to _CODE
_FIRST, _GONE_AT, _PLACE = 2, 9, 10  # in what is known of somebody: id, external id, the fields, …

_Row = tuple[Any, ...]


class ReadCustomer(NamedTuple):
    """A customer as he is to be written: his row's fields, his numbers as read, and how he is found by words."""

    told: CrmCustomer
    fields: _Row
    numbers: number_rows.Readings
    pairs: Collection[str]


@dataclass(frozen=True, slots=True)
class StoredPage:
    """What became of a page: our id for each customer stored, and how many rows were refused for an unusable id.

    `new` are those who were not here before; nobody finds them by their numbers until `waiting` has been given to
    number_holders.hold. Who may be calling is answered otherwise then for the numbers `e164s`, and the customers
    `renamed` are called otherwise, or gone, or back.
    """

    stored: tuple[tuple[CustomerId, CrmCustomer], ...]
    refused: int
    new: frozenset[CustomerId]
    waiting: list[Holding]
    e164s: frozenset[str]
    renamed: frozenset[CustomerId]


_Newcomer = tuple[CustomerId, int, ReadCustomer]  # with his place in the index of names


@dataclass(slots=True)
class _Known:
    """One of a page who was here before, with his `row` from then. `place`: his in the index of names."""

    id: CustomerId
    read: ReadCustomer
    row: _Row
    place: int | None
    gone_at: int | None

    @property
    def names(self) -> _Row:
        """Name, reading and code that he was found by until now."""
        return () if self.row[_PLACE] is None else self.row[_FIRST:_GONE_AT][_NAME:_CODE]

    @property
    def is_back(self) -> bool:
        """Whether he was gone until now."""
        return self.gone_at is None and self.row[_GONE_AT] is not None

    @property
    def is_renamed(self) -> bool:
        """Whether he is called otherwise now, or is gone, or back."""
        went = (self.row[_GONE_AT] is None) != (self.gone_at is None)
        return went or self.row[_FIRST:_GONE_AT][_NAME:_CODE] != self.read.fields[_NAME:_CODE]

    @property
    def is_changed(self) -> bool:
        """Whether his row says anything new."""
        return self.row[_FIRST:] != (*self.read.fields, self.gone_at, self.place)


def read_page(page: Iterable[CrmCustomer], region: str) -> list[ReadCustomer]:
    """Work out about the customers what hangs on nothing stored. `region`: where their numbers are written."""
    return [_read(one, region) for one in page]


def _read(one: CrmCustomer, region: str) -> ReadCustomer:
    if one.gone:
        empty = (one.kind.value, "", "", "", None, None, keepable(one.stamp, 40) or None)
        return ReadCustomer(one, empty, (), ())
    names = keepable(one.name, 255), one.kana and keepable(one.kana, 255), one.code and keepable(one.code, 64)
    fields = (
        one.kind.value,
        *names,
        keepable(one.household, 128) or None if one.household else None,
        one.organisation if one.organisation and _is_key(one.organisation) else None,
        keepable(one.stamp, 40) or None,
    )
    return ReadCustomer(one, fields, number_rows.read(one.numbers, region), pairs_of(names))


def _is_key(external_id: str) -> bool:
    if not 0 < len(external_id) <= _LONGEST_KEY:
        return False
    # MySQL takes "a" and "a " for one key.
    return external_id.isalnum() or external_id == keepable(external_id, _LONGEST_KEY)


def store_read(connection: Connection, crm: str, page: Sequence[ReadCustomer], at: datetime) -> StoredPage:
    """Insert or update each customer of `page`, known by (crm, external id); of one named twice the last word counts.

    A customer who is gone keeps his row and loses everything personal in it; he comes back with the same id. Who is
    gone and was never here is left out. A number's `changed_at` moves only when he gets another number.
    """
    keyed = [one for one in page if _is_key(one.told.external_id)]
    usable = {one.told.external_id: one for one in keyed}
    rows = _rows_known(connection, crm, usable)
    new = [one for name, one in usable.items() if name not in rows and not one.told.gone]
    lost = [name for name, row in rows.items() if row[_PLACE] is None and not usable[name].told.gone]
    places = name_blocks.new_places(connection, len(new) + len(lost))
    newcomers = list(zip(map(CustomerId, new_ids(at, len(new))), places, new, strict=False))
    found = dict(zip(lost, places[len(new) :], strict=True))
    known = [_known(usable[name], row, found.get(name, row[_PLACE]), at) for name, row in rows.items()]
    _add(connection, crm, newcomers, at)
    e164s = _change(connection, known, at)
    waiting = [(e164, place) for _, place, one in newcomers for e164 in number_rows.e164s_of(one.numbers)]
    return StoredPage(
        stored=(
            *((customer_id, one.told) for customer_id, _, one in newcomers),
            *((one.id, one.read.told) for one in known),
        ),
        refused=len(page) - len(keyed),
        new=frozenset(customer_id for customer_id, _, _ in newcomers),
        waiting=waiting,
        e164s=e164s.union(e164 for e164, _ in waiting),
        renamed=frozenset(one.id for one in known if one.is_renamed),
    )


def _rows_known(connection: Connection, crm: str, names: Iterable[str]) -> dict[str, _Row]:
    # Most CRMs tell of people in the order of their ids: who is behind everybody here need not be asked for.
    row = _LAST.row(connection, crm=crm)
    last = row[0] if row and row[0] is not None else ""
    return {row[1]: row for row in _KNOWN.rows(connection, (crm,), [name for name in names if name <= last])}


def _known(read: ReadCustomer, row: _Row, place: int | None, at: datetime) -> _Known:
    gone_at = (row[_GONE_AT] or to_us(at)) if read.told.gone else None
    return _Known(CustomerId(row[0]), read, row, place, gone_at)


def _add(connection: Connection, crm: str, newcomers: Sequence[_Newcomer], at: datetime) -> None:
    at_us = to_us(at)
    _ADD.run(
        connection,
        [(own, crm, one.told.external_id, *one.fields, None, place, at_us) for own, place, one in newcomers],
    )
    name_blocks.change(connection, [(place, (), one.pairs) for _, place, one in newcomers])
    number_rows.add(connection, [(own, one.numbers) for own, _, one in newcomers])


def _change(connection: Connection, known: Sequence[_Known], at: datetime) -> frozenset[str]:
    """Write what is new about the known; return the numbers by which another is found now than before."""
    at_us = to_us(at)
    changed = [one for one in known if one.is_changed]
    _CHANGE.run(connection, [(*one.read.fields, one.gone_at, one.place, at_us, one.id) for one in changed])
    name_blocks.change(
        connection,
        [
            (one.place, pairs_of(one.names), one.read.pairs)
            for one in changed
            if one.place is not None and one.names != one.read.fields[_NAME:_CODE]
        ],
    )
    merges.forget(connection, [one.id for one in known if one.is_back])
    merged = [(one.id, one.read.told.merged_into) for one in known if one.read.told.gone]
    merges.note(connection, [(loser, into) for loser, into in merged if into and _is_key(into)])
    return number_rows.change(connection, [(one.id, one.place, one.read.numbers) for one in known], at)
