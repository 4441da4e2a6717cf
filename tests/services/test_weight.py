"""Nobody gets to listen by himself: roles, teams and passwords of weight take two, or the machine and a trace."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from plugin.core.errors import Conflict, Denied, InputError
from plugin.core.staff import Role
from plugin.services.accounts import Accounts, Change, NewUser
from plugin.services.passwords import Passwords
from plugin.store.engine import Store
from plugin.store.tables.audit import audit_lines
from tests.kit.clock import HandClock
from tests.kit.staff import PASSWORD
from tests.kit.weight import Office

WEIGHTY = [role for role in Role if role is not Role.OPERATOR]


@pytest.fixture
def office(store: Store, clock: HandClock) -> Office:
    return Office(store, clock)


@pytest.mark.parametrize("role", WEIGHTY)
def test_an_administrator_alone_makes_nobody_of_weight(office: Office, role: Role) -> None:
    new = office.accounts.add(NewUser("new", "新", role), PASSWORD, office.admin, "増員")
    assert not new.active
    tanaka = office.hire("tanaka", Role.OPERATOR)
    asked = office.accounts.change(tanaka.user_id, Change(role=role), office.admin, "昇格")
    assert office.account("tanaka").role is Role.OPERATOR
    with pytest.raises(Denied, match="same_person"):
        office.approve(asked, office.admin)
    office.approve(asked)
    assert office.account("tanaka").role is role
    office.approve(office.waiting())
    assert office.account("new").active


def test_an_administrator_does_not_make_himself_a_listener(office: Office) -> None:
    office.hire("other", Role.ADMIN)
    asked = office.accounts.change(office.admin.user_id, Change(role=Role.SUPERVISOR), office.admin, "兼務")
    assert office.sessions.still(office.admin).role is Role.ADMIN
    puppet = office.accounts.add(NewUser("puppet", "別名", Role.ADMIN), PASSWORD, office.admin, "別アカウント")
    assert not puppet.active  # nor a second person of his own making
    with pytest.raises(Denied, match="same_person"):
        office.approve(asked, office.sessions.still(office.admin))


def test_nobody_approves_what_his_own_account_gains(office: Office) -> None:
    other = office.hire("other", Role.ADMIN)
    asked = office.accounts.change(other.user_id, Change(role=Role.SUPERVISOR), office.admin, "兼務")
    with pytest.raises(Denied, match="concerned"):
        office.approve(asked, other)
    recovery = office.accounts.ask_recovery(office.second.user_id, "password", "失念", office.admin)
    with pytest.raises(Denied, match="concerned"):
        office.approve(recovery)
    assert office.approvals.board(office.second).waiting[0].approval == asked
    office.approve(recovery, other)


def test_a_supervisors_team_is_changed_by_two(office: Office) -> None:
    sv = office.hire("sv", Role.SUPERVISOR)
    asked = office.accounts.change(sv.user_id, Change(team="west", name="新しい名前"), office.admin, "異動")
    assert (office.account("sv").team, office.account("sv").name) == ("", "新しい名前")
    office.approve(asked)
    assert office.account("sv").team == "west"


def test_what_was_approved_does_not_fit_an_account_that_changed_since(office: Office) -> None:
    tanaka = office.hire("tanaka", Role.OPERATOR)
    asked = office.accounts.change(tanaka.user_id, Change(role=Role.SERVICE), office.admin, "昇格")
    office.accounts.change(tanaka.user_id, Change(active=False), office.admin)
    with pytest.raises(Conflict, match="approval_changed"):
        office.approve(asked)
    assert not office.account("tanaka").active


def test_taking_weight_away_takes_one_person_and_ends_streams_at_once(office: Office) -> None:
    sv = office.hire("sv", Role.SUPERVISOR)
    office.told.topics.clear()
    assert office.accounts.change(sv.user_id, Change(role=Role.OPERATOR), office.admin) is None
    assert office.sessions.still(sv).role is Role.OPERATOR
    assert office.told.topics == [sv.user_id]


def test_a_password_of_weight_is_set_by_two_once(office: Office) -> None:
    sv = office.hire("sv", Role.SUPERVISOR)
    with pytest.raises(Denied, match="second_person"):
        office.accounts.set_password(sv.user_id, "another long password", office.admin)
    asked = office.accounts.ask_recovery(sv.user_id, "password", "失念", office.admin)
    assert not office.accounts.recoverable(sv.user_id, "password", office.admin)
    office.approve(asked)
    other = office.hire("other", Role.ADMIN)
    with pytest.raises(Denied, match="second_person"):  # approved for the one who asked
        office.accounts.set_password(sv.user_id, "another long password", other)
    assert office.accounts.recoverable(sv.user_id, "password", office.admin)
    office.accounts.set_password(sv.user_id, "another long password", office.admin)
    with pytest.raises(Denied, match="second_person"):
        office.accounts.set_password(sv.user_id, "a third long password", office.admin)
    office.accounts.set_password(office.hire("op", Role.OPERATOR).user_id, "another long password", office.admin)


def test_no_reason_no_request_and_nothing_half_stored(office: Office) -> None:
    with pytest.raises(InputError, match="reason"):
        office.accounts.add(NewUser("new", "新", Role.SUPERVISOR), PASSWORD, office.admin)
    assert "new" not in [user.login for user in office.accounts.all(None)]
    tanaka = office.hire("tanaka", Role.OPERATOR)
    with pytest.raises(InputError, match="reason"):
        office.accounts.change(tanaka.user_id, Change(role=Role.SERVICE, name="別名"), office.admin)
    assert office.account("tanaka").name == "tanaka"


def test_the_machine_goes_past_it_and_leaves_a_trace(office: Office, store: Store, clock: HandClock) -> None:
    office.accounts.add(NewUser("op", "一", Role.OPERATOR), PASSWORD, None, is_chosen=True)
    office.accounts.change(office.account("op").id, Change(role=Role.SUPERVISOR), None)
    shown = {each.user.login: each.what for each in office.accounts.by_machine(office.second)}
    assert shown == {"admin": "added", "second": "added", "op": "changed"}
    clock.move(seconds=1)
    office.accounts.set_password(office.account("op").id, "another long password", None)
    assert office.accounts.by_machine(office.second)[0].what == "password"
    with pytest.raises(Denied):
        office.accounts.by_machine(replace(office.second, role=Role.OPERATOR))
    with store.read() as connection:
        bodies = [json.loads(row.body) for row in connection.execute(select(audit_lines.c.body))]
    changed = [body for body in bodies if body["act"] == "staff.user_changed"]
    assert {(body["user_id"], body["address"]) for body in changed} == {(None, "command line")}
    clock.move(days=31)
    assert office.accounts.by_machine(office.second) == []


class SlowPasswords(Passwords):
    """Passwords that take their time to hash: `meanwhile` happens in it."""

    def __init__(self, meanwhile: Callable[[], object]) -> None:
        super().__init__(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        self._meanwhile = meanwhile

    def hash(self, password: str) -> str:
        self._meanwhile()
        return super().hash(password)


def test_a_password_does_not_slip_in_while_its_account_gains_weight(office: Office) -> None:
    tanaka = office.hire("tanaka", Role.OPERATOR)
    asked = office.accounts.change(tanaka.user_id, Change(role=Role.SUPERVISOR), office.admin, "昇格")
    slow = SlowPasswords(lambda: office.approve(asked))
    accounts = Accounts(office.store, office.clock, slow, office.approvals, office.told)
    with pytest.raises(Denied, match="second_person"):
        accounts.set_password(tanaka.user_id, "an administrator knows it", office.admin)
    assert office.account("tanaka").role is Role.SUPERVISOR
    office.sessions.sign_in("tanaka", PASSWORD, "192.0.2.7", "test")
