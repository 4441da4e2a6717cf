"""The few statements that every ring of a telephone waits for, and those that write a million rows: run by the
database's own driver, inside a transaction.

SQLAlchemy prepares and unpacks each execution anew, which costs more than the database's work on an index look-up or on
a row (docs/decisions/0033, 0120). On the connection and in the snapshot that Store.read() or write() gave; whatever is
not on those paths uses SQLAlchemy.
"""

import re
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any, cast

from sqlalchemy import Connection
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import DBAPIError

_KEYS_AT_ONCE = 500
_ROWS_AT_ONCE = 50
_PARAMETER = re.compile(r":([a-z0-9_]+)")


Given = str | int | None


class Prepared:
    """A statement as text; its parameters are written `:name`. Errors are those of sqlalchemy.exc.DBAPIError.

    `for_mysql`: the same as MySQL has to be asked, where that differs.
    """

    def __init__(self, sql: str, for_mysql: str | None = None) -> None:
        self.sql = sql
        self.for_mysql = _PARAMETER.sub(r"%(\1)s", for_mysql or sql)

    def rows(self, connection: Connection, **given: Given) -> Sequence[tuple[Any, ...]]:
        """Return all rows, as they are stored."""
        cursor = self._run(connection, given)
        try:
            return cast("Sequence[tuple[Any, ...]]", cursor.fetchall())
        finally:
            cursor.close()

    def row(self, connection: Connection, **given: Given) -> tuple[Any, ...] | None:
        """Return the first row, or None."""
        found = self.rows(connection, **given)
        return found[0] if found else None

    def write(self, connection: Connection, **given: Given) -> int:
        """Change what the statement says; return how many rows."""
        cursor = self._run(connection, given)
        changed: int = cursor.rowcount
        cursor.close()
        return changed

    def _run(self, connection: Connection, given: Mapping[str, Given]) -> DBAPICursor:
        dialect = connection.dialect
        cursor = connection.connection.cursor()
        try:
            cursor.execute(self.sql if dialect.name == "sqlite" else self.for_mysql, given)
        except dialect.loaded_dbapi.Error as error:
            cursor.close()
            # Of the kind that SQLAlchemy would raise; what was to be stored is not in it.
            kind = dialect.loaded_dbapi.Error
            raise DBAPIError.instance(self.sql, None, error, kind, hide_parameters=True) from error
        return cursor


class OfMany:
    """A SELECT of the rows of many keys as text: fixed values are written `?`, the keys `{keys}`."""

    def __init__(self, sql: str, lock: str = "") -> None:
        self._sql = sql
        self._for_mysql = sql.replace("?", "%s") + lock

    def rows(self, connection: Connection, fixed: Sequence[Any], keys: Sequence[Any]) -> Sequence[tuple[Any, ...]]:
        """Return the rows as they are stored; on MySQL with the lock. Raises sqlalchemy.exc.DBAPIError."""
        found: list[tuple[Any, ...]] = []
        is_sqlite = connection.dialect.name == "sqlite"
        for start in range(0, len(keys), _KEYS_AT_ONCE):
            some = keys[start : start + _KEYS_AT_ONCE]
            marks = ", ".join(("?" if is_sqlite else "%s") for _ in some)
            sql = (self._sql if is_sqlite else self._for_mysql).replace("{keys}", marks)
            found += [tuple(row) for row in connection.exec_driver_sql(sql, (*fixed, *some))]
        return found


class NewRows:
    """An INSERT of many rows as text: what stands before VALUES, how many values a row has, and what stands behind.

    Fifty rows go into one statement: half of what SQLite spends on a small row is for beginning and ending another.
    """

    def __init__(self, sql: str, width: int, end: str = "") -> None:
        row = f"({', '.join('?' * width)})"
        self._one = ManyRows(f"{sql} VALUES {row} {end}")
        self._many = ManyRows(f"{sql} VALUES {', '.join([row] * _ROWS_AT_ONCE)} {end}")

    def run(self, connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert the rows, none where there are none. Raises sqlalchemy.exc.DBAPIError."""
        whole = 0
        if connection.dialect.name == "sqlite":  # PyMySQL joins the rows of an INSERT by itself
            whole = len(rows) - len(rows) % _ROWS_AT_ONCE
            lots = (rows[start : start + _ROWS_AT_ONCE] for start in range(0, whole, _ROWS_AT_ONCE))
            self._many.run(connection, [tuple(chain.from_iterable(lot)) for lot in lots])
        self._one.run(connection, rows[whole:])


class ManyRows:
    """An INSERT, UPDATE or DELETE as text, run once for each of many rows; their values are written `?`."""

    def __init__(self, sql: str) -> None:
        self._sql = sql
        self._for_mysql = sql.replace("?", "%s")

    def run(self, connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Run it for each of the rows, for none where there are none. Raises sqlalchemy.exc.DBAPIError."""
        if rows:
            sql = self._sql if connection.dialect.name == "sqlite" else self._for_mysql
            connection.exec_driver_sql(sql, list(rows))
