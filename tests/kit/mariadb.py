"""A private mariadbd on a Unix socket in a temporary folder: the real server, alone for one test run."""

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

import pymysql

from tests.kit.memory import memory


def _system_tables() -> bytes:
    # What mariadb-install-db feeds the server; that script itself needs the client's package.
    share = Path("/usr/share/mysql")
    parts = [(share / f"mysql_system_tables{part}.sql").read_bytes() for part in ("", "_data")]
    return b"create database mysql;\nuse mysql;\n" + b"\n".join(parts)


class PrivateMariadb:
    """Started on entry, ended on exit. `new_database()` gives a URL to an empty database of its own."""

    def __init__(self) -> None:
        self._count = 0

    def __enter__(self) -> "PrivateMariadb":
        self.folder = Path(tempfile.mkdtemp(prefix="db", dir=memory()))
        self.socket = self.folder / "s"
        who = ["--user=root"] if os.getuid() == 0 else []
        # A temporary folder of its own too: a server that starts sweeps away what others have in a shared one.
        files = ["--no-defaults", f"--datadir={self.folder / 'data'}", f"--tmpdir={self.folder / 'tmp'}", *who]
        for name in ("data", "tmp"):
            (self.folder / name).mkdir()
        subprocess.run(
            ["/usr/sbin/mariadbd", *files, "--bootstrap"], input=_system_tables(), check=True, capture_output=True
        )
        light = ["--skip-networking", "--innodb-buffer-pool-size=64M", "--innodb-flush-log-at-trx-commit=2"]
        with (self.folder / "log").open("wb") as log:
            self._server = subprocess.Popen(
                ["/usr/sbin/mariadbd", *files, *light, f"--socket={self.socket}"], stdout=log, stderr=log
            )
        self._wait()
        return self

    def _wait(self) -> None:
        deadline = time.monotonic() + 60
        while not self.socket.exists():  # made once the server is ready for clients
            if time.monotonic() > deadline or self._server.poll() is not None:
                raise RuntimeError((self.folder / "log").read_text("utf-8")[-2000:])
            time.sleep(0.05)

    def _connect(self) -> "pymysql.Connection[pymysql.cursors.Cursor]":
        return pymysql.connect(unix_socket=str(self.socket), user="root", ssl_disabled=True)

    def new_database(self, password: str = "") -> str:
        """Create an empty database and return its SQLAlchemy URL; with `password`, as nobody on another server."""
        self._count += 1
        name = f"test{self._count}"
        with self._connect() as connection, connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
            if password:
                cursor.execute(f"CREATE USER {name}_{self.folder.name}@localhost IDENTIFIED BY %s", (password,))
                cursor.execute(f"GRANT ALL ON {name}.* TO {name}_{self.folder.name}@localhost")
        account = f"{name}_{self.folder.name}:{quote(password, safe='')}" if password else "root"
        return f"mysql+pymysql://{account}@localhost/{name}?unix_socket={self.socket}"

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.terminate()
        self._server.wait(30)
        shutil.rmtree(self.folder, ignore_errors=True)
