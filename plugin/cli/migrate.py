"""`denwaban migrate-to-mysql`: moves a site from SQLite to MySQL or MariaDB, and shows how far it is.

The address with its password is never an argument: those show in process lists. Prints no value of any row.
"""

import signal
import sys
import time
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click

from plugin.cli.bar import Bar
from plugin.core.errors import Conflict, DenwabanError, OutsideError, SettingError, Unavailable
from plugin.core.move import Closed, Fault, Finding
from plugin.services.move import MoveReport
from plugin.settings import Settings, load
from plugin.wiring import House

_FAULTS = {
    Fault.UNKNOWN_TABLE: "this table is none of ours: look what put it there, and drop it",
    Fault.WRONG_TYPE: "{n} values are not of the column's type",
    Fault.BAD_TEXT: "{n} texts are not UTF-8",
    Fault.TOO_LONG: "{n} texts are longer than the column takes",
    Fault.OUT_OF_RANGE: "{n} numbers are out of the column's range",
    Fault.TRAILING_SPACE: "{n} keys end with a space, which MySQL does not tell from the same without it",
    Fault.ORPHAN: "{n} rows point to rows of {what} that are not there",
    Fault.TOO_BIG: "its widest row ({what}) does not pass the server's max_allowed_packet",
    Fault.SHAPE: "{what} is not in the new database as it must be",
    Fault.COUNT: "{what} are to be there, {n} are",
    Fault.CONTENT: "{what} is not the same on both sides",
    Fault.AUDIT: "the audit is not the same on both sides ({what} before, {n} after)",
}
_REFUSALS = {
    "not_sqlite": "this site does not run on SQLite (any more): there is nothing to move",
    "moved_already": "this site has moved: set DENWABAN_DATABASE_URL and restart it",
    "move_running": "another process moves this site at this moment",
    "schema_behind": "the schema is old: start the site once with this version, then move it",
    "no_room": "the disk of the data folder has no place for a copy of the database",
    "target_too_old": "the server is too old: MariaDB 10.6 or MySQL 8.0 at least",
    "target_not_empty": "the new database is not empty, and what is there is not ours: give an empty one",
    "target": "the new database does not answer, or refuses the account: check the address",
    "move_tool": "the rows could not be carried",
    "not_mysql": "the address is none of a MySQL or MariaDB database: mysql+pymysql://account:password@host/database",
    "not_installed": "a library is missing: install it with pip",
}


@click.command("migrate-to-mysql")
@click.option("--check", is_flag=True, help="Only look whether the site could be moved; it runs on meanwhile.")
@click.option("--back", is_flag=True, help="Open the old database again, and remove what a broken-off move left.")
@click.option(
    "--url-file",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    help="File with the new database's URL, or - for standard input; default: the setting move_to.",
)
def migrate(check: bool, back: bool, url_file: Path | None) -> None:
    """Move the site to an empty MySQL or MariaDB database, prove that all of it arrived, and only then switch.

    Until it is done, and where it is refused, the old database is as it was. Exits 1 where nothing was moved.
    """
    settings = load()
    house = House(settings)
    if back:
        _open_again(house)
        return
    for name in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, _end)
    began_s = time.monotonic()
    bar = Bar(sys.stderr)
    try:
        move = house.move(_url(settings, url_file), bar.show)
        report = move.check() if check else move.run()
    except (Conflict, OutsideError, SettingError, Unavailable) as error:
        bar.end()
        _refuse(house, error)
    bar.end()
    if report.findings:
        _tell_findings(report, check)
        sys.exit(1)
    _tell_success(report, check, time.monotonic() - began_s)


def _end(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt  # every step of the move takes back what it did


def _url(settings: Settings, url_file: Path | None) -> str:
    if url_file is not None:
        return sys.stdin.readline() if str(url_file) == "-" else url_file.read_text("utf-8", "replace")
    if given := settings.move_to.get_secret_value():
        return given
    if not sys.stdin.isatty():
        raise SettingError("missing", setting="DENWABAN_MOVE_TO")
    asked: str = click.prompt("URL of the new database", hide_input=True)
    return asked


def _refuse(house: House, error: DenwabanError) -> NoReturn:
    words = _REFUSALS.get(error.reason)
    click.echo(f"denwaban: {error}" + (f"\n{words}" if words else ""), err=True)
    if house.store.closed() is None:
        click.echo("Nothing has changed: the site runs on in its old database.", err=True)
    sys.exit(1)


def _tell_findings(report: MoveReport, check: bool) -> None:
    for finding in report.findings:
        click.echo(
            f"{finding.fault}: {_place(finding)}: {_FAULTS[finding.fault].format(n=finding.n, what=finding.what)}"
        )
    if check:
        click.echo("The site cannot be moved like this.")
    else:
        click.echo("REFUSED. Nothing has changed: the site runs on in its old database.")


def _place(finding: Finding) -> str:
    is_column = (
        finding.what and finding.n and finding.fault not in (Fault.COUNT, Fault.ORPHAN, Fault.AUDIT, Fault.TOO_BIG)
    )
    return f"{finding.table}.{finding.what}" if is_column else finding.table


def _tell_success(report: MoveReport, check: bool, took_s: float) -> None:
    if check:
        click.echo(f"{report.rows} rows in {report.tables} tables can be moved as they are.")
        return
    click.echo(f"{report.rows} rows in {report.tables} tables moved and proved the same in {took_s:.0f} s.")
    click.echo(f"The audit has {report.lines} lines on both sides, last hash {report.hash}")
    if not report.is_audit_whole:
        click.echo("`denwaban audit verify` finds the same faults in both; they are older than the move.")
    click.echo("\nThe old database is shut for good. Now:")
    click.echo("  1. set DENWABAN_DATABASE_URL (database_url in the settings file) to the address of the new one;")
    click.echo("  2. restart the site. Until then it can be read, and senders keep what they have.")


def _open_again(house: House) -> None:
    if house.store.closed() is Closed.MOVING:
        raise Conflict("move_running")
    if house.move_back():
        click.echo("The old database is open again. What was stored in the new one since stays there.")
    else:
        click.echo("There is no move to take back.")
