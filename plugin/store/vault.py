"""Recordings on disk: each encrypted under a key of its own, piece by piece as it comes, and read again at any offset.

Never holds sound in the clear on disk, temporary files included, and never a key beside the file: the keyset stands in
the database, wrapped by a key-encryption key that stands in neither. What the files look like: plugin/store/sealed.py.
"""

import hashlib
import os
import threading
from collections import OrderedDict
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from plugin.core.errors import Conflict, NotFound, SettingError
from plugin.core.ids import RecordingId
from plugin.store.durable import sync_folder
from plugin.store.keys import Keys, Secret
from plugin.store.sealed import KEY_BYTES, SEGMENT_BYTES, Opener, SealedFile, SealedWriter

_MARK_BYTES = 8
_WRAP_NONCE_BYTES = 12
_TYPE_URL = "type.googleapis.com/google.crypto.tink.AesGcmHkdfStreamingKey"
_STRETCH_BYTES = 1 << 20
_MOST_KNOWN = 64


@dataclass(frozen=True, slots=True)
class Lock:
    """What opens one recording: its wrapped keyset, and which key of which month wrapped it (`2027-11.1-0a1b2c3d`).

    `keyset` begins with the mark of the file: re-wrapping changes all of it but that, so the file keeps its name. The
    month is the one in which the recording's time ends: destroying the month's keys makes every copy of its recordings
    unreadable, those in backups too.
    """

    keyset: bytes = field(repr=False)
    key_id: str

    @property
    def month(self) -> str:
        """The month (UTC) in which the recording's time ends, a part of its key's name."""
        return self.key_id.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Sealed:
    """A recording that is on the disk: what opens it, how long it is, and the sha-256 of what it gives when opened."""

    lock: Lock
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class _Known:
    place: str
    opener: Opener


def key_name(month: str) -> str:
    """Return the name of the keys that wrap the recordings whose time ends in `month` (`2027-11`)."""
    return f"recordings-{month}"


class Vault:
    """The folder of encrypted recordings, and the keys that wrap their keysets."""

    def __init__(self, folder: Path, keys: Keys) -> None:
        self._folder = folder
        self._keys = keys
        self._known: OrderedDict[tuple[RecordingId, Lock], _Known] = OrderedDict()  # the last that were opened
        self._turn = threading.Lock()

    @contextmanager
    def sealing(self, recording_id: RecordingId, month: str, head_bytes: int) -> Iterator["Sealing"]:
        """Begin to encrypt a recording under a new key, which a key of `month` will wrap.

        Nothing is left of it unless `finish` was called. Each sealing writes a file of its own, so that two importers
        of one recording never touch each other's.
        """
        sealing = Sealing(self, self._keys, recording_id, month, head_bytes)
        try:
            yield sealing
        finally:
            sealing.close()

    def open(self, recording_id: RecordingId, lock: Lock) -> SealedFile:
        """Open a recording for reading at any offset.

        Raises Conflict("corrupt") where file or keyset are damaged, Conflict("key_missing") where its key is not there,
        and Conflict("unreadable") where the file is not: that may be a folder that is not mounted.
        """
        return self._opened_again(recording_id, lock) or self._opened_anew(recording_id, lock)

    def _opened_again(self, recording_id: RecordingId, lock: Lock) -> SealedFile | None:
        """Open what was opened lately without making its key anew: its month's key is still there, the file the same.

        Of what a range costs, making the key was a third (docs/performance.md).
        """
        known = self._known.get((recording_id, lock))
        if known is None or not self._keys.is_there(key_name(lock.month), lock.key_id.partition(".")[2]):
            return None
        try:
            file = os.open(known.place, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return None
        if known.opener.is_of(file):
            return SealedFile(file, known.opener)
        os.close(file)
        return None

    def _opened_anew(self, recording_id: RecordingId, lock: Lock) -> SealedFile:
        key = _key_of(self._plain(recording_id, lock))
        place = str(self.place_of(recording_id, lock.keyset))
        try:
            file = os.open(place, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise Conflict("unreadable") from error
        try:
            opener = Opener(file, key, recording_id.encode())
        except BaseException:
            os.close(file)
            raise
        with self._turn:
            self._known[recording_id, lock] = _Known(place, opener)
            while len(self._known) > _MOST_KNOWN:
                self._known.popitem(last=False)
        return SealedFile(file, opener)

    def rewrapped(self, recording_id: RecordingId, lock: Lock) -> Lock:
        """Return a lock of the same file under the newest key of its month, which is not made here.

        Raises Conflict("corrupt" | "key_missing") as `open` does.
        """
        plain = self._plain(recording_id, lock)
        newest = self._keys.newest(key_name(lock.month))
        if newest is None:
            raise Conflict("key_missing")
        return _wrapped(plain, recording_id, lock.keyset[:_MARK_BYTES], lock.month, newest)

    def drop(self, recording_id: RecordingId, lock: Lock) -> None:
        """Remove the file that `lock` opens, if it is there. Needs no key."""
        self.place_of(recording_id, lock.keyset).unlink(missing_ok=True)

    def sweep(self, recording_id: RecordingId, keep: Lock | None = None) -> None:
        """Remove what importers that died left of this recording, all but the file that `keep` opens."""
        kept = None if keep is None else self.place_of(recording_id, keep.keyset)
        for path in self.place_of(recording_id, b"").parent.glob(f"{recording_id}-*"):
            if path != kept:
                path.unlink(missing_ok=True)

    def sweep_all(self, recording_ids: Collection[RecordingId]) -> None:
        """Remove every file of these recordings; a folder is looked through once, however many of them lie in it."""
        by_folder: dict[Path, set[str]] = {}
        for recording_id in recording_ids:
            by_folder.setdefault(self.place_of(recording_id, b"").parent, set()).add(recording_id)
        for folder, ids in by_folder.items():
            for path in folder.glob("*-*"):
                if path.name.partition("-")[0] in ids:
                    path.unlink(missing_ok=True)

    def name_of(self, recording_id: RecordingId, keyset: bytes) -> str:
        """Return the file's name as the data folder has it: `recordings/01KA/01KA…-0a1b….sealed`."""
        place = self.place_of(recording_id, keyset)
        return f"{self._folder.name}/{place.parent.name}/{place.name}"

    def place_of(self, recording_id: RecordingId, keyset: bytes) -> Path:
        """Return where the file lies; of the keyset its mark alone is needed."""
        # Four letters of the id change every three days: folders of a few days each.
        return self._folder / recording_id[:4] / f"{recording_id}-{keyset[:_MARK_BYTES].hex()}.sealed"

    def _plain(self, recording_id: RecordingId, lock: Lock) -> bytes:
        mark, rest = lock.keyset[:_MARK_BYTES], lock.keyset[_MARK_BYTES:]
        try:
            key = self._keys.secret_by_id(key_name(lock.month), lock.key_id.partition(".")[2])
        except (NotFound, SettingError) as error:
            raise Conflict("key_missing") from error
        try:
            nonce, sealed = rest[:_WRAP_NONCE_BYTES], rest[_WRAP_NONCE_BYTES:]
            return AESGCM(key.value).decrypt(nonce, sealed, mark + recording_id.encode())
        except (InvalidTag, ValueError) as error:
            raise Conflict("corrupt") from error


class Sealing:
    """A recording on its way to the disk. The file appears with the first bytes, under a name that nobody opens."""

    def __init__(self, vault: Vault, keys: Keys, recording_id: RecordingId, month: str, head_bytes: int) -> None:
        self._vault = vault
        self._keys = keys
        self._id = recording_id
        self._month = month
        self._head_bytes = head_bytes
        self._mark = os.urandom(_MARK_BYTES)
        self._path = vault.place_of(recording_id, self._mark)
        self._now_at = self._path.with_suffix(".part")
        self._plain = _new_keyset()
        self._file: int | None = None
        self._writer: SealedWriter | None = None

    def write(self, sound: bytes) -> None:
        """Encrypt the next bytes. Raises OSError."""
        self._begun().write(sound)

    def finish(self, head: bytes) -> Sealed:
        """Put the head in its place, and return once the whole file is on the disk and was read again. Raises OSError.

        Reading again proves that it opens, and takes the sha-256 of what a player will get.
        """
        self._begun().finish(head)
        lock = _wrapped(self._plain, self._id, self._mark, self._month, self._keys.secret(key_name(self._month)))
        self._now_at = self._now_at.rename(self._path)  # what `close` removes until all is well
        for folder in (self._path.parent, self._path.parent.parent):
            sync_folder(folder)
        try:
            with self._vault.open(self._id, lock) as sealed:
                read = Sealed(lock, sealed.size_bytes, _sha256(sealed))
        except Conflict as error:
            raise OSError("the recording was not written") from error
        os.close(self._taken())
        return read

    def close(self) -> None:
        """Remove the file, unless it was finished: a full disk must not fill up further."""
        if self._file is not None:
            os.close(self._taken())
            self._now_at.unlink(missing_ok=True)

    def _begun(self) -> SealedWriter:
        if self._writer is None:
            for folder in (self._path.parent.parent, self._path.parent):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = os.open(self._now_at, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            self._writer = SealedWriter(self._file, _key_of(self._plain), self._id.encode(), self._head_bytes)
        return self._writer

    def _taken(self) -> int:
        file, self._file = self._file, None
        assert file is not None
        return file


def _wrapped(plain: bytes, recording_id: RecordingId, mark: bytes, month: str, key: Secret) -> Lock:
    nonce = os.urandom(_WRAP_NONCE_BYTES)
    sealed = AESGCM(key.value).encrypt(nonce, plain, mark + recording_id.encode())
    return Lock(mark + nonce + sealed, f"{month}.{key.id}")


def _new_keyset() -> bytes:
    import tink
    from tink import proto_keyset_format, secret_key_access, streaming_aead
    from tink.proto import aes_gcm_hkdf_streaming_pb2, common_pb2, tink_pb2

    streaming_aead.register()
    form = aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingKeyFormat()
    form.key_size = form.params.derived_key_size = KEY_BYTES
    form.params.hkdf_hash_type = common_pb2.HashType.SHA256
    form.params.ciphertext_segment_size = SEGMENT_BYTES
    template = tink_pb2.KeyTemplate(
        value=form.SerializeToString(), type_url=_TYPE_URL, output_prefix_type=tink_pb2.OutputPrefixType.RAW
    )
    return bytes(proto_keyset_format.serialize(tink.new_keyset_handle(template), secret_key_access.TOKEN))


def _key_of(plain: bytes) -> bytes:
    from google.protobuf.message import DecodeError
    from tink.proto import aes_gcm_hkdf_streaming_pb2, tink_pb2

    try:
        entry = tink_pb2.Keyset.FromString(plain).key[0].key_data
        read = aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingKey.FromString(entry.value)
    except (ValueError, IndexError, DecodeError) as error:
        raise Conflict("corrupt") from error
    if entry.type_url != _TYPE_URL or read.params.ciphertext_segment_size != SEGMENT_BYTES:
        raise Conflict("corrupt")
    return bytes(read.key_value)


def _sha256(sealed: SealedFile) -> str:
    found, at = hashlib.sha256(), 0
    while at < sealed.size_bytes:
        piece = sealed.read(at, sealed.seam_after(at, _STRETCH_BYTES // SEGMENT_BYTES) - at)
        found.update(piece)
        at += len(piece)
    return found.hexdigest()
