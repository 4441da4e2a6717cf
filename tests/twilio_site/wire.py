"""The site's end of the line: HTTP/1.1 on loopback, and faults of the line. It knows no Twilio."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler

from tests.kit.loopback import LoopbackServer


@dataclass(frozen=True, slots=True)
class Ask:
    """A request as it came; header names in small letters."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back."""

    status: int
    body: bytes
    content_type: str = "application/json"


Handle = Callable[[Ask], tuple[Answer, str | None]]


class Line:
    """A listening port of loopback."""

    def __init__(self, handle: Handle) -> None:
        self._server = _Server(("127.0.0.1", 0), handle)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})

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


class _Server(LoopbackServer):
    def __init__(self, address: tuple[str, int], handle: Handle) -> None:
        super().__init__(address, _Connection)
        self.handle = handle


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def setup(self) -> None:
        self.server.joined(self.request)
        super().setup()

    def finish(self) -> None:
        try:
            super().finish()
        except OSError:
            self.close_connection = True
        finally:
            self.server.left(self.request)

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer, fault = self.server.handle(Ask(self.command, self.path, headers, body))
        if fault in ("silent", "lose"):
            self.server.keep_silent(self)
        elif fault == "trickle":
            self._trickle(answer)
        elif fault == "cut":
            self._send(answer, most_bytes=len(answer.body) // 2)
            self.close_connection = True
        else:
            self._send(answer)

    do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815

    def _send(self, answer: Answer, most_bytes: int | None = None) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body[:most_bytes])

    def _trickle(self, answer: Answer) -> None:
        self._send(answer, most_bytes=0)
        self.close_connection = True
        try:
            while not self.server.closing.wait(0.01):
                self.wfile.write(b" ")
        except OSError:
            return

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        """Keep still: tests look at the site's own record of what was asked."""
