"""What stand-ins of outside systems share: a server on loopback that can hang up on everybody, and keep still.

It knows nothing of what is asked; each stand-in has its own wire on top.
"""

import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self


class LoopbackServer(ThreadingHTTPServer):
    """A thread for each connection; `closing` is set once it hangs up."""

    request_queue_size = 128
    daemon_threads = False
    block_on_close = True

    def __init__(self, address: tuple[str, int], connection: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(address, connection)
        self.closing = threading.Event()
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()

    def joined(self, connection: socket.socket) -> None:
        """Count a connection in."""
        with self._lock:
            self._open.add(connection)

    def left(self, connection: socket.socket) -> None:
        """Count it out again."""
        with self._lock:
            self._open.discard(connection)

    def hang_up(self) -> None:
        """End every connection, also those whose answer is being kept back."""
        self.closing.set()
        with self._lock:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue

    def keep_silent(self, connection: BaseHTTPRequestHandler) -> None:
        """Wait until the client gives up; then nothing is left to send."""
        connection.close_connection = True
        connection.request.settimeout(0.05)
        while not self.closing.is_set():
            try:
                if connection.request.recv(1) == b"":
                    return
            except TimeoutError:
                continue
            except OSError:
                return

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a client that went away; its test sees it on its own side."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A request as it came; header names in small letters."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


class LoopbackConnection(BaseHTTPRequestHandler):
    """HTTP/1.1 with one client, counted in and out."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: LoopbackServer

    def setup(self) -> None:
        """Begin."""
        self.server.joined(self.request)
        super().setup()

    def finish(self) -> None:
        """End, also where the client went away."""
        try:
            super().finish()
        except OSError:
            self.close_connection = True
        finally:
            self.server.left(self.request)

    def asked(self) -> Ask:
        """Read the request."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        return Ask(self.command, self.path, {name.lower(): value for name, value in self.headers.items()}, body)

    def reply(self, status: int, body: bytes, headers: Mapping[str, str], most_bytes: int | None = None) -> None:
        """Send an answer; `most_bytes`: only so much of its body, whatever its head promises."""
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body[:most_bytes])

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        """Keep still: tests look at the stand-in's own record of what was asked."""


class OnLine:
    """A stand-in that answers while its block is open: `with KintoneSite(clock) as site:`."""

    _line: "Line"

    def __enter__(self) -> Self:
        self._line.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Answer no more."""
        self._line.stop()


class Line:
    """A listening port of loopback, answered by `server` from `start` to `stop`."""

    def __init__(self, server: LoopbackServer) -> None:
        self._server = server
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        self._thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})

    def start(self) -> None:
        """Answer from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Hang up and answer no more; a second time does nothing."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
            self._server.hang_up()
            self._server.server_close()
