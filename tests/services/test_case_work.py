"""Legal matters and complaints: opened with a reason, with calls that are one's own to see, due, and closed."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from plugin.core.cases import Case, CaseKind
from plugin.core.errors import Conflict, Denied, InputError, NotFound
from plugin.core.ids import CallId, CaseId
from plugin.core.staff import Role, Staff
from plugin.services.case_work import CaseWork, NewCase
from plugin.store.tables.audit import audit_lines
from plugin.store.tables.keeping import call_purposes
from tests.kit.clock import HandClock
from tests.kit.desk import Office, seat
from tests.kit.rows import rows
from tests.kit.site import Place
from tests.kit.together import at_once


class Chambers(Office):
    """A call of tanaka's with Hanako, whom mori leads; kato leads another team; hara is a privacy officer."""

    def __init__(self, place: Place, clock: HandClock) -> None:
        super().__init__(place, clock)
        self.hara = seat(place.staff("hara", "原 直美", role=Role.PRIVACY))
        self.kato = seat(place.staff("kato", "加藤 明", role=Role.SUPERVISOR, team="sales"))
        self.past = self.past_call("09012345678", self.hanako)
        self.same = self.past_call("09012345678", self.hanako)
        self.work: CaseWork = self.house.keeping.case_work

    @property
    def today(self) -> date:
        return self.clock().astimezone(self.house.settings.tz).date()

    def open(self, by: Staff, *calls: CallId, kind: CaseKind = CaseKind.LEGAL) -> Case:
        due_on = self.today + timedelta(days=9)
        return self.work.open(by, NewCase(kind, "返品の争い", "受任通知が届いた", due_on, calls))

    def purposes(self) -> set[tuple[str, str, bool]]:
        return {(row.call_id, row.purpose, row.ended_at is None) for row in rows(self.house.store, call_purposes)}


@pytest.fixture
def office(tmp_path: Path, clock: HandClock) -> Iterator[Chambers]:
    with Place(tmp_path, clock) as place:
        yield Chambers(place, clock)


def test_what_is_sent_twice_opens_one_case_and_places_one_hold(office: Chambers) -> None:
    made: list[str] = []

    def send() -> None:
        made.append(office.open(office.mori, office.past).id)
        office.house.store.leave()

    assert at_once([send] * 3) == [None] * 3
    assert len(set(made)) == 1
    office.work.add(office.mori, made[0], [office.same], "同じ番号")
    assert office.open(office.mori, office.past).id == made[0]
    others = {
        office.open(office.hara, office.past).id,
        office.open(office.mori, office.past, kind=CaseKind.COMPLAINT).id,
    }
    assert len(others | {made[0]}) == 3
    day, place = office.today + timedelta(days=3), office.house.keeping.holds.place
    holds = [place(office.mori, CaseId(made[0]), "訴訟", "法務部", day).id for _ in range(2)]
    assert holds[0] == holds[1] != place(office.mori, CaseId(made[0]), "訴訟", "経営企画", day).id
    office.work.close(office.mori, made[0])
    assert office.open(office.mori, office.past).id not in others | {made[0]}


def test_a_case_says_who_why_and_by_when_and_gives_its_calls_its_purpose_until_they_leave_it(office: Chambers) -> None:
    case = office.open(office.mori, office.past, kind=CaseKind.COMPLAINT)
    view = office.work.view(office.mori, case.id)
    assert (view.case.number, view.case.opener_name, view.case.why) == ("C-2026-0001", "森 恵", "受任通知が届いた")
    assert view.case.due_at is not None
    assert [(each.id, why) for each, why in view.calls] == [(office.past, "受任通知が届いた")]
    assert [each.id for each in view.alike] == [office.same]
    office.house.keeping.holds.place(office.mori, case.id, "訴訟", "法務部", office.today + timedelta(days=3))
    assert office.work.add(office.mori, case.id, [office.same], "同じ件") == 1
    assert office.work.view(office.mori, case.id).holds[0].calls == 2  # the hold follows
    office.work.take_out(office.mori, case.id, office.past)
    assert office.purposes() == {(office.past, "complaint", False), (office.same, "complaint", True)}
    office.work.close(office.mori, case.id)
    assert office.purposes() == {(office.past, "complaint", False), (office.same, "complaint", True)}
    for late in (
        lambda: office.work.add(office.mori, case.id, [office.past], "後から"),
        lambda: office.work.set_due(office.mori, case.id, office.today),
        lambda: office.work.close(office.mori, case.id),
    ):
        with pytest.raises(Conflict, match="closed"):
            late()
    with office.house.store.read() as connection:
        acts = list(connection.scalars(select(audit_lines.c.act).where(audit_lines.c.body.contains(case.id))))
    assert {"case.opened", "case.shown", "case.call_added", "case.call_removed", "case.closed"} <= set(acts)


def test_a_supervisor_finds_and_adds_calls_of_his_team_a_privacy_officer_all(office: Chambers) -> None:
    own, other, legal = office.open(office.mori), office.open(office.kato), office.open(office.hara)
    seen = [
        {each.id for each in office.work.search(by, case.id, office.today, number)}
        for by, case, number in (
            (office.mori, own, "+819012345678"),
            (office.kato, other, None),
            (office.hara, legal, None),
            (office.hara, legal, "+81312345678"),
        )
    ]
    assert seen == [{office.past, office.same}, set(), {office.past, office.same}, set()]
    with pytest.raises(NotFound, match="call"):
        office.work.add(office.kato, other.id, [office.past], "知っている番号")
    with pytest.raises(NotFound, match="call"):
        office.open(office.kato, office.past)
    assert office.work.add(office.hara, legal.id, [office.past], "日時が合う") == 1


def test_to_whom_it_is_no_business_a_case_does_not_exist(office: Chambers) -> None:
    case = office.open(office.mori, office.past)
    tries: list[Callable[[Staff], object]] = [
        lambda who: office.work.find(who, case.id),
        lambda who: office.work.view(who, case.id),
        lambda who: office.work.search(who, case.id, office.today, None),
        lambda who: office.work.add(who, case.id, [office.same], "同じ"),
        lambda who: office.work.take_out(who, case.id, office.past),
        lambda who: office.work.set_due(who, case.id, office.today),
        lambda who: office.work.close(who, case.id),
    ]
    for attempt in tries:
        with pytest.raises(NotFound, match="case"):
            attempt(office.kato)
        with pytest.raises(Denied, match="role"):
            attempt(office.tanaka)
    assert office.work.listed(office.kato, is_open=True) == ()
    assert [one.id for one in office.work.listed(office.hara, is_open=True)] == [case.id]


def test_what_is_opened_is_what_somebody_may_open_by_hand_with_a_reason(office: Chambers) -> None:
    new = NewCase(CaseKind.LEGAL, "争い", "通知", None)
    for wrong, field in (
        (replace(new, kind=CaseKind.HARASSMENT), "case_kind"),
        (replace(new, kind=CaseKind.POLICE), "case_kind"),
        (replace(new, title=" "), "title"),
        (replace(new, why=""), "reason"),
        (replace(new, due_on=office.today - timedelta(days=1)), "due_on"),
        (replace(new, due_on=office.today + timedelta(days=2000)), "due_on"),
    ):
        with pytest.raises(InputError, match=field):
            office.work.open(office.mori, wrong)
    assert office.work.listed(office.hara, is_open=True) == ()
