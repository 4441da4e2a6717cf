"""`denwaban salesforce`: makes what an administrator puts into the org, so that its pages show the desk.

Writes into a new folder only: what stands in one may have been edited, or be under version control.
"""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from plugin.cli.salesforce_files import Files, open_cti, read_address, voice_extension
from plugin.settings import load

_out = click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="New folder to write into."
)


@click.group()
def salesforce() -> None:
    """The desk inside Salesforce: see docs/salesforce.md, "Inside Salesforce"."""


@salesforce.command("voice-extension")
@_out
def voice_extension_command(out: Path) -> None:
    """Make the Lightning component for the utility bar and for a Voice extension page."""
    _write(out, voice_extension)


@salesforce.command("open-cti")
@_out
def open_cti_command(out: Path) -> None:
    """Make the call centre and its softphone page, for orgs that still have Open CTI."""
    _write(out, open_cti)


def _write(out: Path, make: Callable[[str], Files]) -> None:
    settings = load()
    made = make(read_address(settings.public_url, settings.embed_origins))
    if out.exists():
        raise click.ClickException(f"{out} is there already; name a new folder")
    out.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".denwaban-", dir=out.parent) as folder:  # a full disk leaves nothing behind
        for name, text in made.items():
            path = Path(folder) / "made" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        (Path(folder) / "made").rename(out)
    for name in made:
        click.echo(str(out / name))
    click.echo(f"\nin {out}:  sf project deploy start --manifest manifest/package.xml --target-org YOUR_ORG")
