"""A site whose supervisors and administrators need a second factor, put together by hand."""

from datetime import timedelta
from pathlib import Path

import pyotp

from plugin.core.staff import Role, Staff
from plugin.core.times import to_us
from plugin.services.accounts import Accounts, NewUser
from plugin.services.approvals import Approvals
from plugin.services.factors import FactorRules, SecondFactors
from plugin.services.staff import HalfSignedIn, SessionRules, Sessions
from plugin.store.engine import Store
from plugin.store.keys import Keys
from tests.kit.clock import HandClock
from tests.kit.staff import LIGHT, PASSWORD, Told

HERE = "192.0.2.7"

GRACE = timedelta(days=14)


class Site:
    def __init__(self, store: Store, clock: HandClock, folder: Path) -> None:
        self.store, self.clock = store, clock
        must = frozenset({Role.SUPERVISOR, Role.ADMIN})
        rules = SessionRules(timedelta(hours=12), timedelta(hours=4), timedelta(hours=1), must, GRACE)
        self.sessions = Sessions(store, clock, LIGHT, rules)
        self.approvals = Approvals(store, clock, {})
        self.accounts = Accounts(store, clock, LIGHT, self.approvals, Told())
        self.keys = Keys(folder / "keys")
        self.factors = SecondFactors(store, clock, self.keys, self.approvals, FactorRules(must, GRACE, "Denwaban"))

    def hire(self, login: str = "tanaka", role: Role = Role.OPERATOR) -> Staff:
        self.accounts.add(NewUser(login, login, role), PASSWORD, None, is_chosen=True)
        return self.enter(login)

    def enter(self, login: str) -> Staff:
        return self.sessions.whose(self.sessions.sign_in(login, PASSWORD, HERE, "test").token, HERE)

    def half(self, login: str = "tanaka") -> str:
        begun = self.sessions.begin(login, PASSWORD, HERE, "test")
        assert isinstance(begun, HalfSignedIn)
        return begun.token

    def elsewhere(self, app: pyotp.TOTP) -> Staff:
        token = self.half()
        factor = self.factors.check(self.sessions.half(token).id, self.code(app))
        return self.sessions.whose(self.sessions.finish(token, factor, HERE, "test").token, HERE)

    def enrol(self, staff: Staff) -> tuple[pyotp.TOTP, tuple[str, ...]]:
        app = pyotp.TOTP(self.factors.begin_code(staff).secret)
        codes = self.factors.confirm_code(staff, self.code(app))
        self.clock.move(seconds=30)
        return app, codes

    def code(self, app: pyotp.TOTP, steps: int = 0) -> str:
        return app.generate_otp(to_us(self.clock()) // 30_000_000 + steps)
