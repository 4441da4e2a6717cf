"""`denwaban keys`: makes a newer key for customers' answers. Shows no key, and takes none away."""

import click

from plugin.services.answers import KEY_NAME
from plugin.settings import load
from plugin.wiring import House


@click.group()
def keys() -> None:
    """Secret keys of the site."""


@keys.command()
def rotate() -> None:
    """Make a newer key for customers' answers; each customer's answers move to it at his next sync."""
    click.echo(f"new key: {House(load()).keys.rotate(KEY_NAME).id}")
