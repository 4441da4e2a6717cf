"""A private redis-server on a Unix socket in a temporary folder: the real one, which may be ended and started again."""

import shutil
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType

from tests.kit.processes import wait_for


class PrivateRedis:
    """Started on entry, ended on exit; `url` is where it is."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="rd"))
        self._socket = self._folder / "s"
        self.url = f"unix://{self._socket}"
        self._server: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        words = ["--port", "0", "--unixsocket", str(self._socket), "--save", "", "--dir", str(self._folder)]
        self._server = subprocess.Popen(["redis-server", *words], stdout=subprocess.DEVNULL)
        wait_for(self._socket.exists)

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._server is not None:
            self._server.kill()
            self._server.wait()
            self._server = None
            self._socket.unlink(missing_ok=True)

    def __enter__(self) -> "PrivateRedis":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)
