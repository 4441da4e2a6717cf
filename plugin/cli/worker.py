"""`denwaban worker`: runs the scheduled work and the delivery until told to stop."""

import signal
import threading
from types import FrameType

import click

from plugin.cli.erased import erase_again
from plugin.settings import load
from plugin.store.schema import upgrade
from plugin.wiring import House


@click.command()
def worker() -> None:
    """Deliver summaries, sync customers and do all other scheduled work; several workers share it by turns."""
    from plugin.worker import run, spare_the_collector  # the scheduler is heavy; no other command needs it

    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    house = House(load())
    upgrade(house.store)
    erase_again(house)
    spare_the_collector()
    run(house, stop)
