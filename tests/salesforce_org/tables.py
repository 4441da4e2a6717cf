"""The records of an org, one SQLite table an object: small in memory, quick to read as CSV.

Callers hold the org's lock; a change that is not committed yet lies beside its row and nobody reads it.
"""

import heapq
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.salesforce_org.schema import Kind, Thing

Value = str | int | float | None
Row = dict[str, Value]
INDEXED = {"SystemModstamp", "AccountId", "WhoId", "WhatId", "PersonContactId"}


@dataclass(order=True, slots=True)
class Change:
    """A row whose time stamp is already written and that nobody sees before `visible_at`."""

    visible_at: str
    turn: int
    thing: str = field(compare=False)
    row: Row = field(compare=False)


@dataclass(frozen=True, slots=True)
class Attempt:
    """Writes that may be undone as one."""

    db: sqlite3.Connection

    def undo(self) -> None:
        """Take everything back that the block wrote."""
        self.db.execute("ROLLBACK TO attempt")


class Tables:
    """Rows by object and id. Booleans are 0 and 1, instants and days ISO text, an empty value None."""

    def __init__(self) -> None:
        self._db = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA case_sensitive_like = OFF")
        self._db.create_function("fold", 1, _fold, deterministic=True)
        self._columns: dict[str, list[str]] = {}
        self._late: list[Change] = []
        self._latest: dict[tuple[str, str], Change] = {}
        self._turn = 0

    def close(self) -> None:
        self._db.close()

    def shape(self, thing: Thing) -> None:
        """Make the table of an object, or add the columns of fields that it got since."""
        known = self._columns.get(thing.name)
        fresh = [one for one in thing if known is None or one.name not in known]
        if known is None:
            columns = ['"Id" TEXT PRIMARY KEY', '"_hidden" INTEGER DEFAULT 0']
            columns += [f'"{one.name}" {_sql_type(one.kind)}' for one in fresh if one.kind is not Kind.ID]
            self._db.execute(f'CREATE TABLE "{thing.name}" ({", ".join(columns)})')
            self._columns[thing.name] = known = []
        else:
            for one in fresh:
                self._db.execute(f'ALTER TABLE "{thing.name}" ADD COLUMN "{one.name}" {_sql_type(one.kind)}')
        known += [one.name for one in fresh]
        for one in fresh:
            if one.name in INDEXED or one.unique:
                self._db.execute(f'CREATE INDEX "{thing.name}.{one.name}" ON "{thing.name}" ("{one.name}")')

    def get(self, thing: str, record_id: str) -> Row | None:
        """Return the newest version of a row, committed or not: writers queue behind its lock."""
        if late := self._latest.get((thing, record_id)):
            return dict(late.row)
        return next(self.select(thing, '"Id" = ?', (record_id,)), None)

    def seen(self, thing: str, record_id: str) -> Row | None:
        """Return the committed version of a row that the integration user may see."""
        return next(self.select(thing, '"Id" = ? AND "_hidden" = 0', (record_id,)), None)

    def select(self, thing: str, where: str = "1", arguments: Sequence[Value] = ()) -> Iterator[Row]:
        """Yield the committed rows that `where` keeps, oldest id first."""
        names = self._columns[thing]
        columns = ", ".join(f'"{name}"' for name in names)
        for row in self._db.execute(f'SELECT {columns} FROM "{thing}" WHERE {where} ORDER BY "Id"', arguments):
            yield dict(zip(names, row, strict=True))

    def naming(self, thing: str, field: str, record_id: str) -> list[Row]:
        """Return the newest version of the rows whose reference `field` names a record."""
        late = [change.row for change in self._latest.values() if change.thing == thing]
        found = [
            row for row in self.select(thing, f'"{field}" = ?', (record_id,)) if (thing, row["Id"]) not in self._latest
        ]
        return found + [dict(row) for row in late if row.get(field) == record_id]

    def is_late(self, thing: str, record_id: str) -> bool:
        """Tell whether a change to a record is not committed yet, so that its row is locked."""
        return (thing, record_id) in self._latest

    def oldest_late(self, thing: str) -> str | None:
        """Return the stamp of the oldest change to an object that is not committed yet."""
        return min((str(late.row["SystemModstamp"]) for late in self._late if late.thing == thing), default=None)

    def purge_bin(self, thing: str) -> str | None:
        """Delete for good what is in the recycle bin; return when the last of it had come there."""
        where = f'FROM "{thing}" WHERE "IsDeleted" = 1'
        (last,) = self._db.execute(f'SELECT MAX("SystemModstamp") {where}').fetchone()
        self._db.execute(f"DELETE {where}")
        return last if last is None else str(last)

    def rename(self, thing: str, old: str, new: str) -> None:
        """Give the column of a field another name."""
        self._db.execute(f'ALTER TABLE "{thing}" RENAME COLUMN "{old}" TO "{new}"')
        self._columns[thing] = [new if name == old else name for name in self._columns[thing]]

    def rows(self, sql: str, arguments: Sequence[Value] = ()) -> sqlite3.Cursor:
        """Run a statement that a query was turned into."""
        return self._db.execute(sql, arguments)

    def put(self, thing: str, row: Row, visible_at: str | None = None) -> None:
        """Write a row now, or so that it shows at `visible_at`, never before an earlier write to the same row."""
        before = self._latest.get((thing, str(row["Id"])))
        if visible_at is None and before is None:
            self._write(thing, row)
            return
        self._turn += 1
        shows_at = max(visible_at or "", before.visible_at if before else "")
        change = Change(shows_at, self._turn, thing, dict(row))
        heapq.heappush(self._late, change)
        self._latest[thing, str(row["Id"])] = change

    def load(self, thing: str, names: Sequence[str], rows: Iterable[Sequence[Value]]) -> None:
        """Write many rows at once, unchecked: what a migration brought in before the test began."""
        columns = ", ".join(f'"{name}"' for name in names)
        marks = ", ".join("?" * len(names))
        self._db.execute("BEGIN")
        self._db.executemany(f'INSERT INTO "{thing}" ({columns}) VALUES ({marks})', rows)
        self._db.execute("COMMIT")

    def is_hidden(self, thing: str, record_id: str) -> bool:
        """Tell whether the integration user may not see a record."""
        row = self._db.execute(f'SELECT "_hidden" FROM "{thing}" WHERE "Id" = ?', (record_id,)).fetchone()
        return bool(row and row[0])

    @contextmanager
    def attempt(self) -> Iterator["Attempt"]:
        """Let what is written in the block be undone as one."""
        attempt = Attempt(self._db)
        self._db.execute("SAVEPOINT attempt")
        try:
            yield attempt
        finally:
            self._db.execute("RELEASE attempt")

    def hide(self, thing: str, record_id: str, *, hidden: bool = True) -> None:
        """Take a record out of the integration user's sight, or give it back."""
        self._db.execute(f'UPDATE "{thing}" SET "_hidden" = ? WHERE "Id" = ?', (int(hidden), record_id))

    def purge(self, thing: str, record_id: str) -> None:
        """Empty a record out of the recycle bin."""
        self._db.execute(f'DELETE FROM "{thing}" WHERE "Id" = ?', (record_id,))
        if change := self._latest.pop((thing, record_id), None):
            self._late = [late for late in self._late if late is not change and late.row["Id"] != record_id]
            heapq.heapify(self._late)

    def commit_until(self, now: str | None) -> None:
        """Let changes show whose time has come; None lets all show."""
        while self._late and (now is None or self._late[0].visible_at <= now):
            change = heapq.heappop(self._late)
            self._write(change.thing, change.row)
            key = (change.thing, str(change.row["Id"]))
            if self._latest.get(key) is change:
                del self._latest[key]

    def _write(self, thing: str, row: Row) -> None:
        columns = ", ".join(f'"{name}"' for name in row)
        marks = ", ".join("?" * len(row))
        changes = ", ".join(f'"{name}" = excluded."{name}"' for name in row)
        self._db.execute(
            f'INSERT INTO "{thing}" ({columns}) VALUES ({marks}) ON CONFLICT ("Id") DO UPDATE SET {changes}',
            tuple(row.values()),
        )


def _sql_type(kind: Kind) -> str:
    if kind in (Kind.BOOLEAN, Kind.INT):
        return "INTEGER"
    return "REAL" if kind.is_number else "TEXT"


def _fold(value: Value) -> Value:
    return value.casefold() if isinstance(value, str) else value
