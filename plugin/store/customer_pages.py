"""Writes pages of the CRM's customers into the replica: who they are, their numbers as read, the index of their names.

Runs in the caller's writing transaction, beside the sync's cursor. Keeps no value that proves identity.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, text

from plugin.core.customers import CrmCustomer
from plugin.core.ids import CustomerId, new_ids
from plugin.core.name_index import pairs_of
from plugin.core.times import to_us
from plugin.store import name_blocks, number_rows
from plugin.store.keepable import keepable
from plugin.store.prepared import ManyRows

_AT_ONCE = 500  # ids a statement names
_LONGEST_KEY = 128
_KNOWN = "SELECT id, external_id, {fields}, place FROM customers WHERE crm = :crm AND external_id IN :ids"
_FIELDS = "kind, name, kana, code, household, organisation, merged_into, stamp, gone_at"
_READ = {
    sqlite: text(_KNOWN.format(fields=_FIELDS) + ("" if sqlite else " FOR UPDATE")).bindparams(
        bindparam("ids", expanding=True)
    )
    for sqlite in (True, False)
}
_ADD = ManyRows(
    f"INSERT INTO customers (id, crm, external_id, {_FIELDS}, place, updated_at)"  # noqa: S608  constants
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_CHANGE = ManyRows(
    "UPDATE customers SET kind = ?, name = ?, kana = ?, code = ?, household = ?, organisation = ?, merged_into = ?,"
    " stamp = ?, gone_at = ?, place = ?, updated_at = ? WHERE id = ?"
)
_NAME, _CODE, _GONE_AT = 1, 4, 8  # among the fields; name, reading and code are those from _NAME up to _CODE
_PLACE = 11  # in what is read of somebody: id, external id, fields, place
_NOBODY = (None,) * (_PLACE + 1)

_Fields = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class StoredPage:
    """What became of a page: our id for each customer stored, and how many rows were refused for an unusable id.

    Who may be calling is now answered otherwise for the numbers `e164s`, and another name stands with `renamed`.
    """

    stored: tuple[tuple[CustomerId, CrmCustomer], ...]
    refused: int
    e164s: frozenset[str] = frozenset()
    renamed: frozenset[CustomerId] = frozenset()


@dataclass(slots=True)
class _Person:
    """One of a page, with what is known of him from before; `before` None: he is new. `place`: in the index of names.

    `is_placed`: he was not in that index until now.
    """

    id: str
    told: CrmCustomer
    fields: _Fields
    before: _Fields | None
    place: int | None
    is_placed: bool


def store_page(connection: Connection, crm: str, page: Sequence[CrmCustomer], region: str, at: datetime) -> StoredPage:
    """Insert or update each customer of `page`, known by (crm, external id); of one named twice the last word counts.

    `region` is where the CRM's numbers are written. A customer who is gone keeps his row and loses everything personal
    in it; he comes back with the same id. Who is gone and was never here is left out. A number's `changed_at` moves
    only when he gets another number.
    """
    usable = {one.external_id: one for one in page if _is_key(one.external_id)}
    refused = sum(not _is_key(one.external_id) for one in page)
    people = _people(connection, crm, usable, at)
    _store_people(connection, crm, people, at)
    _store_names(connection, people)
    e164s = number_rows.store(
        connection,
        [(one.id, () if one.told.gone else one.told.numbers) for one in people],
        {one.id for one in people if one.before is not None},
        region,
        at,
    )
    return StoredPage(
        stored=tuple((CustomerId(one.id), one.told) for one in people),
        refused=refused,
        e164s=frozenset(e164s),
        renamed=frozenset(CustomerId(one.id) for one in people if one.before not in (None, one.fields)),
    )


def _is_key(external_id: str) -> bool:
    # MySQL takes "a" and "a " for one key.
    return 0 < len(external_id) <= _LONGEST_KEY and external_id == keepable(external_id, _LONGEST_KEY)


def _people(connection: Connection, crm: str, usable: Mapping[str, CrmCustomer], at: datetime) -> list[_Person]:
    known = _known(connection, crm, list(usable))
    there = [one for one in usable.values() if not one.gone or one.external_id in known]
    ids = iter(new_ids(at, sum(one.external_id not in known for one in there)))
    placed = [one.external_id for one in there if not one.gone and known.get(one.external_id, _NOBODY)[_PLACE] is None]
    places = dict(zip(placed, name_blocks.new_places(connection, len(placed)), strict=True))
    people = []
    for one in there:
        place = places.get(one.external_id)
        before = known.get(one.external_id)
        if before is None:
            people.append(_Person(next(ids), one, _fields(one, at, None), None, place, True))
        else:
            had, is_placed = before[2:_PLACE], place is not None
            fields = _fields(one, at, had[_GONE_AT])
            people.append(_Person(before[0], one, fields, had, place if is_placed else before[_PLACE], is_placed))
    return people


def _known(connection: Connection, crm: str, external_ids: Sequence[str]) -> dict[str, _Fields]:
    found: dict[str, _Fields] = {}
    read = _READ[connection.dialect.name == "sqlite"]
    for some in in_lots(external_ids):
        found |= {row[1]: tuple(row) for row in connection.execute(read, {"crm": crm, "ids": list(some)})}
    return found


def in_lots(things: Sequence[str]) -> Iterable[Sequence[str]]:
    """Return the things in lots that one statement can name."""
    return (things[start : start + _AT_ONCE] for start in range(0, len(things), _AT_ONCE))


def _fields(one: CrmCustomer, at: datetime, gone_at: int | None) -> _Fields:
    if one.gone:
        merged_into = one.merged_into if one.merged_into and _is_key(one.merged_into) else None
        stamp = keepable(one.stamp, 40) or None
        return one.kind.value, "", "", "", None, None, merged_into, stamp, gone_at or to_us(at)
    return (
        one.kind.value,
        keepable(one.name, 255),
        keepable(one.kana, 255),
        keepable(one.code, 64),
        keepable(one.household, 128) or None if one.household else None,
        one.organisation if one.organisation and _is_key(one.organisation) else None,
        None,
        keepable(one.stamp, 40) or None,
        None,
    )


def _store_people(connection: Connection, crm: str, people: Iterable[_Person], at: datetime) -> None:
    new, changed, at_us = [], [], to_us(at)
    for one in people:
        if one.before is None:
            new.append((one.id, crm, one.told.external_id, *one.fields, one.place, at_us))
        elif one.is_placed or one.before != one.fields:
            changed.append((*one.fields, one.place, at_us, one.id))
    _ADD.run(connection, new)
    _CHANGE.run(connection, changed)


def _store_names(connection: Connection, people: Iterable[_Person]) -> None:
    changed = []
    for one in people:
        had = () if one.is_placed or one.before is None else one.before[_NAME:_CODE]
        now = one.fields[_NAME:_CODE]
        if one.place is not None and had != now:
            changed.append((one.place, pairs_of(had), pairs_of(now)))
    name_blocks.change(connection, changed)
