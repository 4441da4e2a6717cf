"""What the watch sees of a site at rest: its rows, the pages of its database, its files.

Pages that every empty database has are passed over. A file that SQLite has open is read and never closed before SQLite
closes it: to close it would drop the locks that this process holds on it.
"""

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from tests.kit.canary import Kind
from tests.kit.watch import Watch

_PAGE_BYTES = 4096
_MOST_ROWS = 2_000  # of a table; its pages are all read
_MOST_FILE_BYTES = 4 * 1024 * 1024
_OF_DATABASES = {".db", ".db-wal", ".db-shm", ".lock"}
_EMPTY: set[bytes] = set()  # pages of databases without rows
_LOG_HEAD_BYTES, _FRAME_HEAD_BYTES = 32, 24


def pass_over(database: bytes) -> None:
    """Look at no page that this empty database has."""
    _EMPTY.update(_pages(database))


class AtRest:
    """The databases that this process has opened, and what lies beside them."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._stamps: dict[Path, tuple[int, ...]] = {}
        self._open: dict[Path, int] = {}

    def note(self, database: Path) -> None:
        """Know that there is this database."""
        self._stamps.setdefault(database, ())

    def look(self) -> None:
        """See every database that has changed since the last look, and the files of its site."""
        for path, stamp in list(self._stamps.items()):
            now = _stamp(path)
            if not now:
                self._forget(path)
            elif now != stamp:
                self._stamps[path] = now
                with contextlib.suppress(sqlite3.DatabaseError):  # a test damaged it: its pages are left to be read
                    self._rows(path)
                self._raw(path)
                self._files(path.parent)

    def close(self, folder: Path) -> None:
        """Let go of what lay in the test's own folder, once none of its stores is open any more."""
        for path in list(self._stamps):
            if path.is_relative_to(folder):
                self._forget(path)
            else:
                self._stamps[path] = _stamp(path)  # closing wrote as well

    def _forget(self, path: Path) -> None:
        self._stamps.pop(path, None)
        if (handle := self._open.pop(path, None)) is not None:
            os.close(handle)

    def _rows(self, path: Path) -> None:
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            for (table,) in tables:
                found = connection.execute(f'SELECT * FROM "{table}" LIMIT {_MOST_ROWS}')
                columns = [column for column, *_ in found.description]
                rows = found.fetchall()
                for at, column in enumerate(columns):
                    for row in rows:
                        if isinstance(row[at], str):
                            self._watch.see(f"table {table}.{column}", row[at])
                        elif isinstance(row[at], bytes):
                            self._watch.see_raw(f"table {table}.{column}", row[at])

    def _raw(self, path: Path) -> None:
        if path not in self._open:
            self._open[path] = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        handle = self._open[path]
        whole = os.pread(handle, os.fstat(handle).st_size, 0)
        self._watch.see_raw(f"raw {path.name}", b"".join(page for page in _pages(whole) if page not in _EMPTY))
        with contextlib.suppress(FileNotFoundError):
            log = Path(f"{path}-wal").read_bytes()
            self._watch.see_raw(f"raw {path.name}-wal", b"".join(each for each in _frames(log) if each not in _EMPTY))

    def _files(self, folder: Path) -> None:
        for path in folder.rglob("*"):
            if path.suffix in _OF_DATABASES or not path.is_file():  # the CRM's own too, which is no copy of ours
                continue
            inside = path.relative_to(folder)
            with contextlib.suppress(OSError):  # gone, or another's
                with path.open("rb") as file:
                    data = file.read(_MOST_FILE_BYTES)
                if inside.parts[0] == "keys" and len(data) >= 32:
                    self._watch.know(Kind.KEY, data)
                self._watch.see(f"file {inside.parts[0] if len(inside.parts) > 1 else ''}/{path.suffix}", data)


def _stamp(path: Path) -> tuple[int, ...]:
    found: tuple[int, ...] = ()
    for each in (path, Path(f"{path}-wal")):
        with contextlib.suppress(FileNotFoundError):
            told = each.stat()
            found += (told.st_size, told.st_mtime_ns)
    return found


def _pages(data: bytes) -> Iterator[bytes]:
    return (data[at : at + _PAGE_BYTES] for at in range(0, len(data), _PAGE_BYTES))


def _frames(log: bytes) -> Iterator[bytes]:
    step = _FRAME_HEAD_BYTES + _PAGE_BYTES
    return (log[at + _FRAME_HEAD_BYTES : at + step] for at in range(_LOG_HEAD_BYTES, len(log), step))
