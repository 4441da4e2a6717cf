"""A copy of a SQLite database, opened to be read alone: nothing beside it is made, and nothing in it can be changed."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, create_engine, inspect
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import StaticPool

from plugin.core.errors import InputError

_TABLES = {"audit_lines", "audit_head", "audit_remarks"}


class Copy:
    """The copy at `path`. Raises InputError("database") where no site's audit can be read there.

    Where a log (`-wal`) lies beside it, what stands there counts too; SQLite then needs to write beside it.
    """

    def __init__(self, path: Path) -> None:
        log = path.with_name(f"{path.name}-wal")
        has_log = log.is_file() and log.stat().st_size > 0
        uri = f"file:{quote(str(path.absolute()))}?mode=ro" + ("" if has_log else "&immutable=1")
        self._engine = create_engine(
            "sqlite://",
            creator=lambda: sqlite3.connect(uri, uri=True, check_same_thread=False),
            poolclass=StaticPool,
            hide_parameters=True,
        )
        try:
            with self._engine.connect() as connection:
                missing = _TABLES - set(inspect(connection).get_table_names())
        except (SQLAlchemyError, sqlite3.Error) as error:
            raise InputError("database") from error
        if missing:
            raise InputError("database")

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection that nothing is written through."""
        with self._engine.connect() as connection:
            yield connection

    def close(self) -> None:
        """Close it."""
        self._engine.dispose()
