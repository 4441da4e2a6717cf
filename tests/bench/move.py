"""`denwaban migrate-to-mysql` on a full site: rows a second and memory, beside sqlite3-to-mysql alone, unproved.

Memory is what the process and its child have of the machine, shared pages counted once (PSS). CPU seconds of both, and
of the server for them, say more than the time where other work runs beside.
"""

import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from sqlalchemy import text

from plugin.settings import load
from plugin.store.engine import Store
from plugin.store.moving.carrier import Freight, ToolCarrier
from plugin.store.moving.rows import MOVED
from plugin.store.moving.target import Target
from plugin.store.schema import upgrade
from plugin.wiring import House
from tests.bench import Row
from tests.bench.town import fill
from tests.kit.full import LONG_NOTE, fill_audit
from tests.kit.mariadb import PrivateMariadb
from tests.kit.processes import below

_ROWS_A_CUSTOMER = 15.1  # of all tables together
_LONG_NOTES = 50
_WIDEST_BYTES = 2048
_LOOK_S = 0.25
_SERVER = "mariadbd"
_RECORD = (
    '{"source":"pbx1","state":"ended","queue":"サポート","offers":[' + '{"agent":"101","rang_at":1795388270416123},' * 8
)
_NOTE = "お荷物が届かないとのお問い合わせ。追跡番号を確認し、明日午前の再配達を手配😀" * 3


def rows(sizes: Sequence[int]) -> list[Row]:
    """Measure with about so many rows in all: Japanese text, emoji, long notes, bytes, instants in µs."""
    return [row for size in sizes for row in _of_size(size)]


def _of_size(size: int) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder, PrivateMariadb() as server:
        house = House(load(data_dir=Path(folder) / "data"))
        upgrade(house.store)
        database = Path(str(house.store.engine.url.database))
        fill(database, int(size / _ROWS_A_CUSTOMER))
        _enrich(house.store)
        counts = _counts(house.store)
        shared: Row = {"rows": sum(counts.values()), "file MB": round(database.stat().st_size / 1024**2)}
        moved = _watched(lambda: _move(house, server.new_database()))
        alone = _watched(lambda: _carry(database, server.new_database(), counts))
        house.close()
    return [{"what": "migrate-to-mysql"} | shared | moved, {"what": "the tool alone"} | shared | alone]


def _enrich(store: Store) -> None:
    with store.write() as connection:
        connection.execute(text("UPDATE calls SET record = :record"), {"record": _RECORD})
        connection.execute(text("UPDATE summaries SET request = :note, response = :note"), {"note": _NOTE})
        long = "SELECT call_id FROM summaries LIMIT :most"
        given = {"note": LONG_NOTE, "most": _LONG_NOTES}
        connection.execute(text(f"UPDATE summaries SET response = :note WHERE call_id IN ({long})"), given)
        connection.execute(text("UPDATE recordings SET peaks = randomblob(2000), keyset = randomblob(300)"))
        fill_audit(connection, int((connection.scalar(text("SELECT COUNT(*) FROM pops")) or 0) / 2))


def _counts(store: Store) -> dict[str, int]:
    with store.read() as connection:
        names = [table.name for table in MOVED]
        return {name: int(connection.scalar(text(f"SELECT COUNT(*) FROM {name}")) or 0) for name in names}


def _move(house: House, url: str) -> None:
    names = {"DENWABAN_DATA_DIR": str(house.settings.data_dir), "DENWABAN_MOVE_TO": url}
    command = [sys.executable, "-m", "plugin", "migrate-to-mysql"]
    subprocess.run(command, env=os.environ | names, check=True)


def _carry(database: Path, url: str, counts: dict[str, int]) -> None:
    target = Target(Store(url), "bench")
    target.prepare()
    freight = [Freight(name, n, _WIDEST_BYTES) for name, n in counts.items()]
    ToolCarrier(url).carry(database, freight, lambda _progress: None)
    target.close()


def _watched(work: Callable[[], None]) -> Row:
    """Do it; return the seconds, the CPU seconds, and the most memory that its processes held at once."""
    peak, over = [0.0], threading.Event()
    (server,) = (pid for pid in below(os.getpid()) if _name(pid) == _SERVER)

    def look() -> None:
        while not over.wait(_LOOK_S):
            peak[0] = max(peak[0], sum(_share_mb(pid) for pid in below(os.getpid()) if pid != server))

    watcher = threading.Thread(target=look)
    watcher.start()
    began_s, ours_s, its_s = time.perf_counter(), _children_s(), _cpu_s(server)
    try:
        work()
    finally:
        over.set()
        watcher.join()
    return {
        "s": time.perf_counter() - began_s,
        "CPU s": _children_s() - ours_s,
        "server CPU s": _cpu_s(server) - its_s,
        "peak MB": peak[0],
    }


def _children_s() -> float:
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ended.ru_utime + ended.ru_stime


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _name(pid: int) -> str:
    return Path(f"/proc/{pid}/comm").read_text().strip()


def _share_mb(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)
