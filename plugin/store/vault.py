"""Recordings on disk: each encrypted with Tink's streaming AEAD under a key of its own, read again at any offset.

Never holds sound in the clear on disk, temporary files included, and never a key beside the file: the keyset stands in
the database, wrapped by a key-encryption key that stands in neither. Format: Tink's AES256-GCM-HKDF streaming,
64 KiB segments, associated data = the recording's id (developers.google.com/tink/streaming-aead, "AES-GCM-HKDF").
"""

import hashlib
import io
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from plugin.core.errors import Conflict, NotFound, SettingError
from plugin.core.ids import RecordingId
from plugin.store.keys import Keys

if TYPE_CHECKING:
    from tink import KeysetHandle

SEGMENT_BYTES = 65_536
_TAG_BYTES = 16
_KEY_BYTES = 32
_NONCE_PREFIX_BYTES = 7
_HEADER_BYTES = 1 + _KEY_BYTES + _NONCE_PREFIX_BYTES
_PLAIN_BYTES = SEGMENT_BYTES - _TAG_BYTES  # of sound in a full segment; the first holds _HEADER_BYTES less
_WRAP_NONCE_BYTES = 12
_TYPE_URL = "type.googleapis.com/google.crypto.tink.AesGcmHkdfStreamingKey"


@dataclass(frozen=True, slots=True)
class Lock:
    """What opens one recording: its wrapped keyset, and which key of which month wrapped it (`2026-11.1-0a1b2c3d`).

    There is one key-encryption key a month: destroying it makes every copy of the month's recordings unreadable, those
    in backups too.
    """

    keyset: bytes
    key_id: str

    @property
    def month(self) -> str:
        """The month of the recording (UTC): its folder, and a part of the key's name."""
        return self.key_id.partition(".")[0]


class Vault:
    """The folder of encrypted recordings, and the keys that wrap their keysets."""

    def __init__(self, folder: Path, keys: Keys) -> None:
        self._folder = folder
        self._keys = keys

    def put(self, recording_id: RecordingId, sound: bytes, recorded_at: datetime) -> Lock:
        """Encrypt `sound` under a new key; when this returns the file is complete and on the disk. Raises OSError.

        Each call writes a file of its own, so that two importers of one recording never touch each other's.
        """
        import tink
        from tink import streaming_aead

        streaming_aead.register()
        handle = tink.new_keyset_handle(_template())
        lock = self._wrap(handle, recording_id, f"{recorded_at:%Y-%m}")
        path = self._path(recording_id, lock)
        for folder in (self._folder, path.parent):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        try:
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
                primitive = handle.primitive(streaming_aead.StreamingAead)
                with primitive.new_encrypting_stream(_KeepOpen(file), recording_id.encode()) as stream:
                    stream.write(sound)
                file.flush()
                os.fsync(file.fileno())
            part.rename(path)
        except BaseException as error:
            part.unlink(missing_ok=True)  # a full disk must not fill up further
            if isinstance(error, tink.TinkError):  # what writing raised, gone through Tink
                raise OSError("the recording was not written") from error
            raise
        for folder in (path.parent, self._folder):
            _sync_folder(folder)
        return lock

    def open(self, recording_id: RecordingId, lock: Lock) -> "SealedFile":
        """Open a recording for reading at any offset.

        Raises Conflict("corrupt") where file or keyset are damaged, Conflict("unreadable") where file or key are not
        there: that may be a folder that is not mounted.
        """
        key = self._unwrap(recording_id, lock)
        try:
            file = os.open(self._path(recording_id, lock), os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise Conflict("unreadable") from error
        try:
            return SealedFile(file, key, recording_id.encode())
        except BaseException:
            os.close(file)
            raise

    def drop(self, recording_id: RecordingId, lock: Lock) -> None:
        """Remove the file that `lock` opens, if it is there."""
        self._path(recording_id, lock).unlink(missing_ok=True)

    def sweep(self, recording_id: RecordingId, keep: Lock) -> None:
        """Remove what importers that died left of this recording, all but the file that `keep` opens."""
        kept = self._path(recording_id, keep)
        for path in kept.parent.glob(f"{recording_id}-*"):
            if path != kept:
                path.unlink(missing_ok=True)

    def _path(self, recording_id: RecordingId, lock: Lock) -> Path:
        return self._folder / lock.month / f"{recording_id}-{hashlib.sha256(lock.keyset).hexdigest()[:16]}.sealed"

    def _wrap(self, handle: "KeysetHandle", recording_id: RecordingId, month: str) -> Lock:
        from tink import proto_keyset_format, secret_key_access

        key = self._keys.secret(f"recordings-{month}")
        plain = proto_keyset_format.serialize(handle, secret_key_access.TOKEN)
        nonce = os.urandom(_WRAP_NONCE_BYTES)
        return Lock(nonce + AESGCM(key.value).encrypt(nonce, plain, recording_id.encode()), f"{month}.{key.id}")

    def _unwrap(self, recording_id: RecordingId, lock: Lock) -> bytes:
        from google.protobuf.message import DecodeError
        from tink.proto import aes_gcm_hkdf_streaming_pb2, tink_pb2

        nonce, sealed = lock.keyset[:_WRAP_NONCE_BYTES], lock.keyset[_WRAP_NONCE_BYTES:]
        try:
            key = self._keys.secret_by_id(f"recordings-{lock.month}", lock.key_id.partition(".")[2])
        except (NotFound, SettingError) as error:
            raise Conflict("unreadable") from error
        try:
            plain = AESGCM(key.value).decrypt(nonce, sealed, recording_id.encode())
            entry = tink_pb2.Keyset.FromString(plain).key[0].key_data
            read = aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingKey.FromString(entry.value)
        except (InvalidTag, ValueError, IndexError, DecodeError) as error:
            raise Conflict("corrupt") from error
        if entry.type_url != _TYPE_URL or read.params.ciphertext_segment_size != SEGMENT_BYTES:
            raise Conflict("corrupt")
        return bytes(read.key_value)


class SealedFile:
    """One encrypted recording, open. `size_bytes` of sound; `read` may begin anywhere and decrypts only what it needs.

    Every segment's seal is checked before a byte of it is given out, its place and whether it is the last included, so
    that damage, exchange of segments and truncation all raise Conflict("corrupt").
    """

    def __init__(self, file: int, key: bytes, associated_data: bytes) -> None:
        self._file: int | None = file
        sealed_bytes = os.fstat(file).st_size
        header = os.pread(file, _HEADER_BYTES, 0)
        if len(header) != _HEADER_BYTES or header[0] != _HEADER_BYTES:
            raise Conflict("corrupt")
        self._segments = -(-sealed_bytes // SEGMENT_BYTES)
        self.size_bytes = sealed_bytes - _HEADER_BYTES - self._segments * _TAG_BYTES
        if self.size_bytes < 0 or (self._segments > 1 and (sealed_bytes % SEGMENT_BYTES or SEGMENT_BYTES) < _TAG_BYTES):
            raise Conflict("corrupt")
        self._nonce_prefix = header[1 + _KEY_BYTES :]
        salt = header[1 : 1 + _KEY_BYTES]
        self._aead = AESGCM(HKDF(SHA256(), _KEY_BYTES, salt, associated_data).derive(key))

    def read(self, start: int, length: int) -> bytes:
        """Return up to `length` bytes of sound from offset `start`; fewer only at the end."""
        stop = min(start + length, self.size_bytes)
        if start >= stop:
            return b""
        first = (start + _HEADER_BYTES) // _PLAIN_BYTES
        last = (stop - 1 + _HEADER_BYTES) // _PLAIN_BYTES
        plain = self._segments_of(first, last)
        begins = first * _PLAIN_BYTES - _HEADER_BYTES if first else 0
        return plain if (begins, len(plain)) == (start, stop - start) else plain[start - begins : stop - begins]

    def seam_after(self, at: int, segments: int = 1) -> int:
        """Return where the segment of offset `at` ends, or one of the next: reads that end there waste nothing."""
        return ((at + _HEADER_BYTES) // _PLAIN_BYTES + segments) * _PLAIN_BYTES - _HEADER_BYTES

    def _segments_of(self, first: int, last: int) -> bytes:
        # One read for all of them: each call into the system lets another thread in between (docs/performance.md).
        assert self._file is not None
        at = first * SEGMENT_BYTES if first else _HEADER_BYTES
        try:
            sealed = memoryview(os.pread(self._file, (last + 1) * SEGMENT_BYTES - at, at))
            plain = []
            for number in range(first, last + 1):
                part = (number * SEGMENT_BYTES if number else _HEADER_BYTES) - at
                nonce = self._nonce_prefix + number.to_bytes(4, "big") + bytes([number == self._segments - 1])
                plain.append(self._aead.decrypt(nonce, sealed[part : (number + 1) * SEGMENT_BYTES - at], None))
        except (InvalidTag, OSError, ValueError) as error:
            raise Conflict("corrupt") from error
        return plain[0] if len(plain) == 1 else b"".join(plain)

    def close(self) -> None:
        """Close the file; closing again changes nothing."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def __enter__(self) -> "SealedFile":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _KeepOpen(io.RawIOBase):
    """Hands on what Tink writes but outlives its stream, which closes its target before it could be synced."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self._target = file

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        return self._target.write(data)  # type: ignore[call-overload,no-any-return]  # any buffer, as RawIOBase says


def _template() -> object:
    from tink.proto import aes_gcm_hkdf_streaming_pb2, common_pb2, tink_pb2

    form = aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingKeyFormat()
    form.key_size = form.params.derived_key_size = _KEY_BYTES
    form.params.hkdf_hash_type = common_pb2.HashType.SHA256
    form.params.ciphertext_segment_size = SEGMENT_BYTES
    return tink_pb2.KeyTemplate(
        value=form.SerializeToString(), type_url=_TYPE_URL, output_prefix_type=tink_pb2.OutputPrefixType.RAW
    )


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
