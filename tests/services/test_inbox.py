"""The inbox: promises, calls that are nobody's with who may have called, missed calls; what waits for whom."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from plugin.core.calls import Outcome
from plugin.core.customers import CrmCustomer, NumberKind, WrittenNumber
from plugin.core.errors import Denied
from plugin.core.history import PagePlace
from plugin.core.ids import CallId
from plugin.core.matching import MatchKind, ReasonKind
from plugin.core.staff import Role
from plugin.core.timeline import SummaryForm
from plugin.store import adoptions
from tests.kit.clock import HandClock
from tests.kit.desk import Office, seat
from tests.kit.people import Town
from tests.kit.site import Place

SECRET = SummaryForm("delivery", "solved", "秘密の用件", promise="内緒の約束", promise_due_on=date(2026, 11, 25))


@pytest.fixture
def office(tmp_path: Path, clock: HandClock) -> Iterator[Office]:
    with Place(tmp_path, clock) as place:
        yield Office(place, clock)


def test_the_inbox_of_an_operator_is_his_own_and_a_supervisor_sees_everybodys(office: Office) -> None:
    office.past_call("0312345678", None)
    office.past_call("09012345678", office.hanako, SECRET)
    mine = office.house.call_pages.inbox(office.tanaka)
    assert ([one.text for one in mine.promises], len(mine.unassigned)) == (["内緒の約束"], 1)
    assert mine.promises[0].customer_name == "佐藤 花子"
    his = office.house.call_pages.inbox(office.suzuki)
    assert (his.promises, his.unassigned) == ((), ())
    assert len(office.house.call_pages.inbox(office.mori).unassigned) == 1
    assert office.house.call_pages.inbox(office.mori).promises == ()
    office.clock.move(days=5)
    late = office.house.call_pages.inbox(office.mori).promises
    assert [(one.text, one.is_late, one.customer_name) for one in late] == [(None, True, "佐藤 花子")]


def test_a_call_of_nobody_comes_with_who_may_have_called_and_why_to_who_may_say_so(office: Office) -> None:
    call_id = office.past_call("0312345678", None)
    unknown = office.past_call("0699999999", None)
    inbox = office.house.call_pages.inbox(office.tanaka)
    nobody, household = inbox.unassigned
    assert (nobody.line.call_id, household.line.call_id) == (unknown, call_id)
    assert nobody.caller is not None
    assert (nobody.proposed, nobody.caller.match) == ((), MatchKind.NONE)
    assert {one.customer.id for one in household.proposed} == {office.hanako, office.taro}
    assert all(ReasonKind.HOUSEHOLD in {why.kind for why in one.reasons} for one in household.proposed)
    assert not any(one.is_chosen or one.calls for one in household.proposed)
    office.house.call_pages.choose(office.tanaka, call_id, office.taro)
    assert [one.line.call_id for one in office.house.call_pages.inbox(office.tanaka).unassigned] == [unknown]
    boss = seat(office.place.staff("kimura", "木村 翔", role=Role.SUPERVISOR, team="sales"))
    (seen,) = office.house.call_pages.inbox(boss).unassigned
    assert (seen.caller, seen.proposed) == (None, ())  # another team's: he may not say whose it was


def test_calls_of_nobody_come_by_pages_and_each_stands_on_one_of_them(office: Office) -> None:
    made = [office.past_call(f"06{number:08d}", None) for number in range(30_000_000, 30_000_043)]
    seen: list[CallId] = []
    after: PagePlace | None = None
    for size in (20, 20, 3):
        page = office.house.call_pages.inbox(office.tanaka, after)
        assert (len(page.unassigned), page.older, page.is_first_page) == (size, size == 20, not seen)
        seen += [one.line.call_id for one in page.unassigned]
        after = PagePlace(page.unassigned[-1].line.started_at, seen[-1])
    assert seen == made[::-1]
    assert office.house.call_pages.inbox(office.mori, after).unassigned == ()


def test_a_call_tells_that_it_stands_with_somebody_since_and_by_which_rule(office: Office) -> None:
    call_id = office.past_call("09055556666", None)
    assert office.house.call_pages.call(office.tanaka, call_id).adopted is None
    office.clock.move(hours=1)
    ours = WrittenNumber("MobilePhone", "090-5555-6666", NumberKind.MOBILE, personal=True)
    (midori,) = office.place.customers(CrmCustomer("77", name="緑川 翠", numbers=(ours,)))
    with office.house.store.write() as connection:
        adoptions.ask(connection, {"+819055556666"}, office.clock())
    assert office.house.numbers.adoption.run() == 1
    shown = office.house.call_pages.call(office.tanaka, call_id)
    assert shown.adopted is not None
    assert (shown.adopted.customer.id, shown.adopted.at, shown.customer) == (midori, office.clock(), None)
    office.house.call_pages.choose(office.tanaka, call_id, midori)
    with office.house.store.read() as connection:
        assert adoptions.of_call(connection, call_id) is None  # a person's word takes its place


def test_an_overdue_promise_is_marked_as_kept_by_the_team_it_is_of(office: Office) -> None:
    past = office.past_call("09012345678", office.hanako, SECRET)
    boss = seat(office.place.staff("kimura", "木村 翔", role=Role.SUPERVISOR, team="sales"))
    assert office.house.call_pages.inbox(office.tanaka).keepable == {past}
    office.clock.move(days=5)
    shown = {staff.login: office.house.call_pages.inbox(staff) for staff in (office.mori, boss)}
    assert [len(each.promises) for each in shown.values()] == [1, 1]
    assert shown["mori"].keepable == {past}
    assert not shown["kimura"].keepable
    for staff in (boss, office.suzuki):
        with pytest.raises(Denied, match="not_your_call"):
            office.house.timeline.promise_done(staff, past)
    office.house.timeline.promise_done(office.mori, past)
    assert office.house.call_pages.inbox(office.mori).promises == ()


def test_missed_calls_are_one_line_a_number_until_somebody_talks_with_it(office: Office) -> None:
    for native in ("a", "b"):
        office.phone("0312345678", native=native).ring().end(Outcome.ABANDONED)
        office.clock.move(minutes=10)
    for native in ("c", "d"):
        office.phone(None, native=native, withheld="refused").ring().end(Outcome.ABANDONED)
        office.clock.move(minutes=10)
    missed = office.house.numbers.missed.waiting(office.suzuki).lines
    assert [(line.number, line.count) for line in missed] == [(None, 1), (None, 1), ("+81312345678", 2)]
    office.phone("0312345678", native="e").ring().answer().end()
    missed = office.house.numbers.missed.waiting(office.suzuki).lines
    assert [line.number for line in missed] == [None, None]


def test_a_customers_calls_go_on_page_by_page_each_once(office: Office) -> None:
    house = office.house
    made = [Town(house.store, office.clock() - timedelta(minutes=at // 3)).call(office.hanako) for at in range(120)]
    seen: list[CallId] = []
    place: PagePlace | None = None
    office.phone("09012345678").ring()
    for expected in (50, 50, 20):
        shown = house.call_pages.customer(office.tanaka, office.hanako, None, place)
        assert (len(shown.calls), shown.older) == (expected, expected == 50)
        seen += [line.call_id for line in shown.calls]
        place = PagePlace(shown.calls[-1].started_at, shown.calls[-1].call_id)
    assert sorted(seen) == sorted(made)
