"""What was erased, once more outside the database: one signed line a batch, one file a month, only ever appended to.

A copy of the database that is put back knows nothing of what was erased since; these files do. Refuses to believe a
line that this site did not sign: whoever could write one could let recordings be erased. What the database knows of a
file, its length and a chain over its lines, tells whether the file is still what it was.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from plugin.core.errors import InputError
from plugin.core.retention import Stone, line_of, read_line
from plugin.store.checkpoints import Signer
from plugin.store.durable import sync_folder

_WORDS = b"denwaban tombstones 1\n"


@dataclass(frozen=True, slots=True)
class Written:
    """Where a batch stands: the file, and its bytes from `start`, where the one before ends, to `end`; its `digest`."""

    file: str
    start: int
    end: int
    digest: str


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a database knows a file: so many bytes, and the chain over the lines in them."""

    known_bytes: int = 0
    chain: str = ""

    def moved(self, written: Written) -> "Mark":
        """Return the mark behind one more batch."""
        return Mark(written.end, _linked(self.chain, written.digest))


class Harm(StrEnum):
    """What is wrong with a file."""

    MISSING = "missing"
    SHORT = "short"
    ALTERED = "altered"


@dataclass(frozen=True, slots=True)
class Harmed:
    """A file that is not what the database knows of it."""

    file: str
    harm: Harm


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch as it is read: its stones in order, none where it is torn or not signed by us, and where it stands."""

    written: Written
    stones: tuple[Stone, ...]
    is_forged: bool


class TombstoneFiles:
    """The folder of what was erased."""

    def __init__(self, folder: Path, signer: Signer) -> None:
        self._folder = folder
        self._signer = signer
        self._looked: dict[str, tuple[Mark, tuple[int, ...]]] = {}  # whole files, as they stood on the disk then

    def append(self, stones: Sequence[Stone], at: datetime) -> Written:
        """Write a batch; it is on the disk when this returns. Raises OSError."""
        lines = [line_of(stone).decode() for stone in stones]
        key_id, signature = self._signer.sign_words(_signed(lines))
        said = {"key_id": key_id, "signature": signature.hex(), "stones": lines}
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / f"{at:%Y-%m}.jsonl"
        line = json.dumps(said, sort_keys=True).encode()
        is_new = not path.exists()
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600), "wb") as opened:
            fcntl.flock(opened, fcntl.LOCK_EX)
            start = os.fstat(opened.fileno()).st_size
            opened.write(b"\n" + line)  # first the end of what a crash left torn
            opened.flush()
            os.fsync(opened.fileno())
            end = os.fstat(opened.fileno()).st_size
        if is_new:
            sync_folder(self._folder)
        return Written(path.name, start, end, _digest(line))

    def sizes(self) -> dict[str, int]:
        """Return how many bytes each file has, by its name, the oldest first."""
        return {path.name: path.stat().st_size for path in sorted(self._folder.glob("*.jsonl"))}

    def harmed(self, marks: Mapping[str, Mark]) -> list[Harmed]:
        """Return the files that are not what the marks say of them; a file that changed since the last look is read."""
        found = []
        for name, mark in sorted(marks.items()):
            if harm := self._harm(name, mark):
                found.append(Harmed(name, harm))
        return found

    def _harm(self, name: str, mark: Mark) -> Harm | None:
        try:
            there = (self._folder / name).stat()
        except FileNotFoundError:
            return Harm.MISSING
        if there.st_size < mark.known_bytes:
            return Harm.SHORT
        state = (there.st_ino, there.st_size, there.st_mtime_ns, there.st_ctime_ns)
        if self._looked.get(name) != (mark, state):
            if self._chain(name, mark.known_bytes) != mark.chain:
                return Harm.ALTERED
            self._looked[name] = mark, state
        return None

    def _chain(self, name: str, upto: int) -> str:
        chain = ""
        with (self._folder / name).open("rb") as opened:
            left = upto
            for line in opened:
                if left <= 0:
                    break
                if part := line[:left].strip():
                    chain = _linked(chain, _digest(part))
                left -= len(line)
        return chain

    def batches(self, read_to: Mapping[str, Mark]) -> Iterator[Batch]:
        """Read the batches that stand behind `read_to`; all of a file that is not what its mark says."""
        for name, size in self.sizes().items():
            mark = read_to.get(name, Mark())
            if size != mark.known_bytes:
                yield from self._read(name, 0 if self._harm(name, mark) else mark.known_bytes)

    def _read(self, name: str, start: int) -> Iterator[Batch]:
        with (self._folder / name).open("rb") as opened:
            fcntl.flock(opened, fcntl.LOCK_SH)  # not while a batch is half there
            opened.seek(start)
            at = end = start
            for line in opened:
                at += len(line)
                if words := line.strip():
                    stones, is_forged = self._stones(line)
                    yield Batch(Written(name, end, at, _digest(words)), stones, is_forged)
                    end = at

    def _stones(self, line: bytes) -> tuple[tuple[Stone, ...], bool]:
        try:
            said = json.loads(line)
            lines = [str(each) for each in said["stones"]]
            if not self._signer.is_ours(_signed(lines), str(said["key_id"]), bytes.fromhex(said["signature"])):
                return (), True
            return tuple(read_line(each.encode()) for each in lines), False
        except (InputError, ValueError, KeyError, TypeError, RecursionError):
            return (), False  # a crash tore it: what it told of is still in the database, unsettled


def _digest(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()


def _linked(chain: str, digest: str) -> str:
    return hashlib.sha256(f"{chain} {digest}".encode()).hexdigest()


def _signed(lines: Sequence[str]) -> bytes:
    return _WORDS + "\n".join(lines).encode()
