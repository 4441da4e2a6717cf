"""What is looked for in a copied SQLite database: damage, orphans, the step of its schema. Nothing is changed in it."""

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from plugin.core.backup import Fault, Finding


class DatabaseLook:
    """A look at the copy `path`, beside which nothing lies."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._uri = f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1"

    def faults(self) -> list[Finding]:
        """Return whether SQLite finds it damaged, and rows that point to none."""
        with self._open() as connection:
            try:
                words = [word for (word,) in connection.execute("PRAGMA integrity_check")]
                orphans = [table for table, *_ in connection.execute("PRAGMA foreign_key_check")]
            except sqlite3.DatabaseError:
                return [Finding(Fault.DAMAGED, self._path.name)]
        damaged = [] if words == ["ok"] else [Finding(Fault.DAMAGED, self._path.name, len(words))]
        return damaged + [Finding(Fault.ORPHAN, table, orphans.count(table)) for table in sorted(set(orphans))]

    def step(self) -> str:
        """Return the step of its schema, "" where it has none."""
        with self._open() as connection:
            try:
                found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            except sqlite3.DatabaseError:
                return ""
        return str(found[0]) if found else ""

    def _open(self) -> closing[sqlite3.Connection]:
        return closing(sqlite3.connect(self._uri, uri=True, isolation_level=None))
