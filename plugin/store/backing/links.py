"""Symbolic links where a backup reads and writes: followed where an administrator put his disk, refused elsewhere.

A link at the top of the data folder that leads to a folder is followed, and told of: recordings often lie on a disk of
their own. One that leads nowhere is a disk that is not mounted. In the folder of backups no link is followed at all:
what is removed there would be removed somewhere else.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from plugin.core.errors import Conflict

_SHARDS = 2  # folders of the pool that files are written into and removed from: recordings/7a


@dataclass(frozen=True, slots=True)
class Followed:
    """A link at the top of the data folder, by its name, and the folder that it leads to."""

    name: str
    leads_to: Path


def followed(data_dir: Path, but: Collection[Path]) -> tuple[Followed, ...]:
    """Return the links at the top of the data folder that a backup follows; `but`: what is no part of one.

    Raises Conflict("link_broken") where one leads nowhere, Conflict("link_twice") where what it leads to is copied
    already, or holds what is.
    """
    shut, found, home = {path.resolve() for path in but}, list[Followed](), data_dir.resolve()
    for path in sorted(data_dir.iterdir()):
        if not path.is_symlink() or path.name.startswith(".") or path.resolve() in shut:
            continue
        if not path.exists():
            raise Conflict("link_broken", path=path.name)
        if path.is_dir():
            found.append(Followed(path.name, path.resolve()))
    for one in found:
        others = [home, *(other.leads_to for other in found if other is not one)]
        if any(overlap(one.leads_to, other) for other in others):
            raise Conflict("link_twice", path=one.name)
    return tuple(found)


def must_have_none(folder: Path, pool: Path, backups: Collection[str]) -> None:
    """Raise Conflict("link_in_target") where the pool, a folder in it, or a backup is a link."""
    for path in (folder / ".lock", pool, *(folder / name for name in backups), *_folders(pool, _SHARDS)):
        if path.is_symlink():
            raise Conflict("link_in_target", path=str(path.relative_to(folder)))


def _folders(folder: Path, deep: int) -> Iterator[Path]:
    if deep and folder.is_dir() and not folder.is_symlink():
        for path in folder.iterdir():
            yield path
            yield from _folders(path, deep - 1)


def overlap(one: Path, other: Path) -> bool:
    """Tell whether the one folder is the other, or lies in it, or the other way round; links followed."""
    first, second = one.resolve(), other.resolve()
    return first.is_relative_to(second) or second.is_relative_to(first)
