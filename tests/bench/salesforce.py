"""A first load from a Salesforce org: CPU-seconds and megabytes from CSV to indexed replica, and what writers wait.

The org runs in a process of its own, whose CPU is not counted. Meanwhile another process of the site takes up to a
hundred ringing calls a second; what each of them waited is in the last columns.
"""

import json
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from plugin.core.call_json import read_event
from plugin.core.calls import CallEvent
from plugin.core.times import write_instant
from plugin.settings import load
from plugin.store.schema import upgrade
from plugin.wiring import House, now
from plugin.worker import spare_the_collector
from tests.bench import Row
from tests.bench.pop import percentile
from tests.salesforce_org.remote import RemoteOrg

_EVERY_S = 0.01
_LOOK_S = 0.5


def rows(sizes: Sequence[int]) -> list[Row]:
    """Load so many contacts into a new replica, each size in a process of its own."""
    found: list[Row] = []
    for size in sizes:
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.salesforce", str(size)], check=True, capture_output=True, text=True
        )
        found.append(json.loads(done.stdout))
    return found


def _measure(size: int) -> Row:
    with tempfile.TemporaryDirectory(prefix="bench") as folder, RemoteOrg("--plain", "--contacts", str(size)) as org:
        key = Path(folder) / "org.key"
        key.write_text(org.app.private_key_pem)
        key.chmod(0o600)
        options = {"url": org.url, "client_id": org.app.consumer_key, "username": org.app.username}
        settings = load(data_dir=Path(folder) / "data", crm="salesforce", crm_options=options | {"key_file": str(key)})
        house = House(settings)
        upgrade(house.store)
        house.sync  # noqa: B018  built before, as in a worker
        spare_the_collector()
        before, began = _cpu_s(), time.monotonic()
        with _writer(settings.data_dir) as waits, _memory() as most_kb:
            done = house.sync.run()
        spent, took = _cpu_s() - before, time.monotonic() - began
        quiet, used = time.process_time(), org.do("counts")["used"]
        house.sync.run()
        quiet = time.process_time() - quiet
        calls = org.do("counts")["used"] - used
        house.close()
        disk = sum(file.stat().st_size for file in settings.data_dir.iterdir() if file.is_file())
    return {
        "contacts": done,
        "CPU s": round(spent, 2),
        "CPU s a million": round(spent * 1e6 / done, 1),
        "rows/s": int(done / took),
        "own MB": max(most_kb) // 1024,
        "disk MB": disk // 2**20,
        "a call waits p50 ms": round(percentile(waits, 0.5), 1),
        "p99 ms": round(percentile(waits, 0.99), 1),
        "quiet cycle calls": calls,
        "CPU ms": round(quiet * 1000, 1),
    }


@contextmanager
def _memory() -> Iterator[list[int]]:
    """Watch how much memory of its own the process has while the block runs; pages of mapped files are not its own."""
    seen = [0]
    over = threading.Event()

    def watch() -> None:
        while not over.wait(_LOOK_S):
            (own,) = (line for line in Path("/proc/self/status").read_text().splitlines() if "RssAnon" in line)
            seen.append(int(own.split()[1]))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield seen
    finally:
        over.set()
        watcher.join()


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


@contextmanager
def _writer(folder: Path) -> Iterator[list[float]]:
    """Let another process write while the block runs; what it waited, in ms, is in the list afterwards."""
    waits: list[float] = []
    command = [sys.executable, "-m", "tests.bench.salesforce", "write", str(folder)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()
    try:
        yield waits
    finally:
        told, _ = process.communicate("")
        waits += json.loads(told)


def _write(folder: Path) -> None:
    house = House(load(data_dir=folder))
    waits: list[float] = []
    over = threading.Event()
    threading.Thread(target=_until_input_ends, args=(over,), daemon=True).start()
    house.calls.take([_ringing(0)])
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while not over.wait(_EVERY_S):
        event = _ringing(len(waits) + 1)
        began = time.monotonic()
        house.calls.take([event])
        waits.append((time.monotonic() - began) * 1000)
    house.close()
    sys.stdout.write(json.dumps(waits))


def _until_input_ends(over: threading.Event) -> None:
    sys.stdin.read()
    over.set()


def _ringing(number: int) -> CallEvent:
    at = write_instant(now())
    data: dict[str, object] = {
        "source_call_ids": [f"c{number}"],
        "direction": "inbound",
        "occurred_at": at,
        "leg_id": "1",
    }
    data |= {"leg_id": "1", "customer_number": f"0901000{number % 10_000:04}", "agent": {"extension": "101"}}
    head = {"specversion": "1.0", "id": f"{number}", "source": "pbx1", "type": "call.ringing"}
    return read_event(head | {"time": at, "sequence": "1", "data": data}, "pbx1")


if __name__ == "__main__":
    if sys.argv[1] == "write":
        _write(Path(sys.argv[2]))
    else:
        sys.stdout.write(json.dumps(_measure(int(sys.argv[1]))))
