"""Accounts and sessions hold on both databases: the limit under parallel guesses, closing, the last administrator."""

import json
import threading

import pytest
from sqlalchemy import select

from plugin.core.errors import Conflict, Denied, DenwabanError, InputError, LimitReached, NotSignedIn
from plugin.core.staff import Role
from plugin.services.accounts import Accounts, Change, NewUser
from plugin.services.staff import Sessions
from plugin.store import staff as rows
from plugin.store.engine import Store
from plugin.store.tables.audit import audit_lines
from tests.kit.clock import HandClock
from tests.kit.sessions import HERE, RULES, staff_of
from tests.kit.staff import LIGHT, PASSWORD, accounts_of


@pytest.fixture
def accounts(store: Store, clock: HandClock) -> Accounts:
    return accounts_of(store, clock)


@pytest.fixture
def sessions(store: Store, clock: HandClock) -> Sessions:
    return Sessions(store, clock, LIGHT, RULES)


def words(store: Store, act: str) -> list[tuple[str | None, str | None]]:
    with store.read() as connection:
        bodies = connection.execute(
            select(audit_lines.c.body).where(audit_lines.c.act == act).order_by(audit_lines.c.seq)
        )
        return [(body["purpose"], body["outcome"]) for body in (json.loads(row.body) for row in bodies)]


def test_parallel_guesses_do_not_get_past_the_limit(sessions: Sessions, accounts: Accounts) -> None:
    accounts.add(NewUser("tanaka", "田中", Role.OPERATOR), PASSWORD, None, is_chosen=True)
    outcomes: list[str] = []

    def guess(number: int) -> None:
        try:
            sessions.sign_in("tanaka", f"guess {number}", f"192.0.2.{number}", "test")
        except (NotSignedIn, LimitReached) as error:
            outcomes.append(error.code)

    threads = [threading.Thread(target=guess, args=(number,)) for number in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 40
    assert outcomes.count("not_signed_in") == 8
    with pytest.raises(LimitReached) as limit:
        sessions.sign_in("tanaka", PASSWORD, HERE, "test")
    assert 0 < limit.value.facts["retry_after_s"] <= 15 * 60 + 1


def test_the_limit_ends_with_its_window_and_counts_unknown_logins_too(sessions: Sessions, clock: HandClock) -> None:
    for _ in range(8):
        with pytest.raises(NotSignedIn):
            sessions.sign_in("nobody", "x", HERE, "test")
    with pytest.raises(LimitReached):
        sessions.sign_in("nobody", "x", HERE, "test")
    clock.move(minutes=15)
    with pytest.raises(NotSignedIn):
        sessions.sign_in("nobody", "x", HERE, "test")


def test_one_address_may_not_try_many_logins(sessions: Sessions, accounts: Accounts) -> None:
    accounts.add(NewUser("tanaka", "田中", Role.OPERATOR), PASSWORD, None, is_chosen=True)
    for number in range(100):
        with pytest.raises(NotSignedIn):
            sessions.sign_in(f"user{number}", "x", f"2001:db8::{number:x}", "test")
    with pytest.raises(LimitReached):
        sessions.sign_in("tanaka", PASSWORD, "2001:db8::ffff", "test")  # the same /64
    assert sessions.sign_in("tanaka", PASSWORD, "2001:db8:1::1", "test").token


def test_who_signs_in_rightly_uses_up_no_try(sessions: Sessions, accounts: Accounts) -> None:
    accounts.add(NewUser("tanaka", "田中", Role.OPERATOR), PASSWORD, None, is_chosen=True)
    for _ in range(120):
        sessions.sign_in("tanaka", PASSWORD, HERE, "test")


def test_a_token_is_nowhere_at_rest(sessions: Sessions, accounts: Accounts, store: Store) -> None:
    accounts.add(NewUser("tanaka", "田中", Role.OPERATOR), PASSWORD, None, is_chosen=True)
    opened = sessions.sign_in("tanaka", PASSWORD, HERE, "test")
    assert opened.token not in repr(opened)
    with store.read() as connection:
        kept = rows.sessions_of(
            connection, opened.session.user_id, opened.session.created_at, opened.session.created_at
        )
        assert opened.token not in repr(kept)


def test_closing_an_account_ends_its_sessions(sessions: Sessions, accounts: Accounts, store: Store) -> None:
    user = accounts.add(NewUser("tanaka", "田中", Role.OPERATOR), PASSWORD, None, is_chosen=True)
    staff = staff_of(sessions, "tanaka")
    accounts.change(user.id, Change(active=False), None)
    with pytest.raises(NotSignedIn):
        sessions.still(staff)
    with pytest.raises(NotSignedIn):
        sessions.sign_in("tanaka", PASSWORD, HERE, "test")
    accounts.change(user.id, Change(active=True), None)
    with pytest.raises(NotSignedIn):
        sessions.still(staff)  # reopening the account does not bring an old session back
    assert words(store, "staff.user_changed") == [("added:operator", "done"), ("closed", "done"), ("opened", "done")]


def test_a_new_password_ends_the_sessions(sessions: Sessions, accounts: Accounts) -> None:
    user = accounts.add(NewUser("tanaka", "田中", Role.OPERATOR), PASSWORD, None, is_chosen=True)
    staff, other = staff_of(sessions, "tanaka"), staff_of(sessions, "tanaka")
    accounts.set_own_password(staff, "a new long password")
    assert sessions.still(staff).user_id == user.id
    with pytest.raises(NotSignedIn):
        sessions.still(other)
    accounts.set_password(user.id, "another long password", None)
    with pytest.raises(NotSignedIn):
        sessions.still(staff)


def test_the_last_administrator_stays(accounts: Accounts, sessions: Sessions) -> None:
    first = accounts.add(NewUser("admin1", "一", Role.ADMIN), PASSWORD, None, is_chosen=True)
    for change in (Change(role=Role.OPERATOR), Change(active=False)):
        with pytest.raises(Conflict, match="last_admin"):
            accounts.change(first.id, change, None)
    second = accounts.add(NewUser("admin2", "二", Role.ADMIN), PASSWORD, None, is_chosen=True)
    accounts.change(first.id, Change(active=False), None)
    with pytest.raises(Conflict, match="last_admin"):
        accounts.change(second.id, Change(role=Role.OPERATOR), staff_of(sessions, "admin2"))


def test_two_administrators_cannot_close_each_other_at_once(accounts: Accounts) -> None:
    pair = [accounts.add(NewUser(f"admin{n}", "管理", Role.ADMIN), PASSWORD, None, is_chosen=True) for n in (1, 2)]
    start, refused = threading.Barrier(2), []

    def close(user_id: str) -> None:
        start.wait()
        try:
            accounts.change(user_id, Change(active=False), None)
        except Conflict as error:
            refused.append(error)

    threads = [threading.Thread(target=close, args=(user.id,)) for user in pair]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert [user.active for user in accounts.all(None)] == [True, False]


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
def test_nobody_but_an_administrator_changes_accounts(accounts: Accounts, sessions: Sessions, role: Role) -> None:
    user = accounts.add(NewUser("someone", "誰か", role), PASSWORD, None, is_chosen=True)
    staff = staff_of(sessions, "someone")
    with pytest.raises(Denied):
        accounts.all(staff)
    with pytest.raises(Denied):
        accounts.add(NewUser("other", "別", Role.ADMIN), PASSWORD, staff)
    with pytest.raises(Denied):
        accounts.change(user.id, Change(role=Role.ADMIN), staff)
    with pytest.raises(Denied):
        accounts.set_password(user.id, "another long password", staff)


def test_logins_and_extensions_are_one_persons(accounts: Accounts) -> None:
    accounts.add(NewUser("tanaka", "田中", Role.OPERATOR, extension="201"), PASSWORD, None, is_chosen=True)
    for new in (NewUser("Ｔａｎａｋａ", "別", Role.OPERATOR), NewUser("sato", "佐藤", Role.OPERATOR, extension="201")):
        with pytest.raises(Conflict, match="taken"):
            accounts.add(new, PASSWORD, None)


@pytest.mark.parametrize(
    ("new", "password", "reason"),
    [
        (NewUser("", "田中", Role.OPERATOR), PASSWORD, "login"),
        (NewUser("a b", "田中", Role.OPERATOR), PASSWORD, "login"),
        (NewUser("tanaka", " ", Role.OPERATOR), PASSWORD, "name"),
        (NewUser("tanaka", "a\nb", Role.OPERATOR), PASSWORD, "name"),
        (NewUser("tanaka", "田中", Role.OPERATOR, extension="1" * 65), PASSWORD, "extension"),
        (NewUser("tanaka", "田中", Role.OPERATOR, lang="xx"), PASSWORD, "lang"),
        (NewUser("tanaka", "田中", Role.OPERATOR), "short", "password_short"),
        (NewUser("tanaka", "田中", Role.OPERATOR), "x" * 300, "password_long"),
        (NewUser("tanaka", "田中", Role.OPERATOR), "Password1234", "password_common"),
        (NewUser("tanaka", "田中", Role.OPERATOR), "aaaaaaaaaaaa", "password_common"),
        (NewUser("tanaka", "田中", Role.OPERATOR), "abcdefghijklmnop", "password_common"),
        (NewUser("tanaka", "田中", Role.OPERATOR), "tanakatanaka", "password_common"),
        (NewUser("tanaka", "田中", Role.OPERATOR), "tanaka201234", "password_common"),
        (NewUser("tanaka", "田中", Role.OPERATOR), "tanaka&tanaka2026!", "password_common"),
    ],
)
def test_what_cannot_be_taken_is_named(accounts: Accounts, new: NewUser, password: str, reason: str) -> None:
    with pytest.raises(InputError) as error:
        accounts.add(new, password, None)
    assert error.value.reason == reason
    assert accounts.all(None) == []


def test_sign_in_and_out_are_audited(sessions: Sessions, accounts: Accounts, store: Store) -> None:
    accounts.add(NewUser("tanaka", "田中", Role.OPERATOR), PASSWORD, None, is_chosen=True)
    staff = staff_of(sessions, "tanaka")
    with pytest.raises(DenwabanError):
        sessions.sign_in("tanaka", "wrong", HERE, "test")
    with pytest.raises(NotSignedIn):
        sessions.prove(staff, "wrong", "")
    sessions.prove(staff, PASSWORD, "")
    sessions.sign_out(staff)
    assert words(store, "staff.sign_in") == [
        (None, "done"),
        (None, "refused"),
        ("step_up", "refused"),
        ("step_up", "done"),
    ]
    assert len(words(store, "staff.sign_out")) == 1
