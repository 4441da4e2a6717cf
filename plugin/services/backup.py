"""Making a backup while the site runs: checkpoints, database, tombstones, recordings, all else; keys apart; a manifest.

In this order, so that the copied audit never falls short of its checkpoints, and every file that the copied database
speaks of is there. Refuses a place in the site's own folder, by whatever link, and to put keys where the rest lies.
"""

import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from plugin.core.audit import Act, AuditFact
from plugin.core.backup import (
    Fault,
    Finding,
    Keeping,
    Manifest,
    Piece,
    Progress,
    Stage,
    name_of,
    write_manifest,
)
from plugin.core.errors import Conflict
from plugin.core.ids import RecordingId
from plugin.core.move import Closed
from plugin.core.ports import Clock
from plugin.core.times import to_us
from plugin.services.audit import Audit, Readable
from plugin.store import audit, backups
from plugin.store.backing.files import SEALED, copy_file, files_of, look_at
from plugin.store.backing.links import Followed, followed, overlap
from plugin.store.backing.looks import DatabaseLook
from plugin.store.backing.place import Place, taken_at
from plugin.store.backing.snapshot import copy_database
from plugin.store.checkpoints import Signer
from plugin.store.engine import Connection, Store
from plugin.store.keys import Keys
from plugin.store.schema import current_step, newest_step
from plugin.store.vault import Vault, key_name

DATABASE, DUMP, CHECKPOINTS, TOMBSTONES = "denwaban.db", "denwaban.sql", "checkpoints", "tombstones"
_COMMAND_LINE = "command line"

Tell = Callable[[Progress], None]


class Copied(Readable, Protocol):
    """A copied database, opened to be read."""

    def close(self) -> None:
        """Close it."""
        ...


@dataclass(frozen=True, slots=True)
class Site:
    """The site that is backed up.

    `beside`: databases in the data folder that others than the store write. `shut_out`: what is no part of a backup
    (settings with secrets). `version`: of the program.
    """

    store: Store
    keys: Keys
    vault: Vault
    data_dir: Path
    checkpoints: Path
    beside: tuple[Path, ...]
    shut_out: tuple[Path, ...]
    version: str


@dataclass(frozen=True, slots=True)
class Outside:
    """What is asked of copies and of programs: `audit_of(database, checkpoints)`, `open_copy(database)`,
    `dump(store, file)` of a MySQL site, and `purged()`: the paths of recordings that were erased for good.
    """

    audit_of: Callable[[Path, Path], Audit]
    open_copy: Callable[[Path], Copied]
    dump: Callable[[Store, Path], None]
    purged: Callable[[], Iterable[str]]


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was made. `copied` recordings of `copied_bytes` were new; `erased` ones left all backups.

    `findings`: what is wrong with the site's own audit, which the backup has as it is. `dropped`: older backups.
    `followed`: links of the data folder whose folders were copied; `left_out`: links that were not followed.
    """

    manifest: Manifest
    copied: int
    copied_bytes: int
    erased: int
    findings: tuple[Finding, ...]
    dropped: tuple[str, ...]
    followed: tuple[Followed, ...] = ()
    left_out: tuple[str, ...] = ()


class Backup:
    """One backup of the site. `pause()` is called now and then while the database is copied.

    `make` may run at a low priority: it takes no lock that writers wait at. `note` does, and must not.
    """

    def __init__(self, site: Site, outside: Outside, clock: Clock, pause: Callable[[], None], tell: Tell) -> None:
        self._site = site
        self._outside = outside
        self._clock = clock
        self._pause = pause
        self._tell = tell
        self._signer = Signer(site.keys)
        self._pieces: list[Piece] = []
        self._followed: tuple[Followed, ...] = ()
        self._left_out: list[str] = []

    def make(self, place: Place, keys: Keys | None, keeping: Keeping | None) -> Made:
        """Make a backup in `place`, put the keys into `keys`, and drop older ones that `keeping` does not keep.

        Raises Conflict: "inside", "not_apart", "backup_running", "not_whole" (the copied database is
        damaged: nothing is kept), "cannot_write", where the site is being moved, and of links as
        plugin/store/backing/links.py does.
        """
        self._followed = self._must_be_possible(place, keys)
        self._left_out = []
        with place.alone():
            try:
                return self._make(place, keys, keeping)
            except (OSError, sqlite3.Error) as error:
                raise Conflict("cannot_write", error=type(error).__name__) from error

    def note(self, made: Made) -> None:
        """Write down that a backup was made, for the audit and for who looks how the site is."""
        outcome = "findings" if made.findings else "whole"
        self._note(made.manifest.name, taken_at(made.manifest.name), outcome, dropped=made.dropped)

    def note_failure(self, why: str) -> None:
        """Write down that there is none, and the word for why; but for another run, which tells its own end."""
        if why == "backup_running":
            return
        now = self._clock()
        self._note(name_of(now), now, why, before="failed:")

    def note_look(self, name: str, *, is_whole: bool) -> None:
        """Write down that somebody looked at a backup of this site; nothing where it was not made here."""
        look = "whole" if is_whole else "damaged"

        def work(connection: Connection) -> None:
            if backups.note_look(connection, name, self._clock(), look):
                audit.append(connection, self._fact(name, f"looked_at:{look}"))

        self._site.store.write_again(work)

    def _note(self, name: str, at: datetime, outcome: str, *, before: str = "", dropped: tuple[str, ...] = ()) -> None:
        is_current = current_step(self._site.store) == newest_step()  # a site is backed up before an update, too

        def work(connection: Connection) -> None:
            if is_current:
                backups.note(connection, name, at, outcome)
                backups.forget(connection, dropped)
            audit.append(connection, self._fact(name, f"{before}{outcome}"))

        self._site.store.write_again(work)

    def _fact(self, name: str, outcome: str) -> AuditFact:
        return AuditFact(Act.BACKED_UP, self._clock(), subject=name, outcome=outcome, address=_COMMAND_LINE)

    def _must_be_possible(self, place: Place, keys: Keys | None) -> tuple[Followed, ...]:
        if why := self._site.store.closed():
            raise Conflict("move_running" if why is Closed.MOVING else "moved_already")
        found = followed(self._site.data_dir, self._not_files())
        ours = [self._site.data_dir, self._site.keys.folder, self._site.checkpoints, *(one.leads_to for one in found)]
        given = [place.folder] + ([keys.folder] if keys else [])
        if any(overlap(one, other) for one in given for other in ours):
            raise Conflict("inside")
        if keys and overlap(place.folder, keys.folder):
            raise Conflict("not_apart")
        return found

    def _make(self, place: Place, keys: Keys | None, keeping: Keeping | None) -> Made:
        at = self._clock()
        while (name := name_of(at)) in place.names():
            at += timedelta(seconds=1)
        draft = place.begin(name)
        files = draft / "data"
        self._pieces = []
        self._copy_checkpoints(files)
        seq, hashed = self._head()  # of a dump, what it has at least
        database = self._copy_databases(files)
        self._copy_tombstones(files)  # behind the database: no mark in it is ahead of them
        findings: list[Finding] = []
        if database == DATABASE:
            findings, seq, hashed = self._look(files)
            absent = self._known_files(files / DATABASE)
        else:
            absent = self._names(self._site.store)
        recordings, copied = self._take_recordings(place)
        absent -= {piece.path for piece in recordings}
        self._copy_others(files)
        listed = place.write_list(draft, recordings)
        held, shredded = self._copy_keys(keys)
        manifest = Manifest(
            name=name,
            taken_at_us=to_us(at),
            version=self._site.version,
            step=current_step(self._site.store) or "",
            is_dump=database == DUMP,
            audit_seq=seq,
            audit_hash=hashed,
            database=database,
            list=listed.path,
            recordings=len(recordings),
            recordings_bytes=sum(piece.size_bytes for piece in recordings),
            absent=len(absent),
            pieces=(*self._pieces, listed),
            keys=held,
            shredded=shredded,
        )
        place.finish(draft, write_manifest(manifest), self._signer)
        erased = place.erase(self._outside.purged())
        dropped = self._drop(place, keeping)
        new_bytes = sum(piece.size_bytes for piece in copied)
        links = (self._followed, tuple(self._left_out))
        return Made(manifest, len(copied), new_bytes, erased, tuple(findings), dropped, *links)

    def _head(self) -> tuple[int, str]:
        with self._site.store.read() as connection:
            return audit.head(connection)

    def _copy_checkpoints(self, files: Path) -> None:
        if self._site.checkpoints.is_dir():
            for path, source in files_of(self._site.checkpoints, [self._site.checkpoints / TOMBSTONES]):
                self._copy(source, files, f"{CHECKPOINTS}/{path}")

    def _copy_tombstones(self, files: Path) -> None:
        folder = self._site.checkpoints / TOMBSTONES
        if folder.is_dir():
            for path, source in files_of(folder, ()):
                self._copy(source, files, f"{CHECKPOINTS}/{TOMBSTONES}/{path}")

    def _copy_databases(self, files: Path) -> str:
        files.mkdir(mode=0o700, exist_ok=True)
        for source in self._site.beside:
            if source.is_file():
                copy_database(source, files / source.name, self._pause, self._tell)
                self._pieces.append(look_at(files / source.name, source.name))
        if not self._site.store.is_sqlite:
            self._tell(Progress(Stage.DATABASE, table=DUMP))
            self._outside.dump(self._site.store, files / DUMP)
            self._pieces.append(look_at(files / DUMP, DUMP))
            return DUMP
        copy_database(self._database(), files / DATABASE, self._pause, self._tell)
        self._pieces.append(look_at(files / DATABASE, DATABASE))
        return DATABASE

    def _database(self) -> Path:
        return Path(str(self._site.store.engine.url.database))

    def _look(self, files: Path) -> tuple[list[Finding], int, str]:
        self._tell(Progress(Stage.INTEGRITY))
        for name in (DATABASE, *(source.name for source in self._site.beside if (files / source.name).exists())):
            if faults := DatabaseLook(files / name).faults():
                raise Conflict("not_whole", fault=faults[0].fault.value, what=faults[0].what)
        whole = self._outside.audit_of(files / DATABASE, files / CHECKPOINTS)
        verdict = whole.verify(self._signer.public_key(), self._tell_lines)
        findings = [Finding(Fault.AUDIT, f"{one.damage.value}: line {one.seq}") for one in verdict.findings]
        return findings, verdict.lines, verdict.hash

    def _tell_lines(self, done: int, total: int) -> None:
        self._tell(Progress(Stage.CHAIN, done, total))

    def _known_files(self, database: Path) -> set[str]:
        copy = self._outside.open_copy(database)
        try:
            return self._names(copy)
        finally:
            copy.close()

    def _names(self, database: Readable) -> set[str]:
        vault = self._site.vault
        with database.read() as connection:
            found = [vault.place_of(RecordingId(one), mark) for one, mark in backups.sealed_files(connection)]
        return {f"{path.parent.parent.name}/{path.parent.name}/{path.name}" for path in found}

    def _take_recordings(self, place: Place) -> tuple[list[Piece], list[Piece]]:
        """Return all sealed files of the site, and those that were new to the place."""
        known, all_of_them, copied = place.known(), [], []
        for path, source in files_of(self._site.data_dir, self._not_files()):
            if not path.endswith(SEALED):
                continue
            try:
                piece, is_new = place.take_in(path, source, known)
            except FileNotFoundError:
                continue  # purged this moment
            all_of_them.append(piece)
            copied += [piece] if is_new else []
            self._tell(Progress(Stage.RECORDINGS, len(all_of_them)))
        return all_of_them, copied

    def _copy_others(self, files: Path) -> None:
        self._tell(Progress(Stage.FILES))
        for path, source in files_of(self._site.data_dir, self._not_files(), self._left_out.append):
            if not path.endswith(SEALED):
                self._copy(source, files, path)

    def _not_files(self) -> list[Path]:
        site = self._site
        own = [site.keys.folder, site.data_dir / "keys", site.checkpoints, *site.beside, *site.shut_out]
        return own + ([self._database()] if site.store.is_sqlite else [])

    def _copy(self, source: Path, files: Path, path: str) -> None:
        try:
            self._pieces.append(copy_file(source, files / path, path))
        except FileNotFoundError:
            return  # what was on its way is where it was going to

    def _copy_keys(self, keys: Keys | None) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
        held = self._site.keys.all()
        with self._site.store.read() as connection:
            months = backups.shredded(connection)
        if keys:
            for name, secret in held:
                keys.adopt(name, secret)
            for month in months:  # what was destroyed here opens nothing from there either
                keys.destroy(key_name(month))
        return tuple((name, secret.id) for name, secret in held), tuple(months)

    def _drop(self, place: Place, keeping: Keeping | None) -> tuple[str, ...]:
        if keeping is None:
            return ()
        names = {taken_at(name): name for name in place.names()}
        stays = keeping.stays(list(names))
        dropped = tuple(name for at, name in sorted(names.items()) if at not in stays)
        place.drop(dropped)
        place.sweep()
        return dropped
