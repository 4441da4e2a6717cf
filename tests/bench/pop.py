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

from plugin.core.times import write_instant
from tests.bench.listeners import Desks
from tests.bench.site import SECRET, BenchSite, free_port, number_of

_WARM_UP = 50
_SENDERS = 8


def post_ringing(line: HTTPConnection, mark: int, extension: str, customer: int) -> None:
    """Post a ringing call whose queue is `mark-<mark>`; raises where the hook does not answer 2xx."""
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
    event = {"specversion": "1.0", "id": native, "source": "bench", "type": "call.ringing", "time": at, "data": data}
    body = json.dumps(event).encode()
    stamp = str(int(time.time()))
    signed = hmac.new(SECRET.encode(), f"{native}.{stamp}.".encode() + body, hashlib.sha256).digest()
    headers = {
        "content-type": "application/json",
        "webhook-id": native,
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

    def close(self) -> None:
        """End the server."""
        self._server.terminate()
        self._server.wait(30)


def measure(desks: int, per_second: float, calls: int) -> dict[str, float]:
    """Return the figures in ms (and posts a second) of the site and of the hello beside it."""
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        hello = Hello(2, 250)
        with BenchSite(Path(folder), operators=desks) as site:
            site.fill(10_000)
            ears = Desks(site.port, site.tokens)

            def ring(line: HTTPConnection, mark: int) -> None:
                post_ringing(line, mark, str(1000 + mark % desks), mark % 10_000)

            began = paced(site.port, calls, per_second, ring)
            deadline = time.monotonic() + 20
            while len(ears.seen) < calls and time.monotonic() < deadline:
                time.sleep(0.05)
            waits = [(ears.seen[mark] - began[mark]) * 1000 for mark in began if mark in ears.seen and mark >= _WARM_UP]
            figures |= {"pop_p50_ms": statistics.median(waits), "pop_p99_ms": percentile(waits, 0.99)}
            figures["pops_not_seen"] = calls - len(ears.seen)
            trips: list[float] = []

            def greet(line: HTTPConnection, _mark: int) -> None:
                at = time.perf_counter()
                post_hello(line)
                trips.append((time.perf_counter() - at) * 1000)

            paced(hello.port, calls, per_second, greet)
            figures |= {"hello_p50_ms": statistics.median(trips), "hello_p99_ms": percentile(trips, 0.99)}
            ears.close()
            rate, took = saturated(site.port, calls, lambda line, mark: ring(line, mark + 10 * calls))
            figures |= {"ingest_per_s": rate, "ingest_p99_ms": percentile(took, 0.99)}
            figures["hello_per_s"], _ = saturated(hello.port, calls, post_hello)
        hello.close()
    return figures


def main() -> None:
    """Print the figures at full size: 200 desks, 100 calls a second."""
    for name, value in measure(desks=200, per_second=100, calls=3000).items():
        sys.stdout.write(f"{name:16} {value:10.1f}\n")


if __name__ == "__main__":
    main()
