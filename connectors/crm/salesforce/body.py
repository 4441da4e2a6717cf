"""The body of a streamed answer, unpacked as it comes in, with an end in time and size whatever the other side does.

Looks at its bounds after each receipt from the line: neither a byte a minute nor a packed nothing without end, nor a
little that unpacks into a lot, goes on for ever. Knows no format.
"""

import io
import zlib
from typing import Any

import requests
from urllib3.exceptions import HTTPError

from connectors.crm.tempo import Tempo
from plugin.core.errors import OutsideError

BUFFER_BYTES = 262_144
MOST_S = 600.0
MOST_BYTES = 128 * 2**20
_GZIP = 31  # zlib's word for a stream with a gzip header


class Body(io.RawIOBase):
    """What is read of `answer`. Raises OutsideError where the line breaks, or a bound is passed."""

    def __init__(self, answer: requests.Response, tempo: Tempo) -> None:
        packing = answer.headers.get("Content-Encoding", "identity").strip().lower()
        if packing not in ("identity", "gzip"):
            raise OutsideError("unreadable_answer")  # we take no other
        self._raw = answer.raw
        self._packing = zlib.decompressobj(_GZIP) if packing == "gzip" else None
        self._packed = b""
        self._tempo = tempo
        self._until_s = tempo.passed_s() + MOST_S
        self._left = MOST_BYTES

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read what there is into the buffer; 0: nothing more comes."""
        part = self._receive(len(buffer)) if self._packing is None else self._unpack(self._packing, len(buffer))
        self._left -= len(part)
        if self._left < 0:
            raise OutsideError("answer_too_large")
        buffer[: len(part)] = part
        return len(part)

    def _unpack(self, packing: "zlib._Decompress", most: int) -> bytes:
        while not packing.eof:
            packed = self._packed or self._receive(most)
            if not packed:
                raise OutsideError("unreachable", problem="IncompleteRead")
            try:
                part = packing.decompress(packed, most)
            except zlib.error:
                raise OutsideError("unreadable_answer") from None
            self._packed = packing.unconsumed_tail
            if part:
                return part
        return b""

    def _receive(self, most: int) -> bytes:
        """Return what has come in, at most so much; nothing at the end."""
        if self._tempo.passed_s() > self._until_s:
            raise OutsideError("timeout")
        try:
            return self._raw.read1(most, decode_content=False) or b""
        except (HTTPError, OSError) as error:
            raise OutsideError("unreachable", problem=type(error).__name__) from None
