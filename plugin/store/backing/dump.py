"""A MySQL or MariaDB database dumped by the server's own program, and loaded again by its client.

The account's password goes by a private file that is gone with the program, never by an argument: those show in process
lists. What a program says on its way out is not handed on: it may hold a value.
"""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import URL

from plugin.core.errors import OutsideError, SettingError
from plugin.store.engine import Store

_DUMPERS = ("mariadb-dump", "mysqldump")
_CLIENTS = ("mariadb", "mysql")
_DUMP = (  # one snapshot, without a lock; bytes as hex, so that the file is text throughout
    "--single-transaction",
    "--quick",
    "--triggers",
    "--hex-blob",
    "--no-tablespaces",
    "--skip-lock-tables",
    "--default-character-set=utf8mb4",
)
_TRIGGER = b"/*!50003 CREATE*/"
_DEFINER = re.compile(rb"/\*!50017 DEFINER=.*?\*/ ?")  # the account of the old server: only root may name another
_END = b"-- Dump completed"
_END_BYTES = 200


def dump(store: Store, file: Path) -> None:
    """Dump the site's database into the new file; on the disk when this returns.

    Raises SettingError("no_program"), OutsideError("dump").
    """
    program = _program(_DUMPERS)
    url = store.engine.url
    with _options(url) as options, os.fdopen(_new(file), "wb") as out:
        command = [program, f"--defaults-file={options}", *_DUMP, str(url.database)]
        code = subprocess.run(command, stdout=out, stderr=subprocess.DEVNULL, check=False).returncode
        out.flush()
        os.fsync(out.fileno())
    if code or not is_finished(file):
        raise OutsideError("dump", code=code, permanent=False)


def load(store: Store, file: Path) -> None:
    """Load a dump into the database, which has none of its tables. Raises SettingError, OutsideError("load")."""
    program = _program(_CLIENTS)
    url = store.engine.url
    with _options(url) as options, file.open("rb") as given:
        command = [program, f"--defaults-file={options}", "--default-character-set=utf8mb4", str(url.database)]
        client = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        assert client.stdin is not None, "it was asked for"
        with suppress(BrokenPipeError), client.stdin as out:  # it ended, and says so by its code
            for line in given:
                out.write(_DEFINER.sub(b"", line) if line.startswith(_TRIGGER) else line)
        code = client.wait()
    if code:
        raise OutsideError("load", code=code, permanent=False)


def is_finished(file: Path) -> bool:
    """Tell whether a dump has its end."""
    with file.open("rb") as opened:
        opened.seek(max(0, file.stat().st_size - _END_BYTES))
        return _END in opened.read()


def _program(names: tuple[str, ...]) -> str:
    for name in names:
        if found := shutil.which(name):
            return found
    raise SettingError("no_program", setting="PATH", problem=f"{names[0]} is not installed: apt install mariadb-client")


def _new(file: Path) -> int:
    return os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)


@contextmanager
def _options(url: URL) -> Iterator[Path]:
    said = {"user": url.username, "password": url.password, "host": url.host}
    query = {name: value if isinstance(value, str) else value[-1] for name, value in url.query.items()}
    socket = query.get("unix_socket")
    if socket:
        said |= {"socket": socket, "host": None}
    else:
        said |= {"port": str(url.port or 3306), "protocol": "tcp", "ssl-ca": query.get("ssl_ca")}
    lines = [f"{name}={_quoted(str(value))}" for name, value in said.items() if value]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "options"
        with os.fdopen(_new(path), "w") as out:
            out.write("\n".join(["[client]", *lines, ""]))
        yield path


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
