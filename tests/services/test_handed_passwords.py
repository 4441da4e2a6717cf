"""A password that somebody else typed counts once and for a while; whoever typed it is known to who gives weight."""

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import update

from plugin.core.errors import Denied, InputError, NotSignedIn
from plugin.core.factors import Factor
from plugin.core.staff import Duty, Role, Staff, WayIn
from plugin.services.accounts import Change, NewUser
from plugin.services.staff import HalfSignedIn, SignedIn
from plugin.store import ways_in
from plugin.store.engine import Store
from plugin.store.tables.staff import users
from tests.kit.clock import HandClock
from tests.kit.staff import PASSWORD
from tests.kit.together import at_once
from tests.kit.weight import Office

HERE = "192.0.2.7"
GIVEN = "typed by somebody else"


@pytest.fixture
def office(sqlite_store: Store, clock: HandClock) -> Office:
    return Office(sqlite_store, clock)


def enter(office: Office, password: str = GIVEN) -> Staff:
    opened = office.sessions.begin("tanaka", password, HERE, "test")
    assert isinstance(opened, SignedIn)
    return office.sessions.whose(opened.token, HERE)


def give(office: Office, by: Staff | None = None) -> str:
    return office.accounts.add(NewUser("tanaka", "田中", Role.OPERATOR), GIVEN, by or office.admin).id


def way_of(office: Office, user_id: str) -> WayIn:
    with office.store.read() as connection:
        return ways_in.way_in(connection, user_id)


def test_it_opens_one_session_in_which_its_owner_chooses(office: Office) -> None:
    give(office)
    staff = enter(office)
    assert staff.duty is Duty.CHOOSE
    with pytest.raises(NotSignedIn, match="used_up"):
        enter(office)
    with pytest.raises(InputError, match="password_same"):
        office.accounts.set_own_password(staff, GIVEN)  # nor does it become the lasting one
    assert office.sessions.still(staff).duty is Duty.CHOOSE
    office.clock.move(hours=3)  # he went for lunch: it still is the session that was opened with it
    office.accounts.set_own_password(staff, PASSWORD)
    assert office.sessions.still(staff).duty is None
    assert enter(office, PASSWORD).duty is None
    with pytest.raises(NotSignedIn, match="wrong"):
        enter(office)


def test_its_time_ends(office: Office) -> None:
    user_id = give(office)
    office.clock.move(hours=72)
    with pytest.raises(NotSignedIn, match="used_up"):
        enter(office)
    with pytest.raises(NotSignedIn, match="wrong"):  # who does not know it learns nothing
        enter(office, "not that one at all")
    office.accounts.set_password(user_id, GIVEN, office.admin)
    assert enter(office).duty is Duty.CHOOSE


def test_a_window_that_cannot_let_him_choose_does_not_use_it_up(office: Office) -> None:
    give(office)
    with pytest.raises(NotSignedIn, match="not_enough"):
        office.sessions.sign_in("tanaka", GIVEN, HERE, "test")
    assert enter(office).duty is Duty.CHOOSE


def test_of_many_who_use_it_at_once_one_is_let_in(store: Store, clock: HandClock) -> None:
    office = Office(store, clock)
    give(office)

    def come(number: int) -> None:
        office.sessions.begin("tanaka", GIVEN, f"192.0.2.{number}", "test")

    wrong = at_once([partial(come, number) for number in range(6)])
    assert sorted(map(str, wrong)) == ["None"] + ["not_signed_in.used_up"] * 5


def test_with_a_second_factor_it_counts_once_too_and_a_wrong_one_does_not_use_it_up(office: Office) -> None:
    user_id = give(office)
    with office.store.write() as connection:
        connection.execute(update(users).where(users.c.id == user_id).values(factor_at=1))
    first, second, third = (half(office) for _ in range(3))
    with pytest.raises(NotSignedIn, match="wrong"):
        office.sessions.finish(first, None, HERE, "test")
    opened = office.sessions.finish(second, Factor.CODE, HERE, "test")
    assert office.sessions.whose(opened.token, HERE).duty is Duty.CHOOSE
    with pytest.raises(NotSignedIn, match="wrong"):
        office.sessions.finish(third, Factor.CODE, HERE, "test")


def half(office: Office) -> str:
    begun = office.sessions.begin("tanaka", GIVEN, HERE, "test")
    assert isinstance(begun, HalfSignedIn)
    return begun.token


def test_who_gives_weight_learns_who_typed_the_password_and_it_is_not_himself(office: Office) -> None:
    other = office.hire("other", Role.ADMIN)
    user_id = give(office, office.admin)
    asked = office.accounts.change(user_id, Change(role=Role.SUPERVISOR), other, "昇格")
    assert asked
    with pytest.raises(Denied, match="gave_password"):
        office.approve(asked, office.admin)
    way = office.approvals.board(office.second).ways_in[user_id]
    assert (way.given_by, way.given_name, way.is_own) == (office.admin.user_id, "admin", False)
    office.accounts.set_own_password(enter(office), PASSWORD)
    assert way_of(office, user_id).is_own
    office.approve(asked, office.admin)  # its owner has chosen since, and he knows it no more
    assert office.account("tanaka").role is Role.SUPERVISOR


def test_the_machine_is_named_as_who_typed_it_and_who_took_factors_away(office: Office) -> None:
    user_id = give(office, office.admin)
    office.clock.move(minutes=1)
    office.accounts.set_password(user_id, GIVEN, None)
    way = way_of(office, user_id)
    assert (way.given_at, way.given_by) == (office.clock(), None)
    assert way.given_until == office.clock() + timedelta(hours=72)
