"""Writes pages of the CRM's customers into the replica: who they are, their numbers as read, the index of their names.

Runs in the caller's writing transaction, beside the sync's cursor. Keeps no value that proves identity.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from plugin.core.customers import CrmCustomer, WrittenNumber
from plugin.core.ids import CustomerId, new_id
from plugin.core.name_index import pairs_of
from plugin.core.numbers import External, Internal
from plugin.core.times import to_us
from plugin.core.written_numbers import read_field
from plugin.store.tables.customers import customer_numbers, customers, name_pairs

_AT_ONCE = 500  # ids a statement names
_LONGEST_KEY = 128


@dataclass(frozen=True, slots=True)
class StoredPage:
    """What became of a page: our id for each customer stored, and how many rows were refused for an unusable id."""

    stored: tuple[tuple[CustomerId, CrmCustomer], ...]
    refused: int


def store_page(connection: Connection, crm: str, page: Sequence[CrmCustomer], region: str, at: datetime) -> StoredPage:
    """Insert or update each customer of `page`, known by (crm, external id); of one named twice the last word counts.

    `region` is where the CRM's numbers are written. A customer who is gone keeps his row and loses everything personal
    in it; he comes back with the same id. A number's `changed_at` moves only when he gets another number.
    """
    usable = {one.external_id: one for one in page if _is_key(one.external_id)}
    known = _known(connection, crm, list(usable))
    ids = {external_id: known[external_id].id if external_id in known else new_id(at) for external_id in usable}
    _store_rows(connection, crm, usable, ids, known, at)
    _store_numbers(connection, usable, ids, region, at)
    _store_pairs(connection, usable, ids, known)
    stored = tuple((CustomerId(ids[external_id]), one) for external_id, one in usable.items())
    return StoredPage(stored, sum(not _is_key(one.external_id) for one in page))


def _is_key(external_id: str) -> bool:
    # MySQL takes "a" and "a " for one key.
    return 0 < len(external_id) <= _LONGEST_KEY and external_id == _text(external_id, _LONGEST_KEY)


def _known(connection: Connection, crm: str, external_ids: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for some in _in_lots(external_ids):
        rows = connection.execute(
            select(customers).where(customers.c.crm == crm, customers.c.external_id.in_(some)).with_for_update()
        )
        found |= {row.external_id: row for row in rows}
    return found


def _in_lots(things: Sequence[str]) -> Iterable[Sequence[str]]:
    return (things[start : start + _AT_ONCE] for start in range(0, len(things), _AT_ONCE))


def _store_rows(
    connection: Connection,
    crm: str,
    usable: Mapping[str, CrmCustomer],
    ids: Mapping[str, str],
    known: Mapping[str, Any],
    at: datetime,
) -> None:
    new, changed = [], []
    for external_id, one in usable.items():
        before = known.get(external_id)
        values = _row(one, at, None if before is None else before.gone_at)
        if before is None:
            new.append({"id": ids[external_id], "crm": crm, "external_id": external_id} | values)
        elif any(getattr(before, name) != value for name, value in values.items() if name != "updated_at"):
            changed.append({"known_id": before.id} | values)
    if new:
        connection.execute(insert(customers), new)
    if changed:
        connection.execute(update(customers).where(customers.c.id == bindparam("known_id")), changed)


def _row(one: CrmCustomer, at: datetime, gone_at: int | None) -> dict[str, Any]:
    kept = CrmCustomer(one.external_id, one.kind) if one.gone else one
    return {
        "kind": kept.kind.value,
        "name": _text(kept.name, 255),
        "kana": _text(kept.kana, 255),
        "code": _text(kept.code, 64),
        "household": _text(kept.household or "", 128) or None,
        "organisation": kept.organisation if kept.organisation and _is_key(kept.organisation) else None,
        "gone_at": (gone_at or to_us(at)) if one.gone else None,
        "updated_at": to_us(at),
    }


def _text(value: str, most: int) -> str:
    # A lone surrogate, which JSON can carry, is no text to a database; a key never ends in a space.
    return value.encode("utf-8", "replace").decode().strip()[:most].rstrip()


def _store_numbers(
    connection: Connection, usable: Mapping[str, CrmCustomer], ids: Mapping[str, str], region: str, at: datetime
) -> None:
    before = _numbers_before(connection, list(ids.values()))
    stale, fresh = [], []
    for external_id, one in usable.items():
        customer_id = ids[external_id]
        had = before.get(customer_id, [])
        wanted = [] if one.gone else _number_rows(customer_id, one.numbers, region)
        since: dict[Any, int] = {}
        for row in had:
            since[_same(row)] = min(row["changed_at"], since.get(_same(row), row["changed_at"]))
        for row in wanted:
            row["changed_at"] = since.get(_same(row), to_us(at))
        if wanted != had:
            if had:
                stale.append(customer_id)
            fresh += wanted
    for some in _in_lots(stale):
        connection.execute(delete(customer_numbers).where(customer_numbers.c.customer_id.in_(some)))
    if fresh:
        connection.execute(insert(customer_numbers), fresh)


def _same(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return what makes a number the same one, however it is typed and in whatever field."""
    return row["e164"] or row["raw"], row["extension"], row["kind"], row["personal"]


def _numbers_before(connection: Connection, customer_ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for some in _in_lots(customer_ids):
        rows = connection.execute(
            select(customer_numbers)
            .where(customer_numbers.c.customer_id.in_(some))
            .order_by(customer_numbers.c.customer_id, customer_numbers.c.field, customer_numbers.c.place)
        )
        for row in rows:
            found.setdefault(row.customer_id, []).append(dict(row._mapping))
    return found


def _number_rows(customer_id: str, written: Iterable[WrittenNumber], region: str) -> list[dict[str, Any]]:
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    places: dict[str, int] = {}
    for one in written:
        field, raw = _text(one.field, 64), _text(one.raw, 255)
        for reading in read_field(raw, region) if raw else ():
            place = places[field] = places.get(field, -1) + 1
            found = reading if isinstance(reading, External) else None
            extension = reading.extension if isinstance(reading, External | Internal) else None
            rows[field, str(place)] = {
                "customer_id": customer_id,
                "field": field,
                "place": str(place),
                "raw": reading.raw,
                "e164": None if found is None else found.e164,
                "extension": extension,
                "valid": int(found is not None and found.valid),
                "kind": one.kind.value,
                "personal": int(one.personal),
            }
    return [rows[key] for key in sorted(rows)]


def _store_pairs(
    connection: Connection, usable: Mapping[str, CrmCustomer], ids: Mapping[str, str], known: Mapping[str, Any]
) -> None:
    stale, fresh = [], []
    for external_id, one in usable.items():
        before = known.get(external_id)
        now = () if one.gone else (_text(one.name, 255), _text(one.kana, 255), _text(one.code, 64))
        had = () if before is None or before.gone_at is not None else (before.name, before.kana, before.code)
        if now == had:
            continue
        if had:
            stale.append(ids[external_id])
        fresh += [{"pair": pair, "customer_id": ids[external_id]} for pair in pairs_of(now)]
    for some in _in_lots(stale):
        connection.execute(delete(name_pairs).where(name_pairs.c.customer_id.in_(some)))
    if fresh:
        connection.execute(insert(name_pairs), fresh)
