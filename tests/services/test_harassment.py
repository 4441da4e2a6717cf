"""A report, its judgement, and the case: who may, what is more than a complaint, what the case does to its calls."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from plugin.core.errors import Conflict, Denied, LimitReached, NotFound
from plugin.core.harassment import Conduct, Findings, Report, ReportState
from plugin.core.ids import CallId
from plugin.core.purposes import beginning
from plugin.core.staff import Role
from plugin.services.approvals import Approvals
from plugin.services.calls import Calls
from plugin.services.cases import Cases
from plugin.services.harassment import Harassment, Verdict
from plugin.services.holds import Holds
from plugin.store import holds, merges
from plugin.store.engine import Store
from plugin.store.tables.audit import audit_lines
from plugin.store.tables.calls import calls
from plugin.store.tables.keeping import call_purposes, cases
from plugin.store.tables.staff import users
from tests.kit.clock import HandClock
from tests.kit.events import answered_call
from tests.kit.people import Town
from tests.kit.rows import rows
from tests.kit.together import at_once
from tests.services.test_holds import TOKYO

BAD = Findings(is_fair=False, is_bearable=False, harms=True)


class Office:
    """An operator, a supervisor of his and one of another team, and calls of two numbers."""

    def __init__(self, store: Store, clock: HandClock, calls_of_site: Calls, town: Town) -> None:
        self.store, self.clock, self.calls = store, clock, calls_of_site
        self.operator = town.staff("101", team="a")
        self.boss, self.other = town.staff("901", Role.SUPERVISOR, "a"), town.staff("902", Role.SUPERVISOR, "b")
        kept = Cases(clock, TOKYO), Holds(store, clock, Approvals(store, clock, {}), TOKYO)
        self.rooms = Harassment(store, clock, *kept, TOKYO, beginning(12))
        self.customer = town.customer("c1")

    def take(self, name: str, number: str = "09012345678") -> CallId:
        known = {row.id for row in rows(self.store, calls)}
        self.calls.take(answered_call(name, agent="101", number=number).events)
        self.clock.move(seconds=5)
        (new,) = {row.id for row in rows(self.store, calls)} - known
        return CallId(new)

    def report(self, call: CallId, words: str = "「家に行くぞ」と3回言われた") -> Report:
        return self.rooms.report(self.operator, call, Conduct.THREAT, words)

    def verdict(self, **changed: object) -> Verdict:
        day = self.clock().astimezone(TOKYO).date() + timedelta(days=30)
        usual = Verdict(BAD, "よく知らせてくれました", "脅迫", day, marks_number=True, marks_customer=True, hold=False)
        return replace(usual, **changed)  # type: ignore[arg-type]

    def give(self, call: CallId) -> None:
        with self.store.write() as connection:
            connection.execute(update(calls).where(calls.c.id == call).values(customer_id=self.customer))

    def held(self) -> set[str]:
        with self.store.read() as connection:
            return set(connection.scalars(select(calls.c.id).where(holds.is_held(calls.c.id))))


@pytest.fixture
def office(store: Store, clock: HandClock, service: Calls, town: Town) -> Office:
    return Office(store, clock, service, town)


def test_a_case_joins_calls_of_other_numbers_marks_and_keeps_them(office: Office) -> None:
    first, same = office.take("a"), office.take("b")
    other_number = office.take("c", "09087654321")
    office.give(first)
    report = office.report(first)
    assert [each.report.id for each in office.rooms.waiting(office.boss)] == [report.id]
    case = office.rooms.confirm(office.boss, report.id, office.verdict(hold=True))
    (answered,) = office.rooms.of_call(office.operator, first)
    assert (answered.state, answered.answer) == (ReportState.CONFIRMED, "よく知らせてくれました")
    view = office.rooms.view(office.boss, case.id)
    assert [each.id for each, _ in view.calls] == [first]
    assert [each.id for each in view.alike] == [same]
    assert office.rooms.add(office.boss, case.id, [same, other_number], "声と話し方が同じ") == 2
    assert {row.call_id for row in rows(office.store, call_purposes)} == {first, same, other_number}
    assert {row.purpose for row in rows(office.store, call_purposes)} == {"harassment"}
    assert office.held() == {first, same, other_number}
    (by_number, by_person) = office.rooms.marks("+819012345678", [office.customer])
    assert (by_number.e164, by_person.customer_id) == ("+819012345678", office.customer)
    assert by_number.case_number == case.number
    assert office.rooms.marks(None, []) == ()
    assert office.rooms.marks("+819087654321", []) == ()  # joined, and yet nobody said to warn of it
    acts = [row.act for row in rows(office.store, audit_lines) if row.act.startswith("harassment.")]
    assert acts[:2] == ["harassment.reported", "harassment.marked"]
    assert "harassment.confirmed" in acts


def test_a_mark_ends_on_its_day_by_hand_or_with_the_case(office: Office) -> None:
    call = office.take("a")
    office.give(call)
    case = office.rooms.confirm(office.boss, office.report(call).id, office.verdict())
    number, person = office.rooms.marks("+819012345678", [office.customer])
    office.rooms.end_mark(office.boss, case.id, number.id)
    assert [each.id for each in office.rooms.marks("+819012345678", [office.customer])] == [person.id]
    with pytest.raises(NotFound, match="mark"):
        office.rooms.end_mark(office.boss, case.id, number.id)
    office.clock.move(days=20)
    assert office.rooms.renew(office.boss, case.id, office.verdict().last_day) == 1
    office.clock.move(days=20)
    assert office.rooms.marks(None, [office.customer])
    office.clock.move(days=20)
    assert not office.rooms.marks(None, [office.customer])
    again = office.rooms.confirm(office.boss, office.report(call).id, office.verdict())
    assert office.rooms.marks(None, [office.customer])
    office.rooms.close(office.boss, again.id)
    assert not office.rooms.marks(None, [office.customer])
    assert [row.closed_at is None for row in rows(office.store, cases)] == [True, False]


def test_a_mark_follows_a_customer_who_is_merged_into_another(office: Office, town: Town) -> None:
    call = office.take("a")
    office.give(call)
    case = office.rooms.confirm(office.boss, office.report(call).id, office.verdict(marks_number=False))
    winner = town.customer("c2")
    with office.store.write() as connection:
        merges.carry(connection, office.customer, winner, office.clock())
        assert merges.move_calls(connection, office.customer, winner, 10, office.clock()) == (call,)
    (mark,) = office.rooms.marks(None, [winner])
    assert (mark.case_id, mark.customer_id) == (case.id, winner)
    assert office.rooms.marks(None, [office.customer]) == ()


def test_an_ordinary_complaint_opens_no_case_whoever_asks(office: Office) -> None:
    report = office.report(office.take("a"))
    for findings in (Findings(True, True, True), Findings(False, False, False)):
        with pytest.raises(Conflict, match="ordinary_complaint"):
            office.rooms.confirm(office.boss, report.id, office.verdict(findings=findings))
    office.rooms.dismiss(office.boss, report.id, "商品の不良へのご意見です")
    assert rows(office.store, cases) == []
    with pytest.raises(Conflict, match="judged"):
        office.rooms.confirm(office.boss, report.id, office.verdict())
    assert rows(office.store, cases) == []


def test_who_reports_does_not_judge_and_no_other_team_does(office: Office, town: Town) -> None:
    call = office.take("a")
    report = office.report(call)
    assert office.rooms.waiting(office.other) == ()
    for stranger in (office.other,):
        with pytest.raises(NotFound):
            office.rooms.confirm(stranger, report.id, office.verdict())
    with pytest.raises(Denied, match="role"):
        office.rooms.confirm(office.operator, report.id, office.verdict())
    with pytest.raises(Denied, match="role"):
        office.rooms.dismiss(town.staff("903", Role.ADMIN), report.id, "違う")
    own = office.rooms.report(office.boss, call, Conduct.ABUSE, "私にも")
    with pytest.raises(NotFound):
        office.rooms.dismiss(office.boss, own.id, "自分で")
    with pytest.raises(NotFound, match="call"):
        office.rooms.report(town.staff("102"), call, Conduct.ABUSE, "隣で聞いた")


def test_a_case_is_known_to_the_teams_that_reported_it_and_to_privacy_officers(office: Office, town: Town) -> None:
    rooms, privacy, nowhere = office.rooms, town.staff("903", Role.PRIVACY), town.staff("904", Role.SUPERVISOR)
    call = office.take("a")
    case = rooms.confirm(office.boss, office.report(call).id, office.verdict())
    for knows, staff in ((True, office.boss), (True, privacy), (False, office.other), (False, nowhere)):
        assert [each.id for each in rooms.listed(staff, is_open=True)] == [case.id] * knows
    for stranger in (office.other, nowhere):
        for act in (
            lambda who: rooms.view(who, case.id),
            lambda who: rooms.add(who, case.id, [call], "同じ"),
            lambda who: rooms.take_out(who, case.id, call),
            lambda who: rooms.renew(who, case.id, office.verdict().last_day),
            lambda who: rooms.end_mark(who, case.id, "0" * 26),
            lambda who: rooms.close(who, case.id),
        ):
            with pytest.raises(NotFound, match="case"):
                act(stranger)
    again = office.report(call)
    with office.store.write() as connection:
        connection.execute(update(users).where(users.c.id == office.operator.user_id).values(team="b"))
    assert [each.id for each in rooms.listed(office.boss, is_open=True)] == []  # what he reported went with him
    assert [each.report.id for each in rooms.waiting(office.other)] == [again.id]
    assert rooms.confirm(office.other, again.id, office.verdict(case_id=case.id)).id == case.id


def test_a_report_that_no_supervisor_can_judge_waits_for_the_privacy_officer(office: Office, town: Town) -> None:
    privacy = town.staff("903", Role.PRIVACY)
    first = office.report(office.take("a"))
    with office.store.write() as connection:
        connection.execute(update(users).where(users.c.id == office.operator.user_id).values(team=""))
    second = office.rooms.report(office.boss, office.take("b"), Conduct.ABUSE, "私が代わって聞いた")
    told = [(each.report.id, each.is_left) for each in office.rooms.waiting(privacy)]
    assert told == [(first.id, True), (second.id, True)]  # of nobody's team; of the only one who leads his
    assert office.rooms.waiting(office.boss) == office.rooms.waiting(office.other) == ()
    teamless = town.staff("904", Role.SUPERVISOR)
    assert [each.report.id for each in office.rooms.waiting(teamless)] == [first.id]
    assert [each.is_left for each in office.rooms.waiting(privacy)] == [True, False]
    assert office.rooms.waiting(privacy)[0].report.id == second.id
    office.rooms.dismiss(privacy, second.id, "ご意見として承る")
    own = office.rooms.confirm(teamless, first.id, office.verdict())
    assert office.rooms.view(teamless, own.id).case.reporter_teams == {""}


def test_a_call_of_a_report_stays_in_its_case_and_reports_have_an_end(office: Office) -> None:
    call, more = office.take("a"), office.take("b")
    case = office.rooms.confirm(office.boss, office.report(call).id, office.verdict())
    office.rooms.add(office.boss, case.id, [more], "同じ番号")
    with pytest.raises(Conflict, match="reported"):
        office.rooms.take_out(office.boss, case.id, call)
    office.rooms.take_out(office.boss, case.id, more)
    live = {row.call_id for row in rows(office.store, call_purposes) if row.ended_at is None}
    assert live == {call}
    second = office.report(more)
    assert office.rooms.confirm(office.boss, second.id, office.verdict(case_id=case.id)).id == case.id
    for time in range(4):
        office.report(call, f"{time}回目")
    with pytest.raises(LimitReached):
        office.report(call, "5回目")
    office.rooms.close(office.boss, case.id)
    with pytest.raises(Conflict, match="closed"):
        office.rooms.add(office.boss, case.id, [call], "もう一度")


def test_what_one_person_reports_twice_at_once_is_one_report(office: Office) -> None:
    call, other, made = office.take("a"), office.take("b"), list[Report]()

    def send() -> None:
        made.append(office.report(call))
        office.store.leave()

    assert at_once([send] * 4) == [None] * 4
    office.clock.move(minutes=1)
    assert office.report(call) == made[0]
    assert len({one.id for one in made}) == len(office.rooms.waiting(office.boss)) == 1
    assert [row.act for row in rows(office.store, audit_lines)].count("harassment.reported") == 1
    office.report(other)
    office.report(call, "電話を切ってもまたかけてきた")
    office.rooms.report(office.operator, call, Conduct.STALKING, made[0].words)
    assert len(office.rooms.waiting(office.boss)) == 4
    office.rooms.dismiss(office.boss, made[0].id, "ご意見として承る")
    assert office.report(call).id != made[0].id


def test_a_judgement_that_is_sent_twice_is_one(office: Office, town: Town) -> None:
    bad, good = office.report(office.take("a")), office.report(office.take("b"))
    made: list[str] = []

    def send() -> None:
        made.append(office.rooms.confirm(office.boss, bad.id, office.verdict(hold=True)).id)
        office.rooms.dismiss(office.boss, good.id, "ご意見として承る")
        office.store.leave()

    assert at_once([send] * 3) == [None] * 3
    assert len(set(made)) == len(rows(office.store, cases)) == len(office.rooms.marks("+819012345678", [])) == 1
    acts = [row.act for row in rows(office.store, audit_lines)]
    assert acts.count("harassment.confirmed") == acts.count("harassment.dismissed") == acts.count("hold.placed") == 1
    for answer, staff in (
        ("別の言葉", office.boss),
        (office.verdict().answer, town.staff("903", Role.SUPERVISOR, "a")),
    ):
        with pytest.raises(Conflict, match="judged"):
            office.rooms.confirm(staff, bad.id, office.verdict(answer=answer))
    with pytest.raises(Conflict, match="judged"):
        office.rooms.dismiss(office.boss, bad.id, office.verdict().answer)
    other = office.report(office.take("c"))
    first = office.rooms.confirm(office.boss, other.id, office.verdict())
    for wanted in (office.verdict(hold=True), office.verdict(title="別の件"), office.verdict(case_id=made[0])):
        with pytest.raises(Conflict, match="judged"):  # nobody believes in a hold that was never placed
            office.rooms.confirm(office.boss, other.id, wanted)
    assert office.rooms.confirm(office.boss, other.id, office.verdict()).id == first.id


def test_nobody_is_warned_of_a_report_that_a_hold_keeps(office: Office) -> None:
    call = office.take("a")
    case = office.rooms.confirm(office.boss, office.report(call).id, office.verdict(hold=True))
    kept = office.report(call, "後からもう一件")
    free = office.report(office.take("b"))
    assert kept.id in {one.report.id for one in office.rooms.waiting(office.boss)}
    office.clock.move(days=1827 - 30)
    warned = {one.report.id: one.goes_on is not None for one in office.rooms.waiting(office.boss)}
    assert (warned, office.rooms.ending()) == ({kept.id: False, free.id: True}, 1)
    with office.store.write() as connection:
        (hold,) = holds.of_case(connection, case.id)
        assert holds.release(connection, hold.id, "approval", office.clock())
    assert all(one.goes_on is not None for one in office.rooms.waiting(office.boss))
    assert office.rooms.ending() == 2


def test_who_judges_is_warned_before_a_report_goes_unjudged(office: Office) -> None:
    report = office.report(office.take("n-1"))
    (waits,) = office.rooms.waiting(office.boss)
    assert (waits.report, waits.goes_on) == (report, None)
    office.clock.move(days=1827 - 91)
    assert [one.goes_on for one in office.rooms.waiting(office.boss)] == [None]
    assert office.rooms.ending() == 0
    office.clock.move(days=1)
    assert office.rooms.ending() == 1
    day = (report.reported_at + timedelta(days=1827)).astimezone(TOKYO).date()
    assert [one.goes_on for one in office.rooms.waiting(office.boss)] == [day]
