"""A SQLite database copied while it is written: page by page, with pauses, as it stood at one instant.

Never holds the lock that writers wait at. The copy is of one snapshot that stays open, because SQLite begins anew at
each write from elsewhere otherwise, and would never come to an end on a busy site.
"""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from plugin.core.backup import Progress, Stage

_STEP_PAGES = 256  # 1 MiB
_SYNCED_STEPS = 16  # in small amounts: one big one at the end would keep the site's own commits waiting
_BUSY_MS = 10_000


def copy_database(source: Path, target: Path, pause: Callable[[], None], tell: Callable[[Progress], None]) -> None:
    """Copy the database at `source` to the new file `target`; on the disk when this returns.

    `pause()` is called after each MiB. Raises sqlite3.Error and OSError.
    """
    file = os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with closing(sqlite3.connect(source, isolation_level=None)) as live:
            live.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
            live.execute("BEGIN")
            live.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()  # from here on it is this instant
            with closing(sqlite3.connect(target, isolation_level=None)) as copy:
                copy.execute("PRAGMA synchronous=OFF")
                copy.execute("PRAGMA journal_mode=OFF")
                live.backup(copy, pages=_STEP_PAGES, progress=_Steps(file, source.name, pause, tell))
            live.execute("ROLLBACK")
            # What was written meanwhile waits in the log: carried over here, or somebody's commit would have to.
            live.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        os.fsync(file)
    finally:
        os.close(file)  # after SQLite: to close it sooner would drop SQLite's locks on it


class _Steps:
    def __init__(self, file: int, name: str, pause: Callable[[], None], tell: Callable[[Progress], None]) -> None:
        self._file, self._name, self._pause, self._tell = file, name, pause, tell
        self._count = 0

    def __call__(self, _status: int, remaining: int, total: int) -> None:
        self._count += 1
        if self._count % _SYNCED_STEPS == 0:
            os.fsync(self._file)
        self._tell(Progress(Stage.DATABASE, total - remaining, total, self._name))
        self._pause()
