"""Keeps the numbers of customers, each read once when it comes in. A number knows since when it is his.

Runs in the caller's writing transaction. Asks nothing but the numbering plan; finding by a number is customers.py's.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, text

from plugin.core.customers import WrittenNumber
from plugin.core.numbers import External, Internal
from plugin.core.times import to_us
from plugin.core.written_numbers import read_field
from plugin.store.keepable import keepable
from plugin.store.prepared import ManyRows

_COLUMNS = "customer_id, field, place, raw, e164, extension, valid, kind, personal, changed_at"
_ID, _FIELD, _PLACE, _RAW, _E164, _EXTENSION, _KIND, _PERSONAL, _CHANGED_AT = 0, 1, 2, 3, 4, 5, 7, 8, 9
_KEPT = text(
    f"SELECT {_COLUMNS} FROM customer_numbers WHERE customer_id IN :ids ORDER BY customer_id, field, place"  # noqa: S608
).bindparams(bindparam("ids", expanding=True))
_ADD = ManyRows(f"INSERT INTO customer_numbers ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")  # noqa: S608
_DROP = ManyRows("DELETE FROM customer_numbers WHERE customer_id = ?")
_AT_ONCE = 500

_Row = tuple[Any, ...]


def store(
    connection: Connection,
    written: Sequence[tuple[str, Iterable[WrittenNumber]]],
    known: Collection[str],
    region: str,
    at: datetime,
) -> set[str]:
    """Put the numbers of each customer (by our id) in place of those kept; only those of `known` may have any.

    Returns every E.164 that somebody has now and had not, or had and has no more. Rewritten in another form, or moved
    into another field, a number keeps its age.
    """
    kept = _kept(connection, [customer_id for customer_id, _ in written if customer_id in known])
    stale, fresh, moved, at_us = [], [], set(), to_us(at)
    for customer_id, numbers in written:
        had = kept.get(customer_id, [])
        rows = _rows(customer_id, numbers, region, at_us)
        if had:
            rows = _with_age(rows, had)
        if rows == had:
            continue
        if had:
            stale.append((customer_id,))
        fresh += rows
        moved |= {_seen(row) for row in rows} ^ {_seen(row) for row in had}
    _DROP.run(connection, stale)
    _ADD.run(connection, fresh)
    return {e164 for e164, *_ in moved if e164 is not None}


def _seen(row: _Row) -> _Row:
    """Return what a caller's number is matched by, and what is said of the match."""
    return row[_E164], row[_EXTENSION], row[_KIND], row[_PERSONAL], row[_FIELD]


def _same(row: _Row) -> _Row:
    """Return what makes a number the same one, however it is typed and in whatever field."""
    return row[_E164] or row[_RAW], row[_EXTENSION], row[_KIND], row[_PERSONAL]


def _with_age(rows: Iterable[_Row], had: Iterable[_Row]) -> list[_Row]:
    since: dict[_Row, int] = {}
    for row in had:
        since[_same(row)] = min(row[_CHANGED_AT], since.get(_same(row), row[_CHANGED_AT]))
    return [(*row[:_CHANGED_AT], since.get(_same(row), row[_CHANGED_AT])) for row in rows]


def _kept(connection: Connection, customer_ids: Sequence[str]) -> dict[str, list[_Row]]:
    found: dict[str, list[_Row]] = {}
    for start in range(0, len(customer_ids), _AT_ONCE):
        for row in connection.execute(_KEPT, {"ids": list(customer_ids[start : start + _AT_ONCE])}):
            found.setdefault(row[_ID], []).append(tuple(row))
    return found


def _rows(customer_id: str, written: Iterable[WrittenNumber], region: str, at_us: int) -> list[_Row]:
    rows: dict[tuple[str, str], _Row] = {}
    places: dict[str, int] = {}
    for one in written:
        field, raw = keepable(one.field, 64), keepable(one.raw, 255)
        for reading in read_field(raw, region) if raw else ():
            number = places[field] = places.get(field, -1) + 1
            place = str(number)
            found = reading if isinstance(reading, External) else None
            extension = reading.extension if isinstance(reading, External | Internal) else None
            e164, valid = (None, 0) if found is None else (found.e164, int(found.valid))
            kind, personal = one.kind.value, int(one.personal)
            rows[field, place] = (
                customer_id, field, place, reading.raw, e164, extension, valid, kind, personal, at_us
            )  # fmt: skip
    return [rows[key] for key in sorted(rows)]
