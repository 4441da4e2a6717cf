"""The pages of calls and customers, and who sees what; each look audited."""

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from plugin.core.access import Purpose
from plugin.core.calls import Outcome
from plugin.core.errors import Denied, NotFound
from plugin.core.identity import CallerRole, Level
from plugin.core.ids import CallId, CustomerId, new_id
from plugin.core.staff import Role, Staff
from plugin.core.timeline import SummaryForm
from plugin.store.tables.audit import audit_lines
from tests.kit.clock import HandClock
from tests.kit.desk import Office, seat
from tests.kit.site import Place

SECRET = SummaryForm("delivery", "solved", "秘密の用件", promise="内緒の約束", promise_due_on=date(2026, 11, 25))


@pytest.fixture
def office(tmp_path: Path, clock: HandClock) -> Iterator[Office]:
    with Place(tmp_path, clock) as place:
        yield Office(place, clock)


def _audited(office: Office) -> list[tuple[str, str | None, str | None, str | None]]:
    with office.house.store.read() as connection:
        found = connection.scalars(select(audit_lines.c.body).order_by(audit_lines.c.seq)).all()
    bodies = [json.loads(body) for body in found]
    shown = ("call.shown", "customer.shown", "history.shown")
    return [(one["act"], one["user_id"], one["outcome"], one["purpose"]) for one in bodies if one["act"] in shown]


def _roles_without_a_desk(office: Office) -> list[Staff]:
    others = (Role.ADMIN, Role.PRIVACY, Role.REVIEWER, Role.TRAINER)
    return [seat(office.place.staff(role.value, role.value, role=role)) for role in others]


# --- the call ---


def test_a_call_that_has_nothing_to_do_with_him_is_not_found_like_one_that_does_not_exist(office: Office) -> None:
    past = office.past_call("09012345678", office.hanako, SECRET)
    for wanted in (past, CallId(new_id(office.clock()))):
        with pytest.raises(NotFound) as refused:
            office.house.call_pages.call(office.suzuki, wanted)
        assert refused.value.reason == "call"
    assert _audited(office) == []


def test_who_took_the_call_reads_and_mends_his_note_right_after_it(office: Office) -> None:
    phone = office.phone("09012345678").ring().answer()
    office.house.desk.choose(office.tanaka, phone.call_id, office.hanako)
    phone.end()
    office.house.timeline.save(office.tanaka, phone.call_id, SummaryForm("delivery", "solved", "秘密の用件"))
    view = office.house.call_pages.call(office.tanaka, phone.call_id)
    assert view.words is not None
    assert (view.words.request, view.may_write, view.is_mine) == ("秘密の用件", True, True)
    assert _audited(office) == [
        ("call.shown", office.tanaka.user_id, "full", None),
        ("history.shown", office.tanaka.user_id, "full", None),
    ]


def test_later_his_own_call_is_as_closed_to_him_as_to_others(office: Office) -> None:
    past = office.past_call("09012345678", office.hanako, SummaryForm("delivery", "solved", "秘密の用件"))
    office.clock.move(hours=2)
    with pytest.raises(NotFound):
        office.house.call_pages.call(office.tanaka, past)


def test_an_open_promise_of_his_keeps_the_call_open_to_him_until_it_is_done(office: Office) -> None:
    past = office.past_call("09012345678", office.hanako, SECRET)
    office.clock.move(hours=20)
    assert office.house.call_pages.call(office.tanaka, past).words is not None
    office.house.timeline.promise_done(office.tanaka, past)
    with pytest.raises(NotFound):
        office.house.call_pages.call(office.tanaka, past)


def test_while_the_customer_may_be_on_the_line_a_past_call_shows_its_tags_only(office: Office) -> None:
    past = office.past_call("09012345678", office.hanako, SECRET)
    office.phone("09012345678", "102").ring()
    view = office.house.call_pages.call(office.suzuki, past)
    assert (view.topic, view.words, view.is_masked, view.may_write) == ("delivery", None, True, False)
    assert "秘密" not in repr(view)
    assert "内緒" not in repr(view)


def test_verified_in_his_call_the_past_call_opens(office: Office) -> None:
    past = office.past_call("09012345678", office.hanako, SECRET)
    phone = office.phone("09012345678", "102").ring().answer()
    office.verify(office.suzuki, phone.call_id, office.hanako)
    view = office.house.call_pages.call(office.suzuki, past)
    assert view.words is not None
    assert view.words.request == "秘密の用件"


def test_what_one_member_of_a_household_proved_opens_nothing_of_another(office: Office) -> None:
    past = office.past_call("0312345678", office.taro, SECRET)
    phone = office.phone("0312345678", "102").ring().answer()
    office.verify(office.suzuki, phone.call_id, office.hanako)
    view = office.house.call_pages.call(office.suzuki, past)
    assert (view.words, view.is_masked) == (None, True)


def test_a_supervisor_reads_with_a_purpose_and_the_audit_has_it(office: Office) -> None:
    past = office.past_call("09012345678", office.hanako, SECRET)
    assert office.house.call_pages.call(office.mori, past).is_masked
    view = office.house.call_pages.call(office.mori, past, Purpose.COMPLAINT)
    assert view.words is not None
    assert _audited(office) == [
        ("call.shown", office.mori.user_id, "tags", None),
        ("call.shown", office.mori.user_id, "full", "complaint"),
        ("history.shown", office.mori.user_id, "full", "complaint"),
    ]


def test_roles_without_a_desk_see_no_call_no_customer_and_no_inbox(office: Office) -> None:
    past = office.past_call("09012345678", office.hanako, SECRET)
    for staff in _roles_without_a_desk(office):
        with pytest.raises(NotFound):
            office.house.call_pages.call(staff, past, Purpose.LEGAL)
        with pytest.raises(NotFound):
            office.house.call_pages.customer(staff, office.hanako, Purpose.LEGAL)
        with pytest.raises(Denied):
            office.house.call_pages.inbox(staff)


def test_a_missed_call_is_for_everybody_at_a_desk_to_give_to_its_customer(office: Office) -> None:
    phone = office.phone("0312345678").ring()
    phone.end(Outcome.ABANDONED)
    office.clock.move(hours=1)
    view = office.house.call_pages.call(office.suzuki, phone.call_id)
    assert (view.is_mine, len(view.caller.candidates)) == (True, 2)
    office.house.call_pages.choose(office.suzuki, phone.call_id, office.taro)
    assert office.house.calls.call(phone.call_id).customer_id == office.taro


def test_a_call_that_somebody_else_took_is_not_for_others_to_give_away(office: Office) -> None:
    past = office.past_call("0312345678", None)
    with pytest.raises(NotFound):
        office.house.call_pages.choose(office.suzuki, past, office.taro)
    office.house.call_pages.choose(office.mori, past, office.taro)
    assert office.house.calls.call(past).customer_id == office.taro


def test_another_teams_supervisor_gives_no_call_away_and_verifies_nobody_in_it(office: Office) -> None:
    boss = seat(office.place.staff("kimura", "木村 翔", role=Role.SUPERVISOR, team="sales"))
    theirs = office.past_call("0312345678", None)
    assert not office.house.call_pages.call(boss, theirs).is_mine
    with pytest.raises(Denied, match="not_your_call"):
        office.house.call_pages.choose(boss, theirs, office.taro)
    phone = office.phone("09012345678").ring().answer()
    with pytest.raises(Denied, match="verify"):
        office.house.identity.begin(boss, phone.call_id, office.hanako, CallerRole.SELF)
    assert office.house.calls.call(theirs).customer_id is None
    office.house.identity.begin(office.mori, phone.call_id, office.hanako, CallerRole.SELF)
    phone.end()
    office.house.call_pages.choose(office.mori, theirs, office.taro)


@pytest.mark.parametrize("role", Role)
def test_behind_the_pages_no_word_is_taken_on_a_call_that_is_not_his(office: Office, role: Role) -> None:
    customers = office.house.customers
    other = seat(office.place.staff("other", "他人", role=role, team="sales"))
    loose, given = office.past_call("0312345678", None), office.past_call("09012345678", office.hanako)
    acts: list[Callable[[], None]] = [
        lambda: customers.confirm(other, loose, office.taro),
        lambda: customers.refuse(other, loose, office.taro),
        lambda: customers.reassign(other, given, office.taro),
        lambda: customers.unassign(other, given),
    ]
    for act in acts:
        with pytest.raises(Denied):
            act()
    assert [office.house.calls.call(one).customer_id for one in (loose, given)] == [None, office.hanako]
    assert customers.assignments_of(loose) == ()


def test_the_course_of_the_call_is_told_in_names(office: Office) -> None:
    phone = office.phone("09012345678").ring()
    office.clock.move(seconds=5)
    phone.answer()
    office.clock.move(seconds=30)
    phone.hold()
    office.clock.move(seconds=10)
    phone.resume()
    office.clock.move(seconds=60)
    phone.end()
    steps = [(step.word, step.name) for step in office.house.call_pages.call(office.tanaka, phone.call_id).course]
    assert steps == [
        ("started", ""),
        ("rang", "田中 美咲"),
        ("answered", "田中 美咲"),
        ("held", ""),
        ("resumed", ""),
        ("left", "田中 美咲"),
        ("ended", ""),
    ]


def test_every_decision_stands_with_the_name_it_was_about(office: Office) -> None:
    phone = office.phone("0312345678").ring().answer()
    for wanted in (office.taro, office.hanako, None):
        office.clock.move(seconds=5)
        office.house.desk.choose(office.tanaka, phone.call_id, wanted)
    decided = office.house.call_pages.call(office.tanaka, phone.call_id).decided
    assert [(one.act.value, name) for one, name in decided] == [
        ("confirm", "佐藤 太郎"),
        ("reassign", "佐藤 花子"),
        ("unassign", ""),
    ]


# --- the customer ---


def test_a_customer_who_is_on_no_line_of_his_is_not_found_like_one_who_does_not_exist(office: Office) -> None:
    office.phone("09012345678").ring()
    for staff, wanted in ((office.suzuki, office.hanako), (office.tanaka, CustomerId(new_id(office.clock())))):
        with pytest.raises(NotFound) as refused:
            office.house.call_pages.customer(staff, wanted)
        assert refused.value.reason == "customer"


def test_unverified_a_customer_shows_lines_but_no_text_no_number_and_no_crm_entry(office: Office) -> None:
    office.past_call("09012345678", office.hanako, SECRET)
    office.house.delivery.run()
    office.phone("09012345678").ring()
    view = office.house.call_pages.customer(office.tanaka, office.hanako)
    assert (view.level, view.is_open, view.numbers, view.entries) == (Level.NONE, False, (), ())
    assert [line.topic for line in view.calls] == ["delivery"]
    assert "秘密" not in repr(view)
    assert "内緒" not in repr(view)


def test_verified_the_customer_opens_with_the_crm_timeline(office: Office) -> None:
    office.past_call("09012345678", office.hanako, SECRET)
    office.house.delivery.run()
    phone = office.phone("09012345678").ring().answer()
    office.verify(office.tanaka, phone.call_id, office.hanako)
    view = office.house.call_pages.customer(office.tanaka, office.hanako)
    assert (view.is_open, view.call_id, len(view.numbers)) == (True, phone.call_id, 2)
    assert view.entries is not None
    assert ["秘密の用件" in entry.text for entry in view.entries] == [True]
    assert [line.words.request if line.words else None for line in view.calls] == ["秘密の用件"]


def test_a_supervisor_sees_a_customer_by_purpose(office: Office) -> None:
    office.past_call("09012345678", office.hanako, SECRET)
    assert not office.house.call_pages.customer(office.mori, office.hanako).is_open
    view = office.house.call_pages.customer(office.mori, office.hanako, Purpose.COMPLAINT)
    assert view.is_open
    assert ("customer.shown", office.mori.user_id, "full", "complaint") in _audited(office)


def test_the_text_of_another_teams_calls_opens_to_no_purpose(office: Office) -> None:
    theirs = office.past_call("09012345678", office.hanako, SECRET)  # tanaka's team is mori's
    boss = seat(office.place.staff("kimura", "木村 翔", role=Role.SUPERVISOR, team="sales"))
    pages = office.house.call_pages
    view = pages.call(boss, theirs, Purpose.COMPLAINT)
    assert (view.words, view.is_masked, view.may_give_reason, view.is_other_teams) == (None, True, False, True)
    shown = pages.customer(boss, office.hanako, Purpose.COMPLAINT)
    assert (shown.is_open, shown.entries, shown.numbers, shown.is_other_teams) == (False, (), (), True)
    assert all(line.words is None for line in shown.calls)
    assert {outcome for _, user, outcome, _ in _audited(office) if user == boss.user_id} == {"tags"}


def test_another_teams_supervisor_writes_no_note_by_a_post_of_his_own(office: Office) -> None:
    theirs = office.past_call("09012345678", office.hanako, SECRET)
    boss = seat(office.place.staff("kimura", "木村 翔", role=Role.SUPERVISOR, team="sales"))
    timeline = office.house.timeline
    mended = SummaryForm("delivery", "solved", "書き換え", version=1)
    with pytest.raises(Denied):
        timeline.save(boss, theirs, mended)
    with pytest.raises(Denied):
        timeline.draft(boss, theirs, "{}")
    kept = timeline.summary_of(theirs)
    assert kept is not None
    assert (kept.version, kept.request) == (1, SECRET.request)
    assert timeline.save(office.mori, theirs, mended).version == 2


def test_a_customer_of_two_teams_opens_call_by_call(office: Office) -> None:
    first = office.past_call("09012345678", office.hanako, SECRET)
    ito = seat(office.place.staff("ito", "伊藤 学", "105", team="sales"))
    phone = office.phone("09012345678", "105").ring().answer()
    office.house.desk.choose(ito, phone.call_id, office.hanako)
    phone.end()
    office.house.timeline.save(ito, phone.call_id, SECRET)
    pages = office.house.call_pages
    assert pages.call(office.mori, first, Purpose.QUALITY).words is not None
    assert pages.call(office.mori, phone.call_id, Purpose.QUALITY).words is None
    assert not pages.customer(office.mori, office.hanako, Purpose.QUALITY).is_open
