"""`denwaban serve`: the one command of production."""

import socket
import sys
from contextlib import suppress

import click

from plugin.cli.erased import erase_again
from plugin.cli.supervisor import supervise
from plugin.core.errors import SettingError, Unavailable
from plugin.settings import Settings, flat, load
from plugin.store.schema import upgrade
from plugin.wiring import House


@click.command()
@click.option("--only", type=click.Choice(["web", "worker", "listen"]), help="Run this one process, unsupervised.")
@click.option("--bind", default=None, help="host:port or unix:/path to listen on; default: the setting `bind`.")
def serve(only: str | None, bind: str | None) -> None:
    """Bring the database to the newest step, then run web server, worker and listener until told to stop.

    Exits 1 where one of them cannot start.
    """
    settings = load()
    if only in (None, "web"):
        _must_be_free(bind or settings.bind)
    house = House(settings)
    _must_carry(house)
    _must_know_sources(house)
    upgrade(house.store)
    erase_again(house)
    with suppress(Unavailable):  # a site that is being moved can only be read
        house.audits.settings_watch.note(flat(settings))
    house.store.close()
    commands = _commands(settings, bind or settings.bind)
    if only is None:
        sys.exit(supervise(commands))
    if only == "web":
        from plugin.web.server import serve_web  # heavy; the supervisor needs none of it

        serve_web(settings, bind or settings.bind)
        return
    from plugin.cli import cli

    cli.main(args=[only], prog_name="denwaban")


def _must_carry(house: House) -> None:
    """Refuse to start where the connector of messages is set up wrongly: else each desk would find out by itself."""
    try:
        house.reach.sender  # noqa: B018
    except SettingError as error:
        raise click.ClickException(f"{error}: see docs/messages.md") from error


def _must_know_sources(house: House) -> None:
    """Refuse to start with a source of a kind that nobody knows: it would be silent, and nobody would wonder."""
    for name in house.settings.sources:
        try:
            house.phones.kind_of(name)
        except SettingError as error:
            raise click.ClickException(f"source {name}: {error}") from error


def _must_be_free(bind: str) -> None:
    host, _, port = bind.rpartition(":")
    if bind.startswith("unix:") or not port.isdigit():
        return  # gunicorn says what is wrong with it
    kind = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(kind, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host.strip("[]"), int(port)))
    except OSError as error:
        raise click.ClickException(f"cannot listen on {bind}: {error.strerror}") from error


def _commands(settings: Settings, bind: str) -> dict[str, list[str]]:
    program = [sys.executable, "-m", "plugin"]
    commands = {"web": [*program, "serve", "--only", "web", "--bind", bind], "worker": [*program, "worker"]}
    if any(source.kind == "asterisk" for source in settings.sources.values()):
        commands["listen"] = [*program, "listen"]
    return commands
