"""Putting a backup back: looked through first, built beside, and only then in its place; never over anything.

Nothing is served before what ended since then has ended here too: sessions, grants and approvals of the time before,
and whatever the tombstones say was erased. What was sent to the CRM since is not sent anew, and nothing goes there
before somebody says so. That it was put back is a line of the audit, signed over what was lost.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from plugin.core.audit import Act, AuditFact, Remark, RemarkName
from plugin.core.backup import Fault, Finding, Manifest, Piece, Progress, Stage, least_version
from plugin.core.errors import Conflict, NotFound
from plugin.core.ids import UserId
from plugin.core.ports import Clock
from plugin.core.times import from_us
from plugin.services.audit import Audit, Verdict
from plugin.services.backup import CHECKPOINTS, DATABASE
from plugin.services.backup_check import BackupCheck, Checked
from plugin.store import audit, backups
from plugin.store import staff as staff_rows
from plugin.store.backing.adding import add_lines
from plugin.store.backing.files import copy_file, look_at
from plugin.store.backing.looks import DatabaseLook
from plugin.store.backing.place import Place, taken_at
from plugin.store.backups import Ended, Restoring
from plugin.store.checkpoints import Checkpoints, Signer
from plugin.store.durable import sync_folder
from plugin.store.engine import Store
from plugin.store.keys import Keys
from plugin.store.schema import run_steps
from plugin.store.vault import key_name

HELD = ("deliver", "sync")
_COMMAND_LINE = "command line"

Tell = Callable[[Progress], None]


class Built(Protocol):
    """The site as it is being put together in a folder of its own; plugin/wiring_backup.py knows how."""

    @property
    def data_dir(self) -> Path:
        """The folder."""
        ...

    @property
    def is_mysql(self) -> bool:
        """Whether its database is a server's, as the settings say."""
        ...

    @property
    def checkpoints_dir(self) -> Path:
        """Where its checkpoints and tombstones are: in the folder, or where the settings say."""
        ...

    @property
    def checkpoints(self) -> Checkpoints:
        """The same, read."""
        ...

    @property
    def keys(self) -> Keys:
        """Its keys: in the folder, or where the settings say."""
        ...

    @property
    def store(self) -> Store:
        """Its database, opened when it is first asked for."""
        ...

    @property
    def audit(self) -> Audit:
        """Its audit."""
        ...

    def absent(self) -> int:
        """Return how many recordings the database has without their file."""
        ...

    def load(self, file: Path) -> None:
        """Load a dump into the site's empty database, which no site starts on until `release`.

        Raises Conflict("target_not_empty" | "not_mysql").
        """
        ...

    def release(self) -> None:
        """Let a site start on the database that was loaded."""
        ...

    def reapply(self) -> int:
        """Erase what the tombstones say was erased; return how much that was."""
        ...

    def mend(self) -> int:
        """Write down outside what the database knows to be erased and no file tells of; return how much that was."""
        ...

    def close(self) -> None:
        """Close what is open."""
        ...


@dataclass(frozen=True, slots=True)
class Wish:
    """What is put back: the backup `name` of `place`, with the keys of `keys`, by the account `login`, because of
    `reason`.

    `database`: a newer copy of the database, as continuous replication has it, in the place of the backup's own.
    `damaged`: go on without recordings that are damaged or gone. `held`: nothing goes to the CRM for now.
    """

    place: Place
    name: str
    keys: Keys | None
    login: str
    reason: str
    database: Path | None = None
    damaged: bool = False
    held: bool = True


@dataclass(frozen=True, slots=True)
class Restored:
    """A site that was put back. With `findings` nothing was: it is as before.

    `left_out`: recordings that were damaged or gone in the backup; `absent`: those of the database without a file;
    `erased`: what the tombstones took; `untold`: what the database knew to be erased and no tombstone outside told of.
    """

    manifest: Manifest
    findings: tuple[Finding, ...]
    left_out: tuple[Finding, ...] = ()
    recordings: int = 0
    absent: int = 0
    erased: int = 0
    untold: int = 0
    ended: Ended | None = None
    verdict: Verdict | None = None


class Restore:
    """One restore into `data_dir`, which is not there or empty."""

    def __init__(
        self, data_dir: Path, build: Callable[[Path], Built], check: BackupCheck, clock: Clock, tell: Tell
    ) -> None:
        self._data_dir = data_dir
        self._build_in = build
        self._check = check
        self._clock = clock
        self._tell = tell

    def run(self, wish: Wish) -> Restored:
        """Put the backup back. Whatever fails, the data folder is as it was.

        Raises Conflict: "not_empty", "mount_point", "not_mysql" and "not_dump" (a database of another kind than
        the settings say), "keys_missing", "keys_differ", "other_signer", "other_database", "changed_meanwhile", and
        "cannot_restore" where the disk is full or the folder above cannot be written; NotFound("login"), and what
        looking at the backup raises.
        """
        try:
            return self._run(wish)
        except OSError as error:
            raise Conflict("cannot_restore", error=type(error).__name__) from error

    def _run(self, wish: Wish) -> Restored:
        self._must_be_empty()
        checked = self._check.look(wish.place, wish.name, wish.keys, sound=False)
        findings = checked.findings or tuple(DatabaseLook(wish.database).faults() if wish.database else ())
        if findings:
            return Restored(checked.manifest, findings)
        with self._beside() as folder:
            built = self._build_in(folder)
            try:
                restored = self._build(built, wish, checked)
            finally:
                built.close()
            if not restored.findings:
                for below in (path for path in folder.rglob("*") if path.is_dir()):
                    sync_folder(below)
                sync_folder(folder)
                folder.rename(self._data_dir)
                sync_folder(self._data_dir.parent)
        return restored

    def _must_be_empty(self) -> None:
        if self._data_dir.exists() and (not self._data_dir.is_dir() or any(self._data_dir.iterdir())):
            raise Conflict("not_empty")
        if self._data_dir.is_mount():
            raise Conflict("mount_point")

    @contextmanager
    def _beside(self) -> Iterator[Path]:
        """Give a new folder on the same disk; what is left in it at the end is removed."""
        folder = self._data_dir.absolute().with_name(f"{self._data_dir.name}.restoring")
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.rmtree(folder, ignore_errors=True)  # of a restore that was cut off
        folder.mkdir(mode=0o700)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _build(self, built: Built, wish: Wish, checked: Checked) -> Restored:
        manifest = checked.manifest
        if manifest.is_dump != built.is_mysql:
            raise Conflict("not_mysql" if manifest.is_dump else "not_dump")
        self._put_keys(built, wish, manifest, checked.public_key)
        if not wish.place.is_signed_with(manifest.name, Signer(built.keys)):
            raise Conflict("other_signer")
        purged = self._check.purged(wish.place, checked.public_key)
        self._put_files(built, wish, manifest, checked.public_key)
        left_out, recordings = self._put_recordings(built, wish, manifest, purged)
        if left_out and not wish.damaged:
            return Restored(manifest, tuple(left_out))
        if manifest.is_dump:
            built.load(wish.place.file(manifest, manifest.database))
        run_steps(built.store)
        ended, restored_at = self._begin_anew(built, wish, manifest)
        erased, untold = built.reapply(), built.mend()
        built.audit.sign_restored(restored_at)
        verdict = built.audit.verify(tell=lambda done, total: self._tell(Progress(Stage.CHAIN, done, total)))
        known = checked.verdict.findings if checked.verdict else ()
        new = [one for one in verdict.findings if one not in known]
        findings = tuple(Finding(Fault.AUDIT, f"{one.damage.value}: line {one.seq}") for one in new)
        if manifest.is_dump and not findings:
            built.release()
        counts = (recordings, built.absent(), erased, untold)
        return Restored(manifest, findings, tuple(left_out), *counts, ended, verdict)

    def _put_keys(self, built: Built, wish: Wish, manifest: Manifest, public_key: str) -> None:
        gone = {key_name(month) for month in wish.place.shredded(public_key)}
        if wish.keys:
            for name, secret in wish.keys.all():
                if name not in gone:
                    built.keys.adopt(name, secret)
        missing = [name for name, key_id in manifest.keys if name not in gone and not built.keys.has(name, key_id)]
        if missing:
            raise Conflict("keys_missing", keys=len(missing), first=missing[0])

    def _put_files(self, built: Built, wish: Wish, manifest: Manifest, public_key: str) -> None:
        """Put all but the recordings in their places; checkpoints and tombstones are added to those that are left."""
        # Of all backups: what a later one knows to be erased is erased here too.
        for name in wish.place.signed_names(public_key):
            self._add_checkpoints(built, wish.place, wish.place.manifest(name))
        for done, piece in enumerate(manifest.pieces, 1):
            self._tell(Progress(Stage.FILES, done, len(manifest.pieces)))
            if piece.path.startswith(f"{CHECKPOINTS}/") or piece.path in (manifest.list, manifest.database):
                continue
            _copy(wish.place.file(manifest, piece.path), built.data_dir / piece.path, piece)
        if not manifest.is_dump:
            self._put_database(built, wish, manifest)

    def _add_checkpoints(self, built: Built, place: Place, manifest: Manifest) -> None:
        for piece in manifest.pieces:
            inner, file = piece.path.removeprefix(f"{CHECKPOINTS}/"), place.file(manifest, piece.path)
            if inner != piece.path and file.is_file() and look_at(file, piece.path) == piece:
                add_lines(file, built.checkpoints_dir / inner)

    def _put_database(self, built: Built, wish: Wish, manifest: Manifest) -> None:
        target = built.data_dir / DATABASE
        if wish.database is None:
            _copy(wish.place.file(manifest, DATABASE), target, manifest.piece(DATABASE))
        else:
            copy_file(wish.database, target, DATABASE)

    def _put_recordings(
        self, built: Built, wish: Wish, manifest: Manifest, purged: set[str]
    ) -> tuple[list[Finding], int]:
        left_out: list[Finding] = []
        done = 0
        for place, piece in enumerate(wish.place.listed(manifest.name), 1):
            self._tell(Progress(Stage.RECORDINGS, place, manifest.recordings))
            if piece.path in purged:
                continue
            try:
                _copy(wish.place.pool / piece.path, built.data_dir / piece.path, piece)
                done += 1
            except FileNotFoundError:
                left_out.append(Finding(Fault.GONE, piece.path))
            except Conflict:
                left_out.append(Finding(Fault.CONTENT, piece.path))
        return left_out, done

    def _begin_anew(self, built: Built, wish: Wish, manifest: Manifest) -> tuple[Ended, datetime]:
        # Behind whatever was signed before, even where this machine's clock is behind.
        at = max(self._clock(), from_us(built.checkpoints.last_signed_us()) + timedelta(microseconds=1))
        with built.store.read() as connection:
            if manifest.audit_seq and backups.hash_of_line(connection, manifest.audit_seq) != manifest.audit_hash:
                raise Conflict("other_database")
            user = staff_rows.user_by_login(connection, wish.login)
        if user is None or not user.active:
            raise NotFound("login")
        held = HELD if wish.held else ()
        who = UserId(user.id)
        restoring = Restoring(manifest.name, taken_at(manifest.name), who, at, least_version(at), held)
        said = (Remark(RemarkName.REASON, wish.reason),) if wish.reason else ()
        told = {"subject": manifest.name, "outcome": "restored", "address": _COMMAND_LINE}
        with built.store.write() as connection:
            audit.append(connection, AuditFact(Act.RESTORED, at, user_id=who, remarks=said, **told))
            return backups.begin_anew(connection, restoring), at


def _copy(source: Path, target: Path, piece: Piece) -> None:
    if copy_file(source, target, piece.path) != piece:
        target.unlink()
        raise Conflict("changed_meanwhile", path=piece.path)
