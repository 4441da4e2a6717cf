"""What was erased, once more outside the database: one signed line a batch, one file a month, only ever appended to.

A copy of the database that is put back knows nothing of what was erased since; these files do. Refuses to believe a
line that this site did not sign: whoever could write one could let recordings be erased.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from plugin.core.errors import InputError
from plugin.core.retention import Stone, line_of, read_line
from plugin.store.checkpoints import Signer

_WORDS = b"denwaban tombstones 1\n"


@dataclass(frozen=True, slots=True)
class Written:
    """Where a batch stands: the file, and its bytes from `start` to `end`; None: from wherever the last one ended."""

    file: str
    start: int | None
    end: int


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch as it is read: its stones in order, none where it is torn or not signed by us, and where it ends."""

    file: str
    end: int
    stones: tuple[Stone, ...]
    is_forged: bool


class TombstoneFiles:
    """The folder of what was erased."""

    def __init__(self, folder: Path, signer: Signer) -> None:
        self._folder = folder
        self._signer = signer

    def append(self, stones: Sequence[Stone], at: datetime) -> Written:
        """Write a batch; it is on the disk when this returns. Raises OSError."""
        lines = [line_of(stone).decode() for stone in stones]
        key_id, signature = self._signer.sign_words(_signed(lines))
        said = {"key_id": key_id, "signature": signature.hex(), "stones": lines}
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / f"{at:%Y-%m}.jsonl"
        is_new = not path.exists()
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600), "wb") as opened:
            fcntl.flock(opened, fcntl.LOCK_EX)
            start = os.fstat(opened.fileno()).st_size
            opened.write(b"\n" + json.dumps(said, sort_keys=True).encode())  # first the end of what a crash left torn
            opened.flush()
            os.fsync(opened.fileno())
            end = os.fstat(opened.fileno()).st_size
        if is_new:
            sync_folder(self._folder)
        return Written(path.name, start, end)

    def sizes(self) -> dict[str, int]:
        """Return how many bytes each file has, by its name, the oldest first."""
        return {path.name: path.stat().st_size for path in sorted(self._folder.glob("*.jsonl"))}

    def batches(self, read_to: Mapping[str, int]) -> Iterator[Batch]:
        """Read the batches that stand behind `read_to`, bytes by file; all of a file that is shorter than that."""
        for name, size in self.sizes().items():
            known = read_to.get(name, 0)
            if size != known:
                yield from self._read(name, known if known < size else 0)

    def _read(self, name: str, start: int) -> Iterator[Batch]:
        with (self._folder / name).open("rb") as opened:
            fcntl.flock(opened, fcntl.LOCK_SH)  # not while a batch is half there
            opened.seek(start)
            at = start
            for line in opened:
                at += len(line)
                if line.strip():
                    stones, is_forged = self._stones(line)
                    yield Batch(name, at, stones, is_forged)

    def _stones(self, line: bytes) -> tuple[tuple[Stone, ...], bool]:
        try:
            said = json.loads(line)
            lines = [str(each) for each in said["stones"]]
            if not self._signer.is_ours(_signed(lines), str(said["key_id"]), bytes.fromhex(said["signature"])):
                return (), True
            return tuple(read_line(each.encode()) for each in lines), False
        except (InputError, ValueError, KeyError, TypeError, RecursionError):
            return (), False  # a crash tore it: what it told of is still in the database, unsettled


def _signed(lines: Sequence[str]) -> bytes:
    return _WORDS + "\n".join(lines).encode()


def sync_folder(folder: Path) -> None:
    """Return once what was made in or removed from the folder is on the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
