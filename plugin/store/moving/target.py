"""The new database: taken only where it is empty or holds the remains of our own earlier move, filled, and looked at.

While it is being filled a table of its own says whose move it is; no site starts on a database that has it
(plugin/store/schema.py). Refuses to touch anything that it did not put there.
"""

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Table, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError

from plugin.core.errors import Conflict, SettingError, Unavailable
from plugin.core.move import Adder, Finding, Progress, Stage, TableSum, Tell
from plugin.store.engine import Store
from plugin.store.moving.rows import MOVED, VERSION_TABLE, in_lots, select_all, sums_by_column
from plugin.store.moving.shape import faults_of_shape
from plugin.store.schema import MOVE_TABLE, run_steps
from plugin.store.tables import metadata

_OLDEST = {True: (10, 6), False: (8, 0)}  # of MariaDB, of MySQL: the first with SKIP LOCKED
_AWAY_S = 30


def read_url(raw: str) -> str:
    """Return the URL with the driver that we use. Raises SettingError where it names no MySQL or MariaDB database."""
    try:
        url = make_url(raw.strip())
    except ArgumentError:
        raise SettingError("not_mysql", setting="DENWABAN_MOVE_TO") from None  # its text would hold the password
    if url.get_backend_name() not in ("mysql", "mariadb") or not url.database:
        raise SettingError("not_mysql", setting="DENWABAN_MOVE_TO")
    if importlib.util.find_spec("pymysql") is None:
        raise SettingError("not_installed", setting="denwaban[mysql]")
    return url.set(drivername="mysql+pymysql").render_as_string(hide_password=False)


class Target:
    """The MySQL or MariaDB database behind `store`; `site` names the site that moves, the same at each try."""

    def __init__(self, store: Store, site: str) -> None:
        self.store = store
        self._site = site

    @property
    def name(self) -> str:
        """Host and database, without account and password."""
        url = self.store.engine.url
        return f"{url.host or 'localhost'}/{url.database}"

    def look(self) -> None:
        """Raise Conflict("target_too_old") or Conflict("target_not_empty") where the site
        cannot be moved here, and Unavailable("target") where it does not answer.
        """
        with self._connected() as connection:
            is_mariadb = bool(getattr(connection.dialect, "is_mariadb", False))
            if (connection.dialect.server_version_info or ()) < _OLDEST[is_mariadb]:
                raise Conflict("target_too_old")
            names = set(inspect(connection).get_table_names())
            strange = names - {*metadata.tables, VERSION_TABLE, MOVE_TABLE}
        if names and (strange or not self.is_ours()):
            raise Conflict("target_not_empty")

    def is_ours(self) -> bool:
        """Tell whether a move of this site was begun here and is not whole."""
        with self._connected() as connection:
            if not inspect(connection).has_table(MOVE_TABLE):
                return False
            return connection.scalar(text(f"SELECT site FROM {MOVE_TABLE}")) in (None, self._site)  # noqa: S608

    def longest_packet_bytes(self) -> int:
        """Return how big one row may be on its way to the server."""
        with self._connected() as connection:
            return int(connection.scalar(text("SELECT @@max_allowed_packet")) or 0)

    def clear(self) -> None:
        """Drop what an earlier try left; from here on no site starts here until `release`."""
        with self._connected() as connection:
            connection.execute(text("SET SESSION foreign_key_checks = 0"))
            if inspect(connection).has_table(MOVE_TABLE):
                for name in (*metadata.tables, VERSION_TABLE):
                    connection.execute(text(f"DROP TABLE IF EXISTS {name}"))
                connection.execute(text(f"DROP TABLE {MOVE_TABLE}"))
            connection.execute(text(f"CREATE TABLE {MOVE_TABLE} (site VARCHAR(64) PRIMARY KEY) ENGINE=InnoDB"))
            connection.execute(text(f"INSERT INTO {MOVE_TABLE} VALUES (:site)"), {"site": self._site})  # noqa: S608
            connection.commit()

    def prepare(self) -> None:
        """Drop what an earlier try left, and make our tables by the same steps as any site's, without rows."""
        self.clear()
        run_steps(self.store)
        with self._connected() as connection:
            for table in MOVED:
                if connection.execute(text(f"SELECT 1 FROM {table.name} LIMIT 1")).first():  # noqa: S608
                    connection.execute(text(f"DELETE FROM {table.name}"))  # noqa: S608  rows that a step brings along
            connection.commit()

    def add_up(self, table: Table, total: int, tell: Tell) -> TableSum:
        """Read every row of a table as it comes, and add them up."""
        adder = Adder()
        with self._streamed(table) as rows:
            for lot in in_lots(table, rows):
                adder.add(lot)
                tell(Progress(Stage.VERIFY, table.name, adder.rows, total))
        return adder.sum()

    def column_sums(self, table: Table) -> dict[str, TableSum]:
        """Return the sum of each column by itself, to tell where two sides differ."""
        with self._streamed(table) as rows:
            return sums_by_column(table, rows)

    def faults_of_shape(self) -> list[Finding]:
        """Return what is not as our own steps make it."""
        with self._connected() as connection:
            return faults_of_shape(connection)

    def release(self) -> None:
        """Let a site start here: the move is whole."""
        with self._connected() as connection:
            connection.execute(text(f"DROP TABLE IF EXISTS {MOVE_TABLE}"))
            connection.commit()

    def close(self) -> None:
        """Close the connections."""
        self.store.close()

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        try:
            connection = self.store.engine.connect()
        except DBAPIError as error:
            raise Unavailable("target", retry_after_s=_AWAY_S) from error
        with connection:
            yield connection

    @contextmanager
    def _streamed(self, table: Table) -> Iterator[Iterator[tuple[Any, ...]]]:
        # A cursor that keeps the rows on the server's side, and hands on what the driver itself makes of each.
        from pymysql.cursors import SSCursor

        with self._connected() as connection:
            driver: Any = connection.connection.driver_connection
            with driver.cursor(SSCursor) as cursor:
                cursor.execute(select_all(table, "`"))
                yield iter(cursor.fetchone, None)
