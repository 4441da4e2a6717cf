"""Senders in processes of their own, which post through the real door of a site on SQLite, for tests that kill them.

Each posts the events of some answered calls one by one, shuffled by its seed, tells the id of each event once it was
answered with 204, and repeats what is answered otherwise.
"""

import os
import random
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from plugin.core.call_json import write_event
from plugin.core.calls import CallEvent
from plugin.settings import load
from plugin.web.app import create_app
from plugin.wiring import House
from tests.kit.clock import HandClock
from tests.kit.events import answered_call
from tests.kit.hooks import SECRET, signed


def events_of(count: int) -> list[CallEvent]:
    """Return the events of `count` calls, each with its own native id."""
    return [event for n in range(count) for event in answered_call(f"n-{n}").events]


def house_in(folder: Path) -> House:
    """Return a site with one signed source, its clock standing."""
    source = {"kind": "webhook", "secrets": [SECRET]}
    return House(load(data_dir=folder, sources={"pbx1": source}), HandClock())


class Senders:
    """Sending processes of one site: `with Senders(folder) as senders: pid = senders.start(3, seed=7)`.

    They are forked from one that has loaded everything and opened nothing, so that each is there at once.
    """

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-m", "tests.kit.post_events", str(folder)]
        self._mother = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._mother.stdin is not None, "it was asked for"
        assert self._mother.stdout is not None, "it was asked for"
        self._orders, self._told = self._mother.stdin, self._mother.stdout

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._orders.close()
        self._told.close()
        assert self._mother.wait(60) == 0 or error is not None

    def start(self, calls: int, seed: int) -> int:
        """Let another process post the events of `calls` calls in the order of `seed`; return its id."""
        self._order(f"{calls} {seed}")
        began, pid = self._told.readline().split()
        assert began == "began"
        return int(pid)

    def accepted(self, count: int) -> list[str]:
        """Return the next `count` events that were answered with 204; only while one process posts."""
        return [self._told.readline().split()[1] for _ in range(count)]

    def rest(self) -> tuple[list[str], list[int]]:
        """Wait for all that post, and return what else was accepted, and how each ended (a signal is negative)."""
        self._order("wait")
        accepted: list[str] = []
        while True:
            word, *told = self._told.readline().split()
            if word == "ended":
                return accepted, [int(status) for status in told]
            accepted += told

    def _order(self, words: str) -> None:
        self._orders.write(words + "\n")
        self._orders.flush()


def _post(folder: Path, calls: int, seed: int) -> None:
    """Post until everything is kept."""
    site = house_in(folder)
    browser = create_app(site).test_client()
    events = events_of(calls)
    random.Random(seed).shuffle(events)
    for event in events:
        body = write_event(event).encode()
        while browser.post("/hooks/pbx1", data=body, headers=signed(body, site.clock())).status_code != 204:
            pass
        _tell(f"accepted {event.id}")
    site.close()


def _tell(words: str) -> None:
    os.write(sys.stdout.fileno(), f"{words}\n".encode())  # in one piece: several tell by one pipe


def main(folder: str) -> None:
    """Fork a sender for each order `CALLS SEED`; at `wait`, tell how all of them have ended."""
    running: list[int] = []
    for order in sys.stdin:
        if order.strip() == "wait":
            ended = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in running]
            running.clear()
            _tell(" ".join(["ended", *map(str, ended)]))
            continue
        calls, seed = map(int, order.split())
        pid = os.fork()
        if not pid:
            _tell(f"began {os.getpid()}")
            _post(Path(folder), calls, seed)
            os._exit(0)
        running.append(pid)


if __name__ == "__main__":
    main(*sys.argv[1:])
