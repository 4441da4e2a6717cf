"""What the watch sees of a MariaDB that tests use: every change of a page, as the server's redo log holds it.

InnoDB writes each change of each page of a table into that log before the page itself, so that what no test's part of
the log holds stands in no page either. Read by the log's own count of bytes: a test costs what it wrote.
"""

import struct
from pathlib import Path
from typing import Any

import pymysql

from tests.kit.watch import Watch

_FIRST_BYTE = 0x3000  # where the log begins to go round, in the format of MariaDB 10.8 and later
_AT_FIRST_LSN = 8


class RedoLog:
    """The redo log of one private server."""

    def __init__(self, socket: str) -> None:
        self._file = Path(socket).parent / "data" / "ib_logfile0"
        self._line = pymysql.connect(unix_socket=socket, user="root", autocommit=True, ssl_disabled=True)
        self._read_to = self._lsn()

    def _lsn(self) -> int:
        with self._line.cursor() as cursor:
            cursor.execute("SHOW GLOBAL STATUS LIKE 'Innodb_lsn_current'")
            row: Any = cursor.fetchone()
            return int(row[1])

    def look(self, watch: Watch) -> None:
        """See what was written since the last look."""
        start, stop = self._read_to, self._lsn()
        with self._file.open("rb") as file:
            (first,) = struct.unpack_from(">Q", file.read(16), _AT_FIRST_LSN)
            size = file.seek(0, 2) - _FIRST_BYTE
            begin, length = (start - first) % size, min(stop - start, size)
            file.seek(_FIRST_BYTE + begin)
            read = file.read(min(length, size - begin))
            file.seek(_FIRST_BYTE)
            watch.see_raw("raw mariadb", read + file.read(length - len(read)))
        self._read_to = stop

    def close(self) -> None:
        """Ask the server no more."""
        self._line.close()


class RedoLogs:
    """The servers that tests of this process have spoken to."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._logs: dict[str, RedoLog] = {}

    def note(self, socket: str) -> None:
        """Know that there is this server; what was written before is not seen."""
        if socket not in self._logs:
            self._logs[socket] = RedoLog(socket)

    def look(self) -> None:
        """See what was written to any of them since the last look."""
        for socket, log in list(self._logs.items()):
            try:
                log.look(self._watch)
            except (OSError, pymysql.Error):  # the server has ended, with its files
                log.close()
                del self._logs[socket]

    def close(self) -> None:
        """Ask none of them any more."""
        for log in self._logs.values():
            log.close()
        self._logs = {}
