"""`denwaban listen`: stay connected to the phone systems that the site connects to."""

import signal
import sys
import threading
from types import FrameType

import click

from plugin.core.errors import SettingError
from plugin.listen import listen as run
from plugin.settings import load
from plugin.store.schema import upgrade
from plugin.wiring import House


@click.command()
def listen() -> None:
    """Listen to every source of kind asterisk until told to stop (SIGTERM, SIGINT)."""
    settings = load()
    if not any(source.kind == "asterisk" for source in settings.sources.values()):
        raise SettingError("nothing_to_listen_to", setting="DENWABAN_SOURCES")
    stop = threading.Event()

    def ask_to_stop(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, ask_to_stop)
    house = House(settings)
    upgrade(house.store)
    sys.exit(0 if run(house, stop) else 1)
