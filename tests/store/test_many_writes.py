"""A long row of writes carries its own log over, and leaves the connection as it was."""

import sqlite3
from contextlib import closing

from sqlalchemy import insert

from plugin.store.engine import _LOG_PAGES, Store
from plugin.store.tables.delivery import cursors


def _in_file(store: Store) -> int:
    """Return how many rows stand in the database's own file, whatever its log holds."""
    with closing(sqlite3.connect(f"file:{store.engine.url.database}?immutable=1", uri=True)) as connection:
        count: int = connection.execute("SELECT COUNT(*) FROM cursors").fetchone()[0]
        return count


def _write(store: Store, name: str) -> None:
    with store.write() as connection:
        connection.execute(insert(cursors).values(crm=name, cursor="x", moved_at=0))


def test_what_was_written_is_carried_over_when_it_is_asked_for(sqlite_store: Store) -> None:
    with sqlite_store.many_writes() as settle:
        _write(sqlite_store, "a")
        before = _in_file(sqlite_store)
        settle()
        assert (before, _in_file(sqlite_store)) == (0, 1)
    with sqlite_store.read() as connection:
        assert connection.exec_driver_sql("PRAGMA wal_autocheckpoint").scalar_one() == _LOG_PAGES
        assert connection.exec_driver_sql("PRAGMA cache_size").scalar_one() == -2_000


def test_it_is_nothing_special_elsewhere(store: Store) -> None:
    with store.many_writes() as settle:
        _write(store, "a")
        settle()
        _write(store, "b")
