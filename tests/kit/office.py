"""A site with one recorded call, and the browsers of people who may or may not hear it."""

from pathlib import Path

from flask.testing import FlaskClient
from sqlalchemy import select

from plugin.core.access import Purpose
from plugin.core.staff import Role, Staff, User
from plugin.store.staff import user_by_id
from plugin.store.tables.audit import audit_lines
from plugin.wiring import House
from tests.kit.clock import HandClock
from tests.kit.listening import Gate
from tests.kit.people import Town
from tests.kit.sounds import tone
from tests.kit.staff import app_of, browser_of, hire

SECONDS = 10
SOUND = tone(SECONDS)


class Office:
    """A site with one recorded call of Hanako, answered by `answerer`."""

    def __init__(self, house: House, folder: Path, clock: HandClock) -> None:
        self.house, self.app = house, app_of(house)
        self.town = Town(house.store, clock())
        self.gate = Gate(house.store, folder, clock, house.vault)
        self.hanako = self.town.customer("C-1", "山田 花子")
        self.answerer = self.as_staff(hire(house, Role.OPERATOR, "answerer", "101"))
        self.call = self.town.call(self.hanako, taken_by=self.answerer)
        self.recording = self.gate.record(self.call, SECONDS)
        self.path = f"/recordings/{self.recording}"

    def as_staff(self, user: User, session_hash: str = "") -> Staff:
        return Staff(
            user.id, user.login, user.name, user.role, user.team, user.extension, "ja", session_hash, "127.0.0.1"
        )

    def person(self, role: Role, login: str = "person") -> tuple[FlaskClient, Staff]:
        """Hire somebody and give his browser."""
        user = hire(self.house, role, login)
        browser = browser_of(self.app, self.house, user)
        return browser, self.signed_in(browser)

    def signed_in(self, browser: FlaskClient) -> Staff:
        cookie = browser.get_cookie("denwaban")
        assert cookie
        return self.house.sessions.whose(cookie.value, "127.0.0.1")

    def answerers_browser(self) -> FlaskClient:
        with self.house.store.read() as connection:
            user = user_by_id(connection, self.answerer.user_id)
        assert user
        return browser_of(self.app, self.house, user)

    def acts(self) -> list[str]:
        with self.house.store.read() as connection:
            return list(connection.execute(select(audit_lines.c.act).order_by(audit_lines.c.seq)).scalars())


def granted(office: Office, browser: FlaskClient, purpose: Purpose, case: str = "CS-2026-118") -> None:
    """Let the browser be granted the recording."""
    answer = browser.post(office.path, data={"purpose": purpose, "case": case})
    assert answer.status_code == 303, answer.text
    assert answer.headers["Location"] == office.path
