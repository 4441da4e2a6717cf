"""Tells an outage of the database, which passes or can be mended outside, and a lost race from a defect of ours."""

import sqlite3

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

# Result codes of SQLite: busy, locked, read-only, I/O error, full, cannot open (sqlite.org/rescode.html).
_SQLITE = {5, 6, 8, 10, 13, 14}
# MySQL and MariaDB: too many connections, lock wait, deadlock, read-only, cannot connect, gone, lost in between.
_MYSQL = {1040, 1205, 1213, 1290, 2002, 2003, 2006, 2013}

# The same: a row that was changed, put beside ours under the same key, or taken away from under ours, a moment ago.
_LOST = {1020, 1062, 1452}


def is_race(error: BaseException) -> bool:
    """Tell whether `error` says that another writer was faster; SQLite's writers wait in turn and are never."""
    orig = error.orig if isinstance(error, DBAPIError) else error
    return orig is not None and _is_of_mysql(orig, _LOST)


def is_outage(error: BaseException) -> bool:
    """Tell whether `error` says that the database is away, full, locked or read-only."""
    if isinstance(error, NoConnectionFree):  # every connection of the pool is in use
        return True
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or (error.orig is not None and is_outage(error.orig))
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", 0) & 0xFF in _SQLITE
    return _is_of_mysql(error, _MYSQL)


def _is_of_mysql(error: BaseException, codes: set[int]) -> bool:
    is_driver = type(error).__module__.startswith("pymysql")
    return is_driver and bool(codes.intersection(code for code in error.args if isinstance(code, int)))
