"""The few statements that every ring of a telephone waits for, and those that write a million rows: run by the
database's own driver, inside a transaction.

SQLAlchemy prepares and unpacks each execution anew, which costs more than the database's work on an index look-up or on
a row (docs/decisions/0033, 0120). On the connection and in the snapshot that Store.read() or write() gave; whatever is
not on those paths uses SQLAlchemy.
"""

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

_PARAMETER = re.compile(r":([a-z0-9_]+)")


class Prepared:
    """A SELECT as text; its parameters are written `:name`."""

    def __init__(self, sql: str) -> None:
        self.sql = sql
        self._for_mysql = _PARAMETER.sub(r"%(\1)s", sql)

    def rows(self, connection: Connection, **given: str | int) -> Sequence[tuple[Any, ...]]:
        """Return all rows, as they are stored. Raises sqlalchemy.exc.DBAPIError, as any other statement does."""
        cursor = connection.connection.cursor()
        try:
            cursor.execute(self.sql if connection.dialect.name == "sqlite" else self._for_mysql, given)
            return cursor.fetchall()
        except connection.dialect.loaded_dbapi.Error as error:
            raise DBAPIError(self.sql, None, error) from error
        finally:
            cursor.close()


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
