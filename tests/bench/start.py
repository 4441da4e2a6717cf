"""What a web process costs until it can answer: CPU and memory, beside bare Flask; and one more worker of a server."""

import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench import Row

ROOT = Path(__file__).parent.parent.parent
_FLASK = "from flask import Flask; app = Flask('bare')"
_OURS = """
from plugin.settings import load
from plugin.web.app import create_app
from plugin.wiring import House
app = create_app(House(load(data_dir=FOLDER)))
"""
_WORKER = """
import os, time
from plugin.settings import load
import plugin.web.app
from plugin.wiring import House
if os.fork():
    os._exit(os.waitstatus_to_exitcode(os.wait()[1]))
begun_s = time.process_time()
app = plugin.web.app.create_app(House(load(data_dir=FOLDER)))
"""
_TELL = """
import time
from pathlib import Path
spent_s = time.process_time() - globals().get("begun_s", 0.0)
smaps = Path("/proc/self/smaps_rollup").read_text()
kb = {line.split(":")[0]: int(line.split()[1]) for line in smaps.splitlines()[1:]}
print(spent_s, kb["Rss"], kb["Private_Clean"] + kb["Private_Dirty"])
"""


def rows(sizes: tuple[int, ...]) -> list[Row]:
    """Measure each start `sizes[0]` times in turn; medians."""
    kinds = {"bare Flask": _FLASK, "Denwaban, first process": _OURS, "Denwaban, worker after the fork": _WORKER}
    with tempfile.TemporaryDirectory() as folder:
        found: dict[str, list[list[float]]] = {kind: [] for kind in kinds}
        for _ in range(sizes[0]):
            for kind, code in kinds.items():
                found[kind].append(_start(f"FOLDER = {folder!r}\n{code}{_TELL}"))
    medians = {kind: [statistics.median(column) for column in zip(*runs, strict=True)] for kind, runs in found.items()}
    flask_s = medians["bare Flask"][0]
    return [
        {
            "process": kind,
            "cpu_ms": round(cpu_s * 1000),
            "times_flask": cpu_s / flask_s,
            "rss_mb": round(rss_kb / 1024, 1),
            "private_mb": round(private_kb / 1024, 1),
        }
        for kind, (cpu_s, rss_kb, private_kb) in medians.items()
    ]


def _start(code: str) -> list[float]:
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return [float(figure) for figure in done.stdout.split()]
