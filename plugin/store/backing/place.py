"""The folder that backups lie in: one folder a backup, and the recordings that they share, each of which is there once.

A backup appears under its name when all of it is on the disk. What a run that was cut off left is removed by the next.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from plugin.core.backup import NAME, Manifest, Piece, read_list, read_manifest, signed_words, write_list
from plugin.core.errors import Conflict, InputError, NotFound
from plugin.store.backing.files import SEALED, copy_file, look_at
from plugin.store.backing.links import must_have_none
from plugin.store.checkpoints import Signer, is_signed_by
from plugin.store.durable import sync_folder

MANIFEST, SIGNATURE, LIST = "manifest.json", "manifest.sig", "recordings.list"
_MOST_MANIFEST_BYTES = 64 << 20


class Place:
    """The folder `folder`; `pool` is where the recordings lie, under the paths that they have in the data folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pool = folder / "pool"

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Make the folder, and keep every other run out of it. Raises Conflict("backup_running" | "link_in_target")."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        must_have_none(self.folder, self.pool, self.names())
        file = os.open(self.folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Conflict("backup_running") from None
            yield
        finally:
            os.close(file)

    def names(self) -> list[str]:
        """Return the names of the backups that are whole, the oldest first."""
        if not self.folder.is_dir():
            return []
        found = (path for path in self.folder.iterdir() if NAME.fullmatch(path.name))
        return sorted(path.name for path in found if (path / MANIFEST).is_file())

    def begin(self, name: str) -> Path:
        """Make the folder in which a backup comes together, and remove what a run that was cut off left."""
        for left in self.folder.glob(".*.part"):
            shutil.rmtree(left)
        draft = self.folder / f".{name}.part"
        draft.mkdir(mode=0o700)
        return draft

    def finish(self, draft: Path, manifest: bytes, signer: Signer) -> None:
        """Write manifest and signature down, and let the backup appear under its name."""
        key_id, signature = signer.sign_words(signed_words(manifest))
        said = {"key_id": key_id, "public_key": signer.public_key(), "signature": signature.hex()}
        for name, content in ((MANIFEST, manifest), (SIGNATURE, json.dumps(said, sort_keys=True).encode())):
            _write(draft / name, [content])
        for folder in [path for path in draft.rglob("*") if path.is_dir()] + [draft]:
            sync_folder(folder)
        draft.rename(self.folder / draft.name.removeprefix(".").removesuffix(".part"))
        sync_folder(self.folder)

    def newest(self) -> str:
        """Return the name of the newest backup. Raises NotFound("backup")."""
        names = self.names()
        if not names:
            raise NotFound("backup")
        return names[-1]

    def manifest(self, name: str) -> Manifest:
        """Return a backup's manifest, unproved. Raises NotFound("backup"), InputError("manifest")."""
        return read_manifest(self._manifest_bytes(name))

    def signed_by(self, name: str, public_key: str = "") -> str | None:
        """Return the public key (hex) that signed the manifest, None where it was another than `public_key` or none."""
        raw = self._manifest_bytes(name)
        try:
            said = json.loads((self.folder / name / SIGNATURE).read_bytes())
            key, signature = str(said["public_key"]), bytes.fromhex(said["signature"])
            is_signed = is_signed_by(signed_words(raw), signature, bytes.fromhex(key))
            read_manifest(raw)
        except (InputError, OSError, ValueError, KeyError, TypeError, RecursionError):
            return None
        return key if is_signed and public_key.lower() in ("", key) else None

    def is_signed_with(self, name: str, signer: Signer) -> bool:
        """Tell whether one of the site's own keys signed the manifest: anybody can sign with a key that he brings."""
        raw = signed_words(self._manifest_bytes(name))
        try:
            said = json.loads((self.folder / name / SIGNATURE).read_bytes())
            return signer.is_ours(raw, str(said["key_id"]), bytes.fromhex(said["signature"]))
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return False

    def _manifest_bytes(self, name: str) -> bytes:
        path = self.folder / name / MANIFEST
        if not NAME.fullmatch(name) or not path.is_file():
            raise NotFound("backup")
        if path.stat().st_size > _MOST_MANIFEST_BYTES:
            raise InputError("manifest")
        return path.read_bytes()

    def file(self, manifest: Manifest, path: str) -> Path:
        """Return where a piece of a backup lies, or a folder of pieces."""
        return self.folder / manifest.name / (path if path == manifest.list else f"data/{path}")

    def listed(self, name: str) -> Iterator[Piece]:
        """Yield the recordings of a backup. Raises InputError("manifest")."""
        with (self.folder / name / LIST).open("rb") as lines:
            yield from read_list(lines)

    def write_list(self, draft: Path, pieces: Iterable[Piece]) -> Piece:
        """Write down which recordings a backup has, and return the list as a piece of it."""
        _write(draft / LIST, write_list(pieces))
        return look_at(draft / LIST, LIST)

    def known(self) -> dict[str, Piece]:
        """Return the recordings of the newest backup by their paths; none where its list cannot be read any more."""
        names = self.names()
        try:
            return {piece.path: piece for piece in self.listed(names[-1])} if names else {}
        except (InputError, OSError):
            return {}

    def take_in(self, path: str, source: Path, known: dict[str, Piece]) -> tuple[Piece, bool]:
        """Have a recording's file in the pool; return it, and whether it had to be copied. Raises OSError.

        A sealed file never changes: where the newest backup has it, and one of its length is there, it is the same.
        """
        there, size = self.pool / path, source.stat().st_size
        if there.is_file() and there.stat().st_size == size:
            piece = known.get(path)
            if piece and piece.size_bytes == size:
                return piece, False
            own = look_at(source, path)
            if own == look_at(there, path):
                return own, False
        return copy_file(source, there, path), True

    def shredded(self, public_key: str) -> set[str]:
        """Return the months whose keys were destroyed, as any backup knows that this key (hex) signed."""
        return {month for name in self.signed_names(public_key) for month in self.manifest(name).shredded}

    def signed_names(self, public_key: str) -> list[str]:
        """Return the backups whose manifest this key (hex) signed, the oldest first."""
        return [name for name in self.names() if self.signed_by(name, public_key)]

    def drop(self, names: Iterable[str]) -> None:
        """Remove these backups. The recordings that no other one has go by `sweep`."""
        for name in names:
            (self.folder / name).rename(self.folder / f".{name}.part")
            shutil.rmtree(self.folder / f".{name}.part")

    def sweep(self) -> int:
        """Remove the recordings that no backup has any more; return how many.

        Where the list of one cannot be read nothing is removed: it may be mended.
        """
        try:
            wanted = {piece.path for name in self.names() for piece in self.listed(name)}
        except (InputError, OSError):
            return 0
        gone = [path for path in self.pool.rglob(f"*{SEALED}") if str(path.relative_to(self.pool)) not in wanted]
        for path in (*gone, *self.pool.rglob(".*.part")):
            path.unlink()
        return len(gone)

    def erase(self, paths: Iterable[str]) -> int:
        """Remove these recordings from all backups, because they were purged; return how many were there."""
        there = [self.pool / path for path in paths if (self.pool / path).is_file()]
        for path in there:
            path.unlink()
        return len(there)


def taken_at(name: str) -> datetime:
    """Return the instant of a backup's name."""
    return datetime.strptime(name, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def _write(path: Path, content: Iterable[bytes]) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
        file.writelines(content)
        file.flush()
        os.fsync(file.fileno())
