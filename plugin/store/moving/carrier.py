"""Has sqlite3-to-mysql carry the rows, in a process of its own: the library, and its memory, never come in here.

The address with its password goes through a pipe, never on a command line; of what the child says only counts are read,
since its error texts hold values of rows.
"""

import importlib.util
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from sqlalchemy import make_url

from plugin.core.errors import OutsideError, SettingError
from plugin.core.move import Progress, Stage, Tell

_MOST_AT_ONCE = 1000
_LOT_BYTES = 2 * 1024 * 1024
_READ_BYTES = 65_536
# The library shows its progress by tqdm, which takes its form from the environment: chunks done of chunks to do.
_ENVIRONMENT = {"TQDM_BAR_FORMAT": "{n}/{total}", "TQDM_MININTERVAL": "0.2"}
_COUNT = re.compile(r"(\d+)/\d+")


@dataclass(frozen=True, slots=True)
class Freight:
    """A table to be carried: how many rows it has, and how big the widest is."""

    table: str
    rows: int
    widest_bytes: int

    @property
    def at_once(self) -> int:
        """How many rows are read at a time: few where they are wide."""
        return max(1, min(_MOST_AT_ONCE, _LOT_BYTES // max(1, self.widest_bytes)))


class ToolCarrier:
    """Carries to the database at `url`, whose tables are there and empty."""

    def __init__(self, url: str) -> None:
        self._url = make_url(url)

    def check(self) -> None:
        """Raise SettingError("not_installed") where the library is missing."""
        if importlib.util.find_spec("sqlite3_to_mysql") is None:
            raise SettingError("not_installed", setting="denwaban[move]")

    def carry(self, snapshot: Path, freight: Sequence[Freight], tell: Tell) -> None:
        """Carry the tables. Raises OutsideError("move_tool"), `where` and `what` being the table and kind of error."""
        job = {
            "parent": os.getpid(),
            "snapshot": str(snapshot),
            "target": self._place(),
            "freight": [{"table": one.table, "at_once": one.at_once} for one in freight if one.rows],
        }
        child = subprocess.Popen(
            [sys.executable, "-m", "plugin.store.moving.tool"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=os.environ | _ENVIRONMENT,
        )
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            child.stdin.write(json.dumps(job).encode())
            child.stdin.close()
            _follow(child.stdout, {one.table: one for one in freight}, tell)
            if child.wait():
                raise OutsideError("move_tool", permanent=False, what="ended")
        finally:
            child.kill()
            child.wait()
            child.stdout.close()

    def _place(self) -> dict[str, Any]:
        query = self._url.query
        return {
            "mysql_host": self._url.host or "localhost",
            "mysql_port": self._url.port,
            "mysql_user": self._url.username or "",
            "mysql_password": self._url.password,
            "mysql_database": self._url.database,
            "mysql_socket": query.get("unix_socket"),
            **{f"mysql_{name}": query.get(name) for name in ("ssl_ca", "ssl_cert", "ssl_key")},
        }


def _follow(said: IO[bytes], freight: dict[str, Freight], tell: Tell) -> None:
    now: Freight | None = None
    for line in _lines(said):
        if line.startswith("@"):
            told = json.loads(line[1:])
            if now is not None:
                tell(Progress(Stage.MOVE, now.table, now.rows, now.rows))
            if "failed" in told:
                raise OutsideError("move_tool", permanent=False, where=now.table if now else "", what=told["failed"])
            now = freight.get(told.get("table", ""))
        elif now is not None and (count := _COUNT.fullmatch(line.strip())):
            tell(Progress(Stage.MOVE, now.table, min(int(count[1]) * now.at_once, now.rows), now.rows))


def _lines(said: IO[bytes]) -> Iterator[str]:
    rest = b""
    while got := os.read(said.fileno(), _READ_BYTES):
        *whole, rest = re.split(rb"[\r\n]", rest + got)
        yield from (line.decode("utf-8", "replace") for line in whole)
    yield rest.decode("utf-8", "replace")
