"""An administrator and a second person who approves, and whoever they hire."""

from plugin.core.approvals import Approval, ApprovalKind
from plugin.core.staff import Role, Staff, User
from plugin.services.accounts import Accounts, NewUser
from plugin.services.approvals import Approvals
from plugin.services.staff import SessionRules, Sessions
from plugin.store.engine import Store
from tests.kit.clock import HandClock
from tests.kit.sessions import RULES
from tests.kit.staff import LIGHT, PASSWORD, Told, accounts_of


class Office:
    def __init__(self, store: Store, clock: HandClock, rules: SessionRules = RULES) -> None:
        self.store, self.clock, self.told = store, clock, Told()
        self.accounts: Accounts = accounts_of(store, clock, self.told)
        self.approvals = Approvals(store, clock, {ApprovalKind.ROLE: self.accounts.carry_out})
        self.sessions = Sessions(store, clock, LIGHT, rules)
        self.admin = self.hire("admin", Role.ADMIN)
        self.second = self.hire("second", Role.PRIVACY)

    def hire(self, login: str, role: Role) -> Staff:
        self.accounts.add(NewUser(login, login, role), PASSWORD, None, is_chosen=True)
        return self.sessions.whose(self.sessions.sign_in(login, PASSWORD, "192.0.2.7", "test").token, "192.0.2.7")

    def approve(self, asked: Approval | None, by: Staff | None = None) -> None:
        assert asked
        self.approvals.approve(asked.id, asked.content_hash, "確認した", by or self.second)

    def waiting(self) -> Approval:
        (filed,) = self.approvals.board(self.second).waiting
        return filed.approval

    def account(self, login: str) -> User:
        return self.accounts.find(login)
