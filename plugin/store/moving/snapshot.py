"""The old database as it stood when it was closed: a private copy that is looked through, moved from and thrown away.

Never writes into the old database, and prints no value of any row.
"""

import os
import shutil
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Table

from plugin.core.errors import Conflict
from plugin.core.move import Adder, Fault, Finding, Kind, Lint, Progress, Stage, TableSum, Tell
from plugin.store.moving.rows import MOVED, VERSION_TABLE, in_lots, rules_of, select_all, sums_by_column
from plugin.store.tables import metadata

_SPARE_BYTES = 64 * 1024 * 1024
_OF_OTHERS = ("sqlite_", "_litestream_")  # replication's own two tables stay behind


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look through a table found; `widest_bytes`: its widest row."""

    sum: TableSum
    widest_bytes: int
    findings: tuple[Finding, ...]


class Snapshot:
    """The copy at `path`, made of the SQLite file `database`; `name` keeps a check's apart from a move's."""

    def __init__(self, database: Path, name: str = "snapshot") -> None:
        self._database = database
        self.path = Path(f"{database}.{name}")

    def make(self) -> None:
        """Copy the database as it is at this moment. Raises Conflict("no_room") where the disk has no place for it."""
        self.remove()
        needed_bytes = self._database.stat().st_size + _SPARE_BYTES
        if shutil.disk_usage(self.path.parent).free < needed_bytes:
            raise Conflict("no_room", needed_mb=needed_bytes // 1024**2)
        os.close(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        connection = sqlite3.connect(self._database, isolation_level=None)
        try:
            connection.execute("VACUUM INTO ?", (str(self.path),))
        finally:
            connection.close()

    def remove(self) -> None:
        """Throw the copy away, and what an earlier move that was killed left of its own."""
        for path in (self.path, Path(f"{self.path}-journal")):
            with suppress(FileNotFoundError):
                path.unlink()

    def counts(self) -> dict[str, int]:
        """Return how many rows each table has that moves."""
        with self._open() as connection:
            names = [table.name for table in MOVED]
            return {name: connection.execute(f"SELECT COUNT(*) FROM {name}").fetchone()[0] for name in names}  # noqa: S608

    def look_through(self, table: Table, total: int, tell: Tell) -> Looked:
        """Look at every cell of a table, and add its rows up."""
        lint, adder = Lint(table.name, rules_of(table)), Adder()
        with self._open() as connection:
            try:
                for lot in in_lots(table, connection.execute(select_all(table, '"'))):
                    lint.look(lot)
                    adder.add(lot)
                    tell(Progress(Stage.LINT, table.name, adder.rows, total))
            except sqlite3.OperationalError:  # its text would tell the value
                bad = _bad_texts(connection, table)
                if not bad:
                    raise
                return Looked(TableSum(0, 0), 0, (*bad, *lint.findings()))
        return Looked(adder.sum(), lint.widest_bytes, tuple(lint.findings()))

    def whole(self) -> tuple[Finding, ...]:
        """Return tables that are none of ours, and rows that point to what is not there."""
        with self._open() as connection:
            known = {*metadata.tables, VERSION_TABLE}
            names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            strange = [name for name in names if name not in known and not name.startswith(_OF_OTHERS)]
            orphans: dict[tuple[str, str], int] = {}
            for table, _row, parent, _key in connection.execute("PRAGMA foreign_key_check"):
                orphans[table, parent] = orphans.get((table, parent), 0) + 1
        found = [Finding(Fault.UNKNOWN_TABLE, name) for name in strange]
        return (*found, *(Finding(Fault.ORPHAN, table, parent, n) for (table, parent), n in orphans.items()))

    def column_sums(self, table: Table) -> dict[str, TableSum]:
        """Return the sum of each column by itself, to tell where two sides differ."""
        with self._open() as connection:
            return sums_by_column(table, connection.execute(select_all(table, '"')))

    def _open(self) -> closing[sqlite3.Connection]:
        return closing(sqlite3.connect(self.path, isolation_level=None))


def _bad_texts(connection: sqlite3.Connection, table: Table) -> list[Finding]:
    connection.text_factory = bytes
    bad = []
    for rule in rules_of(table):
        if rule.kind is Kind.TEXT:
            cells = connection.execute(f"SELECT {rule.name} FROM {table.name} WHERE typeof({rule.name}) = 'text'")  # noqa: S608
            n = sum(not _is_utf8(cell) for (cell,) in cells)
            bad += [Finding(Fault.BAD_TEXT, table.name, rule.name, n)] if n else []
    return bad


def _is_utf8(cell: bytes) -> bool:
    try:
        cell.decode()
    except UnicodeDecodeError:
        return False
    return True
