"""Files copied and looked at for backups: every byte is hashed as it goes by, and what is copied is whole or not there.

Follows no symbolic link but one at the top of the data folder that leads to a folder (plugin/store/backing/links.py):
what any other points to is not the site's, and its name is told.
"""

import hashlib
import os
import secrets
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from plugin.core.backup import Piece

SEALED = ".sealed"
_CHUNK_BYTES = 1 << 20
_OF_PROCESSES = {"bus", "metrics", "workers"}  # sockets and figures of those that run
_PASSING = (".lock", ".part", "-wal", "-shm", "-journal", ".move", ".snapshot", ".check")


def copy_file(source: Path, target: Path, path: str) -> Piece:
    """Copy a file to `target`, where none is yet; on the disk when this returns. `path`: what the piece is called.

    Of a file that grows meanwhile, what it had at first. Raises OSError.
    """
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    found, done = hashlib.sha256(), 0
    read = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        left = os.fstat(read).st_size
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
            while left and (chunk := os.read(read, min(left, _CHUNK_BYTES))):
                file.write(chunk)
                found.update(chunk)
                left, done = left - len(chunk), done + len(chunk)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(target)
    finally:
        os.close(read)
        draft.unlink(missing_ok=True)
    return Piece(path, done, found.hexdigest())


def look_at(file: Path, path: str) -> Piece:
    """Return what a file is now. Raises OSError."""
    found, size = hashlib.sha256(), 0
    with os.fdopen(os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb") as opened:
        while chunk := opened.read(_CHUNK_BYTES):
            found.update(chunk)
            size += len(chunk)
    return Piece(path, size, found.hexdigest())


def files_of(
    folder: Path, but: Collection[Path], tell_link: Callable[[str], None] = lambda _: None
) -> Iterator[tuple[str, Path]]:
    """Yield the files of a data folder by their path in it, in order; all but `but`, and what is of processes alone.

    Whatever is not known to be passing is a part of the site: a new room's folder is in the backup by itself.
    `tell_link(path)` hears of each link that is not followed.
    """
    shut = {path.resolve() for path in but}
    for top in sorted(folder.iterdir()):
        if top.name in _OF_PROCESSES or top.name.startswith(".") or top.resolve() in shut:
            continue
        if top.is_dir():
            yield from _below(top, top.name, shut, tell_link)
        elif top.is_symlink():
            tell_link(top.name)
        elif _stays(top):
            yield top.name, top


def _below(folder: Path, path: str, shut: set[Path], tell_link: Callable[[str], None]) -> Iterator[tuple[str, Path]]:
    with os.scandir(folder) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    for entry in entries:
        place = Path(entry.path)
        if entry.is_dir(follow_symlinks=False):
            if place.resolve() not in shut:
                yield from _below(place, f"{path}/{entry.name}", shut, tell_link)
        elif entry.is_symlink():
            tell_link(f"{path}/{entry.name}")
        elif _stays(place):
            yield f"{path}/{entry.name}", place


def _stays(file: Path) -> bool:
    if not file.is_file() or file.name.startswith("."):
        return False
    return not file.name.endswith(_PASSING)
