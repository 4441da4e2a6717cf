"""What a web worker does before it serves."""

import os
import subprocess
import sys
from pathlib import Path

_LOAD = """
import gc
from plugin.settings import load
from plugin.web.server import _Server
server = _Server(load(), "127.0.0.1:0")
app = server.load()
print(gc.get_freeze_count(), len(gc.get_objects()))
"""


def test_a_worker_never_looks_for_cycles_in_what_it_began_with(tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-c", _LOAD],
        check=True,
        capture_output=True,
        env={**os.environ, "DENWABAN_DATA_DIR": str(tmp_path / "data")},
    ).stdout.split()
    frozen, looked_through = (int(count) for count in told)
    assert frozen > 100_000
    assert looked_through < 1_000
