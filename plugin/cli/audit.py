"""`denwaban audit`: proves that the audit is whole, or that one line stands in it; shows the key its checkpoints are
signed with.
"""

import json
import re
import sys
import time
from pathlib import Path
from typing import BinaryIO

import click

from plugin.core.audit_check import Damage
from plugin.core.audit_proof import read_proof, write_proof
from plugin.core.errors import InputError, SettingError
from plugin.core.times import from_us
from plugin.services.audit import Audit, Verdict, is_proved
from plugin.settings import load
from plugin.store.schema import current_step
from plugin.wiring import House, now
from plugin.wiring_audit import audit_of_copy

_MEANING = {
    Damage.EDITED: "the text of this line was changed",
    Damage.UNCHAINED: "this line does not follow on the one before",
    Damage.DELETED: "lines before this one were deleted",
    Damage.MISFILED: "the look-up columns of this line were changed",
    Damage.HEAD: "the head does not name the last line",
    Damage.REWRITTEN: "a signed checkpoint saw another line here",
    Damage.CUT_OFF: "lines from this one on are gone: the end was cut off, or an old copy was put back unsaid",
    Damage.FORGED: "a checkpoint of this line is damaged or not signed by this site",
    Damage.REMARK: "a text beside this line is not the one it was written with",
    Damage.REMARK_GONE: "a text beside this line is gone, and nobody is said to have erased it",
}
_MOST_SHOWN = 50
_SHOWN_EVERY_S = 0.2

Key = click.option(
    "--public-key", default="", help="the key to prove checkpoints with, in hex; default: the site's own"
)


@click.group()
def audit() -> None:
    """Prove that nobody changed the audit."""


@audit.command()
@Key
@click.option("--database", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="a copy of the database")
@click.option("--checkpoints", type=click.Path(exists=True, file_okay=False, path_type=Path), help="a copy of them")
@click.option("--witness", "by_witness", is_flag=True, help="compare with what the CRM witnesses, too")
@click.option("--json", "as_json", is_flag=True, help="say it as JSON")
def verify(
    public_key: str, database: Path | None, checkpoints: Path | None, *, by_witness: bool, as_json: bool
) -> None:
    """Look at every line and checkpoint; exit 0 if all is whole, 1 if not, 2 if it could not be looked at.

    With --database, --checkpoints and --public-key it needs nothing of the site: no settings, no keys, no service.
    """
    _demand_a_key(public_key)
    began = time.perf_counter()
    witnessed = _house().audits.witnessing.read() if by_witness else []
    verdict = _audit(database, checkpoints, public_key).verify(public_key, _Shown(quiet=as_json), witnessed)
    took_s = time.perf_counter() - began
    if as_json:
        click.echo(json.dumps(_as_json(verdict, took_s) | ({"witnessed": len(witnessed)} if by_witness else {})))
    else:
        _say(verdict, took_s)
        if by_witness:
            click.echo(f"compared with {len(witnessed)} checkpoints that the CRM witnesses")
    sys.exit(1 if verdict.findings else 0)


@audit.command()
@click.argument("line", type=click.IntRange(min=1))
@click.option("--open", "opened", is_flag=True, help="put in what people typed of it")
def prove(line: int, *, opened: bool) -> None:
    """Write the proof that LINE stands in the audit; whoever has it and the public key can check it anywhere."""
    click.echo(write_proof(_house().audits.whole.prove(line, opened=opened)), nl=False)


@audit.command()
@click.argument("file", type=click.File("rb"))
@click.option("--public-key", required=True, help="what `denwaban audit key` printed, in hex")
def check(file: BinaryIO, public_key: str) -> None:
    """Check a proof; exit 0 if it holds, 1 if not. Needs no database and no settings."""
    _demand_a_key(public_key)
    try:
        proof = read_proof(file.read())
    except InputError:
        click.echo("NOT PROVED: this is no proof, or it was changed")
        sys.exit(1)
    if not is_proved(proof, public_key):
        click.echo("NOT PROVED: the line, the way to the root, or the signature is not right")
        sys.exit(1)
    click.echo(proof.body)
    for remark in proof.remarks:
        click.echo(f"{remark.name}: {json.dumps(remark.text, ensure_ascii=False)}")
    click.echo(f"proved: line {proof.seq} of {proof.checkpoint.seq}")


@audit.command()
def key() -> None:
    """Print the public key of the checkpoints, to be kept by somebody who does not run this machine."""
    click.echo(_house().audits.whole.public_key())


@audit.command()
def checkpoint() -> None:
    """Sign where the audit stands now; the worker does so every few minutes."""
    click.echo("signed" if _house().audits.whole.checkpoint() else "nothing new")


class _Shown:
    """Shows how far it is, where somebody looks on."""

    def __init__(self, *, quiet: bool) -> None:
        self._is_seen = sys.stderr.isatty() and not quiet
        self._last_s = time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        if not self._is_seen:
            return
        if done >= total:
            click.echo("\r\x1b[2K", nl=False, err=True)
        elif time.monotonic() - self._last_s >= _SHOWN_EVERY_S:
            self._last_s = time.monotonic()
            click.echo(f"\r\x1b[2K{done / total:4.0%} {done:,} of {total:,} lines", nl=False, err=True)


def _say(verdict: Verdict, took_s: float) -> None:
    click.echo(f"{verdict.lines} lines in {took_s:.1f} s, last hash {verdict.hash}")
    click.echo(f"{verdict.checkpoints} signed checkpoints, the newest of line {verdict.proved_to}")
    for one in verdict.restored:
        gone = f"; lines {one.seq} to {one.lost_to} at least were signed before, and went" if one.lost_to else ""
        who = one.user_id or "nobody known"
        click.echo(f"restored: line {one.seq}: a backup was put back at {from_us(one.at_us):%F %T} UTC by {who}{gone}")
    for finding in verdict.findings[:_MOST_SHOWN]:
        click.echo(f"{finding.damage}: line {finding.seq}: {_MEANING[finding.damage]}")
    if len(verdict.findings) > _MOST_SHOWN:
        click.echo(f"and {len(verdict.findings) - _MOST_SHOWN} more")
    click.echo("NOT WHOLE" if verdict.findings else "whole")


def _as_json(verdict: Verdict, took_s: float) -> dict[str, object]:
    return {
        "whole": not verdict.findings,
        "lines": verdict.lines,
        "hash": verdict.hash,
        "checkpoints": verdict.checkpoints,
        "proved_to": verdict.proved_to,
        "findings": [{"damage": one.damage.value, "line": one.seq} for one in verdict.findings],
        "restored": [
            {"line": one.seq, "at": one.at_us, "user": one.user_id, "lost_to": one.lost_to} for one in verdict.restored
        ],
        "took_s": round(took_s, 3),
    }


def _audit(database: Path | None, checkpoints: Path | None, public_key: str) -> Audit:
    if database is None and checkpoints is None:
        return _house().audits.whole
    if database is None or checkpoints is None or not public_key:
        raise click.UsageError("a copy is looked at with --database, --checkpoints and --public-key together")
    return audit_of_copy(database, checkpoints, now)


def _demand_a_key(public_key: str) -> None:
    if public_key and not re.fullmatch(r"[0-9a-fA-F]{64}", public_key):
        raise click.BadParameter("not 64 hexadecimal digits", param_hint="--public-key")


def _house() -> House:
    house = House(load())
    if current_step(house.store) is None:
        raise SettingError("no_database", setting="DENWABAN_DATA_DIR")
    return house
