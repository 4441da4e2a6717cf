"""The one way into the database: what a store that nobody holds any more leaves open."""

import gc
import os
from contextlib import suppress
from pathlib import Path

from sqlalchemy import text

from plugin.store.engine import Store


def _open(path: Path) -> list[str]:
    found: list[str] = []
    for one in os.listdir("/proc/self/fd"):
        with suppress(FileNotFoundError):  # the folder's own
            found.append(os.readlink(f"/proc/self/fd/{one}"))
    return [name for name in found if name.startswith(str(path))]


def test_a_store_that_is_gone_leaves_no_file_open(tmp_path: Path) -> None:
    path = tmp_path / "denwaban.db"
    store = Store(f"sqlite:///{path}")
    with store.write() as connection:
        connection.execute(text("CREATE TABLE one (n INTEGER)"))
    assert f"{path}.lock" in _open(path)
    store.close()
    del store, connection
    gc.collect()
    assert _open(path) == []
