"""FLAC, which loses no sample and is half as long as WAVE: made by ffmpeg, with a head of our own and without any tag.

The head tells how many samples there are and the MD5 of them, so that whoever gets the file can check it alone
(RFC 9639 §8.2); ffmpeg cannot write either into a pipe.
"""

import hashlib
from collections.abc import Iterator

from connectors.recordings.pieces import Pieces
from connectors.recordings.transcode import piped
from plugin.core.cutting import SoundForm
from plugin.core.errors import InputError

HEAD_BYTES = 42
SIGN = b"fLaC"
_LAST, _STREAMINFO_BYTES = 0x80, 34
_MOST_BLOCKS = 16
_BITS = 16


class Coded:
    """FLAC made of a WAVE file. `frames()` gives all that stands behind the head; then `head()` is known."""

    def __init__(self, form: SoundForm, most_bytes: int) -> None:
        self._form = form
        self._most_bytes = most_bytes
        self._told = b""
        self._sound = hashlib.md5(usedforsecurity=False)

    def frames(self, wave_head: bytes, sound: Iterator[bytes]) -> Iterator[bytes]:
        """Yield the frames of FLAC. Raises OutsideError as `transcode.piped` does."""
        with piped("wav", ["-c:a", "flac", "-f", "flac"], self._fed(wave_head, sound)) as read:
            made = Pieces(read, self._most_bytes)
            self._told = _streaminfo(made)
            yield from made.up_to(None)

    def _fed(self, wave_head: bytes, sound: Iterator[bytes]) -> Iterator[bytes]:
        yield wave_head
        for piece in sound:
            self._sound.update(piece)
            yield piece

    def head(self) -> bytes:
        """Return the first 42 bytes of the file."""
        form = self._form
        count = form.rate << 44 | (form.channels - 1) << 41 | (_BITS - 1) << 36 | form.frames
        streaminfo = self._told[:10] + count.to_bytes(8, "big") + self._sound.digest()
        return SIGN + bytes([_LAST]) + _STREAMINFO_BYTES.to_bytes(3, "big") + streaminfo


def _streaminfo(made: Pieces) -> bytes:
    """Pass over all that stands before the frames, tags above all; return the STREAMINFO among it."""
    if made.exactly(4) != SIGN:
        raise InputError("damaged")
    found = b""
    for _ in range(_MOST_BLOCKS):
        kind, size = made.exactly(1), int.from_bytes(made.exactly(3), "big")
        if kind[:1] in (b"\x00", b"\x80") and size == _STREAMINFO_BYTES:
            found = made.exactly(size)
        else:
            made.skip(size)
        if kind and kind[0] & _LAST:
            break
    if len(found) != _STREAMINFO_BYTES:
        raise InputError("damaged")
    return found


def is_bare(begins: bytes) -> bool:
    """Tell whether the frames stand right behind the head: no tag, picture or padding between them."""
    return begins[:8] == SIGN + bytes([_LAST, 0, 0, _STREAMINFO_BYTES]) and len(begins) >= HEAD_BYTES
