"""`denwaban back-fill`: file the calls of a period that a phone system wrote down and nobody heard."""

import click

from plugin.core.errors import SettingError
from plugin.core.times import read_instant
from plugin.settings import load
from plugin.wiring import House


@click.command("back-fill")
@click.argument("source")
@click.option("--since", required=True, help="2026-11-01 or 2026-11-01T09:00, in the source's zone")
@click.option("--until", default="", help="the same; now where it is not given")
def back_fill(source: str, since: str, until: str) -> None:
    """File the calls of SOURCE of a period that are not known yet, and end those whose end was not seen."""
    settings = load()
    house = House(settings)
    try:
        chosen = settings.sources.get(source)
        if chosen is None or source not in house.phones.journals:
            raise SettingError("no_records", setting="DENWABAN_SOURCES")
        zone = settings.zone_of(chosen)
        end = read_instant(until, zone) if until else house.clock()
        filling = house.phones.back_fill(house.store, house.calls)
        click.echo(f"{filling.fill(source, read_instant(since, zone), end)} calls")
    finally:
        house.close()
