"""The local CRM's own file: opened, made, and asked one transaction at a time. Outside the house's database on purpose.

Refuses to let an error of the file out as anything but OutsideError.
"""

import fcntl
import os
import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from plugin.core.errors import OutsideError

_SCHEMA = """
CREATE TABLE about (identity TEXT NOT NULL, last_change INTEGER NOT NULL);
CREATE TABLE people (
  external_id TEXT PRIMARY KEY, change INTEGER NOT NULL UNIQUE, gone INTEGER NOT NULL, body TEXT NOT NULL
) STRICT;
CREATE TABLE entries (
  number INTEGER PRIMARY KEY, external_id TEXT NOT NULL UNIQUE, version INTEGER NOT NULL, customer TEXT,
  subject TEXT NOT NULL, text TEXT NOT NULL, day TEXT NOT NULL, started_us INTEGER NOT NULL,
  duration_s INTEGER NOT NULL, direction TEXT NOT NULL, outcome TEXT, disposition TEXT NOT NULL,
  author TEXT NOT NULL, link TEXT NOT NULL
) STRICT;
CREATE INDEX entries_of_customer ON entries (customer, started_us);
"""
_STEP = 1


class LocalFile:
    """The file of a local CRM, made at first use with mode 0600. One connection per thread stays open."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """Give a connection inside one snapshot. Raises OutsideError("local_crm")."""
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Give a connection inside one writing transaction, alone in the file. Raises OutsideError("local_crm")."""
        with self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        try:
            connection = self._connection()
            connection.execute(begin)
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
        except (sqlite3.Error, OSError) as error:
            raise OutsideError("local_crm", problem=type(error).__name__) from error

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            if not self._path.exists() or _step_of(self._path) < _STEP:
                _make(self._path)
            connection = self._local.connection = _connect(self._path)
        return connection


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, timeout=10)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA synchronous=FULL")
    return connection


def _step_of(path: Path) -> int:
    connection = _connect(path)
    try:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])
    finally:
        connection.close()


def _make(path: Path) -> None:
    # One process at a time: two that both switch to WAL crash with "database is locked".
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        if _step_of(path) >= _STEP:
            return
        connection = _connect(path)
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA user_version={_STEP};")
            connection.execute("INSERT INTO about VALUES (?, 0)", (secrets.token_hex(8),))
            connection.execute("COMMIT")
        finally:
            connection.close()
    finally:
        os.close(lock)
