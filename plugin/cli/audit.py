"""`denwaban audit`: proves that the audit is whole, and shows the key that its checkpoints are signed with."""

import re
import sys
import time

import click

from plugin.core.audit_check import Damage
from plugin.core.errors import SettingError
from plugin.settings import load
from plugin.store.schema import current_step
from plugin.wiring import House

_MEANING = {
    Damage.EDITED: "the text of this line was changed",
    Damage.UNCHAINED: "this line does not follow on the one before",
    Damage.DELETED: "lines before this one were deleted",
    Damage.MISFILED: "the look-up columns of this line were changed",
    Damage.HEAD: "the head does not name the last line",
    Damage.REWRITTEN: "a signed checkpoint saw another line here",
    Damage.CUT_OFF: "lines from this one on are gone: the end was cut off, or an old copy was put back",
    Damage.FORGED: "a checkpoint of this line is damaged or not signed by this site",
}
_MOST_SHOWN = 50


@click.group()
def audit() -> None:
    """Prove that nobody changed the audit."""


@audit.command()
@click.option("--public-key", default="", help="the key to prove checkpoints with, in hex; default: the site's own")
def verify(public_key: str) -> None:
    """Look at every line and checkpoint; exit 0 if all is whole, else 1 and say what is not."""
    if public_key and not re.fullmatch(r"[0-9a-fA-F]{64}", public_key):
        raise click.BadParameter("not 64 hexadecimal digits", param_hint="--public-key")
    began = time.perf_counter()
    verdict = _house().audit.verify(public_key)
    took = time.perf_counter() - began
    click.echo(f"{verdict.lines} lines in {took:.1f} s, last hash {verdict.hash}")
    click.echo(f"{verdict.checkpoints} signed checkpoints, the newest of line {verdict.proved_to}")
    for finding in verdict.findings[:_MOST_SHOWN]:
        click.echo(f"{finding.damage}: line {finding.seq}: {_MEANING[finding.damage]}")
    if len(verdict.findings) > _MOST_SHOWN:
        click.echo(f"and {len(verdict.findings) - _MOST_SHOWN} more")
    click.echo("NOT WHOLE" if verdict.findings else "whole")
    sys.exit(1 if verdict.findings else 0)


@audit.command()
def key() -> None:
    """Print the public key of the checkpoints, to be kept by somebody who does not run this machine."""
    click.echo(_house().audit.public_key())


@audit.command()
def checkpoint() -> None:
    """Sign where the audit stands now; the worker does so every few minutes."""
    click.echo("signed" if _house().audit.checkpoint() else "nothing new")


def _house() -> House:
    house = House(load())
    if current_step(house.store) is None:
        raise SettingError("no_database", setting="DENWABAN_DATA_DIR")
    return house
