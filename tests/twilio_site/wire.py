"""The site's end of the line: HTTP/1.1 on loopback, and faults of the line. It knows no Twilio."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote_plus

from tests.kit.canary import Kind
from tests.kit.loopback import Ask, Line, LoopbackConnection, LoopbackServer
from tests.kit.watch import heard_ask, know

_CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back."""

    status: int
    body: bytes
    content_type: str = "application/json"


Handle = Callable[[Ask], tuple[Answer, str | None]]


def line(handle: Handle) -> Line:
    """Return the site's line."""
    return Line(_Server(handle))


class _Server(LoopbackServer):
    def __init__(self, handle: Handle) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.handle = handle


class _Connection(LoopbackConnection):
    server: _Server

    def _serve(self) -> None:
        ask = self.asked()
        heard_ask("carrier", ask.target, ask.headers, ask.body)
        know(Kind.CODE, *_CODE.findall(unquote_plus(ask.body.decode("utf-8", "replace"))))
        answer, fault = self.server.handle(ask)
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
        self.reply(answer.status, answer.body, {"Content-Type": answer.content_type}, most_bytes)

    def _trickle(self, answer: Answer) -> None:
        self._send(answer, most_bytes=0)
        self.close_connection = True
        try:
            while not self.server.closing.wait(0.01):
                self.wfile.write(b" ")
        except OSError:
            return
