"""How far long work is: a line that grows where somebody looks on, a line a stage where it goes into a file."""

import time
from collections.abc import Mapping
from enum import StrEnum
from typing import Protocol, TextIO

from plugin.core import backup
from plugin.core.move import Stage

_CELLS = 24
_EVERY_S = 0.1
_WORDS: Mapping[StrEnum, str] = {
    Stage.SNAPSHOT: "closing and copying the old database",
    Stage.LINT: "looking through",
    Stage.SCHEMA: "making the tables",
    Stage.MOVE: "moving",
    Stage.VERIFY: "comparing",
    Stage.AUDIT: "proving the audit on both sides",
    backup.Stage.DATABASE: "copying the database",
    backup.Stage.INTEGRITY: "looking whether it is whole",
    backup.Stage.CHAIN: "proving the audit",
    backup.Stage.RECORDINGS: "recordings",
    backup.Stage.FILES: "files",
}


class Told(Protocol):
    """What is shown: `done` of `total` of a stage, and of which table or file."""

    @property
    def stage(self) -> StrEnum:
        """What is done."""
        ...

    @property
    def table(self) -> str:
        """To what."""
        ...

    @property
    def done(self) -> int:
        """How much of it."""
        ...

    @property
    def total(self) -> int:
        """How much there is."""
        ...


class Bar:
    """Writes to `out`."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._is_seen = out.isatty()
        self._at: tuple[StrEnum, str] | None = None
        self._last: Told | None = None
        self._began_s = self._drawn_s = 0.0

    def show(self, progress: Told) -> None:
        """Show how far it is."""
        now_s = time.monotonic()
        if (progress.stage, progress.table) != self._at:
            self.end()
            self._at, self._began_s = (progress.stage, progress.table), now_s
        elif self._is_seen and now_s - self._drawn_s < _EVERY_S:
            self._last = progress
            return
        self._last = progress
        if self._is_seen:
            self._draw(progress, now_s)

    def end(self) -> None:
        """Finish the line that is being written."""
        if self._last is not None:
            self._draw(self._last, time.monotonic())
            self._out.write("\n")
            self._out.flush()
        self._last = self._at = None

    def _draw(self, progress: Told, now_s: float) -> None:
        self._drawn_s = now_s
        line = f"{_WORDS[progress.stage]:<12} {progress.table}".rstrip()
        if progress.total:
            share = min(1.0, progress.done / progress.total)
            full = int(share * _CELLS)
            drawn = "█" * full + "░" * (_CELLS - full)
            took_s = now_s - self._began_s
            line = f"{line:<36} {drawn} {share:4.0%} {progress.done:,} of {progress.total:,}, {took_s:.0f} s"
        self._out.write(f"\r\x1b[2K{line}" if self._is_seen else line)
        self._out.flush()
