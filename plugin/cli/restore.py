"""`denwaban restore`: puts a backup back into an empty data folder, and says what is to be done then."""

import sys
import time
from pathlib import Path

import click

from plugin.cli.backup_words import refuse, tell
from plugin.cli.bar import Bar
from plugin.core.errors import DenwabanError
from plugin.core.size_words import size_words
from plugin.services.restore import Restored, Wish
from plugin.settings import load
from plugin.store.backing.place import Place
from plugin.store.keys import Keys
from plugin.wiring_backup import restore_of


@click.command()
@click.argument("target", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--name", default="", help="the backup, such as 20261123T041000Z; default: the newest")
@click.option(
    "--keys",
    "keys_folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="where the keys were put; default: they are where the settings say",
)
@click.option("--as", "login", required=True, metavar="LOGIN", help="your account in the backup: the audit names it")
@click.option("--reason", default="", help="why; it stands beside the audit's line")
@click.option(
    "--database",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="a newer copy of the database, as continuous replication keeps it",
)
@click.option("--although-damaged", is_flag=True, help="leave out recordings that are damaged in the backup")
@click.option("--go-on", is_flag=True, help="send to the CRM at once; default: that rests until somebody lets it")
def restore(
    target: Path,
    name: str,
    keys_folder: Path | None,
    login: str,
    reason: str,
    database: Path | None,
    *,
    although_damaged: bool,
    go_on: bool,
) -> None:
    """Look through a backup in TARGET and put it back where the settings say, which must be empty.

    Exits 1 where the backup is not whole, 2 where it is refused; then nothing has changed.
    """
    settings = load()
    place = Place(target)
    began_s = time.monotonic()
    bar = Bar(sys.stderr)
    try:
        keys = Keys(keys_folder, settings.secret_of_keys) if keys_folder else None
        wish = Wish(
            place, name or place.newest(), keys, login, reason, database, damaged=although_damaged, held=not go_on
        )
        done = restore_of(settings, bar.show).run(wish)
    except DenwabanError as error:
        bar.end()
        refuse(error)
    bar.end()
    if done.findings:
        tell(done.findings)
        click.echo("NOT RESTORED: nothing has changed. Another backup may be whole: `denwaban backup list`.")
        sys.exit(1)
    _say(done, time.monotonic() - began_s, held=not go_on)


def _say(done: Restored, took_s: float, *, held: bool) -> None:
    manifest = done.manifest
    click.echo(f"{manifest.name}: restored in {took_s:.0f} s")
    click.echo(f"recordings: {done.recordings}, {size_words(manifest.recordings_bytes)}")
    if done.absent:
        click.echo(f"WITHOUT A FILE: {done.absent} recordings of the database")
    tell(done.left_out)
    click.echo(f"erased anew, as the tombstones say: {done.erased}")
    if done.untold:
        click.echo(
            f"TOMBSTONES WERE BEHIND: {done.untold} of what the database knows to be erased stood in none of the files;"
            " they are written anew. What only those files knew may be back: look for a newer copy of the folder"
            " `tombstones`, put it beside, and run `denwaban purge mend`"
        )
    if done.ended:
        ended = f"{done.ended.sessions} sessions, {done.ended.grants} grants, {done.ended.approvals} approvals"
        click.echo(f"ended: {ended}")
    for one in done.verdict.restored if done.verdict else ():
        if one.lost_to:
            click.echo(f"audit: lines {one.seq} to {one.lost_to} at least had been signed, and are lost")
    click.echo(f"\nWhat was changed after {manifest.name} is as it was then. Before anybody signs in, look through:")
    click.echo("  passwords, roles, closed accounts, second factors, recovery codes, holds, lock-outs.")
    click.echo("Then: denwaban doctor, denwaban serve, and listen to one recording.")
    if held:
        click.echo("Nothing goes to the CRM and nothing comes from it until an administrator resumes `deliver` and")
        click.echo("`sync` on the page 定期処理 (/admin/jobs). What had been sent is not sent twice.")
