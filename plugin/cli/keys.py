"""`denwaban keys`: what hangs on each secret key, newer keys for old ones, and the end of a month's recordings.

Shows no key. Destroys none without the month typed once more and another person's approval.
"""

import click

from plugin.core.approvals import ApprovalKind
from plugin.core.errors import Conflict, Denied, InputError, NotFound
from plugin.core.staff import Staff
from plugin.services.keyring import KeyUse, Rotated
from plugin.settings import load
from plugin.store.schema import upgrade
from plugin.wiring import House

_SAID = {
    "month": "a month is written like 2027-11",
    "month_runs": "recordings whose time ends in this month may still be heard: wait until a day after its end",
    "on_hold": "recordings of this month are on hold: they must be released, or their hold ends, before",
    "still_kept": "purposes keep recordings of this month longer: wait until their own time is over",
    "key": "there is neither a key nor a recording of this month",
    "not_approved": "nobody approved exactly this for you, the approval was used, or its time is up: ask again",
    "changed": "what hangs on the month changed this moment: look again, and ask again",
    "role": "only privacy officers and administrators may ask for it",
    "user": "there is no account with this login",
    "login": "there is no account with this login",
    "reason": "say why, in 1 to 200 characters",
}


@click.group()
def keys() -> None:
    """Secret keys of the site."""


def _house() -> House:
    house = House(load())
    click.get_current_context().call_on_close(house.close)
    upgrade(house.store)
    return house


@keys.command("list")
def list_keys() -> None:
    """List the keys: name, id, whether it is there, and how much hangs on it. Shows no key."""
    for use in _house().keyring.all():
        click.echo("\t".join((use.name, use.key_id, _state(use), _used(use))))


def _state(use: KeyUse) -> str:
    if not use.is_there:
        return "MISSING"
    return "its month is over" if use.is_over else "there"


def _used(use: KeyUse) -> str:
    if use.used_by is None:
        return "-"
    what = "recording" if use.name.startswith("recordings-") else "customer"
    return f"{use.used_by} {what}{'' if use.used_by == 1 else 's'}"


@keys.command()
@click.argument("what", type=click.Choice(["answers", "recordings"]), default="answers")
def rotate(what: str) -> None:
    """Make newer keys: for customers' ANSWERS, which move as the CRM is read, or for RECORDINGS, which move now.

    Answers under mandates, which no CRM holds, move now too.

    May be cut off and called again at any time. The old files stay: a copy of the database from before needs them.
    """
    house = _house()
    if what == "answers":
        click.echo(f"new key: {house.keyring.rotate_answers()}")
        if moved := house.verifying.mandates.rekey():
            click.echo(f"answers under mandates moved to it: {moved}")
    else:
        house.keyring.rotate_recordings(_tell)


def _tell(rotated: Rotated) -> None:
    left = f", {rotated.left} could not: their key is missing" if rotated.left else ""
    click.echo(f"{rotated.month}: {rotated.moved} moved to {rotated.key_id}{left}")


@keys.command()
@click.argument("month")
@click.option("--ask-as", metavar="LOGIN", help="Ask for it, as the person with this login.")
@click.option("--reason", default="", help="Why; with --ask-as.")
@click.option("--approved", metavar="ID", help="The request that somebody else has approved.")
def shred(month: str, ask_as: str | None, reason: str, approved: str | None) -> None:
    """Destroy the keys of the recordings whose time ended in MONTH (2027-11): none opens any more, in no backup.

    First with --ask-as and --reason; another person approves it on the page /approvals; then with --approved. A run
    that was cut off is gone on with by the same call.
    """
    house = _house()
    try:
        if ask_as is not None:
            _ask(house, month, ask_as, reason)
        elif approved is not None:
            _carry_out(house, month, approved)
        else:
            _look(house, month)
    except (Conflict, Denied, InputError, NotFound) as error:
        raise click.ClickException(_SAID.get(error.reason, str(error))) from error


def _look(house: House, month: str) -> None:
    what = house.keyring.due(month)
    click.echo(f"recordings that hang on the keys of {month}: {what['recordings']}")
    click.echo("ask for it with --ask-as LOGIN --reason TEXT")


def _ask(house: House, month: str, login: str, reason: str) -> None:
    what = house.keyring.due(month)
    user = house.accounts.find(login)
    by = Staff(user.id, user.login, user.name, user.role, user.team, None, user.lang, "", "command line")
    asked = house.approvals.ask(ApprovalKind.KEY_SHRED, month, what, reason, by)
    click.echo(f"asked for; recordings that would be gone for ever: {what['recordings']}")
    click.echo(f"another person approves it on /approvals; then: denwaban keys shred {month} --approved {asked.id}")


def _carry_out(house: House, month: str, approval_id: str) -> None:
    if house.keyring.is_begun(month):
        click.echo("it was begun and cut off; going on")
    else:
        hang = house.keyring.due(month)["recordings"]
        click.echo(f"recordings that nobody can open any more, here and in every backup: {hang}")
        if click.prompt(f"Type {month} to go on", default="", show_default=False) != month:
            raise click.ClickException("nothing was done")
    done = house.keyring.shred(month, approval_id)
    click.echo(f"{month}: keys destroyed; recordings marked as expired: {done}")
    click.echo("copies of the key files that you keep elsewhere must be destroyed by you")
