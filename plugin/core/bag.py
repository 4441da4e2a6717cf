"""A BagIt bag (RFC 8493) as a ZIP that is written while it goes out: the files, their sums, and what the bag says.

Nothing of it is ever put on a disk here, and no file is held whole. Refuses names that a bag cannot hold.
"""

import hashlib
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

_ALGORITHMS = ("sha256", "sha512")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*")
_DECLARED = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"


class _Pipe:
    """What a ZIP is written to: hands on what it was given, and cannot go back."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, data: bytes, /) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Do nothing: nothing is kept back."""

    def close(self) -> None:
        """Do nothing: there is nothing to close."""

    def taken(self) -> Iterator[bytes]:
        pieces, self._pieces = self._pieces, []
        yield from pieces


class Bag:
    """One bag. `name`: its folder inside the ZIP; `at`: the instant that its files bear.

    Call `file` for each file and hand on what comes, then `end` once. `sums` has each file's sums by then.
    """

    def __init__(self, name: str, at: datetime) -> None:
        self._name = _checked(name)
        self._time = at.timetuple()[:6]
        self._pipe = _Pipe()
        self._zip = zipfile.ZipFile(self._pipe, "w", zipfile.ZIP_STORED)
        self.sums: dict[str, dict[str, str]] = {}
        self._bytes = 0

    def file(self, path: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """Put a file into the bag and yield what of the ZIP is ready. ValueError for a name that is wrong, or twice."""
        inside = f"data/{_checked(path)}"
        if inside in self.sums:
            raise ValueError("a file of this name is in the bag")
        hashes = {name: hashlib.new(name) for name in _ALGORITHMS}
        with self._zip.open(self._entry(inside), "w", force_zip64=True) as entry:
            for piece in pieces:
                for each in hashes.values():
                    each.update(piece)
                self._bytes += len(piece)
                entry.write(piece)
                yield from self._pipe.taken()
        self.sums[inside] = {name: each.hexdigest() for name, each in hashes.items()}
        yield from self._pipe.taken()

    def end(self, said: Mapping[str, str]) -> Iterator[bytes]:
        """Write the manifests and what the bag says of itself (bag-info.txt, a line each), and end the ZIP."""
        oxum = {"Payload-Oxum": f"{self._bytes}.{len(self.sums)}"}
        lines = [f"{name}: {' '.join(value.split())}\n" for name, value in {**said, **oxum}.items()]
        tags = {"bagit.txt": _DECLARED, "bag-info.txt": "".join(lines).encode()}
        for name in _ALGORITHMS:
            sums = "".join(f"{each[name]}  {path}\n" for path, each in sorted(self.sums.items()))
            tags[f"manifest-{name}.txt"] = sums.encode()
        sealed = {
            f"tagmanifest-{name}.txt": "".join(
                f"{hashlib.new(name, data).hexdigest()}  {path}\n" for path, data in sorted(tags.items())
            ).encode()
            for name in _ALGORITHMS
        }
        for path, data in {**tags, **sealed}.items():
            self._zip.writestr(self._entry(path), data)
            yield from self._pipe.taken()
        self._zip.close()
        yield from self._pipe.taken()

    def _entry(self, path: str) -> zipfile.ZipInfo:
        entry = zipfile.ZipInfo(f"{self._name}/{path}", self._time)
        entry.external_attr = 0o640 << 16
        return entry


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError("a bag's file is named by letters, digits and ._-")
    return name
