"""A client that asks ranges over connections that stay open, and costs little itself; and what its servers cost.

Requests are sent as they are written and bodies counted, not kept: on few cores a client that makes an object of each
answer would be most of what is measured.
"""

import os
import random
import socket
import statistics
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

RANGE_BYTES = 65_536
_BUFFER_BYTES = 1 << 18
_TICKS_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Way:
    """One way to a file of `size_bytes`: where, with which cookie, how many ranges are worth the wait, who serves it.

    `servers`: the first processes of those that do; their children count as well.
    """

    name: str
    port: int
    path: str
    cookie: str
    size_bytes: int
    ranges: int
    servers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """What so many requests took: all of them in seconds, each until its end and until its first byte, in seconds.

    `cpu_s`: processor time of the servers.
    """

    took_s: float
    each_s: list[float]
    first_s: list[float]
    cpu_s: float


def ask(way: Way, requests: int, *, lines: int, whole: bool = False) -> Asked:
    """Ask for so many ranges at random places, or so often for the whole file, over `lines` connections at once."""
    failed: list[BaseException] = []
    each_s: list[float] = []
    first_s: list[float] = []

    def one(seed: int) -> None:
        places, buffer = random.Random(seed), bytearray(_BUFFER_BYTES)
        try:
            with socket.create_connection(("127.0.0.1", way.port), timeout=120) as line:
                line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for _ in range(requests // lines):
                    start = 0 if whole else places.randrange(way.size_bytes - RANGE_BYTES)
                    stop = way.size_bytes if whole else start + RANGE_BYTES
                    asked_at = time.perf_counter()
                    line.sendall(_request(way, start, stop))
                    first_at = _answer(line, buffer, stop - start, way.name)
                    each_s.append(time.perf_counter() - asked_at)
                    first_s.append(first_at - asked_at)
        except BaseException as error:  # noqa: BLE001  told by the thread that waits
            failed.append(error)

    threads = [threading.Thread(target=one, args=(seed,)) for seed in range(lines)]
    before_s, began_at = cpu_s(way.servers), time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took_s = time.perf_counter() - began_at
    if failed:
        raise failed[0]
    return Asked(took_s, each_s, first_s, cpu_s(way.servers) - before_s)


def _request(way: Way, start: int, stop: int) -> bytes:
    lines = [f"GET {way.path} HTTP/1.1", "Host: 127.0.0.1", f"Range: bytes={start}-{stop - 1}", f"Cookie: {way.cookie}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _answer(line: socket.socket, buffer: bytearray, length: int, name: str) -> float:
    """Take an answer whose body must have this length; return when its first byte was there."""
    view, got = memoryview(buffer), 0
    while (end := buffer.find(b"\r\n\r\n", 0, got)) < 0:
        count = line.recv_into(view[got:])
        if not count:
            raise RuntimeError(f"{name} hung up")
        got += count
    head = bytes(view[:end]).lower()
    if not head.startswith(b"http/1.1 206") or b"content-length: %d" % length not in head:
        raise RuntimeError(f"{name} answered {head[:12].decode()}")
    first_at = time.perf_counter() if got > end + 4 else 0.0
    left = length - (got - end - 4)
    while left:
        count = line.recv_into(view[: min(left, _BUFFER_BYTES)])
        if not count:
            raise RuntimeError(f"{name} hung up")
        first_at = first_at or time.perf_counter()
        left -= count
    return first_at


def cpu_s(roots: Iterable[int]) -> float:
    """Return the processor time that these processes and their living children have used, in seconds."""
    children: dict[int, list[int]] = {}
    used: dict[int, float] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text("ascii", "replace").rpartition(")")[2].split()
        except OSError:
            continue
        pid = int(stat.parent.name)
        children.setdefault(int(fields[1]), []).append(pid)
        used[pid] = (int(fields[11]) + int(fields[12])) / _TICKS_S
    total, waiting = 0.0, list(roots)
    while waiting:
        pid = waiting.pop()
        total += used.get(pid, 0.0)
        waiting += children.get(pid, [])
    return total


def p99_ms(taken_s: Sequence[float]) -> float:
    """Return the 99th of a hundred, in milliseconds."""
    return statistics.quantiles(taken_s, n=100)[98] * 1000
