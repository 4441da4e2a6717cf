"""The proof of a run: what it was, every recording, text and case that it erased, and one signed root over all of it.

One line of JSON each, so that a run of any size is written and read without holding it in memory: the head, the stones
in order, the seal. A file has one form only, to the byte. How a signature is proved is not here.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from plugin.core.errors import InputError
from plugin.core.ids import is_id
from plugin.core.merkle import Tree, leaf
from plugin.core.retention import CaseStone, PurgeRun, Stone, TextStone, Tombstone, canonical, line_of, read_line
from plugin.core.times import from_us, to_us

_FORMAT = "denwaban purge proof 1"
MOST_LINE_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Seal:
    """The end of a proof: the root over all lines before it, when it was made, who signed it."""

    root: str
    lines: int
    sealed_at: datetime
    key_id: str
    signature: bytes


@dataclass(frozen=True, slots=True)
class Proved:
    """What a proof says of its run: how many recordings of how many bytes went, how many texts, how many cases."""

    run_id: str
    due_before: datetime
    recordings: int
    size_bytes: int
    texts: int
    cases: int
    seal: Seal


def signed_words(run_id: str, root: str, lines: int, sealed_at: datetime) -> bytes:
    """Return the bytes that a seal's signature is over."""
    return "\n".join((_FORMAT, run_id, root, str(lines), str(to_us(sealed_at)), "")).encode()


def head_of(run: PurgeRun) -> bytes:
    """Return the first line of the run's proof."""
    return canonical(
        {
            "approval": run.approval_id,
            "begun_at": to_us(run.begun_at),
            "due_before": to_us(run.due_before),
            "format": _FORMAT,
            "rules": run.rules,
            "run": run.id,
        }
    )


def seal_line(seal: Seal) -> bytes:
    """Return the last line of a proof."""
    return canonical(
        {
            "at": to_us(seal.sealed_at),
            "key_id": seal.key_id,
            "lines": seal.lines,
            "root": seal.root,
            "signature": seal.signature.hex(),
        }
    )


class Roll:
    """Takes the lines of a proof in order and knows the root over them."""

    def __init__(self) -> None:
        self._tree = Tree()

    def take(self, line: bytes) -> bytes:
        """Count the line in, and return it as it is written, with its end."""
        self._tree.add(leaf(line))
        return line + b"\n"

    def lines(self, run: PurgeRun, stones: Iterable[Stone]) -> Iterator[bytes]:
        """Give head and stones as they are written, each counted in."""
        yield self.take(head_of(run))
        for stone in stones:
            yield self.take(line_of(stone))

    @property
    def count(self) -> int:
        """How many lines it took."""
        return self._tree.size

    def root(self) -> str:
        """Return the root over the lines by now, in hex."""
        return self._tree.root().hex()


def read_purge_proof(lines: Iterable[bytes]) -> Proved:
    """Return what a proof says, given its lines with their ends; whose signature it is remains to be proved.

    Raises InputError("purge_proof") for anything that is not, to the byte, a whole proof: another root, a recording
    told of twice, a stone of another run, a line too many.
    """
    try:
        return _read(lines)
    except (InputError, ValueError, KeyError, TypeError, OverflowError, RecursionError, StopIteration) as error:
        raise InputError("purge_proof") from error


def _read(lines: Iterable[bytes]) -> Proved:
    roll, seen = Roll(), set[str]()
    kinds = Counter[type[Stone]]()
    size_bytes = 0
    rest = iter(lines)
    head = _whole_line(next(rest))
    said = json.loads(head)
    if said["format"] != _FORMAT or not is_id(said["run"]) or canonical(said) != head:
        raise InputError("purge_proof")
    roll.take(head)
    for line in map(_whole_line, rest):
        if b'"signature":' in line:  # within a text its quotes would be escaped
            if next(rest, None) is not None:
                raise InputError("purge_proof")
            due_before = from_us(int(said["due_before"]))
            counts = (kinds[Tombstone], size_bytes, kinds[TextStone], kinds[CaseStone])
            return Proved(said["run"], due_before, *counts, _seal(line, roll))
        stone = read_line(line)
        name = f"{type(stone).__name__} {stone.subject}"  # a call and a case may have one id
        if stone.run_id != said["run"] or name in seen:
            raise InputError("purge_proof")
        seen.add(name)
        kinds[type(stone)] += 1
        if isinstance(stone, Tombstone):
            size_bytes += stone.size_bytes or 0
        roll.take(line)
    raise InputError("purge_proof")


def _seal(line: bytes, roll: Roll) -> Seal:
    said = json.loads(line)
    seal = Seal(said["root"], said["lines"], from_us(said["at"]), said["key_id"], bytes.fromhex(said["signature"]))
    if seal_line(seal) != line or (seal.root, seal.lines) != (roll.root(), roll.count):
        raise InputError("purge_proof")
    return seal


def _whole_line(line: bytes) -> bytes:
    if not line.endswith(b"\n") or len(line) > MOST_LINE_BYTES:
        raise InputError("purge_proof")
    return line[:-1]
