"""`denwaban number`: shows how written telephone numbers are read. Stores nothing."""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

import click

from plugin.core.number_plan import country_code
from plugin.core.numbers import External, Internal, Unreadable, Withheld, read_number
from plugin.core.written_numbers import mentioned_in, read_field

_LINES_AT_ONCE = 10_000


@click.command(context_settings={"ignore_unknown_options": True})  # a number may begin with a hyphen
@click.argument("raw", required=False)
@click.option("--file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="one number a line")
@click.option("--region", default="JP", show_default=True, help="where the number was written, as two letters")
def number(raw: str | None, file: Path | None, region: str) -> None:
    """Read RAW, or each line of a file, and print what it says: one JSON object a line."""
    if (raw is None) == (file is None):
        raise click.UsageError("give either RAW or --file")
    if not country_code(region.upper()):
        raise click.BadParameter("not a region, such as JP", param_hint="--region")
    out = sys.stdout.buffer
    if file is None:
        _print(out, [raw or ""], region.upper())
        return
    # Lines end at a line feed and nowhere else: hostile text may hold every other separator.
    with file.open(encoding="utf-8-sig", errors="replace", newline="\n") as lines:
        _print(out, (line.removesuffix("\n").removesuffix("\r") for line in lines), region.upper())


def _print(out: BinaryIO, raws: Iterable[str], region: str) -> None:
    encode = json.JSONEncoder(ensure_ascii=False).encode
    ready: list[str] = []
    for raw in raws:
        ready.append(encode(_shown(raw, region)))
        if len(ready) == _LINES_AT_ONCE:
            _write(out, ready)
    _write(out, ready)


def _write(out: BinaryIO, ready: list[str]) -> None:
    # A lone surrogate, which an argument may hold, stays the \\u escape that JSON knows.
    out.write("".join(f"{line}\n" for line in ready).encode("utf-8", "backslashreplace"))
    out.flush()
    ready.clear()


def _shown(raw: str, region: str) -> dict[str, str | bool | list[str] | None]:
    reading = read_number(raw, region)
    kind, e164, valid, extension, withheld = "unreadable", None, False, None, None
    match reading:
        case External():
            kind, e164, valid, extension = "number", reading.e164, reading.valid, reading.extension
        case Internal():
            kind, extension = "internal", reading.extension
        case Withheld():
            kind, withheld = "withheld", reading.reason.value
        case Unreadable():
            pass
    return {
        "raw": reading.raw,
        "kind": kind,
        "e164": e164,
        "valid": valid,
        "extension": extension,
        "withheld": withheld,
        **(_found_in(raw, region) if kind == "unreadable" else {"numbers": [], "mentions": []}),
    }


def _found_in(raw: str, region: str) -> dict[str, str | bool | list[str] | None]:
    """Return what a field of a customer would keep of a text that is not one number."""
    several = [one for one in read_field(raw, region) if isinstance(one, External)]
    mentioned = () if several else mentioned_in(raw, region)
    return {"numbers": [one.e164 for one in several], "mentions": [one.e164 for one in mentioned]}
