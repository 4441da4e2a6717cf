"""Who may be calling and his last 20 calls on MariaDB, through the services, beside the bare driver.

The same people and calls as for SQLite, carried over; the bare driver runs the same statements and makes nothing of
the rows. Times on the wall: the server works in another process, and each waits for it alike.
"""

import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias
from urllib.parse import parse_qs, urlsplit

import pymysql

from plugin.core.ids import CustomerId
from plugin.settings import load
from plugin.store import assignments, customers, history, sharings
from plugin.store.schema import upgrade
from plugin.wiring import House
from tests.bench import Row
from tests.bench.lookup import Rows, _callers, _e164, _ours, _quantile, asked_of, compare
from tests.bench.town import _DROPPED, CALLS_EACH, fill
from tests.kit.clock import HandClock
from tests.kit.mariadb import PrivateMariadb

_ASKED = 2_000
_WARM_UP = 200
_AT_ONCE = 2_000
_TABLES = ("users", *_DROPPED)
_HOLDERS, _EARLIER = customers._HOLDERS.for_mysql, assignments._EARLIER.for_mysql
_SHARING = sharings._OF_NUMBER.for_mysql

Bare: TypeAlias = "pymysql.Connection[pymysql.cursors.Cursor]"


def rows(sizes: Sequence[int]) -> list[Row]:
    """Measure with so many customers each, ten calls a customer."""
    with PrivateMariadb() as server:
        return [_measure(server.new_database(), size) for size in sizes]


def _measure(url: str, size: int) -> Row:
    with tempfile.TemporaryDirectory(prefix="bench") as folder:
        start = time.monotonic()
        plain = House(load(data_dir=folder), HandClock())
        upgrade(plain.store)
        plain.close()
        fill(Path(folder) / "denwaban.db", size)
        house = House(load(data_dir=folder, database_url=url), HandClock())
        upgrade(house.store)
        parts = urlsplit(url)
        (socket,) = parse_qs(parts.query)["unix_socket"]
        bare: Bare = pymysql.connect(unix_socket=socket, user="root", database=parts.path[1:], charset="utf8mb4")
        _carry(Path(folder) / "denwaban.db", bare)
        filled_s = time.monotonic() - start
        raws = random.Random(5).sample(_callers(size), _ASKED)
        e164s = [_e164(raw) for raw in raws]
        for raw, e164 in zip(raws[:_WARM_UP], e164s, strict=False):
            compare(_ours(house, raw), _raw(bare, e164))
        ours, theirs = _in_turns(lambda at: _ours(house, raws[at]), lambda at: _raw(bare, e164s[at]))
        bare.close()
        house.close()
    return {
        "customers": size,
        "calls": size * CALLS_EACH,
        "p50_us": round(_quantile(ours, 50), 1),
        "p99_us": round(_quantile(ours, 99), 1),
        "per_s": round(1e6 / statistics.fmean(ours)),
        "driver_p50_us": round(_quantile(theirs, 50), 1),
        "driver_p99_us": round(_quantile(theirs, 99), 1),
        "ratio_p50": round(_quantile(ours, 50) / _quantile(theirs, 50), 2),
        "filled_in_s": round(filled_s),
    }


def _carry(path: Path, bare: Bare) -> None:
    source = sqlite3.connect(path)
    with bare.cursor() as cursor:
        for pragma in ("foreign_key_checks=0", "unique_checks=0", "autocommit=0"):  # the last is the driver's own
            cursor.execute(f"SET {pragma}")
        for table in _TABLES:
            read = source.execute(f"SELECT * FROM {table}")
            names = ", ".join(column[0] for column in read.description)
            marks = ", ".join(["%s"] * len(read.description))
            while some := read.fetchmany(_AT_ONCE):
                cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", some)
            bare.commit()
            cursor.execute(f"ANALYZE TABLE {table}")
            cursor.fetchall()
    source.close()


def _in_turns(ours: Callable[[int], object], theirs: Callable[[int], object]) -> tuple[list[float], list[float]]:
    ours_us: list[float] = []
    theirs_us: list[float] = []
    for place in range(_ASKED):
        pair = ((ours, ours_us), (theirs, theirs_us))
        for ask, took in pair if place % 2 else reversed(pair):
            start = time.perf_counter_ns()
            ask(place)
            took.append((time.perf_counter_ns() - start) / 1_000)
    return ours_us[_WARM_UP:], theirs_us[_WARM_UP:]


def _raw(bare: Bare, e164: str) -> Rows:
    """Run the same statements in one transaction, which the driver begins by itself."""
    with bare.cursor() as cursor:
        cursor.execute(_HOLDERS, {"e164": e164, "most": 501})
        found = cursor.fetchall()
        cursor.execute(_EARLIER, {"e164": e164, "most": 20, "besides": ""})
        cursor.fetchall()
        cursor.execute(_SHARING, {"e164": e164})
        cursor.fetchall()
        wanted = asked_of(list({CustomerId(row[0]) for row in found}), e164)
        cursor.execute(history.of_many(history.kinds_of(wanted)).for_mysql, history.given_of(wanted))
        calls = cursor.fetchall()
    bare.rollback()
    return found, calls
