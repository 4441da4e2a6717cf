"""`denwaban customers`: puts customer lists into the built-in CRM. Prints no value of any row."""

import sys
from contextlib import closing
from pathlib import Path

import click

from plugin.cli.list_words import refusal, shown
from plugin.core.customers import ImportReport
from plugin.core.errors import InputError
from plugin.settings import load
from plugin.store.schema import upgrade
from plugin.wiring import House

_MOST_BAD_ROWS_SHOWN = 50


@click.group()
def customers() -> None:
    """Customer lists of the built-in CRM."""


@customers.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--map", "pairs", multiple=True, metavar="TARGET=HEADER", help="What a column holds; wins over guesses.")
@click.option("--dry-run", is_flag=True, help="Say what would happen and store nothing.")
def import_file(file: Path, pairs: tuple[str, ...], dry_run: bool) -> None:
    """Put the people of a CSV file into the built-in CRM, and bring them over at once.

    All of them or, where a row is bad, none. Exits 1 where nothing was stored.
    """
    mapping = tuple(_pair(pair) for pair in pairs)
    with closing(House(load())) as house:
        upgrade(house.store)
        try:
            report = house.sync.import_file(file.read_bytes(), mapping, dry=dry_run)
        except InputError as error:
            click.echo(refusal(file.name, error), err=True)
            sys.exit(1)
        _show(report)
        if report.bad:
            sys.exit(1)
        if not dry_run:
            click.echo(f"{house.sync.run()} brought over")


def _pair(text: str) -> tuple[str, str]:
    target, equals, header = text.partition("=")
    if not equals:
        raise click.BadParameter("write TARGET=HEADER, such as name=氏名", param_hint="--map")
    return target.strip(), header.strip()


def _show(report: ImportReport) -> None:
    click.echo(f"read as {report.encoding}")
    for header, target in report.columns:
        click.echo(f"  {shown(header)} → {target}")
    if report.ignored:
        click.echo(f"  left out: {', '.join(map(shown, report.ignored))}")
    for row in report.bad[:_MOST_BAD_ROWS_SHOWN]:
        click.echo(f"row {row.number}: {row.reason}{f' ({shown(row.column)})' if row.column else ''}", err=True)
    if report.bad:
        click.echo(f"{len(report.bad)} bad rows: nothing was stored", err=True)
        return
    would = "would be " if report.dry else ""
    click.echo(f"{report.new} {would}new, {report.changed} {would}changed, {report.same} the same")
    if report.unlinked:
        click.echo(f"{report.unlinked} name a company that is not, or not only once, among the customers")
