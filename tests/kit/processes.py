"""Real processes and ports for tests: a port of one's own, waiting for an answer, and what is still alive."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def own_port() -> Iterator[int]:
    """Hold a port of this machine's loopback for the process that is to listen on it.

    Bound and not listened on, it is given to nobody who asks for any port; a server that names it gets it.
    """
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]


def wait_for(what: Callable[[], bool], most_s: float = 120.0) -> None:
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
    for child in children(pid):
        found |= {child, *below(child)}
    return found


def children(pid: int) -> set[int]:
    """Return the processes that `pid` itself started and that are still there; none where it has ended."""
    return {int(child) for task in _tasks(pid) for child in _told(task / "children").split()}


def _tasks(pid: int) -> list[Path]:
    try:
        return list(Path(f"/proc/{pid}/task").iterdir())
    except (FileNotFoundError, ProcessLookupError):
        return []


def _told(file: Path) -> str:
    try:
        return file.read_text()
    except (FileNotFoundError, ProcessLookupError):  # its thread or process ended while we looked
        return ""
