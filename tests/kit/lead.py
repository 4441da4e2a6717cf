"""A worker process whose jobs write down that they ran; for tests of who leads.

Run as `python -m tests.kit.lead URL FOLDER TALLY`; ends at SIGTERM. Each run of a job is one line: the job, process id,
begin and end on the clock that all processes share, and whether it was cut off. `look` looks every EVERY_S, `slot` has
a slot every SLOT_S, `long` has one an hour and takes LONG_S of it.
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
LONG_S = 2.0


def main(url: str, folder: str, tally: str) -> None:
    """Lead or wait."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    file = os.open(tally, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def job(name: str, every_s: float, lasts_s: float, *, slotted: bool) -> Job:
        def work(stop: Callable[[], bool]) -> int:
            began, passed_s = time.monotonic(), 0.0
            os.write(file, f"{name} {os.getpid()} {began} began -\n".encode())
            while passed_s < lasts_s and not stop():
                time.sleep(0.02)
                passed_s += 0.02  # not by the clock: what a frozen process sleeps is no work
            cut = "cut" if passed_s < lasts_s else "whole"
            os.write(file, f"{name} {os.getpid()} {began} {time.monotonic()} {cut}\n".encode())
            return 1

        return Job(name, every_s, work, slotted=slotted)

    house = House(load(data_dir=Path(folder), database_url=SecretStr(url)))
    jobs = [
        job("look", EVERY_S, 0.02, slotted=False),
        job("slot", SLOT_S, 0.02, slotted=True),
        job("long", 3600.0, LONG_S, slotted=True),
    ]
    os.write(file, f"ready {os.getpid()} {time.monotonic()} began -\n".encode())
    run(house, stop, jobs)


if __name__ == "__main__":
    main(*sys.argv[1:])
