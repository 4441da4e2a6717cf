"""Keeps the numbers of customers, each read once when it comes in. A number knows since when it is his.

Runs in the caller's writing transaction. Asks nothing but the numbering plan; finding by a number is customers.py's.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from plugin.core.customers import NumberKind, WrittenNumber
from plugin.core.numbers import External, Internal, NumberReading, Unreadable
from plugin.core.times import to_us
from plugin.core.written_numbers import mentioned_in, read_field
from plugin.store import number_holders
from plugin.store.keepable import keepable
from plugin.store.number_holders import Holding
from plugin.store.prepared import ManyRows, NewRows, OfMany

_COLUMNS = "customer_id, field, place, raw, e164, extension, valid, kind, personal, changed_at"
_KEPT = OfMany(
    f"SELECT {_COLUMNS} FROM customer_numbers"  # noqa: S608  constants
    " WHERE customer_id IN ({keys}) ORDER BY customer_id, field, place"
)
_ADD = NewRows(f"INSERT INTO customer_numbers ({_COLUMNS})", 10)
_DROP = ManyRows("DELETE FROM customer_numbers WHERE customer_id = ?")
_RAW: Final = 2  # in a reading
_E164: Final = 3
_EXTENSION: Final = 4
_KIND: Final = 6
_PERSONAL: Final = 7

Reading = tuple[str, str, str, str | None, str | None, int, str, int]
Readings = tuple[Reading, ...]  # field, place, raw, e164, extension, valid, kind, personal: in the order of fields


def read(written: Iterable[WrittenNumber], region: str) -> Readings:
    """Read the numbers of one customer, written where `region` is dialled; one field may hold several."""
    rows: list[Reading] = []
    for label, typed, kind, is_personal in written:
        field = keepable(label, 64)
        for reading, kind_read in _readings(typed, kind, region):
            e164, extension, valid = None, None, 0
            if isinstance(reading, External):
                e164, extension, valid = reading.e164, reading.extension, int(reading.valid)
            elif isinstance(reading, Internal):
                extension = reading.extension
            own = int(is_personal and kind_read is kind)
            place = str(sum(row[0] == field for row in rows)) if rows else "0"
            rows.append((field, place, reading.raw, e164, extension, valid, kind_read.value, own))
    return tuple(sorted(rows))


def _readings(typed: str, kind: NumberKind, region: str) -> list[tuple[NumberReading, NumberKind]]:
    """Read one field. Numbers that only stand somewhere in its text, 旧 03-… or in a memo, are mentioned there."""
    if kind is NumberKind.MENTIONED:
        return [(one, kind) for one in mentioned_in(typed, region)]
    raw = keepable(typed, 255)
    if not raw:
        return []
    found: list[tuple[NumberReading, NumberKind]] = [(one, kind) for one in read_field(raw, region)]
    if isinstance(found[0][0], Unreadable):
        found += [(one, NumberKind.MENTIONED) for one in mentioned_in(raw, region)]
    return found


def e164s_of(readings: Readings) -> set[str]:
    """Return the numbers in E.164, each once."""
    return {e164 for reading in readings if (e164 := reading[_E164]) is not None}


def add(connection: Connection, new: Iterable[tuple[str, Readings]]) -> None:
    """Keep the readings of customers who are new: the id of each, and they, which came with him and nobody changed."""
    _ADD.run(connection, [(own, *reading, 0) for own, readings in new for reading in readings])


def change(connection: Connection, known: Sequence[tuple[str, int | None, Readings]], at: datetime) -> frozenset[str]:
    """Put the readings of each customer in place of those kept: his id, his place, and they.

    Returns every E.164 by which somebody is found now and was not, or was and is no more. Written in another form, or
    moved into another field, a number keeps its age.
    """
    kept = _kept(connection, [own for own, _, _ in known])
    stale, fresh, at_us = [], [], to_us(at)
    moved: set[Reading] = set()
    held: list[Holding] = []
    dropped: list[Holding] = []
    for own, place, readings in known:
        had = kept.get(own, {})
        if place is not None:
            now, before = e164s_of(readings), e164s_of(tuple(had))
            # All that he has: a page that was cut off may have left them out of the index.
            held += [(e164, place) for e164 in now]
            dropped += [(e164, place) for e164 in before - now]
        if tuple(had) == readings:
            continue
        if had:
            stale.append((own,))
        since = _ages(had)
        fresh += [(own, *reading, since.get(_same(reading), at_us)) for reading in readings]
        moved |= had.keys() ^ set(readings)
    _DROP.run(connection, stale)
    _ADD.run(connection, fresh)
    number_holders.release(connection, dropped)
    number_holders.hold(connection, held)
    return frozenset(e164s_of(tuple(moved)))


def _same(reading: Reading) -> tuple[str | int | None, ...]:
    """Return what makes a number the same one, however it is typed and in whatever field."""
    return reading[_E164] or reading[_RAW], reading[_EXTENSION], reading[_KIND], reading[_PERSONAL]


def _ages(had: Mapping[Reading, int]) -> dict[tuple[str | int | None, ...], int]:
    since: dict[tuple[str | int | None, ...], int] = {}
    for reading, changed_at in had.items():
        since[_same(reading)] = min(changed_at, since.get(_same(reading), changed_at))
    return since


def _kept(connection: Connection, customer_ids: Sequence[str]) -> dict[str, dict[Reading, int]]:
    found: dict[str, dict[Reading, int]] = {}
    for row in _KEPT.rows(connection, (), customer_ids):
        found.setdefault(row[0], {})[row[1:9]] = row[9]
    return found
