"""`denwaban replay`: read a capture of an Asterisk manager session, and print the calls that it tells of."""

import json
from collections.abc import Iterator
from pathlib import Path

import click

from connectors.calls.asterisk.capture import DEFAULT_TRUNKS, read_capture
from plugin.core.call_account import account, fold_all

_CHUNK_BYTES = 65_536


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="print a JSON list of calls")
@click.option("--trunk", "trunks", multiple=True, default=DEFAULT_TRUNKS, show_default=True, help="channel pattern")
@click.option("--source", default="pbx", show_default=True, help="name of the phone system")
def replay(file: Path, as_json: bool, trunks: tuple[str, ...], source: str) -> None:
    """Print the calls of FILE, a raw capture of an Asterisk manager session. Nothing is stored."""
    calls = [account(call) for call in fold_all(read_capture(_chunks(file), source, trunks))]
    if as_json:
        click.echo(json.dumps(calls, ensure_ascii=False, indent=1))
        return
    for call in calls:
        who = call["customer_number"] or f"withheld ({call['withheld']})"
        talked = ", ".join(call["answered_by"]) or "nobody"
        click.echo(f"{call['call_id']} {call['direction']} {who}: {call['outcome']}, talked with {talked}")


def _chunks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while chunk := opened.read(_CHUNK_BYTES):
            yield chunk
