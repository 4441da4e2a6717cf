"""Is a backup whole? Looks at every byte with nothing of the site: manifest, files, recordings, database, audit, keys.

Changes nothing, in the backup either.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from plugin.core.backup import Fault, Finding, Manifest, Piece, Progress, Stage
from plugin.core.errors import InputError
from plugin.services.audit import Audit, Verdict
from plugin.services.backup import CHECKPOINTS
from plugin.store.backing.dump import is_finished
from plugin.store.backing.files import look_at
from plugin.store.backing.looks import DatabaseLook
from plugin.store.backing.place import Place
from plugin.store.keys import Keys
from plugin.store.schema import newest_step
from plugin.store.vault import key_name

Tell = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Checked:
    """What a look at a backup found. `public_key`: whose signature the manifest has; `verdict`: None of a dump."""

    manifest: Manifest
    public_key: str
    findings: tuple[Finding, ...]
    recordings: tuple[Finding, ...]
    verdict: Verdict | None

    @property
    def is_whole(self) -> bool:
        """Whether nothing was found."""
        return not self.findings and not self.recordings


class BackupCheck:
    """Looks at backups. `purged(checkpoints, public_key)`: the paths of what was erased, as copied tombstones say."""

    def __init__(
        self,
        audit_of: Callable[[Path, Path], Audit],
        purged: Callable[[Path, str], set[str]],
        tell: Tell,
    ) -> None:
        self._audit_of = audit_of
        self._purged = purged
        self._tell = tell

    def look(
        self, place: Place, name: str, keys: Keys | None = None, public_key: str = "", *, sound: bool = True
    ) -> Checked:
        """Look at the backup `name`; with `keys` whether each that it needs is there; without `sound` at no recording.

        `public_key` (hex): who must have signed it; without it whoever did. Raises NotFound("backup"),
        InputError("manifest"), SettingError where keys are sealed under another secret.
        """
        manifest = place.manifest(name)
        signed_by = place.signed_by(name, public_key)
        if signed_by is None:
            return Checked(manifest, "", (Finding(Fault.SIGNATURE),), (), None)
        findings = list(self._files(place, manifest))
        verdict = None
        if not any(one.what == manifest.database for one in findings):
            found, verdict = self._database(place, manifest, signed_by)
            findings += found
        if keys is not None:
            findings += self._keys(place, manifest, keys, signed_by)
        recordings = tuple(self._recordings(place, manifest, signed_by)) if sound else ()
        return Checked(manifest, signed_by, tuple(findings), recordings, verdict)

    def _files(self, place: Place, manifest: Manifest) -> Iterator[Finding]:
        for done, piece in enumerate(manifest.pieces, 1):
            yield from _compare(place.file(manifest, piece.path), piece)
            self._tell(Progress(Stage.FILES, done, len(manifest.pieces)))

    def _recordings(self, place: Place, manifest: Manifest, public_key: str) -> Iterator[Finding]:
        if list(_compare(place.file(manifest, manifest.list), manifest.piece(manifest.list))):
            return  # told already
        purged = self.purged(place, public_key)
        for done, piece in enumerate(place.listed(manifest.name), 1):
            if piece.path not in purged:
                yield from _compare(place.pool / piece.path, piece)
            self._tell(Progress(Stage.RECORDINGS, done, manifest.recordings))

    def purged(self, place: Place, public_key: str) -> set[str]:
        """Return the paths of what any backup of the place knows to be erased."""
        found: set[str] = set()
        for name in place.names():
            found |= self._purged(place.folder / name / "data" / CHECKPOINTS, public_key)
        return found

    def _database(self, place: Place, manifest: Manifest, public_key: str) -> tuple[list[Finding], Verdict | None]:
        path = place.file(manifest, manifest.database)
        if manifest.step > newest_step():
            return [Finding(Fault.NEWER, manifest.step)], None
        if manifest.is_dump:
            return ([] if is_finished(path) else [Finding(Fault.UNFINISHED, path.name)]), None
        self._tell(Progress(Stage.INTEGRITY))
        look = DatabaseLook(path)
        if faults := look.faults():
            return faults, None
        if look.step() != manifest.step:
            return [Finding(Fault.CONTENT, path.name)], None
        try:
            whole = self._audit_of(path, place.file(manifest, CHECKPOINTS))
        except InputError:
            return [Finding(Fault.DAMAGED, path.name)], None
        verdict = whole.verify(public_key, lambda done, total: self._tell(Progress(Stage.CHAIN, done, total)))
        findings = [Finding(Fault.AUDIT, f"{one.damage.value}: line {one.seq}") for one in verdict.findings]
        if (verdict.lines, verdict.hash) != (manifest.audit_seq, manifest.audit_hash):
            findings.append(Finding(Fault.AUDIT, f"head: line {verdict.lines}"))
        return findings, verdict

    def _keys(self, place: Place, manifest: Manifest, keys: Keys, public_key: str) -> Iterator[Finding]:
        gone = {key_name(month) for month in place.shredded(public_key)}
        held = {(name, secret.id) for name, secret in keys.all()}
        for name, key_id in manifest.keys:
            if name not in gone and (name, key_id) not in held:
                yield Finding(Fault.KEY, f"{name} {key_id}")


def _compare(file: Path, piece: Piece) -> Iterator[Finding]:
    try:
        found = look_at(file, piece.path)
    except OSError:
        yield Finding(Fault.GONE, piece.path)
        return
    if found != piece:
        yield Finding(Fault.CONTENT, piece.path)
