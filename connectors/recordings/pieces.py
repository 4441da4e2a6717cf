"""Bytes that come piece by piece, looked at from the front. Never holds more than was asked for at once."""

from collections.abc import Callable, Iterator

from plugin.core.errors import InputError

PIECE_BYTES = 1 << 16


class Pieces:
    """What `read(most_bytes)` gives until it gives b"". Raises InputError("too_long") beyond `most_bytes` of all."""

    def __init__(self, read: Callable[[int], bytes], most_bytes: int) -> None:
        self._read = read
        self._left_bytes = most_bytes
        self._seen = b""

    def exactly(self, count: int) -> bytes:
        """Take the next `count` bytes; fewer only at the end."""
        while len(self._seen) < count and (piece := self._next()):
            self._seen += piece
        taken, self._seen = self._seen[:count], self._seen[count:]
        return taken

    def peek(self, count: int) -> bytes:
        """Look at the next `count` bytes without taking them; fewer only at the end."""
        taken = self.exactly(count)
        self._seen = taken + self._seen
        return taken

    def skip(self, count: int) -> None:
        """Pass over `count` bytes, or to the end."""
        for _ in self.up_to(count):
            pass

    def up_to(self, count: int | None) -> Iterator[bytes]:
        """Take the next `count` bytes in pieces, to the end for None; an end before that is simply the end."""
        while count is None or count > 0:
            piece, self._seen = (self._seen, b"") if self._seen else (self._next(), b"")
            if not piece:
                return
            if count is not None:
                piece, self._seen = piece[:count], piece[count:]
                count -= len(piece)
            yield piece

    def _next(self) -> bytes:
        piece = self._read(PIECE_BYTES)
        self._left_bytes -= len(piece)
        if self._left_bytes < 0:
            raise InputError("too_long")
        return piece


def whole(pieces: Iterator[bytes], unit_bytes: int) -> Iterator[bytes]:
    """Cut anew so that no unit of `unit_bytes` is split; what is left over at the end is no unit and is dropped."""
    rest = b""
    for piece in pieces:
        joined = rest + piece if rest else piece
        cut = len(joined) - len(joined) % unit_bytes
        rest = joined[cut:]
        if cut:
            yield joined[:cut]
