"""`denwaban calls`: brings past calls in from lists that phone systems export. Prints no value of any row."""

import sys
from contextlib import closing
from pathlib import Path
from zoneinfo import available_timezones

import click

from plugin.cli.list_words import refusal, shown
from plugin.core.errors import InputError
from plugin.core.past_calls import PastReport
from plugin.settings import load
from plugin.store.schema import upgrade
from plugin.wiring import House

_ENCODINGS = {"utf-8": "utf-8-sig", "cp932": "cp932"}
_TOLD_EVERY = 1_000


@click.group()
def calls() -> None:
    """Calls of the past."""


@calls.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--map", "pairs", multiple=True, metavar="TARGET=HEADER", help="What a column holds; wins over guesses.")
@click.option("--source", default="csv", show_default=True, help="Whose calls they become: of [sources], or any name.")
@click.option("--zone", default="", help="Time zone of its times; default: the source's, else the site's.")
@click.option("--encoding", type=click.Choice(sorted(_ENCODINGS)), default=None, help="Default: found out.")
@click.option("--skip-bad", is_flag=True, help="Leave bad rows out instead of storing nothing.")
@click.option("--dry-run", is_flag=True, help="Say what would happen and store nothing.")
def import_file(
    file: Path, pairs: tuple[str, ...], source: str, zone: str, encoding: str | None, skip_bad: bool, dry_run: bool
) -> None:
    """Put the calls of a CSV file into the histories. They never pop.

    All of them or, where a row is bad, none. The same file again changes nothing. Exits 1 where nothing was stored.
    """
    if zone and zone not in available_timezones():
        raise click.BadParameter("not a time zone of the IANA database, such as Asia/Tokyo", param_hint="--zone")
    if not source.isascii() or not source.replace("-", "").replace("_", "").isalnum() or len(source) > 32:
        raise click.BadParameter("letters, digits, - and _ only", param_hint="--source")
    mapping = tuple(_pair(pair) for pair in pairs)
    with closing(House(load())) as house:
        upgrade(house.store)
        try:
            found = house.phones.past_list(file, source, zone, mapping, _ENCODINGS.get(encoding or ""))
            click.echo(f"read as {found.encoding}")
            for header, target in found.columns:
                click.echo(f"  {shown(header)} → {target}")
            if found.ignored:
                click.echo(f"  left out: {', '.join(map(shown, found.ignored))}")
            report = house.phones.past_calls(house.store, house.calls).take(
                found, dry=dry_run, skip_bad=skip_bad, tell=_tell
            )
        except InputError as error:
            click.echo(refusal(file.name, error), err=True)
            sys.exit(1)
    _show(report, dry=dry_run, skipped=skip_bad)


def _pair(text: str) -> tuple[str, str]:
    target, equals, header = text.partition("=")
    if not equals:
        raise click.BadParameter("write TARGET=HEADER, such as started=開始日時", param_hint="--map")
    return target.strip(), header.strip()


def _tell(step: str, rows: int) -> None:
    if rows % _TOLD_EVERY == 0:
        click.echo(f"  {step}: {rows:,} rows", err=True)


def _show(report: PastReport, *, dry: bool, skipped: bool) -> None:
    for row in report.first_bad:
        click.echo(f"line {row.line}: {row.reason} ({shown(row.column)})", err=True)
    if report.bad and not skipped:
        click.echo(f"{report.bad:,} bad rows: nothing was stored", err=True)
        sys.exit(1)
    if report.bad:
        click.echo(f"{report.bad:,} bad rows were left out", err=True)
    if dry:
        click.echo(f"{report.new:,} calls would be taken, as far as they are not known yet")
    else:
        click.echo(f"{report.new:,} new, {report.same:,} known before")
