"""`denwaban answer`: shows whether two texts count as the same answer. Asks no database and stores nothing.

Exit code 0: each pair was compared, whatever came of it; 2: it was asked wrongly, or a line is no pair, and then
nothing was compared.
"""

from dataclasses import dataclass
from pathlib import Path

import click

from plugin.core.answers import same
from plugin.core.identity import AnswerType
from plugin.core.number_plan import country_code

_TYPES = [kind.value for kind in AnswerType]
_HEADING = ["type", "stored", "spoken"]
_BYTE_ORDER_MARK = "\ufeff"
_MOST_TOLD = 20  # wrong lines; a file in another shape has them all


@dataclass(frozen=True, slots=True)
class Pair:
    """Two texts and how they are compared."""

    kind: AnswerType
    stored: str
    spoken: str


@click.command(context_settings={"ignore_unknown_options": True})  # a text may begin with a hyphen
@click.option("--type", "kind", type=click.Choice(_TYPES), help="how the texts are compared")
@click.argument("stored", required=False)
@click.argument("spoken", required=False)
@click.option(
    "--pairs",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="lines of type, stored and spoken text, separated by tabs, in UTF-8",
)
@click.option("--region", default="JP", show_default=True, help="where telephone numbers were written, as two letters")
def answer(kind: str | None, stored: str | None, spoken: str | None, pairs: Path | None, region: str) -> None:
    """Compare SPOKEN with STORED, or each line of a file, and print `match` or `no match` a line.

    Exits with 0 whatever came of it, and with 2, before anything is compared, where a line is no pair.
    """
    if not country_code(region.upper()):
        raise click.BadParameter("not a region, such as JP", param_hint="--region")
    if pairs is not None and kind is stored is spoken is None:
        asked = _read(pairs.read_bytes())
    elif pairs is None and kind is not None and stored is not None and spoken is not None:
        asked = [Pair(AnswerType(kind), stored, spoken)]
    else:
        raise click.UsageError("give either --type with STORED and SPOKEN, or --pairs")
    for pair in asked:
        click.echo("match" if same(pair.kind, pair.stored, pair.spoken, region.upper()) else "no match")


def _read(raw: bytes) -> list[Pair]:
    # Lines end at a line feed and nowhere else: hostile text may hold every other separator.
    lines = raw.split(b"\n")
    while lines and not lines[-1].strip():
        lines.pop()
    read = [_pair(line, is_first=place == 0) for place, line in enumerate(lines)]
    wrong = [f"line {place}: {each}" for place, each in enumerate(read, 1) if isinstance(each, str)]
    if wrong:
        more = [f"and {len(wrong) - _MOST_TOLD} lines more"] if len(wrong) > _MOST_TOLD else []
        raise click.BadParameter("\n".join(["", *wrong[:_MOST_TOLD], *more]), param_hint="--pairs")
    return [each for each in read if isinstance(each, Pair)]


def _pair(line: bytes, *, is_first: bool) -> Pair | str | None:
    """Return the pair of a line, why it is none in words, or None for the heading of a table."""
    try:
        text = line.decode("utf-8").removesuffix("\r")
    except UnicodeDecodeError:
        return "is not in UTF-8"
    fields = (text.removeprefix(_BYTE_ORDER_MARK) if is_first else text).split("\t")
    if is_first and [field.lower() for field in fields] == _HEADING:
        return None
    if len(fields) != len(_HEADING):
        return f"has {len(fields)} fields, not type, stored and spoken text with a tab between them"
    kind, stored, spoken = fields
    if kind not in _TYPES:
        return f"its type is none of {', '.join(_TYPES)}"
    return Pair(AnswerType(kind), stored, spoken)
