"""A hold: on a case's calls, at once; wider with the case; let go by two people alone."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from plugin.core.approvals import ApprovalKind
from plugin.core.calls import EventType
from plugin.core.cases import Case, CaseKind
from plugin.core.errors import Conflict, Denied, InputError, NotFound
from plugin.core.holds import CallHolds, Hold
from plugin.core.ids import CallId, HoldId
from plugin.core.staff import Role, Staff
from plugin.services.approvals import Approvals, Effect
from plugin.services.calls import Calls
from plugin.services.cases import Cases
from plugin.services.holds import Holds
from plugin.store import cases
from plugin.store import holds as kept
from plugin.store.engine import Store
from plugin.store.tables.audit import audit_lines
from plugin.store.tables.calls import calls
from tests.kit.clock import HandClock
from tests.kit.events import Tape, answered_call
from tests.kit.people import Town
from tests.kit.rows import rows

TOKYO = ZoneInfo("Asia/Tokyo")


@dataclass
class Archive:
    """Cases and holds of one site, with a supervisor, a privacy officer and an admin."""

    store: Store
    clock: HandClock
    calls: Calls
    town: Town

    def __post_init__(self) -> None:
        effects: dict[ApprovalKind, Effect] = {ApprovalKind.HOLD_RELEASE: lambda *told: self.holds.carry_out(*told)}
        self.approvals = Approvals(self.store, self.clock, effects)
        self.cases = Cases(self.clock, TOKYO)
        self.holds: Holds = Holds(self.store, self.clock, self.approvals, TOKYO)
        self.supervisor = self.town.staff("901", Role.SUPERVISOR)
        self.privacy = self.town.staff("902", Role.PRIVACY)
        self.admin = self.town.staff("903", Role.ADMIN)

    def take(self, name: str) -> CallId:
        known = {row.id for row in rows(self.store, calls)}
        self.calls.take(answered_call(name).events)
        self.clock.move(seconds=5)
        (new,) = {row.id for row in rows(self.store, calls)} - known
        return CallId(new)

    def case(self, *call_ids: CallId, by: Staff | None = None, kind: CaseKind = CaseKind.LEGAL) -> Case:
        who = by or self.privacy
        with self.store.write() as connection:
            opened = self.cases.open_in(connection, kind, "返品をめぐる争い", who)
            self.cases.add_calls_in(connection, opened, call_ids, "本人の申告", who)
        return opened

    def place(self, case: Case, by: Staff | None = None, days: int = 10) -> Hold:
        return self.holds.place(by or self.privacy, case.id, "訴訟の準備", "法務部", self.day(days))

    def day(self, ahead: int) -> date:
        return self.clock().astimezone(TOKYO).date() + timedelta(days=ahead)

    def held(self) -> set[str]:
        with self.store.read() as connection:
            return set(connection.scalars(select(calls.c.id).where(kept.is_held(calls.c.id))))


@pytest.fixture
def archive(store: Store, clock: HandClock, service: Calls, town: Town) -> Archive:
    return Archive(store, clock, service, town)


def test_a_hold_keeps_the_calls_of_its_case_and_those_added_later_until_two_let_go(archive: Archive) -> None:
    first, second, other = archive.take("a"), archive.take("b"), archive.take("c")
    case = archive.case(first)
    hold = archive.place(case)
    assert archive.held() == {first}
    with archive.store.write() as connection:
        open_case = archive.cases.open_case_in(connection, case.id)
        archive.cases.add_calls_in(connection, open_case, [second], "同じ件", archive.privacy)
        archive.holds.follow_in(connection, open_case, [second], archive.privacy)
    assert archive.held() == {first, second}
    assert archive.holds.leaving([hold]) == frozenset()
    asked = archive.holds.ask_release(archive.privacy, hold.id, "和解した")
    assert archive.holds.leaving([hold]) == {hold.id}
    with pytest.raises(Conflict, match="asked"):
        archive.holds.ask_release(archive.privacy, hold.id, "もう一度")
    with pytest.raises(Denied):
        archive.approvals.approve(asked.id, asked.content_hash, "よい", archive.privacy)
    assert archive.held() == {first, second}
    archive.approvals.approve(asked.id, asked.content_hash, "よい", archive.admin)
    assert archive.held() == set()
    assert other not in archive.held()
    with pytest.raises(Conflict, match="released"):
        archive.holds.ask_release(archive.privacy, hold.id, "もう一度")
    acts = [row.act for row in rows(archive.store, audit_lines) if row.act.startswith("hold.")]
    assert acts == ["hold.placed", "hold.widened", "hold.released"]


def test_a_release_is_of_what_the_hold_kept_when_it_was_asked_for(archive: Archive) -> None:
    first, second = archive.take("a"), archive.take("b")
    case = archive.case(first)
    hold = archive.place(case)
    asked = archive.holds.ask_release(archive.privacy, hold.id, "和解した")
    with archive.store.write() as connection:
        archive.cases.add_calls_in(connection, case, [second], "同じ件", archive.privacy)
        archive.holds.follow_in(connection, case, [second], archive.privacy)
    with pytest.raises(Conflict, match="approval_changed"):
        archive.approvals.approve(asked.id, asked.content_hash, "よい", archive.admin)
    assert archive.held() == {first, second}


def test_a_call_under_two_holds_is_kept_until_both_are_released(archive: Archive) -> None:
    call = archive.take("a")
    one, other = archive.place(archive.case(call)), archive.place(archive.case(call))
    asked = archive.holds.ask_release(archive.privacy, one.id, "済み")
    archive.approvals.approve(asked.id, asked.content_hash, "よい", archive.admin)
    assert archive.held() == {call}
    with archive.store.read() as connection:
        assert [each.id for each in kept.of_call(connection, call)] == [other.id]
        assert {each.id for each in cases.of_call(connection, call)} == {one.case_id, other.case_id}


def test_of_two_calls_that_turn_out_to_be_one_the_whole_is_kept(archive: Archive) -> None:
    first, second = archive.take("a"), archive.take("b")
    archive.place(archive.case(second))
    archive.place(archive.case(first, second))
    bridge = Tape("bridge").then(EventType.UPDATED, after=2).events[0]
    archive.calls.take([replace(bridge, source_call_ids=("a", "b"))])
    (row,) = (row for row in rows(archive.store, calls) if row.merged_into is None)
    assert archive.held() == {row.id}


def test_a_supervisors_hold_keeps_at_once_and_is_looked_at_within_two_weeks(archive: Archive) -> None:
    call = archive.take("a")
    case = archive.case(call, by=archive.supervisor)
    with pytest.raises(InputError, match="review_on"):
        archive.place(case, archive.supervisor, days=15)
    hold = archive.place(case, archive.supervisor, days=14)
    assert archive.held() == {call}
    archive.clock.move(days=15)
    (shown,) = archive.holds.live(archive.privacy)
    assert shown.is_overdue(archive.day(0))
    archive.holds.look_again(archive.privacy, hold.id, archive.day(200))
    assert not archive.holds.live(archive.privacy)[0].is_overdue(archive.day(0))
    assert archive.held() == {call}


@pytest.mark.parametrize("kind", [CaseKind.DISCLOSURE, CaseKind.POLICE, CaseKind.COURT, CaseKind.LEGAL])
def test_a_hold_of_anothers_case_is_a_word_on_the_teams_own_calls_and_no_more(archive: Archive, kind: CaseKind) -> None:
    boss, other = archive.town.staff("905", Role.SUPERVISOR, "a"), archive.town.staff("906", Role.SUPERVISOR, "b")
    customer, talked = archive.town.customer("c1"), archive.town.staff("101", team="a")
    call = archive.town.call(customer, taken_by=talked)
    case = archive.case(call, kind=kind)
    hold = archive.place(case)
    assert archive.holds.of_call(archive.privacy, call) == CallHolds((hold,), others=False)
    assert archive.holds.of_call(boss, call) == CallHolds((), others=True)
    for staff in (other, talked, archive.admin):
        assert archive.holds.of_call(staff, call) == CallHolds()
    for staff in (boss, other):
        assert archive.holds.live(staff) == ()
        with pytest.raises(NotFound, match="hold"):
            archive.holds.ask_release(staff, hold.id, "もう不要")
        with pytest.raises(NotFound, match="hold"):
            archive.holds.look_again(staff, hold.id, archive.day(3))
        with pytest.raises(NotFound, match="case"):
            archive.place(case, staff)
    own = archive.place(archive.case(call, by=boss), boss)
    assert archive.holds.of_call(boss, call) == CallHolds((own,), others=True)
    assert archive.holds.live(boss) == (own,)
    asked = archive.holds.ask_release(archive.privacy, hold.id, "済んだ")
    if kind is CaseKind.LEGAL:
        assert [each.approval.id for each in archive.approvals.board(archive.admin).waiting] == [asked.id]
        return
    assert archive.approvals.board(archive.admin).waiting == ()
    with pytest.raises(Denied, match="role"):
        archive.approvals.approve(asked.id, asked.content_hash, "よい", archive.admin)
    archive.approvals.approve(asked.id, asked.content_hash, "よい", archive.town.staff("907", Role.PRIVACY))
    assert archive.held() == {call}  # by the other one still
    assert archive.holds.of_call(boss, call) == CallHolds((own,), others=False)


def test_what_is_wrong_with_a_hold_is_said_and_nothing_is_kept(archive: Archive) -> None:
    call = archive.take("a")
    case, empty = archive.case(call), archive.case()
    with pytest.raises(Denied, match="role"):
        archive.place(case, archive.admin)
    with pytest.raises(Denied, match="role"):
        archive.place(case, archive.town.staff("101"))
    with pytest.raises(Conflict, match="no_calls"):
        archive.place(empty)
    for days in (0, 367):
        with pytest.raises(InputError, match="review_on"):
            archive.place(case, days=days)
    with pytest.raises(InputError, match="asked_by"):
        archive.holds.place(archive.privacy, case.id, "理由", " ", archive.day(3))
    with archive.store.write() as connection:
        archive.cases.close_in(connection, case, "settled", archive.privacy)
    with pytest.raises(Conflict, match="closed"):
        archive.place(case)
    with pytest.raises(NotFound):
        archive.holds.ask_release(archive.privacy, kept_nowhere(), "理由")
    assert archive.held() == set()


def kept_nowhere() -> HoldId:
    return HoldId("0" * 26)
