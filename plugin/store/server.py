"""Connections to MySQL and MariaDB: how one is opened, when it is asked if it lives, and who takes it next.

What costs is waiting for the server, and what SQLAlchemy does each time that a connection leaves its pool or comes
back. So a connection whose last transaction went well is kept at hand, without either, for a second (decisions 284,
335), those of reads apart: what a read sees is one state of the database, what a write sees the newest (decision 352).
Knows no statement of any subject.
"""

import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InvalidatePoolError
from sqlalchemy.pool import PoolResetState

_NEW, _ENDED, _SEES = "new", "ended", "sees"  # just opened; nothing is open on it; it sees what a write must not
ONE_STATE, THE_NEWEST = "REPEATABLE READ", "READ COMMITTED"
_SET = "SET SESSION TRANSACTION ISOLATION LEVEL {}"
_SOUND_FOR_S = 1.0  # no server is gone and back sooner
_MOST_WARM = 16
_FROZEN_S = 10  # nobody waits so long between two statements of one transaction


class Warm:
    """Connections of an engine's pool; those that were in use within the last second are at hand outside of it.

    `sees`: what each statement of a transaction does, ONE_STATE from the first one on, or THE_NEWEST.
    """

    def __init__(self, pool: Engine, sees: str = THE_NEWEST) -> None:
        self._pool = pool
        self._sees = sees
        self._idle: deque[tuple[Connection, float]] = deque()  # the newest last

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """Give a connection on which nothing is open, to somebody who leaves nothing open on it.

        Where anything is raised, the pool ends what is open and asks the connection before it gives it out again.
        """
        connection = self._take()
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        if connection.invalidated:
            connection.close()
            return
        self._idle.append((connection, time.monotonic() + _SOUND_FOR_S))
        while len(self._idle) > _MOST_WARM:
            self._give_back()

    def _take(self) -> Connection:
        try:
            connection, sound_until = self._idle.pop()
        except IndexError:
            return self._fetch()
        if time.monotonic() < sound_until:
            return connection
        self._idle.append((connection, sound_until))  # and all others are older
        self.close()
        return self._fetch()

    def _fetch(self) -> Connection:
        connection = self._pool.connect()
        if self._sees == ONE_STATE:
            connection.info[_SEES] = True
            try:
                connection.exec_driver_sql(_SET.format(ONE_STATE))
                connection.rollback()
            except BaseException:
                connection.close()
                raise
        return connection

    def _give_back(self) -> None:
        try:
            connection, _ = self._idle.popleft()
        except IndexError:  # another thread took it
            return
        connection.info[_ENDED] = True
        connection.close()

    def close(self) -> None:
        """Give all connections back to the pool."""
        while self._idle:
            self._give_back()


def end(connection: Connection) -> None:
    """End what was read, by one ROLLBACK. Where the connection is cut off by then, what was read stands."""
    try:
        if connection.in_transaction():  # SQLAlchemy ran a statement of its own
            connection.rollback()
        else:
            connection.connection.rollback()
    except (DBAPIError, connection.dialect.loaded_dbapi.Error):
        connection.invalidate()


def engine(url: str) -> Engine:
    """Return the engine of `url`, with a pool of sixteen connections that may grow to 64."""
    address = make_url(url).update_query_dict({"charset": "utf8mb4"})
    # Nobody can listen in at a socket of this host; getting ready for TLS would cost each connection 20 ms.
    open_talk = "unix_socket" in address.query and not any(name.startswith("ssl") for name in address.query)
    made = create_engine(
        address,
        connect_args={"ssl_disabled": True} if open_talk else {},
        pool_size=16,
        max_overflow=48,
        pool_recycle=1800,
        pool_reset_on_return=None,  # _end does, where there is anything to end
        isolation_level=THE_NEWEST,
        hide_parameters=True,  # its errors would tell what was to be stored: names, numbers
    )
    driver = made.dialect.loaded_dbapi

    @event.listens_for(made, "connect")
    def _prepare(raw: Any, record: Any) -> None:
        record.info[_NEW] = True
        with raw.cursor() as cursor:
            cursor.execute("SET SESSION sql_mode='STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', time_zone='+00:00'")
            if "MariaDB" in raw.get_server_info():  # a frozen process must not keep its locks for good; MySQL cannot
                cursor.execute(f"SET SESSION idle_transaction_timeout={_FROZEN_S}")

    @event.listens_for(made, "reset")
    def _end(raw: Any, record: Any, state: PoolResetState) -> None:
        if not (record.info.pop(_ENDED, False) or state.transaction_was_reset):  # a second one is a wait for nothing
            raw.rollback()

    @event.listens_for(made, "checkout")
    def _ask(raw: Any, record: Any, _fairy: Any) -> None:
        if record.info.pop(_NEW, False):
            return
        try:
            raw.ping(reconnect=False)
            if record.info.pop(_SEES, False):
                with raw.cursor() as cursor:
                    cursor.execute(_SET.format(THE_NEWEST))
        except driver.Error as error:
            raise InvalidatePoolError from error  # this and all that were opened before are opened anew

    return made
