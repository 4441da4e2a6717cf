"""A worker process whose jobs write down that they ran; for tests of who leads.

Run as `python -m tests.kit.lead URL FOLDER TALLY`; ends at SIGTERM. Each run of a job is one line: the job, process id,
begin and end on the clock that all processes share, and whether it was cut off. `look` looks every EVERY_S, `slot` has
a slot every SLOT_S, `long` has one an hour and is at it until `enough_of` its process lies there.
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from pydantic import SecretStr

from plugin.settings import load
from plugin.wiring import House
from plugin.worker import Job, run

EVERY_S = 0.2
SLOT_S = 0.4


def enough_of(tally: Path, pid: int) -> Path:
    """Return the file that says to the process that its long job is done."""
    return tally.with_name(f"enough-{pid}")


def main(url: str, folder: str, tally: str) -> None:
    """Lead or wait."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    file = os.open(tally, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def job(name: str, every_s: float, is_done: Callable[[], bool], *, slotted: bool) -> Job:
        def work(stop: Callable[[], bool]) -> int:
            began = time.monotonic()
            os.write(file, f"{name} {os.getpid()} {began} began -\n".encode())
            time.sleep(0.02)
            while not (done := is_done()) and not stop():
                time.sleep(0.02)
            cut = "whole" if done else "cut"
            os.write(file, f"{name} {os.getpid()} {began} {time.monotonic()} {cut}\n".encode())
            return 1

        return Job(name, every_s, work, slotted=slotted)

    house = House(load(data_dir=Path(folder), database_url=SecretStr(url)))
    jobs = [
        job("look", EVERY_S, lambda: True, slotted=False),
        job("slot", SLOT_S, lambda: True, slotted=True),
        job("long", 3600.0, enough_of(Path(tally), os.getpid()).exists, slotted=True),
    ]
    os.write(file, f"ready {os.getpid()} {time.monotonic()} began -\n".encode())
    run(house, stop, jobs)


if __name__ == "__main__":
    main(*sys.argv[1:])
