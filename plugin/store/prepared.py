"""The few statements that every ring of a telephone waits for: run by the database's own driver, inside a transaction.

SQLAlchemy prepares and unpacks each execution anew, which costs more than the database's work on an index look-up
(docs/decisions/0033). Reading only, on the connection and in the snapshot that Store.read() or write() gave; whatever
is not on that path uses SQLAlchemy.
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
