"""Past calls that come from a list: what a row says, a row that cannot be read, and what became of them all."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from plugin.core.calls import CallEvent


@dataclass(frozen=True, slots=True)
class PastRow:
    """One call of the list, at the file's `line` (the header is 1): the events that it is made of."""

    line: int
    events: tuple[CallEvent, ...]


@dataclass(frozen=True, slots=True)
class BadLine:
    """A row that cannot be read: where, in which column, and why in a stable word; never what stands there."""

    line: int
    column: str
    reason: str


@dataclass(frozen=True, slots=True)
class PastList:
    """A list as it will be read. `rows` opens the file anew each time, so that it is never in memory as a whole.

    `columns` are pairs of header and what it was taken for; `ignored` the headers that mean nothing to us.
    """

    encoding: str
    columns: tuple[tuple[str, str], ...]
    ignored: tuple[str, ...]
    rows: Callable[[], Iterator[PastRow | BadLine]]


@dataclass(frozen=True, slots=True)
class PastReport:
    """What became of a list: calls that are `new` and that were the `same` already, and how many rows were `bad`.

    `first_bad` are the first of these. Nothing was stored where there is a bad row, unless they were to be skipped.
    """

    new: int
    same: int
    bad: int
    first_bad: tuple[BadLine, ...]
