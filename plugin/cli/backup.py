"""`denwaban backup`: copies the site while it runs, and looks whether a copy is whole.

Gives way to the site: it works at a low priority. Never prints a key.
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

import click

from plugin.cli.backup_words import refuse, tell
from plugin.cli.bar import Bar
from plugin.core.backup import Keeping
from plugin.core.errors import DenwabanError, SettingError
from plugin.core.size_words import size_words
from plugin.services.backup import DATABASE, Made
from plugin.services.backup_check import Checked
from plugin.settings import load
from plugin.store.backing.place import Place
from plugin.store.checkpoints import Signer
from plugin.store.keys import Keys
from plugin.store.schema import current_step, newest_step
from plugin.wiring import House
from plugin.wiring_backup import backup_check, backup_of

T = TypeVar("T")

_MODEST = 10

Target = click.argument("target", type=click.Path(file_okay=False, path_type=Path))
Name = click.option("--name", default="", help="the backup, such as 20261123T041000Z; default: the newest")


class _DefaultGroup(click.Group):
    """`backup FOLDER` is `backup make FOLDER`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in (*self.commands, "--help"):
            args = ["make", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_DefaultGroup)
def backup() -> None:
    """Copy the site while it runs, and look whether a copy is whole. `backup FOLDER` is `backup make FOLDER`."""


@backup.command()
@Target
@click.option(
    "--keys", "keys_folder", type=click.Path(file_okay=False, path_type=Path), help="another folder, for the keys"
)
@click.option("--keep-days", default=0, type=click.IntRange(0), help="keep the newest backup of so many days")
@click.option("--keep-weeks", default=0, type=click.IntRange(0), help="and of so many weeks; drop the others")
def make(target: Path, keys_folder: Path | None, keep_days: int, keep_weeks: int) -> None:
    """Make a backup in TARGET: database, recordings, audit; keys in a place of their own. The site may run.

    Exits 1 where the site's audit is not whole; the backup is made all the same.
    """
    settings = load()
    house = House(settings)
    if current_step(house.store) is None:
        raise SettingError("no_database", setting="DENWABAN_DATA_DIR")
    given = os.environ.get("DENWABAN_SETTINGS")
    keeping = Keeping(keep_days, keep_weeks, settings.tz) if keep_days or keep_weeks else None
    keys = Keys(keys_folder, settings.secret_of_keys) if keys_folder else None
    began_s = time.monotonic()
    with _watched() as bar:
        work = backup_of(house, bar.show, Path(given) if given else None)
        try:
            made = _modestly(house, lambda: work.make(Place(target), keys, keeping))
        except DenwabanError as error:
            with suppress(DenwabanError):  # the site itself may be out
                work.note_failure(error.reason)
            raise
        work.note(made)
    _say_made(made, keys, time.monotonic() - began_s, is_sealed=bool(settings.secret_of_keys))
    house.close()
    sys.exit(1 if made.findings else 0)


@backup.command()
@Target
@Name
@click.option("--public-key", default="", help="who must have signed it, in hex: what `denwaban audit key` printed")
@click.option(
    "--keys", "keys_folder", type=click.Path(exists=True, file_okay=False, path_type=Path), help="look at the keys, too"
)
def verify(target: Path, name: str, public_key: str, keys_folder: Path | None) -> None:
    """Look at every byte of a backup; exit 0 if it is whole, 1 if not, 2 if it could not be looked at.

    Needs nothing of the site, but with --keys the secret that they are sealed under. Where it is on this machine, its
    page of health says that somebody looked.
    """
    keys = Keys(keys_folder, load().secret_of_keys) if keys_folder else None
    place = Place(target)
    began_s = time.monotonic()
    with _watched() as bar:
        checked = backup_check(bar.show).look(place, name or place.newest(), keys, public_key)
        _note_look(place, checked)
    _say_checked(checked, time.monotonic() - began_s, is_named=bool(public_key))
    sys.exit(0 if checked.is_whole else 1)


def _note_look(place: Place, checked: Checked) -> None:
    """Let the site know, where this machine has it and it signed the backup; elsewhere nobody is told."""
    with suppress(DenwabanError, OSError):
        settings = load()
        if not (settings.data_dir / DATABASE).is_file() and not settings.database_url.get_secret_value():
            return
        house = House(settings)
        try:
            if current_step(house.store) == newest_step() and place.is_signed_with(
                checked.manifest.name, Signer(house.keys)
            ):
                look = backup_of(house, lambda _: None, None)
                look.note_look(checked.manifest.name, is_whole=checked.is_whole)
        finally:
            house.close()


@backup.command("list")
@click.argument("target", type=click.Path(exists=True, file_okay=False, path_type=Path))
def list_backups(target: Path) -> None:
    """List the backups in TARGET, the oldest first: name, size of the database, recordings, version."""
    place = Place(target)
    for name in place.names():
        if place.signed_by(name) is None:
            click.echo(f"{name}\tDAMAGED")
            continue
        manifest = place.manifest(name)
        size = size_words(manifest.piece(manifest.database).size_bytes)
        click.echo("\t".join((name, size, f"{manifest.recordings} recordings", f"version {manifest.version}")))


@contextmanager
def _watched() -> Iterator[Bar]:
    """Show how far it is, and say in words what refuses."""
    bar = Bar(sys.stderr)
    try:
        yield bar
    except DenwabanError as error:
        bar.end()
        refuse(error)
    finally:
        bar.end()


def _modestly(house: House, work: Callable[[], T]) -> T:
    """Do it in a thread of low priority, so that phones ring first; it ends at once where somebody presses Ctrl+C.

    A thread, because whoever lowered himself cannot rise again, and the audit's line is written under the lock that the
    site's writers wait at: whoever holds that must not be the last to be given the core.
    """

    def lowly() -> T:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _MODEST)
        try:
            return work()
        finally:
            house.store.leave()

    before = signal.signal(signal.SIGINT, signal.SIG_DFL)  # what it leaves behind, the next one removes
    try:
        with ThreadPoolExecutor(1) as threads:
            return threads.submit(lowly).result()
    finally:
        signal.signal(signal.SIGINT, before)


def _say_made(made: Made, keys: Keys | None, took_s: float, *, is_sealed: bool) -> None:
    manifest = made.manifest
    database = manifest.piece(manifest.database)
    click.echo(f"{manifest.name}: made in {took_s:.0f} s")
    click.echo(f"database: {size_words(database.size_bytes)}, {'dumped' if manifest.is_dump else 'whole'}")
    click.echo(f"audit: {manifest.audit_seq} lines, last hash {manifest.audit_hash}")
    new = f"{made.copied} of them new, {size_words(made.copied_bytes)}"
    click.echo(f"recordings: {manifest.recordings}, {size_words(manifest.recordings_bytes)}; {new}")
    if manifest.absent:
        click.echo(
            f"WITHOUT A FILE: {manifest.absent} recordings of the database; is the folder of recordings mounted?"
        )
    for link in made.followed:
        click.echo(f"followed: {link.name} is a link to {link.leads_to}; what is in there is in the backup")
    if made.left_out:
        click.echo(f"LEFT OUT: {len(made.left_out)} links that were not followed, the first: {made.left_out[0]}")
    if made.erased:
        click.echo(f"erased from all backups, because the site erased them: {made.erased} recordings")
    if made.dropped:
        click.echo(f"dropped: {' '.join(made.dropped)}")
    if keys is None:
        click.echo("keys: NOT in this backup. Without them no recording opens again: give another folder with --keys")
    else:
        unsealed = "" if is_sealed else ", NOT sealed: set keys_secret, or keep that folder as you keep the site's own"
        click.echo(f"keys: {len(manifest.keys)} in {keys.folder}{unsealed}")
    tell(made.findings)


def _say_checked(checked: Checked, took_s: float, *, is_named: bool) -> None:
    manifest = checked.manifest
    click.echo(f"{manifest.name}: looked at in {took_s:.0f} s")
    if checked.public_key:
        told = "" if is_named else " (compare it with what `denwaban audit key` prints)"
        click.echo(f"signed by {checked.public_key}{told}")
    if checked.verdict:
        click.echo(f"audit: {checked.verdict.lines} lines, last hash {checked.verdict.hash}")
    click.echo(f"recordings: {manifest.recordings}, {size_words(manifest.recordings_bytes)}")
    tell((*checked.findings, *checked.recordings))
    click.echo("whole" if checked.is_whole else "NOT WHOLE")
