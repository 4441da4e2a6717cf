"""The form of an encrypted recording: Tink's AES256-GCM-HKDF streaming, 64 KiB segments, read at any offset.

Never gives out a byte whose seal it has not checked, and knows neither folders nor who wrapped the key. Associated
data = the recording's id. The form is that of developers.google.com/tink/streaming-aead ("AES-GCM-HKDF"); tests let
Tink itself read what is written here.
"""

import os
from collections import deque

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from plugin.core.errors import Conflict

SEGMENT_BYTES = 65_536
KEY_BYTES = 32
_TAG_BYTES = 16
_NONCE_PREFIX_BYTES = 7
_HEADER_BYTES = 1 + KEY_BYTES + _NONCE_PREFIX_BYTES
_PLAIN_BYTES = SEGMENT_BYTES - _TAG_BYTES  # of sound in a full segment; the first holds _HEADER_BYTES less
_FIRST_BYTES = _PLAIN_BYTES - _HEADER_BYTES
_BUFFER_BYTES = 4 * SEGMENT_BYTES
_BUFFERS: deque[bytearray] = deque(maxlen=16)  # of what is encrypted still, for the next read


class SealedWriter:
    """Encrypts sound piece by piece into the open `file`.

    The first `head_bytes` come last, by `finish`: what a file says of itself, its length above all, is known only then.
    Until then the file has a hole where its first segment belongs and opens for nobody. No segment is sealed twice: a
    nonce is never used again.
    """

    def __init__(self, file: int, key: bytes, associated_data: bytes, head_bytes: int) -> None:
        self._file = file
        self._salt = os.urandom(KEY_BYTES)
        self._nonce_prefix = os.urandom(_NONCE_PREFIX_BYTES)
        self._aead = _aead(key, self._salt, associated_data)
        self._head_bytes = head_bytes
        self._first: bytearray | None = None
        self._open = bytearray(head_bytes)  # begins with the place of the head
        self._number = 0

    def write(self, sound: bytes) -> None:
        """Take the next bytes. Raises OSError."""
        self._open += sound
        while len(self._open) > (_PLAIN_BYTES if self._number else _FIRST_BYTES):  # the last one is for `finish`
            room = _PLAIN_BYTES if self._number else _FIRST_BYTES
            if self._number:
                self._seal(self._number, self._open[:room], is_last=False)
            else:
                self._first = self._open[:room]
            del self._open[:room]
            self._number += 1

    def finish(self, head: bytes) -> None:
        """Put `head` in its place, seal what is left, and bring all of it to the disk. Raises OSError."""
        if len(head) != self._head_bytes:
            raise ValueError("the head has not the length that was said")
        first = self._open if self._first is None else self._first
        first[: self._head_bytes] = head
        if self._first is not None:
            self._seal(self._number, self._open, is_last=True)
        self._seal(0, first, is_last=self._first is None)
        os.fsync(self._file)

    def _seal(self, number: int, plain: bytes | bytearray, *, is_last: bool) -> None:
        sealed = self._aead.encrypt(_nonce(self._nonce_prefix, number, is_last=is_last), bytes(plain), None)
        if number == 0:
            sealed = bytes([_HEADER_BYTES]) + self._salt + self._nonce_prefix + sealed
        left, at = memoryview(sealed), number * SEGMENT_BYTES
        while left:
            written = os.pwrite(self._file, left, at)
            left, at = left[written:], at + written


class Opener:
    """What opens one sealed file: its key, made from the keyset's and the file's header, and what its length tells.

    Good for as long as the file is the same one, as `is_of` tells; making it costs more than reading a segment.
    """

    __slots__ = ("_known_by", "aead", "nonce_prefix", "segments", "size_bytes")

    def __init__(self, file: int, key: bytes, associated_data: bytes) -> None:
        found = os.fstat(file)
        header = os.pread(file, _HEADER_BYTES, 0)
        if len(header) != _HEADER_BYTES or header[0] != _HEADER_BYTES:
            raise Conflict("corrupt")
        self.segments = -(-found.st_size // SEGMENT_BYTES)
        self.size_bytes = found.st_size - _HEADER_BYTES - self.segments * _TAG_BYTES
        if self.size_bytes < 0 or (self.segments > 1 and (found.st_size % SEGMENT_BYTES or SEGMENT_BYTES) < _TAG_BYTES):
            raise Conflict("corrupt")
        self.nonce_prefix = header[1 + KEY_BYTES :]
        self.aead = _aead(key, header[1 : 1 + KEY_BYTES], associated_data)
        self._known_by = _known_by(found)

    def is_of(self, file: int) -> bool:
        """Tell whether this open file is the one it was made of, and nobody has written to it since."""
        return _known_by(os.fstat(file)) == self._known_by


class SealedFile:
    """One encrypted recording, open. `size_bytes` of sound; `read` may begin anywhere and decrypts only what it needs.

    Every segment's seal is checked before a byte of it is given out, its place and whether it is the last included, so
    that damage, exchange of segments and truncation all raise Conflict("corrupt").
    """

    def __init__(self, file: int, opener: "Opener") -> None:
        self._file: int | None = file
        self._segments, self.size_bytes = opener.segments, opener.size_bytes
        self._nonce_prefix, self._aead = opener.nonce_prefix, opener.aead

    def read(self, start: int, length: int) -> bytes:
        """Return up to `length` bytes of sound from offset `start`; fewer only at the end."""
        pieces = self.pieces(start, length)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def pieces(self, start: int, length: int) -> list[bytes]:
        """Return the same in pieces, one from each segment; none where there is nothing to read."""
        stop = min(start + length, self.size_bytes)
        if start >= stop:
            return []
        first = (start + _HEADER_BYTES) // _PLAIN_BYTES
        last = (stop - 1 + _HEADER_BYTES) // _PLAIN_BYTES
        plain = self._segments_of(first, last)
        begins = last * _PLAIN_BYTES - _HEADER_BYTES if last else 0
        if stop - begins < len(plain[-1]):
            plain[-1] = plain[-1][: stop - begins]
        begins = first * _PLAIN_BYTES - _HEADER_BYTES if first else 0
        if start > begins:
            plain[0] = plain[0][start - begins :]
        return plain

    def seam_after(self, at: int, segments: int = 1) -> int:
        """Return where the segment of offset `at` ends, or one of the next: reads that end there waste nothing."""
        return ((at + _HEADER_BYTES) // _PLAIN_BYTES + segments) * _PLAIN_BYTES - _HEADER_BYTES

    def _segments_of(self, first: int, last: int) -> list[bytes]:
        # One read for all of them: each call into the system lets another thread in between. And into a buffer that
        # was used before: the system would give new memory page by page, which costs more than decrypting
        # (docs/performance.md).
        assert self._file is not None
        at = first * SEGMENT_BYTES if first else _HEADER_BYTES
        length = (last + 1) * SEGMENT_BYTES - at
        buffer = _a_buffer(length)
        try:
            sealed = memoryview(buffer)[: os.preadv(self._file, [memoryview(buffer)[:length]], at)]
            plain = []
            for number in range(first, last + 1):
                part = (number * SEGMENT_BYTES if number else _HEADER_BYTES) - at
                nonce = _nonce(self._nonce_prefix, number, is_last=number == self._segments - 1)
                plain.append(self._aead.decrypt(nonce, sealed[part : (number + 1) * SEGMENT_BYTES - at], None))
        except (InvalidTag, OSError, ValueError) as error:
            raise Conflict("corrupt") from error
        finally:
            if len(buffer) == _BUFFER_BYTES:
                _BUFFERS.append(buffer)
        return plain

    def close(self) -> None:
        """Close the file; closing again changes nothing."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def __enter__(self) -> "SealedFile":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _a_buffer(length: int) -> bytearray:
    if length > _BUFFER_BYTES:
        return bytearray(length)
    try:
        return _BUFFERS.pop()
    except IndexError:
        return bytearray(_BUFFER_BYTES)


def _known_by(found: os.stat_result) -> tuple[int, ...]:
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def _aead(key: bytes, salt: bytes, associated_data: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), KEY_BYTES, salt, associated_data).derive(key))


def _nonce(prefix: bytes, number: int, *, is_last: bool) -> bytes:
    return prefix + number.to_bytes(4, "big") + bytes([is_last])
