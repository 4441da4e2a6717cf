"""The sign beside a SQLite database that closes it for writing: its site is being moved to MySQL, or has moved.

`moving` holds as long as whoever put it up lives: he keeps a lock on it that the kernel takes back from a dead process,
so that a move that was killed closes nothing. `moved` holds until it is taken down on purpose (docs/operations.md).
"""

import fcntl
import json
import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from plugin.core.move import Closed
from plugin.core.times import from_us, to_us
from plugin.store.durable import sync_folder

_MOST_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Sign:
    """What the sign says. `holds`: it closes the database; a `moving` whose owner died does not."""

    word: Closed
    pid: int
    since: datetime
    target: str
    holds: bool


def path_of(database: str) -> Path:
    """Return where the sign of the SQLite file `database` is put up."""
    return Path(f"{database}.move")


def look(path: Path) -> Sign | None:
    """Return the sign at `path`, or None where there is none."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        said = json.loads(os.read(file, _MOST_BYTES))
        word = Closed(said["word"])
        holds = word is Closed.MOVED or _is_locked(file)
        return Sign(word, said["pid"], from_us(said["since_us"]), said["target"], holds)
    finally:
        os.close(file)


def closes(path: Path) -> Closed | None:
    """Return the word of a sign that closes the database, or None: it may be written."""
    found = look(path)
    return found.word if found and found.holds else None


def take_down(path: Path) -> None:
    """Take the sign away, whatever it says."""
    with suppress(FileNotFoundError):
        path.unlink()


def _is_locked(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False


class Holder:
    """Whoever put the sign up. Built where no other writer is in a transaction (Store.write gives such a place)."""

    def __init__(self, path: Path, target: str, at: datetime) -> None:
        self._path = path
        self._target = target
        self._at = at
        self._sealed = False
        self._file = self._put_up(Closed.MOVING)

    def seal(self) -> None:
        """Change `moving` into `moved`; on the disk when this returns."""
        before, self._file = self._file, self._put_up(Closed.MOVED)
        self._sealed = True
        os.close(before)

    def end(self) -> None:
        """Go, and open the database again unless it was sealed."""
        if not self._sealed:
            take_down(self._path)
        os.close(self._file)

    def _put_up(self, word: Closed) -> int:
        # Written and locked under another name first: a sign that is seen is whole, and held.
        draft = self._path.with_name(f".{self._path.name}")
        file = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        fcntl.flock(file, fcntl.LOCK_EX)
        said = {"word": word, "pid": os.getpid(), "since_us": to_us(self._at), "target": self._target}
        os.write(file, json.dumps(said).encode())
        os.fsync(file)
        os.rename(draft, self._path)
        sync_folder(self._path.parent)
        return file
