"""`denwaban purge`: what is due to be erased, erasing it now, and proving what was erased.

Decides nothing: the worker does the same each night. Too much at once waits for two people here too.
"""

import json
import re
import sys
from typing import BinaryIO

import click

from plugin.cli.erased import erase_again
from plugin.core.errors import Conflict, InputError
from plugin.core.retention import Amount, Plan
from plugin.core.size_words import size_words
from plugin.settings import load
from plugin.store.purge_proofs import check
from plugin.store.schema import upgrade
from plugin.wiring import House


@click.group(invoke_without_command=True)
@click.option("--dry-run", is_flag=True, help="Say what would go; erase nothing.")
@click.option("--json", "as_json", is_flag=True, help="Say it as JSON; with --dry-run.")
@click.pass_context
def purge(context: click.Context, *, dry_run: bool, as_json: bool) -> None:
    """Erase what is due, as the worker does each night. Exits 1 where that waits for a second person."""
    if context.invoked_subcommand is not None:
        return
    house = House(load())
    context.call_on_close(house.close)
    upgrade(house.store)
    retention = house.keeping.retention
    if dry_run:
        plan = retention.plan()
        is_braked = retention.is_braked(plan)
        click.echo(json.dumps(_as_json(plan, is_braked=is_braked)) if as_json else _told(plan, is_braked=is_braked))
        return
    erase_again(house)
    try:
        click.echo(f"erased: {retention.run()}")
    except Conflict as error:
        raise click.ClickException(_why(error)) from error


@purge.command()
@click.argument("file", type=click.File("rb"))
@click.option("--public-key", required=True, help="what `denwaban audit key` printed, in hex")
def verify(file: BinaryIO, public_key: str) -> None:
    """Check the proof of a run; exit 0 if it holds, 1 if not. Needs no database and no settings."""
    if not re.fullmatch(r"[0-9a-fA-F]{64}", public_key):
        raise click.BadParameter("not 64 hexadecimal digits", param_hint="--public-key")
    try:
        said = check(file, public_key)
    except InputError:
        click.echo("NOT PROVED: this is no whole proof, or it was changed")
        sys.exit(1)
    if said is None:
        click.echo("NOT PROVED: the signature is not of this key")
        sys.exit(1)
    click.echo(f"run {said.run_id}, of what was due before {said.due_before.isoformat(timespec='seconds')}")
    click.echo(
        f"recordings erased: {said.recordings} ({size_words(said.size_bytes)}); calls whose text was: {said.texts};"
        f" closed cases whose words were: {said.cases}"
    )
    click.echo(f"proved: {said.seal.lines} lines, root {said.seal.root}")


@purge.command()
def mend() -> None:
    """Write down outside the database anew what no file of tombstones tells of any more. The site may run."""
    house = House(load())
    click.get_current_context().call_on_close(house.close)
    upgrade(house.store)
    for one in house.keeping.letting_go.harmed():
        click.echo(f"{one.file}: {one.harm}")
    click.echo(f"written anew: {house.keeping.letting_go.mend()}")


def _why(error: Conflict) -> str:
    if error.reason == "purge_brake":
        percent, most = error.facts["percent"], error.facts["most"]
        return (
            f"nothing was erased: it would be {percent} % of what there is, and {most} % go without a second person."
            " Ask for it on the page /retention; another person approves it on /approvals"
        )
    if error.reason == "purge_changed":
        return "what would go is not what was planned, or approved: nothing more was erased; run it again, and ask anew"
    return str(error)


def _told(plan: Plan, *, is_braked: bool) -> str:
    lines = [f"recordings due: {_amount(plan.due)}, of {_amount(plan.there)}"]
    lines += [f"  by {rule}: {_amount(amount)}" for rule, amount in sorted(plan.by_rule.items())]
    lines += [f"  of {month}: {_amount(amount)}" for month, amount in sorted(plan.by_month.items())]
    lines.append(f"kept by a hold: {_amount(plan.held)}")
    lines.append(f"calls whose text is due: {plan.texts}; kept by a hold: {plan.texts_held}")
    lines.append(f"closed cases whose words are due: {plan.cases}; kept by a hold: {plan.cases_held}")
    if is_braked:
        lines.append(f"BRAKED: that is {plan.percent:.1f} %; it waits for a second person")
    return "\n".join(lines)


def _as_json(plan: Plan, *, is_braked: bool) -> dict[str, object]:
    def said(amount: Amount) -> dict[str, int]:
        return {"recordings": amount.count, "bytes": amount.size_bytes}

    return {
        "due_before": plan.due_before.isoformat(timespec="microseconds"),
        "there": said(plan.there),
        "due": said(plan.due),
        "held": said(plan.held),
        "by_rule": {rule: said(amount) for rule, amount in sorted(plan.by_rule.items())},
        "by_month": {month: said(amount) for month, amount in sorted(plan.by_month.items())},
        "texts": plan.texts,
        "texts_held": plan.texts_held,
        "cases": plan.cases,
        "cases_held": plan.cases_held,
        "percent": round(plan.percent, 1),
        "braked": is_braked,
    }


def _amount(amount: Amount) -> str:
    return f"{amount.count:,} ({size_words(amount.size_bytes)})"
