"""Keeps the processes of a site running: starts them, starts again what dies, ends all of them when it is told to.

Nothing outlives it: each child is told by the kernel when it is gone, even by SIGKILL.
"""

import ctypes
import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import FrameType

import structlog

_PR_SET_PDEATHSIG = 1
_TRIES_TO_START = 3

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Pace:
    """How often we look, how long a child must live to have started, how we pause, how long children have to end."""

    tick_s: float = 0.2
    settled_s: float = 20.0  # gunicorn alone tries for five seconds to get its port
    first_pause_s: float = 0.5
    longest_pause_s: float = 30.0
    end_s: float = 20.0


@dataclass(slots=True)
class _Child:
    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started_s: float = 0.0
    start_again_s: float = 0.0
    deaths: int = 0  # in a row, each before it had settled
    settled: bool = False


def supervise(commands: Mapping[str, Sequence[str]], pace: Pace = Pace()) -> int:
    """Run the commands (argument lists by name) until SIGTERM or SIGINT; return the exit status.

    0 after an orderly end; 1 where a child could not start three times in a row, all others being ended then. A child
    that had been running is started again for ever, with pauses that grow to half a minute.
    """
    stop = threading.Event()

    def ask_to_stop(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {name: signal.signal(name, ask_to_stop) for name in (signal.SIGTERM, signal.SIGINT)}
    children = [_Child(name, command) for name, command in commands.items()]
    try:
        while not stop.is_set():
            for child in children:
                if not _tend(child, pace):
                    _log.error("serve.cannot_start", child=child.name)
                    return 1
            stop.wait(pace.tick_s)
        return 0
    finally:
        _end(children, pace.end_s)
        for name, handler in before.items():
            signal.signal(name, handler)


def _tend(child: _Child, pace: Pace) -> bool:
    """Start the child if it is not running and its pause is over; False where there is no point in trying again."""
    now_s = time.monotonic()
    if child.process is None:
        if now_s >= child.start_again_s:
            child.process = _start(child.command)
            child.started_s = now_s
            _log.info("serve.started", child=child.name, pid=child.process.pid)
        return True
    status = child.process.poll()
    if status is None:
        if not child.settled and now_s - child.started_s >= pace.settled_s:
            child.settled = True
        return True
    _end_group(child.process.pid, signal.SIGKILL)  # what it may have left behind
    lived_s = now_s - child.started_s
    child.deaths = 1 if lived_s >= pace.settled_s else child.deaths + 1
    child.process = None
    pause_s = min(pace.first_pause_s * 2 ** min(child.deaths - 1, 16), pace.longest_pause_s)
    child.start_again_s = now_s + pause_s
    _log.error("serve.died", child=child.name, status=status, lived_s=round(lived_s, 1), pause_s=pause_s)
    return child.settled or child.deaths < _TRIES_TO_START


def _start(command: Sequence[str]) -> subprocess.Popen[bytes]:
    parent = os.getpid()

    def live_as_long_as_the_parent() -> None:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)

    # A group of its own: Ctrl-C reaches the child through us, in order, and its own children can be ended with it.
    return subprocess.Popen(
        command,
        process_group=0,
        preexec_fn=live_as_long_as_the_parent,
    )


def _end(children: list[_Child], end_s: float) -> None:
    running = [child.process for child in children if child.process is not None]
    for process in running:
        process.terminate()
    deadline_s = time.monotonic() + end_s
    for process in running:
        try:
            process.wait(max(0.0, deadline_s - time.monotonic()))
        except subprocess.TimeoutExpired:
            _log.error("serve.killed", pid=process.pid)
        _end_group(process.pid, signal.SIGKILL)
        process.wait()


def _end_group(group: int, how: signal.Signals) -> None:
    try:
        os.killpg(group, how)
    except ProcessLookupError:
        return  # all of it has ended
