"""One way into the database: `read()` and `write()`, the same on SQLite and MySQL. No SQL of any subject is here.

SQLite: one connection stays open per thread; every writing transaction is BEGIN IMMEDIATE and queues at a file lock
first, because SQLite's own back-off is unfair (docs/performance.md). Transactions never nest.
"""

import fcntl
import os
import sqlite3
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.pool import NullPool

from plugin.core.errors import Unavailable
from plugin.core.move import Closed
from plugin.store import server, sign

__all__ = ["Clash", "Connection", "Store"]  # services name connections without knowing whose they are

T = TypeVar("T")

_BUSY_TIMEOUT_MS = 10_000
_TRIES = 8
_CLOSED_S = 5
# MySQL: lock wait timeout, deadlock, "record has changed since last read"
_CLASHES = {1205, 1213, 1020}
_CACHE_KB = 2_000
_MANY_WRITES_KB = 32_000
_LOG_PAGES = 4_000  # a sync carries its own over before others would have to
_PRAGMAS = (
    f"PRAGMA wal_autocheckpoint={_LOG_PAGES}",
    "PRAGMA synchronous=FULL",
    f"PRAGMA busy_timeout={_BUSY_TIMEOUT_MS}",
    "PRAGMA foreign_keys=ON",
    "PRAGMA mmap_size=2147418112",  # the most SQLite takes; address space, no memory
    "PRAGMA temp_store=MEMORY",
    # Zeros over whatever is deleted or changed, by everybody and from the first row on: a page that is split keeps a
    # copy of what it gave away, and what is erased in one place would stay in the other (decision 0348).
    "PRAGMA secure_delete=ON",
)


class Clash(Exception):
    """Another writer got in between; the whole transaction is worth running again."""


class _FairLock:
    """A lock across threads and processes of one host, by flock on a file; waiters are served, none starves."""

    def __init__(self, path: Path) -> None:
        self._threads = threading.Lock()
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        weakref.finalize(self, os.close, self._file).atexit = False  # never sooner: a thread may still queue at it

    def __enter__(self) -> None:
        self._threads.acquire()
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX)
        except BaseException:
            self._threads.release()
            raise

    def __exit__(self, *_: object) -> None:
        fcntl.flock(self._file, fcntl.LOCK_UN)
        self._threads.release()


class Store:
    """The database of a site. Built once a process, after any fork.

    `url` is a SQLAlchemy URL: `sqlite:////path/to/denwaban.db` or `mysql+pymysql://user:secret@host/name`.
    """

    def __init__(self, url: str) -> None:
        self.engine = _sqlite_engine(url) if url.startswith("sqlite") else server.engine(url)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        self._warm = server.Warm(self.engine)
        self._warm_reads = server.Warm(self.engine, server.ONE_STATE)
        self._local = threading.local()
        database = self.engine.url.database
        if self.is_sqlite and database:
            _make_private(Path(database))
        self._turn: AbstractContextManager[None] = (
            _FairLock(Path(f"{database}.lock")) if self.is_sqlite and database else nullcontext()
        )
        self._sign = sign.path_of(database) if self.is_sqlite and database else None

    def closed(self) -> Closed | None:
        """Tell why nothing is written here for now, or any more (plugin/store/sign.py); None: it may be written."""
        return sign.closes(self._sign) if self._sign else None

    def sign(self) -> sign.Sign | None:
        """Return the sign that a move has put up beside this database, also one that closes it no longer."""
        return sign.look(self._sign) if self._sign else None

    def read(self) -> AbstractContextManager[Connection]:
        """Give a connection whose reads are one snapshot, of its first statement. Nothing is written through it.

        Within `together`: the one that is open.
        """
        opened: Connection | None = getattr(self._local, "together", None)
        if opened is not None:
            return nullcontext(opened)
        return self._snapshot() if self.is_sqlite else self._reading()

    @contextmanager
    def together(self) -> Iterator[None]:
        """Let all reads of this thread until the end be one, begun and ended once. Within another it adds nothing.

        For a view that several services read parts of: on MySQL the end of each read would be a wait for the server.
        """
        if getattr(self._local, "together", None) is not None:
            yield
            return
        with self.read() as connection:
            self._local.together = connection
            try:
                yield
            finally:
                self._local.together = None

    @contextmanager
    def glance(self) -> Iterator[Connection]:
        """Give a connection for one statement of plugin/store/prepared.py, which is a snapshot by itself.

        On SQLite no transaction is begun and ended around it, which costs more than the statement.
        """
        if not self.is_sqlite or getattr(self._local, "together", None) is not None:
            with self.read() as connection:
                yield connection
            return
        if getattr(self._local, "busy", False):
            raise RuntimeError("a transaction is already open in this thread")
        yield self._own_connection()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give a connection inside one writing transaction: committed at the end, rolled back on any error.

        Raises Unavailable("moving") and Unavailable("moved") where the database is closed.
        """
        if getattr(self._local, "busy", False):
            raise RuntimeError("a transaction is already open in this thread")
        with self._turn:
            if why := self.closed():  # in our turn: nobody who got past this writes once the sign is up
                raise Unavailable(why, retry_after_s=_CLOSED_S)
            with self._transaction() as connection:
                yield connection

    def write_again(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in one writing transaction, anew where another writer got in between; return what it returns.

        For work that writers of several processes may do at once, such as taking the same event: on MySQL two may both
        find nothing and both insert. Raises Unavailable (`retry_after_s`) where the database does not answer, or is
        closed.
        """
        for left in range(_TRIES - 1, -1, -1):
            try:
                with self.write() as connection:
                    return work(connection)
            except (Clash, IntegrityError, OperationalError) as error:
                if not _is_clash(error):
                    raise Unavailable("store", retry_after_s=2) from error
                if not left and isinstance(error, IntegrityError):
                    raise  # nobody was in between: the work itself is wrong
        raise Unavailable("store_busy", retry_after_s=1)

    @contextmanager
    def many_writes(self) -> Iterator[Callable[[], None]]:
        """Make this thread's connection fit for a long row of writes; what it gives is to be called now and then.

        Between two transactions, that is. SQLite writes commits into a log first and carries them over into its file
        later, within some commit, while all other writers wait; called here, it does so while nobody waits.
        """
        raw = self._own_connection().connection.driver_connection if self.is_sqlite else None
        if raw is None:
            yield lambda: None
            return
        for pragma in (f"PRAGMA cache_size=-{_MANY_WRITES_KB}", "PRAGMA wal_autocheckpoint=0"):
            raw.execute(pragma)
        try:
            yield lambda: raw.execute("PRAGMA wal_checkpoint(PASSIVE)").close()
        finally:
            for pragma in (f"PRAGMA cache_size=-{_CACHE_KB}", f"PRAGMA wal_autocheckpoint={_LOG_PAGES}"):
                raw.execute(pragma)

    def log_bytes(self) -> int:
        """Return how long SQLite's log of writes is; 0 where it has none, or was cut."""
        with suppress(FileNotFoundError):
            return os.stat(f"{self.engine.url.database}-wal").st_size if self.is_sqlite else 0
        return 0

    def cut_log(self) -> bool:
        """Carry SQLite's log of writes over and cut it to nothing, so that no earlier state stands in it; say if it is.

        False where somebody reads what only it tells: to be tried again. Nobody waits for that; writers wait for as
        long as one commit takes. True elsewhere than on SQLite.
        """
        if not self.is_sqlite:
            return True
        self._begin_alone()
        try:
            raw = cast(sqlite3.Connection, self._own_connection().connection.driver_connection)
            raw.execute("PRAGMA wal_checkpoint(PASSIVE)").close()  # most of it, while others write
            with self._turn:
                raw.execute("PRAGMA busy_timeout=0").close()
                try:
                    [(busy, _, _)] = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
                finally:
                    raw.execute(f"PRAGMA busy_timeout={_BUSY_TIMEOUT_MS}").close()
        finally:
            self._local.busy = False
        return not busy

    @contextmanager
    def _snapshot(self) -> Iterator[Connection]:
        """SQLite's; through all of SQLAlchemy's layers, beginning and ending it cost more than what a ring looks up."""
        self._begin_alone()
        try:
            connection = self._own_connection()
            raw = cast(sqlite3.Connection, connection.connection.driver_connection)
            raw.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.rollback()  # what SQLAlchemy takes for begun, where a statement was its own
                raw.rollback()
        finally:
            self._local.busy = False

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        """MySQL's; the driver begins it with the first statement."""
        self._begin_alone()
        try:
            with self._warm_reads.connection() as connection:
                yield connection
                server.end(connection)
        finally:
            self._local.busy = False

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        self._begin_alone()
        try:
            if self.is_sqlite:
                connection = self._own_connection()
                with connection.begin():
                    yield connection
            else:
                with self._warm.connection() as connection, connection.begin():
                    yield connection
        finally:
            self._local.busy = False

    def _begin_alone(self) -> None:
        if getattr(self._local, "busy", False):
            raise RuntimeError("a transaction is already open in this thread")
        self._local.busy = True

    def _own_connection(self) -> Connection:
        connection: Connection | None = getattr(self._local, "connection", None)
        if connection is None or connection.closed:
            connection = self._local.connection = self.engine.connect()
        return connection

    def leave(self) -> None:
        """Close this thread's connection: for threads that end while others go on."""
        connection: Connection | None = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()

    def close(self) -> None:
        """Close this thread's connection and the pool."""
        self.leave()
        self._warm.close()
        self._warm_reads.close()
        self.engine.dispose()


def _is_clash(error: Exception) -> bool:
    if isinstance(error, DBAPIError) and not isinstance(error, IntegrityError):
        return bool(_CLASHES.intersection(getattr(error.orig, "args", ())))
    return True


def _make_private(path: Path) -> None:
    # SQLite would make it readable to all, whatever folder it lies in; its -wal and -shm take the mode of the file.
    # Never opened where it is there already: closing it again would drop the locks that this process holds on it.
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


def _sqlite_engine(url: str) -> Engine:
    engine = create_engine(url, poolclass=NullPool, connect_args={"check_same_thread": False}, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _prepare(raw: sqlite3.Connection, _record: Any) -> None:
        raw.isolation_level = None  # we say BEGIN ourselves
        for pragma in _PRAGMAS:
            raw.execute(pragma)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        raw = cast(sqlite3.Connection, connection.connection.driver_connection)
        if not raw.in_transaction:  # else a statement of SQLAlchemy's own in a snapshot
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine
