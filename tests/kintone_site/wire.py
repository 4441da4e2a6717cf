"""The site's end of the line: HTTP/1.1 on loopback, a thread for each connection, and faults of the line.

It knows no kintone: it hands each request to one function and sends what comes back.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime

from tests.kintone_site.faults import Act, Fault
from tests.kit.loopback import Ask, Line, LoopbackConnection, LoopbackServer
from tests.kit.watch import heard_ask

LONGEST_URL = 8_192


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back."""

    status: int
    body: bytes
    content_type: str = "application/json;charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


Handle = Callable[[Ask], tuple[Answer, Fault | None]]


def line(handle: Handle, clock: Callable[[], datetime]) -> Line:
    """Return the site's line, which dates its answers by `clock`."""
    return Line(_Server(handle, clock))


class _Server(LoopbackServer):
    def __init__(self, handle: Handle, clock: Callable[[], datetime]) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.handle, self.clock = handle, clock


class _Connection(LoopbackConnection):
    server: _Server

    def _serve(self) -> None:
        ask = self.asked()
        heard_ask("crm", ask.target, ask.headers, ask.body)
        if len(self.path) > LONGEST_URL:
            self._send(Answer(414, b"<h1>Request URL Too Large</h1>", "text/html"))
            return
        answer, fault = self.server.handle(ask)
        if fault and fault.act is Act.LOSE:
            self.server.keep_silent(self)
        elif fault and fault.act is Act.CUT:
            self._send(answer, most_bytes=len(answer.body) // 2)
            self.close_connection = True
        else:
            self._send(answer)

    do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815

    def _send(self, answer: Answer, most_bytes: int | None = None) -> None:
        self.reply(answer.status, answer.body, {"Content-Type": answer.content_type, **answer.headers}, most_bytes)

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Date the answer by the site's own clock."""
        return format_datetime(self.server.clock(), usegmt=True)
