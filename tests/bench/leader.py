"""How long a site is without scheduled work when its leader dies or is frozen; and whether anything ran twice or not.

Three real worker processes, SQLite and MariaDB. The leader is killed with -9, or stopped beyond its lease and woken
again; a fresh one takes its place as a stand-in. Measured from that signal to the first turn of another process.
"""

import itertools
import signal
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from plugin.core.runs import RunOutcome
from plugin.store import runs
from plugin.store.engine import Store
from plugin.store.schema import upgrade
from plugin.wiring import now
from tests.bench import Row
from tests.kit.mariadb import PrivateMariadb
from tests.kit.workers import Workers


def rows(sizes: Sequence[int]) -> list[Row]:
    """Measure with so many kills, and half as many freezes, each."""
    found: list[Row] = []
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder, PrivateMariadb() as server:
            for database, url in (("sqlite", f"sqlite:///{folder}/bench.db"), ("mariadb", server.new_database())):
                store = Store(url)
                upgrade(store)
                for signed, count in ((signal.SIGKILL, size), (signal.SIGSTOP, max(1, size // 2))):
                    place = Path(folder) / f"{database}-{signed.name}"
                    place.mkdir()
                    row: Row = {"database": database, "signal": signed.name}
                    found.append(row | _measured(store, place, signed, count))
                store.close()
    return found


def _measured(store: Store, folder: Path, signed: signal.Signals, count: int) -> Row:
    workers = Workers(store, folder)
    took: list[float] = []
    began_at = now()
    try:
        for _ in range(3):
            workers.start()
        workers.wait_for(lambda: len(workers.ran("slot")) >= 3)
        for _ in range(count):
            took.append(_strike(workers, store, signed))
    finally:
        workers.end()
    ran = workers.ran("slot")
    with store.read() as connection:
        slots = [run for run in runs.newest(connection, "slot", 100_000) if run.started_at >= began_at]
    done = sum(slot.outcome is RunOutcome.DONE for slot in slots)
    twice = sum(after.began < before.ended for before, after in itertools.pairwise(ran))
    return {
        "strikes": count,
        "takeover p50 s": statistics.median(took),
        "takeover max s": max(took),
        "slots run": len(ran),
        "run twice": twice,
        "done but not run": max(0, done - len(ran)),
        "cut off, gone on with": len(slots) - done,
    }


def _strike(workers: Workers, store: Store, signed: signal.Signals) -> float:
    workers.wait_until_ready()
    before = len(workers.ran("slot"))
    workers.wait_for(lambda: len(workers.ran("slot")) >= before + 3)
    leader = workers.ran("slot")[-1].pid
    (process,) = (one for one in workers.processes if one.pid == leader)
    with store.write():  # with SQLite: not while it writes (docs/decisions/0140)
        struck_s = time.monotonic()
        process.send_signal(signed)
    workers.start()
    workers.wait_for(lambda: workers.began("look")[-1] != leader)
    took_s = workers.took_over_at_s(leader) - struck_s
    if signed is signal.SIGSTOP:
        process.send_signal(signal.SIGCONT)
        workers.wait_for(lambda: len(workers.ran("slot")) >= before + 8)  # awake again beside the new leader
        process.terminate()
    process.wait(60)
    return took_s
