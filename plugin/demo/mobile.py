"""The customers' mobiles, as far as the demo has them: says what would have been sent to them."""

import threading
from collections.abc import Callable
from pathlib import Path

_EVERY_S = 0.3


def watch(folder: Path, stop: threading.Event, say: Callable[[str, str], None]) -> None:
    """Tell `say` number and text of each message that appears in `folder`, as the connector writes it, until `stop`."""
    threading.Thread(target=_watch, args=(folder, stop, say), daemon=True).start()


def _watch(folder: Path, stop: threading.Event, say: Callable[[str, str], None]) -> None:
    last = ""
    while not stop.wait(_EVERY_S):
        # Whole once it has its name; what begins with a dot is still being written.
        for path in sorted(each for each in folder.glob("[0-9]*.txt") if each.name > last):
            head, text = path.read_text("utf-8").split("\n\n", 1)
            say(head.split("\n")[1], text.strip())
            last = path.name
