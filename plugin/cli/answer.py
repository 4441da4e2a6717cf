"""`denwaban answer`: shows whether two texts count as the same answer. Asks no database and stores nothing."""

from pathlib import Path

import click

from plugin.core.answers import same
from plugin.core.identity import AnswerType
from plugin.core.number_plan import country_code

_TYPES = [kind.value for kind in AnswerType]


@click.command(context_settings={"ignore_unknown_options": True})  # a text may begin with a hyphen
@click.option("--type", "kind", type=click.Choice(_TYPES), help="how the texts are compared")
@click.argument("stored", required=False)
@click.argument("spoken", required=False)
@click.option(
    "--pairs",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="lines of type, stored and spoken text, separated by tabs",
)
@click.option("--region", default="JP", show_default=True, help="where telephone numbers were written, as two letters")
def answer(kind: str | None, stored: str | None, spoken: str | None, pairs: Path | None, region: str) -> None:
    """Compare SPOKEN with STORED, or each line of a file, and print `match` or `no match` a line."""
    if not country_code(region.upper()):
        raise click.BadParameter("not a region, such as JP", param_hint="--region")
    if pairs is not None and kind is stored is spoken is None:
        _compare_lines(pairs, region.upper())
    elif pairs is None and kind is not None and stored is not None and spoken is not None:
        _compare(kind, stored, spoken, region.upper())
    else:
        raise click.UsageError("give either --type with STORED and SPOKEN, or --pairs")


def _compare_lines(pairs: Path, region: str) -> None:
    # Lines end at a line feed and nowhere else: hostile text may hold every other separator.
    with pairs.open(encoding="utf-8-sig", errors="replace", newline="\n") as lines:
        for place, line in enumerate(lines, 1):
            match line.removesuffix("\n").removesuffix("\r").split("\t"):
                case [kind, stored, spoken] if kind in _TYPES:
                    _compare(kind, stored, spoken, region)
                case _:
                    raise click.BadParameter(f"line {place} is not type, stored and spoken text", param_hint="--pairs")


def _compare(kind: str, stored: str, spoken: str, region: str) -> None:
    click.echo("match" if same(AnswerType(kind), stored, spoken, region) else "no match")
