"""A database whose process may die: at the next transaction, before its commit or right after it."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

from plugin.store.engine import Connection, Store


class Death(StrEnum):
    """Where a process dies next, seen from its next writing transaction."""

    BEFORE = "before"  # nothing of it was begun
    INSIDE = "inside"  # all was written and nothing committed
    AFTER = "after"  # committed, and nobody was told


class Killed(BaseException):
    """The process is dead: like a signal, no `except Exception` sees it."""


class MortalStore(Store):
    """The same database through other eyes; `dies` says where, once."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.dies: Death | None = None

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give a writing transaction, or die where it was said."""
        death, self.dies = self.dies, None
        if death is Death.BEFORE:
            raise Killed
        with super().write() as connection:
            yield connection
            if death is Death.INSIDE:
                raise Killed
        if death is Death.AFTER:
            raise Killed
