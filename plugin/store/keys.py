"""The house's secret keys: files of 32 random bytes, sealed or not, in a folder of their own, outside the database.

Refuses a folder or file that anybody but its owner may open, and never overwrites a key: what was hashed or sealed
under it would be lost. Losing the folder loses all recordings and verification answers; docs/privacy.md says so.
"""

import hashlib
import os
import re
import secrets
import stat
import threading
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from plugin.core.errors import Conflict, NotFound, SettingError
from plugin.store.durable import sync_folder

KEY_BYTES = 32
_NONCE_BYTES, _TAG_BYTES = 12, 16
_SEALED_BYTES = _NONCE_BYTES + KEY_BYTES + _TAG_BYTES
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,46}[a-z0-9])?")
_PURPOSE = b"denwaban key files"
_FILE = re.compile(r"([a-z0-9][a-z0-9-]{0,47})\.([1-9][0-9]{0,5})")
_ID = re.compile(r"([1-9][0-9]{0,5})-([0-9a-f]{8})")


@dataclass(frozen=True, slots=True)
class Secret:
    """A key: `id` (at most 16 characters) stands beside what it made; `value` is 32 bytes and is never shown."""

    id: str
    value: bytes = field(repr=False)


class Keys:
    """The keys in `folder`, which is made with mode 0700. A key's name says what it is for: `answers`, `audit`.

    With a `secret`, which stands somewhere else, key files are sealed under it (AES-256-GCM, its key by HKDF-SHA256,
    associated data = the file's name): whoever has the folder alone has nothing. Older files are read as they are.
    """

    def __init__(self, folder: Path, secret: str = "") -> None:
        self.folder = folder
        self._seal = AESGCM(HKDF(SHA256(), KEY_BYTES, None, _PURPOSE).derive(secret.encode())) if secret else None
        self._known: dict[tuple[str, int], Secret] = {}
        self._lock = threading.Lock()

    def secret(self, name: str) -> Secret:
        """Return the newest key of `name`, made now if there is none.

        Raises SettingError("key_folder" | "key_file") where others may open the folder or file, or it is damaged.
        """
        with self._lock:
            newest = self._newest(name)
            return self._read(name, newest) if newest else self._make(name, 1)

    def newest(self, name: str) -> Secret | None:
        """Return the newest key of `name`, None where there is none; raises as `secret` does."""
        with self._lock:
            number = self._newest(name)
            return self._read(name, number) if number else None

    def secret_by_id(self, name: str, key_id: str) -> Secret:
        """Return the key of `name` whose id is `key_id`; NotFound("key") where it is not (or no longer) there."""
        shape = _ID.fullmatch(key_id)
        with self._lock:
            if shape is None or not self._path(name, int(shape[1])).exists():
                raise NotFound("key", name=name)
            found = self._read(name, int(shape[1]))
        if found.id != key_id:
            raise NotFound("key", name=name)
        return found

    def is_there(self, name: str, key_id: str) -> bool:
        """Tell whether the file of the key is there, without opening it: for what was opened with it just now."""
        return os.path.exists(f"{self.folder}/{name}.{key_id.partition('-')[0]}")

    def has(self, name: str, key_id: str) -> bool:
        """Tell whether the key of `name` with this id is there and can be used."""
        try:
            self.secret_by_id(name, key_id)
        except (NotFound, SettingError):
            return False
        return True

    def rotate(self, name: str) -> Secret:
        """Make a newer key of `name` and return it; the older ones stay for what they made."""
        with self._lock:
            return self._make(name, self._newest(name) + 1)

    def adopt(self, name: str, secret: Secret) -> bool:
        """Have a key that comes from another folder, under its own number; False where it is here already.

        Raises Conflict("keys_differ") where another key has that number, and as `secret` does.
        """
        shape = _ID.fullmatch(secret.id)
        if shape is None:
            raise ValueError("not the id of a key")
        number = int(shape[1])
        with self._lock:
            was_here = self._path(name, number).exists()
            here = self._read(name, number) if was_here else self._make(name, number, secret.value)
        if here != secret:
            raise Conflict("keys_differ", key=name)
        return not was_here

    def all(self) -> list[tuple[str, Secret]]:
        """Return every key with its name, by name and then by age; raises as `secret` does."""
        with self._lock:
            self._open_folder()
            shapes = (_FILE.fullmatch(path.name) for path in self.folder.iterdir())
            found = sorted((shape[1], int(shape[2])) for shape in shapes if shape)
            return [(name, self._read(name, number)) for name, number in found]

    def destroy(self, name: str) -> int:
        """Destroy all keys of `name`: overwrite, and remove; return how many there were.

        What they made opens no more, wherever a copy of it is. Copies of the key files are not ours to find.
        Raises SettingError("key_file") where one cannot be written.
        """
        with self._lock:
            newest = self._newest(name)
            gone = [number for number in range(1, newest + 1) if self._overwrite(self._path(name, number))]
            for number in gone:
                self._path(name, number).unlink()
                self._known.pop((name, number), None)
            sync_folder(self.folder)
        return len(gone)

    def _overwrite(self, path: Path) -> bool:
        try:
            file = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise _bad_file(path.name) from error
        with os.fdopen(file, "wb") as opened:
            opened.write(secrets.token_bytes(os.fstat(file).st_size))
            opened.flush()
            os.fsync(opened.fileno())
        return True

    def _closed(self, name: str, value: bytes) -> bytes:
        if self._seal is None:
            return value
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._seal.encrypt(nonce, value, name.encode())

    def _opened(self, name: str, value: bytes) -> bytes:
        if len(value) == KEY_BYTES:
            return value
        if len(value) != _SEALED_BYTES:
            raise _bad_file(name)
        if self._seal is None:
            raise _wrong_secret(name)
        try:
            return self._seal.decrypt(value[:_NONCE_BYTES], value[_NONCE_BYTES:], name.encode())
        except InvalidTag as error:
            raise _wrong_secret(name) from error

    def _path(self, name: str, number: int) -> Path:
        if not _NAME.fullmatch(name):
            raise ValueError("a key's name is made of small letters, digits and hyphens")
        return self.folder / f"{name}.{number}"

    def _newest(self, name: str) -> int:
        self._open_folder()
        self._path(name, 1)  # refuses a wrong name
        numbers = (path.name.removeprefix(f"{name}.") for path in self.folder.glob(f"{name}.*"))
        return max((int(number) for number in numbers if number.isdecimal()), default=0)

    def _open_folder(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = self.folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_mode & 0o077 or found.st_uid != os.geteuid():
            raise SettingError("key_folder", setting="DENWABAN_DATA_DIR", problem="keys must be a folder of mode 0700")

    def _read(self, name: str, number: int) -> Secret:
        known = self._known.get((name, number))
        if known is not None:
            return known
        self._open_folder()
        try:
            file = os.open(self._path(name, number), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError as error:
            raise _bad_file(name) from error
        with os.fdopen(file, "rb") as opened:
            found = os.fstat(opened.fileno())
            value = opened.read(_SEALED_BYTES + 1)
        if not stat.S_ISREG(found.st_mode) or found.st_mode & 0o077 or found.st_uid != os.geteuid():
            raise _bad_file(name)
        value = self._opened(f"{name}.{number}", value)
        read = self._known[name, number] = Secret(f"{number}-{_print(value)}", value)
        return read

    def _make(self, name: str, number: int, value: bytes = b"") -> Secret:
        # Written whole under another name, then linked: whoever loses the race reads the winner's key.
        self._open_folder()
        path = self._path(name, number)
        draft = self.folder / f".{secrets.token_hex(8)}"
        file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(file, "wb") as opened:
                opened.write(self._closed(path.name, value or secrets.token_bytes(KEY_BYTES)))
                opened.flush()
                os.fsync(opened.fileno())
            try:
                os.link(draft, path)
            except FileExistsError:
                return self._read(name, number)
        finally:
            draft.unlink()
        sync_folder(self.folder)
        return self._read(name, number)


def _print(value: bytes) -> str:
    return hashlib.sha256(b"denwaban key id" + value).hexdigest()[:8]


def _wrong_secret(name: str) -> SettingError:
    problem = "this key file is sealed under another secret"
    return SettingError("keys_secret", setting="DENWABAN_KEYS_SECRET", key=name, problem=problem)


def _bad_file(name: str) -> SettingError:
    problem = "a key file must be 32 bytes, owned by the service, mode 0600"
    return SettingError("key_file", setting="DENWABAN_DATA_DIR", key=name, problem=problem)
