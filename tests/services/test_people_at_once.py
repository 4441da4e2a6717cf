"""Accounts, roles, factors and sessions changed by many at once: no rule is got past, and none is sent away."""

from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path

import pytest

from plugin.core.approvals import ApprovalKind
from plugin.core.errors import Conflict, DenwabanError, NotSignedIn, Unavailable
from plugin.core.factors import Factor, Passkey
from plugin.core.ids import UserId
from plugin.core.staff import Role, Staff
from plugin.services.accounts import Accounts, Change, NewUser
from plugin.services.approvals import Approvals
from plugin.services.passkeys import Passkeys
from plugin.store import factors as rows
from plugin.store import staff as staff_rows
from plugin.store.engine import Connection, Store
from tests.kit.clock import HandClock
from tests.kit.factors import HERE, Site
from tests.kit.staff import LIGHT, PASSWORD, Told
from tests.kit.together import at_once

pytestmark = pytest.mark.needs("mariadbd")
ROUNDS = 12


@pytest.fixture
def site(mariadb_store: Store, clock: HandClock, tmp_path: Path) -> Site:
    built = Site(mariadb_store, clock, tmp_path)
    built.accounts = Accounts(mariadb_store, clock, LIGHT, built.approvals, Told())
    return built


def passkeys_of(site: Site) -> Passkeys:
    return Passkeys(site.store, site.clock, site.sessions, site.factors, "http://localhost:1", local=True)


def give_key(site: Site, staff: Staff, key_id: str) -> str:
    kept = rows.StoredKey(Passkey(key_id, UserId(staff.user_id), key_id, site.clock(), None), "AA", "AA", 0)

    def work(connection: Connection) -> None:
        staff_rows.lock_people(connection, [staff.user_id])
        rows.add_passkey(connection, kept, synced=False)
        site.factors.added(connection, staff, Factor.PASSKEY)

    site.store.write_again(work)
    return key_id


def test_two_who_take_the_last_two_factors_away_leave_one(site: Site) -> None:
    staff, passkeys, names = site.hire(role=Role.SUPERVISOR), passkeys_of(site), count()
    for _ in range(ROUNDS):
        keys = [give_key(site, staff, f"key {next(names)}") for _ in range(2)]
        wrong = at_once([partial(passkeys.drop, staff, key) for key in keys])
        assert sorted(map(str, wrong)) == ["None", "conflict.last_factor"]
        (left,) = site.factors.own(staff).passkeys
        with pytest.raises(Conflict, match="last_factor"):
            passkeys.drop(staff, left.id)
        site.factors.reset(staff.user_id, None)
        staff = site.enter("tanaka")


def test_an_approval_and_the_changes_beside_it_wait_for_each_other(site: Site) -> None:
    store, clock = site.store, site.clock
    effects = {ApprovalKind.ROLE: lambda *told: site.accounts.carry_out(*told)}
    approvals = Approvals(store, clock, effects)
    site.accounts = Accounts(store, clock, LIGHT, approvals, Told())
    admins = [site.hire(f"admin{number}", Role.ADMIN) for number in range(3)]
    tanaka = site.hire("tanaka")
    for _ in range(ROUNDS):
        asked = [site.accounts.change(tanaka.user_id, Change(role=Role.SERVICE), admin, "昇格") for admin in admins[:2]]
        works: list[Callable[[], object]] = [
            partial(approvals.approve, each.id, each.content_hash, "確認", by)
            for each, by in zip(asked, (admins[1], admins[0]), strict=True)
            if each
        ]
        works += [
            partial(site.accounts.change, tanaka.user_id, Change(name="新しい名前"), admins[2]),
            partial(site.accounts.set_lang, tanaka, "en"),
            partial(site.accounts.set_lang, admins[0], "ja"),
            partial(site.factors.reset, admins[1].user_id, None),
            partial(site.sessions.sign_in, "tanaka", PASSWORD, HERE, "test"),
            partial(site.accounts.end_sessions, tanaka.user_id, admins[2]),
        ]
        wrong = at_once(works)
        assert all(one is None or is_said(one) for one in wrong), wrong
        user = site.accounts.user(tanaka.user_id, None)
        assert (user.role, user.lang) == (Role.SERVICE, "en")  # no change was written over by another
        site.accounts.change(tanaka.user_id, Change(role=Role.OPERATOR), None)
        for each in asked:
            if each and approvals.find(each.id, admins[asked.index(each)]).state == "waiting":
                approvals.withdraw(each.id, admins[asked.index(each)])
        admins[1] = site.enter("admin1")
        clock.move(seconds=1)


def is_said(error: Exception) -> bool:
    """Tell whether it says what is so, and not that one should try again."""
    return isinstance(error, DenwabanError) and not isinstance(error, Unavailable)


def test_administrators_who_close_one_another_leave_one(site: Site) -> None:
    admins = [site.hire(f"admin{number}", Role.ADMIN) for number in range(3)]
    for _ in range(ROUNDS):
        wrong = at_once([partial(site.accounts.change, admin.user_id, Change(active=False), None) for admin in admins])
        assert sorted(map(str, wrong)) == ["None", "None", "conflict.last_admin"]
        for admin in admins:
            site.accounts.change(admin.user_id, Change(active=True), None)


def test_a_code_confirmed_in_two_windows_counts_once(site: Site) -> None:
    import pyotp

    for number in range(ROUNDS):
        site.accounts.add(NewUser(f"user{number}", "人", Role.OPERATOR), PASSWORD, None, is_chosen=True)
        staff = site.enter(f"user{number}")
        code = site.code(pyotp.TOTP(site.factors.begin_code(staff).secret))
        wrong = at_once([partial(site.factors.confirm_code, staff, code)] * 2)
        assert [one is None for one in wrong].count(True) == 1
        assert {str(one) for one in wrong if one} == {"input.code"}
        with pytest.raises(NotSignedIn):
            site.enter(f"user{number}")
