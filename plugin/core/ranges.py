"""Byte ranges of RFC 9110 §14: what a Range header asks of a thing of known size. Never raises on any text."""

import re
from dataclasses import dataclass

_ONE = re.compile(r"bytes\s*=\s*(?:([0-9]{1,18})\s*-\s*([0-9]{0,18})|-\s*([0-9]{1,18}))\s*", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class ByteRange:
    """The bytes [start, stop) of a thing."""

    start: int
    stop: int

    @property
    def length(self) -> int:
        """How many bytes it holds."""
        return self.stop - self.start


@dataclass(frozen=True, slots=True)
class Unsatisfiable:
    """A range that lies behind the end: 416."""


def read_range(header: str | None, size_bytes: int) -> ByteRange | Unsatisfiable | None:
    """Return the one range that `header` asks for, None where the whole is to be sent.

    As RFC 9110 §14.2 allows, a header that is malformed, of another unit, or of several ranges is ignored.
    """
    read = _ONE.fullmatch(header.strip()) if header else None
    if read is None:
        return None
    first, last, suffix = read.groups()
    if suffix is not None:
        length = min(int(suffix), size_bytes)
        return ByteRange(size_bytes - length, size_bytes) if length else Unsatisfiable()
    start = int(first)
    if last and int(last) < start:
        return None  # an invalid range-spec: §14.1.1
    if start >= size_bytes:
        return Unsatisfiable()
    return ByteRange(start, min(int(last) + 1, size_bytes) if last else size_bytes)


def is_same_version(if_range: str | None, tag: str) -> bool:
    """Tell whether an If-Range header (§13.1.5) lets the range be sent: absent, or exactly our strong `tag`, quoted."""
    return if_range is None or if_range.strip() == f'"{tag}"'
