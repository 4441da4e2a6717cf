"""The move of a site from SQLite to MySQL as values: what closes a database, what may be wrong with rows, and sums.

Knows no database. A sum is of the rows as a multiset: the same on both sides in whatever order they are read.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

Cell = None | int | str | bytes

_SUM_BYTES = 16
_SUM_LIMIT = 1 << (8 * _SUM_BYTES)
_LEAST_SMALL, _MOST_SMALL = -(1 << 15), (1 << 15) - 1


class Closed(StrEnum):
    """Why nothing is written into a SQLite database: a move reads it at this moment, or the site lives elsewhere."""

    MOVING = "moving"
    MOVED = "moved"


class Stage(StrEnum):
    """What a move is at."""

    SNAPSHOT = "snapshot"
    LINT = "lint"
    SCHEMA = "schema"
    MOVE = "move"
    VERIFY = "verify"
    AUDIT = "audit"


class Fault(StrEnum):
    """What keeps a site from being moved."""

    # of the old database, before anything is moved
    UNKNOWN_TABLE = "unknown_table"  # a table that is none of ours
    WRONG_TYPE = "wrong_type"  # a text where a number belongs, and the like
    BAD_TEXT = "bad_text"  # bytes that are no UTF-8
    TOO_LONG = "too_long"  # more letters than the column takes
    OUT_OF_RANGE = "out_of_range"  # a number that the column does not take
    TRAILING_SPACE = "trailing_space"  # a key that MySQL takes for the same as one without it
    ORPHAN = "orphan"  # a row that points to one that is not there
    TOO_BIG = "too_big"  # a row that the server's max_allowed_packet keeps out
    # of the new one, afterwards
    SHAPE = "shape"  # a column, key, index or rule is not as our own steps make it
    COUNT = "count"  # rows are missing, or there are too many
    CONTENT = "content"  # as many rows, but not the same
    AUDIT = "audit"  # the chain is not what it is in the old one


@dataclass(frozen=True, slots=True)
class Finding:
    """`n` rows of `table` have the fault; `what`: the column, or the part of the shape."""

    fault: Fault
    table: str
    what: str = ""
    n: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a stage is: `done` of `total` rows of `table`."""

    stage: Stage
    table: str = ""
    done: int = 0
    total: int = 0


Tell = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class TableSum:
    """How many rows a table has, and the sum over all of them."""

    rows: int
    total: int


class Adder:
    """Adds rows up: the hash of each, as a number, modulo 2^128.

    A row's text is Python's `repr` of the tuple, which is different for any two rows of None, integers, texts and
    bytes: NULL is not '', 1 is not '1', and no text can imitate the border between two columns.
    """

    def __init__(self) -> None:
        self.rows = 0
        self._total = 0

    def add(self, rows: Iterable[Sequence[Cell]]) -> None:
        """Add the rows, tuples of plain values."""
        total, count = 0, 0
        for row in rows:
            digest = hashlib.blake2b(repr(row).encode(), digest_size=_SUM_BYTES).digest()
            total += int.from_bytes(digest, "big")
            count += 1
        self.rows += count
        self._total = (self._total + total) % _SUM_LIMIT

    def sum(self) -> TableSum:
        """Return what was added so far."""
        return TableSum(self.rows, self._total)


class Kind(StrEnum):
    """What a column holds: a number of 64 bits, one of 16, a text, bytes."""

    NUMBER = "number"
    SMALL = "small"
    TEXT = "text"
    BYTES = "bytes"


_TYPES: dict[Kind, type] = {Kind.NUMBER: int, Kind.SMALL: int, Kind.TEXT: str, Kind.BYTES: bytes}


@dataclass(frozen=True, slots=True)
class ColumnRule:
    """What a column takes: `most` letters (None: any number), NULL if `optional`; `is_key`: it is looked up by."""

    name: str
    kind: Kind
    most: int | None
    optional: bool
    is_key: bool


class Lint:
    """Looks at every cell of one table; `findings()` tells how many of each column cannot be moved as they are.

    `widest_bytes` is the size of the widest row seen, roughly: the texts and bytes in it.
    """

    def __init__(self, table: str, rules: Sequence[ColumnRule]) -> None:
        self._table = table
        self._rules = tuple(rules)
        self._found: dict[tuple[Fault, str], int] = {}
        self.widest_bytes = 0

    def look(self, rows: Sequence[Sequence[Cell]]) -> None:
        """Look at some rows."""
        for rule, cells in zip(self._rules, zip(*rows, strict=True), strict=False):
            kind, most = _TYPES[rule.kind], rule.most
            if any(type(cell) is not kind for cell in cells):
                wrong = sum(type(cell) is not kind and not (cell is None and rule.optional) for cell in cells)
                self._find(Fault.WRONG_TYPE, rule, wrong)
            if rule.kind is Kind.TEXT:
                texts = [cell for cell in cells if type(cell) is str]
                if most is not None:
                    self._find(Fault.TOO_LONG, rule, sum(len(text) > most for text in texts))
                if rule.is_key:
                    self._find(Fault.TRAILING_SPACE, rule, sum(text[-1:] == " " for text in texts))
            elif rule.kind is Kind.SMALL:
                numbers = (cell for cell in cells if type(cell) is int)
                out = sum(not _LEAST_SMALL <= number <= _MOST_SMALL for number in numbers)
                self._find(Fault.OUT_OF_RANGE, rule, out)
        self.widest_bytes = max(self.widest_bytes, *map(_width, rows), 0)

    def _find(self, fault: Fault, rule: ColumnRule, n: int) -> None:
        if n:
            self._found[fault, rule.name] = self._found.get((fault, rule.name), 0) + n

    def findings(self) -> list[Finding]:
        """Return what was found so far."""
        return [Finding(fault, self._table, name, n) for (fault, name), n in self._found.items()]


def _width(row: Sequence[Cell]) -> int:
    return sum(len(cell.encode()) if type(cell) is str else len(cell) for cell in row if isinstance(cell, str | bytes))
