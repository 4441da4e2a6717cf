"""`denwaban backup` of a full site while its phones ring, `verify` and `restore` to ready, and what replication saves.

The same desks and calls first without a backup, in the same run: that is the baseline of the pops.
"""

import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

from sqlalchemy import text

from plugin.core.staff import Role
from tests.bench import Row
from tests.bench.listeners import Desks
from tests.bench.pop import paced, percentile, post_event, post_ringing
from tests.bench.site import BenchSite
from tests.bench.town import fill
from tests.kit.full import fill_audit
from tests.kit.staff import hire

_DESKS, _WORKERS, _THREADS = 100, 2, 250
_A_SECOND = 50
_LOT = 100
_QUIET_LOTS = 12
_CALLS_A_CUSTOMER = 10
_LINES_A_CALL = 0.03
_RECORDINGS = 2_000
_RECORDING_BYTES = 200_000
_LATEST_S = 20
_LOSSES = 3
_CONFIG = """dbs:
  - path: {database}
    busy-timeout: 10s
    checkpoint-interval: 1m
    truncate-page-n: -1
    replica:
      type: file
      path: {replica}
      sync-interval: 1s
logging:
  level: error
"""


def rows(sizes: Sequence[int]) -> list[Row]:
    """Measure a site with so many calls, an audit line for 33 of them, 2,000 recordings of 200 kB."""
    return [row for size in sizes for row in _of_size(size)]


def _of_size(size: int) -> list[Row]:
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_FOLDER")) as name:
        folder = Path(name)
        site = BenchSite(folder, operators=_DESKS, workers=_WORKERS, threads=_THREADS)
        _fill(site, folder / "data", size)
        with site:
            phones = _Phones(site)
            quiet = [phones.ring(_LOT) for _ in range(_QUIET_LOTS)]
            first, during = _meanwhile(phones, _command("backup", folder))
            second, again = _meanwhile(phones, _command("backup", folder))
            lost = _replicate(phones, folder)
            phones.close()
        verified_s = _timed(_command("verify", folder))
        shutil.rmtree(folder / "data")
        began_s = time.perf_counter()
        restored_s = _timed(_command("restore", folder))
        with site:
            ready_s = time.perf_counter() - began_s
        backup_mb = round(sum(path.stat().st_size for path in (folder / "backups").rglob("*.db")) / 2 / 1e6)
    shared: Row = {"calls": size, "database MB": backup_mb}
    took: dict[str, float] = {
        "verify": verified_s,
        "restore": restored_s,
        "restore until it is ready": ready_s,
        "replication: what was lost, s, at worst": max(lost),
    }
    return [
        {"what": "pops without a backup"} | shared | _waits(quiet),
        {"what": "pops during a first backup"} | shared | _waits(during) | {"s": first},
        {"what": "pops during a second backup"} | shared | _waits(again) | {"s": second},
        *({"what": what} | shared | {"s": seconds} for what, seconds in took.items()),
    ]


def _fill(site: BenchSite, data: Path, size: int) -> None:
    hire(site.house, Role.ADMIN, "kanri")
    store = site.house.store
    with store.write() as connection:
        fill_audit(connection, int(size * _LINES_A_CALL))
    site.house.audits.whole.checkpoint()
    store.close()
    fill(data / "denwaban.db", size // _CALLS_A_CUSTOMER)
    sound = os.urandom(_RECORDING_BYTES)
    with store.write() as connection:
        some = "SELECT id FROM recordings ORDER BY id LIMIT :most"
        given = f"UPDATE recordings SET keyset = randomblob(300), key_id = :key WHERE id IN ({some})"
        connection.execute(text(given), {"most": _RECORDINGS, "key": "2027-11.1-0a1b2c3d"})
        found = connection.execute(text("SELECT id, keyset FROM recordings WHERE keyset IS NOT NULL")).all()
    for recording_id, keyset in found:
        place = site.house.vault.place_of(recording_id, keyset)
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        place.write_bytes(sound)
    store.close()


class _Phones:
    """Desks that listen and calls that ring at an even pace."""

    def __init__(self, site: BenchSite) -> None:
        self.site, self._next = site, 0
        self._ears = Desks(site.port, site.tokens)

    def ring(self, count: int) -> list[float]:
        """Let so many calls ring; return how long each took to its desk, in ms."""
        first, self._next = self._next, self._next + count

        def act(line: HTTPConnection, mark: int) -> None:
            post_ringing(line, first + mark, str(1000 + mark % _DESKS), first + mark)

        began = paced(self.site.port, count, _A_SECOND, act)
        deadline = time.monotonic() + _LATEST_S
        while any(first + mark not in self._ears.seen for mark in began) and time.monotonic() < deadline:
            time.sleep(0.02)
        waits = [(self._ears.seen.get(first + mark, deadline) - at) * 1000 for mark, at in began.items()]
        paced(self.site.port, count, _A_SECOND * 10, lambda line, mark: self._end(line, first + mark))
        return waits

    def _end(self, line: HTTPConnection, call: int) -> None:
        post_event(line, call, "call.ended", str(1000 + call % _DESKS), call)

    def close(self) -> None:
        """Hang up."""
        self._ears.close()


def _meanwhile(phones: _Phones, command: list[str]) -> tuple[float, list[list[float]]]:
    lots: list[list[float]] = []
    began_s = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None:
            lots.append(phones.ring(_LOT))
    if process.returncode:
        raise RuntimeError("the backup failed")
    return time.perf_counter() - began_s, lots


def _command(what: str, folder: Path) -> list[str]:
    keys = ["--keys", str(folder / "keys")]
    words = {
        "backup": ["backup", str(folder / "backups"), *keys],
        "verify": ["backup", "verify", str(folder / "backups")],
        "restore": ["restore", str(folder / "backups"), *keys, "--as", "kanri"],
    }
    return [sys.executable, "-m", "plugin", *words[what]]


def _timed(command: list[str]) -> float:
    began_s = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - began_s


def _waits(lots: list[list[float]]) -> Row:
    waits = [wait for lot in lots for wait in lot]
    return {
        "pops": len(waits),
        "p50 ms": statistics.median(waits),
        "p99 ms": percentile(waits, 0.99),
        "worst ms": max(waits),
    }


def _replicate(phones: _Phones, folder: Path) -> list[float]:
    """Return, of some kills of the replication, how old the newest call was that the replica did not have."""
    database, replica = folder / "data" / "denwaban.db", folder / "replica"
    config = folder / "litestream.yml"
    config.write_text(_CONFIG.format(database=database, replica=replica))
    lost = []
    for turn in range(_LOSSES):
        with subprocess.Popen(["litestream", "replicate", "-config", str(config)]) as process:
            _wait(lambda: _newest_of(config, database, folder / "copy.db") is not None)
            for _ in range(5 + turn):
                phones.ring(_LOT)
            process.kill()
        killed_s = time.time()
        newest_us = _newest_of(config, database, folder / "copy.db") or 0
        lost.append(max(0.0, killed_s - newest_us / 1e6))
    return lost


def _newest_of(config: Path, database: Path, copy: Path) -> int | None:
    """Return when the newest call in the replica was heard of, in µs."""
    copy.unlink(missing_ok=True)
    command = ["litestream", "restore", "-config", str(config), "-o", str(copy), str(database)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        return None
    with closing(sqlite3.connect(copy)) as opened:
        return int(opened.execute("SELECT MAX(updated_at) FROM calls WHERE source = 'bench'").fetchone()[0] or 0)


def _wait(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 600
    while not is_so():
        if time.monotonic() > deadline:
            raise RuntimeError("the replica did not come")
        time.sleep(1)
