"""People for tests: an account in a role, and a browser that is signed in as him."""

from datetime import timedelta

from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient

from plugin.core.ids import UserId, new_id
from plugin.core.ports import ANYTHING, Clock, Publisher
from plugin.core.staff import Proofs, Role, Session, User
from plugin.core.tokens import fresh_token, hash_of
from plugin.services.accounts import Accounts
from plugin.services.approvals import Approvals
from plugin.services.passwords import Passwords
from plugin.store import staff as rows
from plugin.store.engine import Store
from plugin.web.app import create_app
from plugin.web.forms import token_for
from plugin.wiring import House
from tests.kit.canary import Kind
from tests.kit.watch import heard, know

LIGHT = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))  # argon2 at its weakest: fast tests
PASSWORD = "correct horse battery"


def hire(
    house: House,
    role: Role = Role.OPERATOR,
    login: str = "tanaka",
    extension: str | None = None,
    team: str = "",
    name: str = "",
    lang: str = "ja",
) -> User:
    """Put an account into the store, its password PASSWORD."""
    now = house.clock()
    user = User(
        UserId(new_id(now)), login, name or f"{login} 太郎", role, team, extension, lang, active=True, created_at=now
    )
    with house.store.write() as connection:
        rows.add_user(connection, user, LIGHT.hash(PASSWORD))
    know(Kind.PASSWORD, PASSWORD)
    return user


class Told:
    """A bus on which nobody listens; it keeps what was said."""

    def __init__(self) -> None:
        self.topics: list[str] = []

    def publish(self, topics: tuple[str, ...], about: str = ANYTHING) -> None:
        """Keep it."""
        assert topics, "a word for nobody"
        self.topics += topics
        heard("bus", f"{topics} {about}")


def accounts_of(store: Store, clock: Clock, bus: Publisher | None = None) -> Accounts:
    """Return the accounts of a site; an approval of theirs is carried out by whoever was given `carry_out`."""
    return Accounts(store, clock, LIGHT, Approvals(store, clock, {}), bus or Told())


def app_of(house: House) -> Flask:
    """Return the application of the house, passwords hashed lightly."""
    house.passwords = LIGHT
    return create_app(house)


def session_of(house: House, user: User, *, proved_ago: timedelta = timedelta(0)) -> str:
    """Open a session of `user` and return its token, which is the value of the cookie."""
    token, now = fresh_token(), house.clock()
    know(Kind.SESSION, token)
    session = Session(
        hash_of(token), user.id, now, now, now + timedelta(hours=12), Proofs(now - proved_ago), "127.0.0.1", "test"
    )
    with house.store.write() as connection:
        rows.open_session(connection, session)
    return token


def browser_of(app: Flask, house: House, user: User, *, proved_ago: timedelta = timedelta(0)) -> FlaskClient:
    """Return a browser signed in as `user`, his password given `proved_ago`."""
    token = session_of(house, user, proved_ago=proved_ago)
    browser = app.test_client()
    browser.environ_base["HTTP_X_FORM_TOKEN"] = token_for(token)  # as the page's own script would send it
    browser.set_cookie("denwaban", token)
    return browser
