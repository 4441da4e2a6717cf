"""Alerts: one click asks for help once, the team's supervisors hear of it, one has it, and the audit tells."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from plugin.core.alerts import AlertReason, read_reason
from plugin.core.control import ControlAct
from plugin.core.errors import Conflict, Denied, InputError, LimitReached, NotFound
from plugin.core.ids import AlertId, new_id
from plugin.core.staff import Role
from plugin.services.alerts import Alerts
from plugin.services.live import Live
from plugin.store import call_joins
from plugin.store.tables.alerts import alerts as table
from plugin.store.tables.audit import audit_lines
from tests.kit.clock import HandClock
from tests.kit.control import Obedient
from tests.kit.desk import Office, seat
from tests.kit.rows import rows
from tests.kit.site import SOURCE, Place
from tests.kit.sounds import HeardBus


class Room:
    """An office whose phone system obeys, and what its desks were told."""

    def __init__(self, office: Office) -> None:
        self.office, house = office, office.house
        self.control, self.bus = Obedient(), HeardBus()
        self.live = Live(house.store, house.clock, house.sessions, {SOURCE: self.control}, house.reach.outward)
        self.alerts = Alerts(house.store, house.clock, house.calls, house.desk, self.live, self.bus)
        self.mori = office.mori

    def acts(self) -> list[tuple[str, str, str]]:
        with self.office.house.store.read() as connection:
            lines = connection.execute(select(audit_lines.c.body).order_by(audit_lines.c.seq)).scalars().all()
        said: list[Any] = [json.loads(line) for line in lines]
        return [(line["act"], line["purpose"], line["outcome"]) for line in said if line["act"].startswith("alert.")]


@pytest.fixture
def room(tmp_path: Path, clock: HandClock) -> Iterator[Room]:
    with Place(tmp_path, clock) as place:
        yield Room(Office(place, clock))


def test_a_cry_for_help_stands_on_the_teams_board_with_the_caller(room: Room) -> None:
    phone = room.office.phone("09012345678").ring().answer()
    room.office.clock.move(seconds=70)
    room.alerts.cry(room.office.tanaka, phone.call_id)
    (line,) = room.alerts.board(room.mori).alerts
    assert (line.alert.operator, line.alert.reason, line.alert.taken_by) == ("田中 美咲", AlertReason.HELP, None)
    assert line.alert.raised_at == room.office.clock()
    assert line.caller.number == "+819012345678"
    assert [each.customer.id for each in line.caller.candidates] == [room.office.hanako]
    assert line.caller.candidates[0].calls == ()  # the past is behind the gate for a supervisor too
    assert line.talking_since == room.office.clock() - timedelta(seconds=70)
    assert room.alerts.waiting(room.mori) == 1
    assert room.office.house.calls.call(phone.call_id).call.alert is not None


def test_a_second_click_says_why_and_asks_no_second_time(room: Room) -> None:
    phone = room.office.phone("09012345678").ring().answer()
    first = room.alerts.cry(room.office.tanaka, phone.call_id)
    again = room.alerts.cry(room.office.tanaka, phone.call_id, AlertReason.HARASSMENT)
    assert (again.id, again.reason) == (first.id, AlertReason.HARASSMENT)
    assert len(rows(room.office.house.store, table)) == 1
    assert room.acts() == [("alert.raised", "help", "raised"), ("alert.raised", "harassment", "reason")]


def test_who_cried_too_early_takes_it_back_and_may_cry_again(room: Room) -> None:
    phone = room.office.phone("09012345678").ring().answer()
    first = room.alerts.cry(room.office.tanaka, phone.call_id)
    room.alerts.withdraw(room.office.tanaka, phone.call_id)
    assert room.alerts.board(room.mori).alerts == ()
    assert room.alerts.own(room.office.tanaka, phone.call_id) is None
    with pytest.raises(NotFound, match="alert"):
        room.alerts.withdraw(room.office.tanaka, phone.call_id)
    room.office.clock.move(seconds=5)
    assert room.alerts.cry(room.office.tanaka, phone.call_id).id != first.id


def test_one_supervisor_has_it(room: Room) -> None:
    other = seat(room.office.place.staff("abe", "阿部 誠", role=Role.SUPERVISOR))
    phone = room.office.phone("09012345678").ring().answer()
    alert = room.alerts.cry(room.office.tanaka, phone.call_id)
    taken = room.alerts.take(room.mori, alert.id)
    assert (taken.taker, taken.taken_at) == ("森 恵", room.office.clock())
    assert room.alerts.take(room.mori, alert.id) == taken
    with pytest.raises(Conflict, match="alert_taken"):
        room.alerts.take(other, alert.id)
    assert room.alerts.waiting(other) == 0
    assert room.alerts.own(room.office.tanaka, phone.call_id) == taken  # he sees that help is on its way
    room.alerts.close(room.mori, alert.id)
    with pytest.raises(NotFound):
        room.alerts.close(room.mori, alert.id)
    assert [act for act, _, _ in room.acts()] == ["alert.raised", "alert.taken", "alert.closed"]


def test_another_team_and_other_roles_see_nothing_of_it(room: Room) -> None:
    place = room.office.place
    stranger = seat(place.staff("ito", "伊藤 学", role=Role.SUPERVISOR, team="sales"))
    phone = room.office.phone("09012345678").ring().answer()
    alert = room.alerts.cry(room.office.tanaka, phone.call_id)
    assert room.alerts.board(stranger).alerts == ()
    assert room.alerts.waiting(stranger) == 0
    for act in (room.alerts.take, room.alerts.close):
        with pytest.raises(NotFound):
            act(stranger, alert.id)
        for role in (Role.ADMIN, Role.PRIVACY, Role.REVIEWER, Role.TRAINER, Role.SERVICE, Role.OPERATOR):
            with pytest.raises(Denied):
                act(seat(place.staff(f"{role}-{act.__name__}", "だれか", role=role)), alert.id)
    with pytest.raises(Denied):
        room.alerts.board(room.office.tanaka)
    with pytest.raises(NotFound):
        room.alerts.take(room.mori, AlertId(new_id(room.office.clock())))
    with pytest.raises(NotFound):
        room.alerts.take(room.mori, "' OR 1=1 --")


def test_nobody_cries_in_a_colleagues_call_nor_after_his_own(room: Room) -> None:
    phone = room.office.phone("09012345678").ring().answer()
    with pytest.raises(NotFound, match="pop"):
        room.alerts.cry(room.office.suzuki, phone.call_id)
    with pytest.raises(InputError, match="alert_reason"):
        room.alerts.cry(room.office.tanaka, phone.call_id, AlertReason.OTHER)
    phone.end()
    with pytest.raises(Conflict, match="call_over"):
        room.alerts.cry(room.office.tanaka, phone.call_id)


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("harassment", AlertReason.HARASSMENT),
        ("カスハラ", AlertReason.HARASSMENT),
        ("ｸﾚｰﾑ 090-1234-5678", AlertReason.COMPLAINT),
        ("緊急！", AlertReason.EMERGENCY),
        ("Help me", AlertReason.HELP),
        ("山田様が…", AlertReason.OTHER),
        (None, AlertReason.OTHER),
    ],
)
def test_the_phone_system_cries_too_and_what_it_says_is_not_kept(
    room: Room, said: str | None, read: AlertReason
) -> None:
    phone = room.office.phone("09012345678").ring().answer()
    phone._say("alert.raised", agent={"extension": "101"}, reason=said)
    phone._count -= 1
    phone._say("alert.raised", agent={"extension": "101"}, reason=said)
    (line,) = room.alerts.board(room.mori).alerts
    assert (line.alert.reason, line.alert.operator, read_reason(said)) == (read, "田中 美咲", read)
    assert {row.reason for row in rows(room.office.house.store, table)} == {read.value}


def test_what_the_phone_system_cries_has_a_line_of_its_own_in_the_audit(room: Room) -> None:
    phone = room.office.phone("09012345678").ring().answer()
    for said in ("help", "help", "emergency"):
        phone._say("alert.raised", agent={"extension": "101"}, reason=said)
    room.alerts.cry(room.office.tanaka, phone.call_id, AlertReason.COMPLAINT)  # and then he presses the button
    raised = [("help", "phone_system"), ("emergency", "reason"), ("complaint", "reason")]
    assert room.acts() == [("alert.raised", *each) for each in raised]
    (alert,) = rows(room.office.house.store, table)
    with room.office.house.store.read() as connection:
        found = connection.execute(select(audit_lines).where(audit_lines.c.act == "alert.raised")).all()
    who = [(line.user_id, line.call_id, json.loads(line.body)["subject"]) for line in found]
    assert who == [(None, phone.call_id, alert.id)] * 2 + [(room.office.tanaka.user_id, phone.call_id, alert.id)]


def test_too_many_alerts_push_off_those_that_others_took_then_the_oldest(room: Room) -> None:
    boss = seat(room.office.place.staff("boss", "上司", role=Role.SUPERVISOR))
    raised = []
    for number in range(53):
        room.office.clock.move(seconds=1)
        other = room.office.phone(f"0901111{number:04}").ring().answer()
        other._say("alert.raised", agent={"extension": "101"}, reason="help")
        raised.append(other.call_id)
    board = room.alerts.board(room.mori)
    assert [line.alert.call_id for line in board.alerts] == raised[3:]
    assert board.more == 3
    by_call = {row.call_id: AlertId(row.id) for row in rows(room.office.house.store, table)}
    room.alerts.take(room.mori, by_call[raised[0]])
    for taken in (50, 51):
        room.alerts.take(boss, by_call[raised[taken]])
    shown = [line.alert.call_id for line in room.alerts.board(room.mori).alerts]
    assert shown == [*raised[2:50], raised[52], raised[0]]  # her own stays; one that waits the longest goes


def test_an_agent_who_is_nobody_here_is_every_supervisors(room: Room) -> None:
    phone = room.office.phone("09012345678", "999").ring().answer()
    phone._say("alert.raised", agent={"extension": "999"}, reason="help")
    (line,) = room.alerts.board(room.mori).alerts
    assert (line.alert.agent, line.alert.user_id, line.alert.team) == ("999", None, "")


def test_what_comes_long_after_the_call_disturbs_nobody(room: Room) -> None:
    phone = room.office.phone("09012345678").ring().answer().end()
    room.office.clock.move(minutes=11)
    phone._say("alert.raised", agent={"extension": "101"}, reason="help")
    assert room.alerts.board(room.mori).alerts == ()
    assert room.office.house.calls.call(phone.call_id).call.alert is not None


def test_what_others_cry_pushes_nobodys_alert_off_the_board(room: Room) -> None:
    place = room.office.place
    boss = seat(place.staff("ito", "伊藤 学", role=Role.SUPERVISOR, team="sales"))
    seller = seat(place.staff("kato", "加藤 光", "201", team="sales"))
    for number in range(51):
        other = room.office.phone(f"0901111{number:04}").ring().answer()
        other._say("alert.raised", agent={"extension": "101"}, reason="help")
    room.office.clock.move(seconds=1)
    phone = room.office.phone("09033334444", "201").ring().answer()
    alert = room.alerts.cry(seller, phone.call_id, AlertReason.EMERGENCY)
    assert [line.alert.id for line in room.alerts.board(boss).alerts] == [alert.id]


def test_a_phone_system_that_cries_again_and_again_says_better_why(room: Room) -> None:
    phone = room.office.phone("09012345678").ring().answer()
    for said in ("help", "help", "emergency", None):
        phone._say("alert.raised", agent={"extension": "101"}, reason=said)
    (kept,) = rows(room.office.house.store, table)
    assert kept.reason == AlertReason.EMERGENCY


def test_to_cry_and_take_it_back_again_and_again_is_bounded(room: Room) -> None:
    phone = room.office.phone("09012345678").ring().answer()
    for _ in range(20):
        room.office.clock.move(seconds=1)
        room.alerts.cry(room.office.tanaka, phone.call_id)
        room.alerts.withdraw(room.office.tanaka, phone.call_id)
    with pytest.raises(LimitReached, match="alerts"):
        room.alerts.cry(room.office.tanaka, phone.call_id)
    assert len(rows(room.office.house.store, table)) == 20
    room.office.clock.move(minutes=6)
    assert room.alerts.cry(room.office.tanaka, phone.call_id).closed_at is None


def test_supervisors_of_the_team_are_told_and_the_operator_of_what_they_do(room: Room) -> None:
    phone = room.office.phone("09012345678").ring().answer()
    ear = room.office.house.bus.listen(room.mori.user_id)
    alert = room.alerts.cry(room.office.tanaka, phone.call_id)
    assert ear.wait(5.0) == {phone.call_id}
    ear.close()
    room.alerts.take(room.mori, alert.id)
    assert {*room.bus.told[-1]} == {room.mori.user_id, room.office.tanaka.user_id}


def test_it_stays_with_the_call_when_two_turn_out_to_be_one(room: Room) -> None:
    older = room.office.phone("09012345678").ring()
    younger = room.office.phone("09012345678", "102").ring().answer()
    room.alerts.cry(room.office.suzuki, younger.call_id)
    calls = (older.call_id, younger.call_id)
    with room.office.house.store.write() as connection:
        call_joins.join(connection, *calls, room.office.clock())
    (line,) = room.alerts.board(room.mori).alerts
    assert line.alert.call_id == calls[0]


def test_the_board_shows_who_talks_in_the_team_and_names_no_caller(room: Room) -> None:
    room.office.phone("09012345678").ring().answer()
    room.office.clock.move(seconds=30)
    room.office.phone("0312345678", "102").ring().answer().hold()
    room.office.phone("0677778888", "101").ring()
    board = room.alerts.board(room.mori)
    assert [(talk.operator, talk.is_held) for talk in board.talks] == [("田中 美咲", False), ("鈴木 一郎", True)]
    assert board.talks[0].can == frozenset()  # she has no phone of her own


def test_controls_are_offered_where_the_phone_system_can_and_the_supervisor_has_a_phone(room: Room) -> None:
    boss = seat(room.office.place.staff("boss", "上司", "109", role=Role.SUPERVISOR))
    phone = room.office.phone("09012345678").ring().answer()
    room.alerts.cry(room.office.tanaka, phone.call_id)
    joins = {ControlAct.LISTEN, ControlAct.WHISPER, ControlAct.TAKE_OVER}
    (line,) = room.alerts.board(boss).alerts
    assert line.can == joins
    room.control.can = frozenset({ControlAct.DIAL, ControlAct.LISTEN, ControlAct.PAUSE})
    assert room.alerts.board(boss).alerts[0].can == {ControlAct.LISTEN}
    phone.end()
    assert room.alerts.board(boss).alerts[0].can == frozenset()
