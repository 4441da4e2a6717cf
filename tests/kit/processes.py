"""Real processes and ports for tests: a free port, waiting for an answer, and what is still alive."""

import socket
import time
from collections.abc import Callable
from pathlib import Path


def free_port() -> int:
    """Return a port of this machine that nobody listens on at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def wait_for(what: Callable[[], bool], most_s: float = 60.0) -> None:
    """Return as soon as `what` is true; fail after `most_s`."""
    deadline_s = time.monotonic() + most_s
    while not what():
        assert time.monotonic() < deadline_s, "it did not happen in time"
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    """Tell whether the process runs; one that has ended and was not yet waited for does not."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def below(pid: int) -> set[int]:
    """Return the processes that `pid` started, and those that they did."""
    found: set[int] = set()
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found |= {child, *below(child)}
    return found
