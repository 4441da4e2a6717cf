"""The child that runs sqlite3-to-mysql: reads its orders from standard input, carries data and makes nothing else.

Its defaults are what must not happen (clamped numbers, cut texts, rows left out, tables of its own making), so each is
said. Ends with its parent, also where that is killed.
"""

import ctypes
import json
import os
import signal
import sys
from typing import Any

_PR_SET_PDEATHSIG = 1


def main() -> int:
    """Carry each table of the order; say which one it is at, and at the end `done` or the kind of error."""
    order: dict[str, Any] = json.load(sys.stdin)
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != order["parent"]:
        return 1
    try:
        for one in order["freight"]:
            _say(table=one["table"])
            _carry(order["snapshot"], order["target"], one["table"], one["at_once"])
    except Exception as error:  # noqa: BLE001  whatever it is, its text may hold a row's values
        number = getattr(error, "errno", None)
        _say(failed=" ".join(filter(None, (type(error).__name__, str(number or "")))))
        return 1
    _say(done=True)
    return 0


def _carry(snapshot: str, target: dict[str, Any], table: str, at_once: int) -> None:
    from sqlite3_to_mysql.transporter import SQLite3toMySQL

    SQLite3toMySQL(
        sqlite_file=snapshot,
        sqlite_tables=(table,),
        chunk=at_once,
        mysql_create_tables=False,
        mysql_truncate_tables=False,
        mysql_insert_method="DEFAULT",
        mysql_integer_type="BIGINT",
        mysql_text_type="LONGTEXT",
        mysql_charset="utf8mb4",
        mysql_collation="utf8mb4_bin",
        **target,
    ).transfer()


def _say(**said: object) -> None:
    sys.stdout.write(f"\n@{json.dumps(said)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
