"""Post → event at listening desks, beside a bare Flask hello under the same server, and posts a second of both.

The mark that is looked for in the stream is the queue's name, which the pop shows: it is unique to each call.
"""

import base64
import hashlib
import hmac
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from types import TracebackType

from plugin.core.times import write_instant
from tests.bench import Row
from tests.bench.listeners import Desks
from tests.bench.site import SECRET, BenchSite, free_port, number_of

_WARM_UP = 50
_SENDERS = 8
_WORKERS, _THREADS = 2, 250
_CUSTOMERS = 10_000
_LATEST_S = 20


def post_ringing(line: HTTPConnection, mark: int, extension: str, customer: int) -> None:
    """Post a ringing call whose queue is `mark-<mark>`; raises where the hook does not answer 2xx."""
    post_event(line, mark, "call.ringing", extension, customer)


def post_event(line: HTTPConnection, mark: int, kind: str, extension: str, customer: int) -> None:
    """Post an event of this type of the call whose queue is `mark-<mark>`, as above."""
    native = f"bench-{mark}"
    at = write_instant(datetime.now(UTC))
    data = {
        "source_call_ids": [native],
        "direction": "inbound",
        "customer_number": number_of(customer),
        "our_number": "0120000111",
        "queue": f"mark-{mark}",
        "leg_id": native,
        "agent": {"extension": extension},
        "occurred_at": at,
    }
    name = f"{native}/{kind}"
    event = {"specversion": "1.0", "id": name, "source": "bench", "type": kind, "time": at, "data": data}
    body = json.dumps(event).encode()
    stamp = str(int(time.time()))
    signed = hmac.new(SECRET.encode(), f"{name}.{stamp}.".encode() + body, hashlib.sha256).digest()
    headers = {
        "content-type": "application/json",
        "webhook-id": name,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{base64.b64encode(signed).decode()}",
    }
    line.request("POST", "/hooks/bench", body, headers)
    answer = line.getresponse()
    answer.read()
    if answer.status >= 300:
        raise RuntimeError(f"hook answered {answer.status}")


def post_hello(line: HTTPConnection, *_: object) -> None:
    """Post to the bare Flask application."""
    line.request("POST", "/", b"{}", {"content-type": "application/json"})
    line.getresponse().read()


def paced(port: int, count: int, per_second: float, act: Callable[[HTTPConnection, int], None]) -> dict[int, float]:
    """Do `act` `count` times at an even pace over a few connections; return when each began, in seconds."""
    began: dict[int, float] = {}
    turn = iter(range(count))
    lock = threading.Lock()
    start = time.perf_counter()

    def send() -> None:
        line = HTTPConnection("127.0.0.1", port, timeout=30)
        line.connect()
        while True:
            with lock:
                mark = next(turn, None)
            if mark is None:
                return
            time.sleep(max(0.0, start + mark / per_second - time.perf_counter()))
            began[mark] = time.perf_counter()
            act(line, mark)

    senders = [threading.Thread(target=send) for _ in range(_SENDERS)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    return began


def saturated(port: int, count: int, act: Callable[[HTTPConnection, int], None]) -> tuple[float, list[float]]:
    """Do `act` `count` times as fast as it goes; return how many a second, and how long each took in ms."""
    took: list[float] = []

    def timed(line: HTTPConnection, mark: int) -> None:
        at = time.perf_counter()
        act(line, mark)
        took.append((time.perf_counter() - at) * 1000)

    at = time.perf_counter()
    paced(port, count, 1e9, timed)
    return count / (time.perf_counter() - at), took


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which `share` of `values` lie."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


class Hello:
    """A bare Flask application under gunicorn with the same workers and threads."""

    def __init__(self, workers: int, threads: int) -> None:
        self.port = free_port()
        bind = ["--keep-alive", "75", "-b", f"127.0.0.1:{self.port}", "--log-level", "error"]
        size = ["-k", "gthread", "-w", str(workers), "--threads", str(threads)]
        self._server = subprocess.Popen([sys.executable, "-m", "gunicorn", *size, *bind, "tests.bench.hello:app"])
        while True:
            try:
                line = HTTPConnection("127.0.0.1", self.port, timeout=2)
                post_hello(line)
                return
            except OSError:
                time.sleep(0.1)

    def __enter__(self) -> "Hello":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.terminate()
        self._server.wait(30)


def rows(sizes: tuple[int, ...]) -> list[Row]:
    """Measure with `sizes[0]` listening desks at `sizes[1]` calls a second, and `sizes[2]` calls in all."""
    desks, per_second, calls = sizes
    with (
        tempfile.TemporaryDirectory() as folder,
        Hello(_WORKERS, _THREADS) as hello,
        BenchSite(Path(folder), operators=desks, workers=_WORKERS, threads=_THREADS) as site,
    ):
        site.fill(_CUSTOMERS)
        return [*_pops(site, hello, desks, per_second, calls), *_posts(site, hello, desks, calls)]


def _pops(site: BenchSite, hello: Hello, desks: int, per_second: int, calls: int) -> list[Row]:
    ears = Desks(site.port, site.tokens)
    began = paced(site.port, calls, per_second, lambda line, mark: _ring(line, mark, desks))
    deadline = time.monotonic() + _LATEST_S
    while len(ears.seen) < calls and time.monotonic() < deadline:
        time.sleep(0.05)
    ears.close()
    waits = [(ears.seen[mark] - began[mark]) * 1000 for mark in began if mark in ears.seen and mark >= _WARM_UP]
    trips: list[float] = []

    def greet(line: HTTPConnection, _mark: int) -> None:
        at = time.perf_counter()
        post_hello(line)
        trips.append((time.perf_counter() - at) * 1000)

    paced(hello.port, calls, per_second, greet)
    return [
        _row("post to event at the desk", waits, trips) | {"not seen": calls - len(ears.seen)},
        _row("bare Flask hello", trips, trips),
    ]


def _row(what: str, waits: list[float], baseline: list[float]) -> Row:
    p50, p99 = statistics.median(waits), percentile(waits, 0.99)
    return {
        "what": what,
        "p50 ms": p50,
        "p99 ms": p99,
        "p50 / hello": p50 / statistics.median(baseline),
        "p99 / hello": p99 / percentile(baseline, 0.99),
    }


def _posts(site: BenchSite, hello: Hello, desks: int, calls: int) -> list[Row]:
    ours, took = saturated(site.port, calls, lambda line, mark: _ring(line, mark + 10 * calls, desks))
    bare, bare_took = saturated(hello.port, calls, post_hello)
    return [
        {"what": "signed webhook, saturated", "per s": ours, "p99 ms": percentile(took, 0.99), "/ hello": ours / bare},
        {"what": "bare Flask hello, saturated", "per s": bare, "p99 ms": percentile(bare_took, 0.99), "/ hello": 1.0},
    ]


def _ring(line: HTTPConnection, mark: int, desks: int) -> None:
    post_ringing(line, mark, str(1000 + mark % desks), mark % _CUSTOMERS)
