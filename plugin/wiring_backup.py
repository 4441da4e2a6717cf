"""Builds what makes, looks at and puts back backups, for the commands that do so. Stands above plugin/wiring.py.

A site that is put back is built as any other, with another data folder.
"""

import time
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

from plugin import __version__
from plugin.core.backup import Progress
from plugin.core.errors import Conflict
from plugin.core.ids import RecordingId
from plugin.core.ports import Clock
from plugin.core.retention import Tombstone
from plugin.services.audit import Audit
from plugin.services.backup import TOMBSTONES, Backup, Outside, Site
from plugin.services.backup_check import BackupCheck
from plugin.services.restore import Restore
from plugin.settings import Settings
from plugin.store.backing import dump
from plugin.store.backups import sealed_files
from plugin.store.checkpoints import Checkpoints, Signer, is_signed_by
from plugin.store.copies import Copy
from plugin.store.engine import Store
from plugin.store.keys import Keys
from plugin.store.moving.target import Target
from plugin.store.tombstone_files import TombstoneFiles
from plugin.wiring import House, now
from plugin.wiring_audit import audit_of_copy

_PAUSE_S = 0.004  # after each MiB of the database: the others have the disk and the core for as long as we had
_LOCAL_CRM = "local-crm.db"

Tell = Callable[[Progress], None]


class _Auditor(Signer):
    """Believes one public key, and has none to sign with."""

    def __init__(self, public_key: str, folder: Path) -> None:
        super().__init__(Keys(folder / "no keys"))
        self._public_key = bytes.fromhex(public_key)

    def is_ours(self, words: bytes, key_id: str, signature: bytes) -> bool:  # noqa: ARG002  one key, whatever its id
        return is_signed_by(words, signature, self._public_key)


def backup_of(house: House, tell: Tell, settings_file: Path | None) -> Backup:
    """Return what makes backups of the site, whose settings stand in `settings_file`: they are no part of one."""
    chosen = house.settings
    checkpoints = _checkpoints_of(chosen)
    secrets = (chosen.keys_secret_file, settings_file)
    site = Site(
        store=house.store,
        keys=house.keys,
        vault=house.vault,
        data_dir=chosen.data_dir,
        checkpoints=checkpoints,
        beside=(chosen.data_dir / _LOCAL_CRM,),
        shut_out=tuple(path for path in secrets if path),
        version=__version__,
    )
    purged = TombstoneFiles(checkpoints / TOMBSTONES, Signer(house.keys))
    outside = Outside(_audit_of(house.clock), Copy, dump.dump, lambda: _names(purged))
    return Backup(site, outside, house.clock, lambda: time.sleep(_PAUSE_S), tell)


def backup_check(tell: Tell, clock: Clock = now) -> BackupCheck:
    """Return what looks at backups; of a site nothing is needed."""

    def purged(checkpoints: Path, public_key: str) -> set[str]:
        return _names(TombstoneFiles(checkpoints / TOMBSTONES, _Auditor(public_key, checkpoints)))

    return BackupCheck(_audit_of(clock), purged, tell)


def restore_of(settings: Settings, tell: Tell, clock: Clock = now) -> Restore:
    """Return what puts a backup back where the settings say. Raises Conflict("database_elsewhere")."""
    url = settings.database_url.get_secret_value()
    if url.startswith("sqlite"):
        raise Conflict("database_elsewhere")
    return Restore(
        settings.data_dir, lambda folder: BuiltSite(settings, folder, clock), backup_check(tell), clock, tell
    )


class BuiltSite:
    """A site as it is being put back, in `data_dir`."""

    def __init__(self, settings: Settings, data_dir: Path, clock: Clock) -> None:
        self._house = House(settings.model_copy(update={"data_dir": data_dir}), clock)
        self.data_dir = data_dir

    @property
    def is_mysql(self) -> bool:
        """Whether its database is a server's, as the settings say."""
        return bool(self._house.settings.database_url.get_secret_value())

    @property
    def checkpoints_dir(self) -> Path:
        """Where its checkpoints and tombstones are."""
        return _checkpoints_of(self._house.settings)

    @cached_property
    def checkpoints(self) -> Checkpoints:
        """Its checkpoints."""
        return Checkpoints(self.checkpoints_dir, self.keys)

    @property
    def keys(self) -> Keys:
        """Its keys."""
        return self._house.keys

    @property
    def store(self) -> Store:
        """Its database."""
        return self._house.store

    @property
    def audit(self) -> Audit:
        """Its audit."""
        return self._house.audits.whole

    @cached_property
    def _target(self) -> Target:
        return Target(self.store, f"restore {self.checkpoints.public_key()}"[:64])

    def absent(self) -> int:
        """Return how many recordings the database has without their file."""
        with self.store.read() as connection:
            places = (self._house.vault.place_of(RecordingId(one), mark) for one, mark in sealed_files(connection))
            return sum(not place.is_file() for place in places)

    def load(self, file: Path) -> None:
        """Load a dump into the empty database; no site starts on it until `release`."""
        self._target.look()
        self._target.clear()
        dump.load(self.store, file)

    def release(self) -> None:
        """Let a site start on the database."""
        self._target.release()

    def reapply(self) -> int:
        """Erase what the tombstones say was erased."""
        return self._house.keeping.letting_go.reapply().count

    def mend(self) -> int:
        """Write down outside what the database knows to be erased and no file tells of."""
        return self._house.keeping.letting_go.mend()

    def close(self) -> None:
        """Close what is open."""
        self._house.close()


def _checkpoints_of(settings: Settings) -> Path:
    return settings.checkpoints_dir or settings.data_dir / "checkpoints"


def _audit_of(clock: Clock) -> Callable[[Path, Path], Audit]:
    return lambda database, checkpoints: audit_of_copy(database, checkpoints, clock)


def _names(stones: TombstoneFiles) -> set[str]:
    return {
        name
        for batch in stones.batches({})
        for stone in batch.stones
        if isinstance(stone, Tombstone)
        for name in stone.files
    }
