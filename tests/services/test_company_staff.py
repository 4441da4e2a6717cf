"""Who speaks for a company: one of its people, by answers of his own, and something of the company besides."""

from pathlib import Path

import pytest
from sqlalchemy import update

from plugin.core.errors import Conflict, InputError, LimitReached, NotFound
from plugin.core.identity import CallerRole, Item, Level, Verification
from plugin.core.ids import CallId, CustomerId
from plugin.core.staff import Staff
from plugin.store.engine import Store
from plugin.store.tables.customers import customers
from tests.kit.callers import FURTHER, RIGHT, Line
from tests.kit.clock import HandClock

COMPANY = {Item.CONTRACT_NUMBER: "B-7700", Item.POSTAL_CODE: "100-0001", Item.ADDRESS: "東京都千代田区千代田1-1"}
ABOUT = {Item.CONTRACT_NUMBER: "b7700"}


@pytest.fixture
def line(store: Store, clock: HandClock, tmp_path: Path) -> Line:
    return Line.on(store, clock, tmp_path / "keys")


@pytest.fixture
def company(line: Line) -> CustomerId:
    found = line.customer("ORG", COMPANY)
    _set(line, found, kind="organisation")
    return found


@pytest.fixture
def contact(line: Line) -> CustomerId:
    found = line.customer("P1")
    _set(line, found, organisation="ORG")
    return found


def _set(line: Line, customer: CustomerId, **values: str) -> None:
    with line.store.write() as connection:
        connection.execute(update(customers).where(customers.c.id == customer).values(**values))


def _begin(
    line: Line, company: CustomerId, contact: CustomerId, login: str = "101"
) -> tuple[Staff, CallId, Verification]:
    staff = line.town.staff(login)
    call = line.town.call(taken_by=staff, ended=False)
    return staff, call, line.identity.begin(staff, call, company, CallerRole.COMPANY, contact)


def test_a_contact_passes_with_his_own_answers_and_one_of_the_company(
    line: Line, company: CustomerId, contact: CustomerId
) -> None:
    staff, call, begun = _begin(line, company, contact)
    for about in ({}, {Item.ADDRESS: "千代田1-1"}, {Item.CONTRACT_NUMBER: " "}):
        with pytest.raises(InputError, match="too_few"):
            line.identity.judge(staff, begun.id, RIGHT, about)
    assert line.identity.judge(staff, begun.id, RIGHT, ABOUT).level is Level.HISTORY
    assert line.level(staff, call, company) is Level.HISTORY
    assert line.level(staff, call, contact) is Level.NONE  # his own dealings are another matter
    assert line.identity.raise_level(staff, begun.id, FURTHER).level is Level.LISTEN


@pytest.mark.parametrize("about", [{Item.CONTRACT_NUMBER: "B7701"}, ABOUT | {Item.POSTAL_CODE: "100-0002"}])
def test_a_wrong_answer_of_the_company_is_a_wrong_set(
    line: Line, company: CustomerId, contact: CustomerId, about: dict[Item, str]
) -> None:
    staff, call, begun = _begin(line, company, contact)
    assert not line.identity.judge(staff, begun.id, RIGHT, about).passed
    assert line.level(staff, call, company) is Level.NONE


def test_the_companys_answers_are_nobodys_own(line: Line, company: CustomerId, contact: CustomerId) -> None:
    staff, _, begun = _begin(line, company, contact)
    said = RIGHT | {Item.CONTRACT_NUMBER: "B7700"}
    assert not line.identity.judge(staff, begun.id, said, ABOUT).passed


def test_only_its_own_people_speak_for_a_company_and_nobody_is_a_company(
    line: Line, company: CustomerId, contact: CustomerId
) -> None:
    staff, stranger = line.town.staff("101"), line.customer("P2")
    call = line.town.call(taken_by=staff, ended=False)
    with pytest.raises(NotFound, match="contact"):
        line.identity.begin(staff, call, company, CallerRole.COMPANY, stranger)
    for role in (CallerRole.SELF, CallerRole.FAMILY):
        with pytest.raises(InputError, match="role"):
            line.begin(staff, call, company, role)
    with pytest.raises(InputError, match="contact"):
        line.begin(staff, call, company, CallerRole.COMPANY)
    with pytest.raises(InputError, match="role"):
        line.identity.begin(staff, call, stranger, CallerRole.COMPANY, contact)
    with pytest.raises(InputError, match="contact"):
        line.identity.begin(staff, call, stranger, CallerRole.SELF, contact)


def test_a_company_of_which_nothing_is_asked_cannot_be_spoken_for(line: Line, contact: CustomerId) -> None:
    bare = line.customer("ORG", {Item.ADDRESS: "東京都千代田区千代田1-1"})
    _set(line, bare, kind="organisation")
    with pytest.raises(Conflict, match="too_few_items"):
        _begin(line, bare, contact)


def test_wrong_sets_count_for_the_company_and_for_its_contact(
    line: Line, company: CustomerId, contact: CustomerId
) -> None:
    for place in range(3):
        staff, _, begun = _begin(line, company, contact, f"10{place}")
        for _ in range(1 if place == 2 else 2):
            assert not line.identity.judge(staff, begun.id, RIGHT | {Item.BIRTH_DATE: "1983/4/13"}, ABOUT).passed
    with pytest.raises(LimitReached):
        line.begin(staff, line.town.call(taken_by=staff, ended=False), contact)
    with pytest.raises(LimitReached):
        _begin(line, company, contact, "109")


def test_one_contact_after_another_in_a_call_has_the_same_tries(
    line: Line, company: CustomerId, contact: CustomerId
) -> None:
    second = line.customer("P2")
    _set(line, second, organisation="ORG")
    staff, call, begun = _begin(line, company, contact)
    line.identity.judge(staff, begun.id, RIGHT | {Item.BIRTH_DATE: "1983/4/13"}, ABOUT)
    assert line.identity.begin(staff, call, company, CallerRole.COMPANY, second).tries_left == 1
