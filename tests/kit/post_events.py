"""A sender in a process of its own: `python -m tests.kit.post_events FOLDER CALLS SEED` posts through the real door.

Posts the events of CALLS answered calls one by one, shuffled by SEED, to a site on SQLite in FOLDER, and prints the id
of each event once it was answered with 204. Repeats what is answered otherwise.
"""

import random
import sys
from pathlib import Path

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


def main(folder: str, calls: str, seed: str) -> None:
    """Post until everything is kept."""
    site = house_in(Path(folder))
    browser = create_app(site).test_client()
    events = events_of(int(calls))
    random.Random(int(seed)).shuffle(events)
    for event in events:
        body = write_event(event).encode()
        while browser.post("/hooks/pbx1", data=body, headers=signed(body, site.clock())).status_code != 204:
            pass
        print(event.id, flush=True)  # noqa: T201  the test reads it
    site.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
