"""`denwaban user`: makes the first administrator, and mends accounts when nobody can sign in.

Passwords are asked for or read from standard input, never taken as an argument: arguments show in process lists.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from plugin.core.errors import Conflict, InputError, NotFound
from plugin.core.staff import Role
from plugin.services.accounts import Change, NewUser
from plugin.settings import load
from plugin.store.schema import upgrade
from plugin.wiring import House

_SAID = {
    "taken": "another account has this login or extension",
    "last_admin": "this is the last administrator; make another one first",
    "user": "there is no account with this login",
    "password_short": "the password must have at least 12 characters",
    "password_long": "the password may have at most 256 characters",
    "password_common": "this password is easy to guess; choose another",
    "password_breached": "this password is known to have been breached elsewhere; choose another",
    "login": "a login has 1 to 64 of the letters a-z 0-9 . _ @ - and begins with a letter or digit",
    "name": "give a name of at most 128 characters",
    "team": "a team's name has at most 64 characters",
    "extension": "an extension has at most 64 characters",
}

_role = click.Choice([role.value for role in Role])
_from_stdin = click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")


def _house() -> House:
    house = House(load())
    click.get_current_context().call_on_close(house.close)
    upgrade(house.store)
    return house


def _once(house: House) -> str:
    return f"the password works once, within {house.settings.first_password_hours} hours: then another is chosen"


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    asked: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return asked


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except (Conflict, InputError, NotFound) as error:
        raise click.ClickException(_SAID.get(error.reason, str(error))) from error


@click.group()
def user() -> None:
    """Accounts of staff."""


@user.command()
@click.argument("login")
@click.option("--name", required=True, help="The person's name as colleagues read it.")
@click.option("--role", type=_role, required=True)
@click.option("--extension", default="", help="Extension at which the person answers.")
@click.option("--team", default="")
@click.option(
    "--lang", type=click.Choice(["ja", "en"]), default=None, help="Language of the pages; default: the site's."
)
@_from_stdin
def add(login: str, name: str, role: str, extension: str, team: str, lang: str | None, password_stdin: bool) -> None:
    """Open an account."""
    house = _house()
    new = NewUser(login, name, Role(role), team, extension, lang or house.settings.lang)
    with _in_words():
        added = house.accounts.add(new, _password(password_stdin), None)
    click.echo(f"added {added.login} ({added.role.value}); {_once(house)}")


@user.command("list")
def list_users() -> None:
    """List the accounts: login, role, extension, team, open or closed."""
    for one in _house().accounts.all(None):
        state = "open" if one.active else "closed"
        click.echo("\t".join((one.login, one.role.value, one.extension or "-", one.team or "-", state, one.name)))


@user.command("set-password")
@click.argument("login")
@_from_stdin
def set_password(login: str, password_stdin: bool) -> None:
    """Give an account a new password; all its sessions end."""
    house = _house()
    with _in_words():
        found = house.accounts.find(login)
        house.accounts.set_password(found.id, _password(password_stdin), None)
    click.echo(f"{found.login} has a new password; all sessions ended; {_once(house)}")


@user.command("reset-factors")
@click.argument("login")
def reset_factors(login: str) -> None:
    """Take the second factors of an account away; all its sessions end."""
    house = _house()
    with _in_words():
        found = house.accounts.find(login)
        house.entering.factors.reset(found.id, None)
    click.echo(f"{found.login} has no second factor any more; all sessions ended")


@user.command()
@click.argument("login")
def deactivate(login: str) -> None:
    """Close an account; its sessions end at once, what it did stays."""
    accounts = _house().accounts
    with _in_words():
        found = accounts.find(login)
        accounts.change(found.id, Change(active=False), None)
    click.echo(f"{found.login} is closed")
