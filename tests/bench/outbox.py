"""Outbox rows a second: claim and mark in batches of 10, beside the same statements through the bare driver.

On SQLite one worker (the database has one writer), on MariaDB four processes that pass over each other's rows.
"""

import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import insert

from plugin.core.ids import new_id
from plugin.core.times import to_us
from plugin.store import outbox
from plugin.store import timeline as entries
from plugin.store.engine import Store
from plugin.store.schema import upgrade
from plugin.store.tables.calls import calls
from plugin.store.tables.delivery import outbox as messages
from plugin.store.timeline import Arrived
from plugin.wiring import now
from tests.bench import Row
from tests.kit.mariadb import PrivateMariadb

_BATCH = 10
_LEASE = timedelta(seconds=60)
_RUNS = 3
_WORKERS = 4


def rows(sizes: Sequence[int]) -> list[Row]:
    """Measure with so many queued messages, each of a call of its own."""
    found: list[Row] = []
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "bench.db"
            url = f"sqlite:///{path}"
            ours, bare = [], []
            for _ in range(_RUNS):
                path.unlink(missing_ok=True)
                ours.append(_measured(url, size, 1))
                path.unlink(missing_ok=True)
                _fill(url, size)
                bare.append(size / _bare(path))
            found.append(_row("sqlite", 1, size, ours, statistics.median(bare)))
        with PrivateMariadb() as server:
            of_mariadb = [_measured(server.new_database(), size, _WORKERS) for _ in range(_RUNS)]
            found.append(_row("mariadb", _WORKERS, size, of_mariadb, None))
    return found


def _row(database: str, workers: int, size: int, ours: list[float], bare: float | None) -> Row:
    median = statistics.median(ours)
    row: Row = {"database": database, "workers": workers, "messages": size, "rows_per_s": round(median)}
    return row if bare is None else row | {"bare_driver_per_s": round(bare), "ratio": round(median / bare, 2)}


def _fill(url: str, size: int) -> None:
    store = Store(url)
    upgrade(store)
    at = now() - timedelta(seconds=1)
    ids = [new_id(at) for _ in range(size)]
    call = {"source": "bench", "direction": "inbound", "state": "ended", "record": "{}", "revision": 1}
    instants = {"started_at": to_us(at), "updated_at": to_us(at)}
    queued = {"kind": "entry", "body": "", "state": "waiting", "attempts": 0, "due_at": to_us(at)}
    with store.write() as connection:
        for start in range(0, size, 1000):
            some = ids[start : start + 1000]
            connection.execute(insert(calls), [{"id": one} | call | instants for one in some])
            connection.execute(
                insert(messages),
                [{"id": one, "subject_id": one, "created_at": to_us(at)} | queued for one in some],
            )
    store.close()


def _measured(url: str, size: int, workers: int) -> float:
    """Return rows a second of wall time from the first claim to the last mark, over all workers."""
    _fill(url, size)
    command = [sys.executable, "-m", "tests.bench.outbox", url]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(workers)]
    said = [process.communicate(timeout=600)[0].split() for process in running]
    done = sum(int(count) for count, _, _ in said)
    if done != size:
        raise RuntimeError(f"{done} of {size} were marked")
    return size / (max(float(end) for _, _, end in said) - min(float(begin) for _, begin, _ in said))


def drain(url: str) -> None:
    """Claim and mark until nothing waits; print how many, and when it began and ended."""
    store = Store(url)
    with store.read():
        pass
    done, begin = 0, time.monotonic()
    while True:
        at = now()
        holder = new_id(at)
        claimed = store.write_again(partial(outbox.claim, holder=holder, now=at, until=at + _LEASE, most=_BATCH))
        if not claimed:
            break
        ids = [one.id for one in claimed]
        arrived = [Arrived(one.call_id, "remote", 1) for one in claimed]
        with store.write() as connection:
            done += len(outbox.finish(connection, ids, holder, at))
            entries.link(connection, "local", arrived, at)
    sys.stdout.write(f"{done} {begin} {time.monotonic()}\n")


def _bare(path: Path) -> float:
    """Return the seconds that the same work takes through sqlite3 alone, with the same durability."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous=FULL")
    begin = time.monotonic()
    marks = ",".join("?" * _BATCH)
    while True:
        connection.execute("BEGIN IMMEDIATE")
        found = connection.execute(
            "SELECT id FROM outbox WHERE state = 'waiting' AND due_at <= ? AND NOT EXISTS (SELECT 1 FROM outbox e"
            " WHERE e.subject_id = outbox.subject_id AND e.state IN ('waiting', 'leased')"
            " AND e.created_at < outbox.created_at) ORDER BY due_at LIMIT ?",
            (to_us(now()), _BATCH),
        ).fetchall()
        ids = [one for (one,) in found]
        connection.execute(
            f"UPDATE outbox SET state = 'leased', lease_by = 'w', lease_until = 0, attempts = 1 WHERE id IN ({marks})",
            ids + [""] * (_BATCH - len(ids)),
        )
        connection.execute("COMMIT")
        if not ids:
            return time.monotonic() - begin
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(f"UPDATE outbox SET state = 'done' WHERE id IN ({marks})", ids + [""] * (_BATCH - len(ids)))
        connection.executemany(
            "INSERT INTO timeline_links VALUES (?, 'local', 'remote', 1, 0)", [(one,) for one in ids]
        )
        connection.execute("COMMIT")


if __name__ == "__main__":
    drain(sys.argv[1])
