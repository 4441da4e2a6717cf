"""A backup as values: its manifest, what may be wrong with it, how far making it is, and which backups are kept.

Knows no folder and no database. A manifest is canonical JSON that was signed: whoever changes one byte of it is found.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from plugin.core.errors import InputError
from plugin.core.times import to_us

FORMAT = "denwaban backup 1"
NAME = re.compile(r"20[0-9]{6}T[0-9]{6}Z")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_PATH = re.compile(r"[^\x00-\x1f/\\]+(/[^\x00-\x1f/\\]+)*")
_EPOCH_OF_VERSIONS = 1_577_836_800  # 2020-01-01 UTC, in seconds


class Stage(StrEnum):
    """What making, looking at or putting back a backup is at."""

    DATABASE = "database"
    INTEGRITY = "integrity"
    CHAIN = "chain"
    RECORDINGS = "recordings"
    FILES = "files"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a stage is: `done` of `total`, pages, lines or files."""

    stage: Stage
    done: int = 0
    total: int = 0
    table: str = ""


class Fault(StrEnum):
    """What is wrong with a backup."""

    SIGNATURE = "signature"  # the manifest is not what was signed, or by another key
    GONE = "gone"  # a file of the manifest is not there
    CONTENT = "content"  # a file is not what it was
    DAMAGED = "damaged"  # SQLite finds its database damaged
    ORPHAN = "orphan"  # a row points to one that is not there
    AUDIT = "audit"  # the audit in it is not whole, or is not the one of the manifest
    NEWER = "newer"  # it was made by a newer version of the program
    KEY = "key"  # a key that its recordings or answers need is not with the keys
    UNFINISHED = "unfinished"  # a dump whose end is missing


@dataclass(frozen=True, slots=True)
class Finding:
    """`n` times this fault; `what`: a file, table, line or key's name."""

    fault: Fault
    what: str = ""
    n: int = 1


@dataclass(frozen=True, slots=True)
class Piece:
    """A file of a backup: where it lies in the data folder, how long it is, its sha-256 in hex."""

    path: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup is made of.

    `step`: of the schema. `database`: the piece that is the database, or a dump of one. `pieces`: the files that lie in
    the backup's own folder. `list`: the piece that lists the recordings, which all backups of a place share. `absent`:
    so many recordings of the database had no file. `keys`: name and id of each key that there was; `shredded`: months
    whose keys were destroyed by then.
    """

    name: str
    taken_at_us: int
    version: str
    step: str
    is_dump: bool
    audit_seq: int
    audit_hash: str
    database: str
    list: str
    recordings: int
    recordings_bytes: int
    absent: int
    pieces: tuple[Piece, ...]
    keys: tuple[tuple[str, str], ...]
    shredded: tuple[str, ...]

    def piece(self, path: str) -> Piece:
        """Return the piece at this path. Raises InputError("manifest")."""
        for one in self.pieces:
            if one.path == path:
                return one
        raise InputError("manifest")


def name_of(at: datetime) -> str:
    """Return the name of a backup that is begun at this instant (UTC, whole seconds)."""
    return f"{at:%Y%m%dT%H%M%SZ}"


def least_version(at: datetime) -> int:
    """Return the version at which the CRM's entries go on after a restore at `at`: minutes since 2020.

    Nobody changes one summary more than once a minute for years; so it is above any version that was sent and lost.
    """
    return (to_us(at) // 1_000_000 - _EPOCH_OF_VERSIONS) // 60


def signed_words(manifest: bytes) -> bytes:
    """Return the bytes that the signature of a manifest is over."""
    return FORMAT.encode() + b"\n" + manifest


def write_manifest(manifest: Manifest) -> bytes:
    """Return the manifest as canonical JSON."""
    said: dict[str, Any] = {name: getattr(manifest, name) for name in _PLAIN}
    said["format"] = FORMAT
    said["pieces"] = [[one.path, one.size_bytes, one.sha256] for one in manifest.pieces]
    said["keys"] = [list(key) for key in manifest.keys]
    said["shredded"] = list(manifest.shredded)
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


_PLAIN = {
    "name": str,
    "taken_at_us": int,
    "version": str,
    "step": str,
    "is_dump": bool,
    "audit_seq": int,
    "audit_hash": str,
    "database": str,
    "list": str,
    "recordings": int,
    "recordings_bytes": int,
    "absent": int,
}


def read_manifest(raw: bytes) -> Manifest:
    """Return the manifest that these bytes are. Raises InputError("manifest")."""
    try:
        said = json.loads(raw)
        if said["format"] != FORMAT or any(type(said[name]) is not kind for name, kind in _PLAIN.items()):
            raise InputError("manifest")
        pieces = tuple(_piece(*one) for one in said["pieces"])
        keys = tuple((str(name), str(key_id)) for name, key_id in said["keys"])
        shredded = tuple(map(str, said["shredded"]))
        plain = {name: said[name] for name in _PLAIN}
        manifest = Manifest(**plain, pieces=pieces, keys=keys, shredded=shredded)
    except (ValueError, KeyError, TypeError, RecursionError, AttributeError) as error:
        raise InputError("manifest") from error
    if not NAME.fullmatch(manifest.name):
        raise InputError("manifest")
    manifest.piece(manifest.database)
    manifest.piece(manifest.list)
    return manifest


def write_list(pieces: Iterable[Piece]) -> Iterator[bytes]:
    """Yield the list of recordings, a line each."""
    for one in pieces:
        yield f"{one.sha256} {one.size_bytes} {one.path}\n".encode()


def read_list(lines: Iterable[bytes]) -> Iterator[Piece]:
    """Yield what a list of recordings names. Raises InputError("manifest") at the first line that is none."""
    for line in lines:
        try:
            sha256, size, path = line.decode().rstrip("\n").split(" ", 2)
            yield _piece(path, int(size), sha256)
        except (ValueError, TypeError) as error:
            raise InputError("manifest") from error


def _piece(path: object, size_bytes: object, sha256: object) -> Piece:
    # Where it will be written to stands in it: it must not lead out of the folder.
    if not isinstance(path, str) or not isinstance(sha256, str) or type(size_bytes) is not int:
        raise InputError("manifest")
    is_inside = _PATH.fullmatch(path) and not {"", ".", ".."}.intersection(path.split("/"))
    if not is_inside or not _SHA256.fullmatch(sha256) or size_bytes < 0:
        raise InputError("manifest")
    return Piece(path, size_bytes, sha256)


@dataclass(frozen=True, slots=True)
class Keeping:
    """Which backups stay: the newest of each of the last `days` days and `weeks` weeks that have one, in `zone`."""

    days: int
    weeks: int
    zone: ZoneInfo

    def stays(self, taken: Sequence[datetime]) -> frozenset[datetime]:
        """Return those that stay, the newest always among them."""
        newest_first = sorted(taken, reverse=True)
        stays = set(newest_first[:1])
        stays |= self._newest_of_each(newest_first, self.days, timedelta(0))
        stays |= self._newest_of_each(newest_first, self.weeks, timedelta(days=1))
        return frozenset(stays)

    def _newest_of_each(self, newest_first: Sequence[datetime], most: int, by_week: timedelta) -> set[datetime]:
        found: dict[object, datetime] = {}
        for at in newest_first:
            day = at.astimezone(self.zone).date()
            found.setdefault(day.isocalendar()[:2] if by_week else day, at)
        return set(list(found.values())[:most])
