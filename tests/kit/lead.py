"""A worker process whose one job writes down that it ran; for tests of who leads.

Run as `python -m tests.kit.lead URL FOLDER TALLY`; ends at SIGTERM. Each run of the job, every EVERY_S, is one line:
process id, begin and end on the clock that all processes share.
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


def main(url: str, folder: str, tally: str) -> None:
    """Lead or wait."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    file = os.open(tally, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def work(_stop: Callable[[], bool]) -> int:
        began = time.monotonic()
        time.sleep(0.02)
        os.write(file, f"{os.getpid()} {began} {time.monotonic()}\n".encode())
        return 0

    house = House(load(data_dir=Path(folder), database_url=SecretStr(url)))
    run(house, stop, [Job("tally", EVERY_S, work)])


if __name__ == "__main__":
    main(*sys.argv[1:])
