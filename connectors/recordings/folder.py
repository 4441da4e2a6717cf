"""Recordings that a phone system leaves in a folder, found by the name it told. Refuses every way out of the folder."""

import os
import stat
from pathlib import Path, PurePosixPath

from plugin.core.errors import InputError, OutsideError

_MOST_LETTERS = 1024


class FolderSource:
    """The folder `folder`. A uri is a path below it, relative or absolute, or `…/*-ID.wav`: the one file ending so."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def open(self, uri: str) -> "FolderFile | None":
        """Open the file that `uri` names, or return None while it is not there.

        Raises InputError as `find` does, OutsideError("file_unreadable") where this process may not read it.
        """
        return _opened(self.find(uri))

    def open_path(self, path: str) -> "FolderFile | None":
        """Open the file at exactly this path below the folder, whatever its name holds; as `open` otherwise.

        Raises InputError("outside") where a link leads out of the folder, OutsideError("file_unreadable").
        """
        root = self._root()
        try:
            return _opened(None if root is None else _real(root, root / path))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, RuntimeError) as error:
            raise OutsideError("file_unreadable") from error

    def find(self, uri: str) -> Path | None:
        """Return the regular file that `uri` names, links followed, or None while it is not there.

        Raises InputError("outside") where the name or a link leads out of the folder, InputError("name") where it can
        be no file's name, InputError("ambiguous") where several files end so.
        """
        below = self._below(uri)
        root = self._root()
        if root is None:
            return None
        try:
            path = _only_ending(root / below.parent, below.name[1:]) if below.name.startswith("*") else root / below
            return None if path is None else _real(root, path)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, RuntimeError) as error:  # too long, a loop of links, no directory
            raise InputError("name") from error

    def _root(self) -> Path | None:
        try:
            return self._folder.resolve(strict=True)
        except OSError:
            return None  # not mounted yet

    def _below(self, uri: str) -> PurePosixPath:
        text = uri.removeprefix("file://")
        if not text or len(text) > _MOST_LETTERS or any(ord(letter) < 32 or ord(letter) == 127 for letter in text):
            raise InputError("name")
        path = PurePosixPath(text)
        if path.is_absolute():
            try:
                path = path.relative_to(PurePosixPath(self._folder.absolute()))
            except ValueError as error:
                raise InputError("outside") from error
        if ".." in path.parts:
            raise InputError("outside")
        if path.name in ("", "*"):
            raise InputError("name")
        return path


class FolderFile:
    """A file of the folder, open. Raises OSError as reading files does."""

    def __init__(self, handle: int) -> None:
        self._handle = handle
        self.size_bytes = os.fstat(handle).st_size

    def read(self, most_bytes: int) -> bytes:
        """Return the next bytes, b"" at the end."""
        return os.read(self._handle, most_bytes)

    def close(self) -> None:
        """Close the file."""
        os.close(self._handle)


def _only_ending(folder: Path, ending: str) -> Path | None:
    with os.scandir(folder) as entries:
        found = [entry.path for entry in entries if entry.name.endswith(ending)]
    if len(found) > 1:
        raise InputError("ambiguous")
    return Path(found[0]) if found else None


def _real(root: Path, path: Path) -> Path | None:
    real = path.resolve(strict=True)
    if not real.is_relative_to(root):
        raise InputError("outside")
    return real if stat.S_ISREG(real.stat().st_mode) else None


def _opened(path: Path | None) -> FolderFile | None:
    if path is None:
        return None
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise OutsideError("file_unreadable") from error
    if not stat.S_ISREG(os.fstat(handle).st_mode):  # exchanged meanwhile
        os.close(handle)
        return None
    return FolderFile(handle)
