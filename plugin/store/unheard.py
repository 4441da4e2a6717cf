"""Events that a listener had in hand when it was told to end while the database was closed: in files, until it is open.

A move ends with a restart; what an exchange said meanwhile must outlive the process that heard it. Files are private,
whole on the disk before they count, and gone as soon as the database has their events.
"""

import json
import os
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path

from plugin.core.call_json import restore_event, write_event
from plugin.core.calls import CallEvent

_SUFFIX = ".jsonl"


class Unheard:
    """The folder `folder`, made when it is needed (mode 0700)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, events: Sequence[CallEvent]) -> None:
        """Keep the events in a file of their own; on the disk when this returns."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = secrets.token_hex(8)
        draft = self._folder / f".{name}"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
            file.write("\n".join(map(write_event, events)).encode())
            file.flush()
            os.fsync(file.fileno())
        draft.rename(self._folder / f"{name}{_SUFFIX}")

    def hand_on(self, take: Callable[[list[CallEvent]], None]) -> int:
        """Give what is kept to `take`, a file at a time, and forget it once it is taken; return how many events.

        Whatever `take` raises ends it; what was not taken stays.
        """
        done = 0
        for path in sorted(self._folder.glob(f"*{_SUFFIX}")):
            lines = path.read_text("utf-8").split("\n")
            events = [restore_event(line, json.loads(line)["source"]) for line in lines]
            take(events)
            path.unlink()
            done += len(events)
        return done
