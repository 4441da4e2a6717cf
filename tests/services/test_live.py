"""Calls under way: who may take part, on what ground, and that nothing is ordered before it is written down."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from plugin.core.control import CallOrder, ControlAct
from plugin.core.errors import Conflict, Denied, InputError, NotFound, OutsideError
from plugin.core.live import Ordered, OrderState
from plugin.core.staff import Role, Staff
from plugin.services.alerts import Alerts
from plugin.services.live import Live
from plugin.store.tables.audit import audit_lines
from tests.kit.clock import HandClock
from tests.kit.control import Obedient
from tests.kit.desk import Office, seat
from tests.kit.site import SOURCE, Phone, Place

LISTEN, WHISPER, TAKE_OVER = ControlAct.LISTEN, ControlAct.WHISPER, ControlAct.TAKE_OVER


class Sessions:
    """Sessions of which all are as freshly proved as `proved` says."""

    def __init__(self) -> None:
        self.proved = True

    def still(self, staff: Staff) -> Staff:
        return staff

    def is_proved(self, staff: Staff) -> bool:
        return self.proved


class Room:
    """An office with a supervisor who has a phone, and a call in which tanaka talks."""

    def __init__(self, office: Office) -> None:
        self.office, house = office, office.house
        self.sessions, self.control = Sessions(), Obedient()
        self.live = Live(house.store, house.clock, self.sessions, {SOURCE: self.control}, house.reach.outward)
        self.alerts = Alerts(house.store, house.clock, house.calls, house.desk, self.live, house.bus)
        self.boss = seat(office.place.staff("boss", "上司", "109", role=Role.SUPERVISOR))
        self.phone: Phone = office.phone("09012345678").ring().answer()
        self.call = self.phone.call_id

    def lines(self) -> list[tuple[str, ...]]:
        with self.office.house.store.read() as connection:
            lines = connection.execute(select(audit_lines.c.body).order_by(audit_lines.c.seq)).scalars().all()
        said: list[Any] = [json.loads(line) for line in lines]
        fields = ("act", "user_id", "subject", "purpose", "outcome")
        return [tuple(line[name] for name in fields) for line in said if line["act"].startswith("live.")]


@pytest.fixture
def room(tmp_path: Path, clock: HandClock) -> Iterator[Room]:
    with Place(tmp_path, clock) as place:
        yield Room(Office(place, clock))


@pytest.mark.parametrize("act", [LISTEN, WHISPER, TAKE_OVER])
def test_an_alert_opens_the_call_at_once_and_both_lines_are_written(room: Room, act: ControlAct) -> None:
    room.sessions.proved = False
    room.alerts.cry(room.office.tanaka, room.call)
    assert room.live.join(room.boss, room.call, act) == Ordered(act, OrderState.DONE)
    (order,) = room.control.ordered
    native = room.office.house.calls.call(room.call).call.source_call_ids
    assert order == CallOrder(act, native, "101", "109")
    who = (room.boss.user_id, room.office.tanaka.user_id, "alert")
    assert room.lines() == [("live.ordered", *who, act.value), ("live.settled", *who, f"done:{act.value}")]


def test_without_an_alert_there_is_a_purpose_and_a_fresh_password(room: Room) -> None:
    with pytest.raises(InputError, match="purpose"):
        room.live.join(room.boss, room.call, LISTEN)
    with pytest.raises(InputError, match="purpose"):
        room.live.join(room.boss, room.call, LISTEN, "caller_request")
    room.sessions.proved = False
    with pytest.raises(Denied, match="step_up"):
        room.live.join(room.boss, room.call, LISTEN, "quality")
    assert (room.control.ordered, room.lines()) == ([], [])
    room.sessions.proved = True
    assert room.live.join(room.boss, room.call, LISTEN, "quality").state is OrderState.DONE
    assert room.lines()[0][3] == "quality"


def test_a_closed_alert_opens_nothing(room: Room) -> None:
    alert = room.alerts.cry(room.office.tanaka, room.call)
    room.alerts.close(room.boss, alert.id)
    with pytest.raises(InputError, match="purpose"):
        room.live.join(room.boss, room.call, LISTEN)


def test_it_is_the_own_teams_talk_or_none(room: Room) -> None:
    place = room.office.place
    stranger = seat(place.staff("ito", "伊藤 学", "201", role=Role.SUPERVISOR, team="sales"))
    with pytest.raises(NotFound, match="call"):
        room.live.join(stranger, room.call, LISTEN, "quality")
    for extension, role in enumerate(set(Role) - {Role.SUPERVISOR}, start=301):
        other = seat(place.staff(f"some-{role}", "だれか", str(extension), role=role))
        with pytest.raises(Denied, match="role"):
            room.live.join(other, room.call, LISTEN, "quality")
    ringing = room.office.phone("0312345678", "102").ring()
    with pytest.raises(NotFound, match="call"):
        room.live.join(room.boss, ringing.call_id, LISTEN, "quality")
    room.phone.end()
    with pytest.raises(NotFound, match="call"):
        room.live.join(room.boss, room.call, LISTEN, "quality")
    assert room.control.ordered == []


def test_a_supervisor_does_not_watch_his_own_talk(room: Room) -> None:
    own = room.office.phone("0312345678", "109").ring().answer()
    with pytest.raises(NotFound, match="call"):
        room.live.join(room.boss, own.call_id, LISTEN, "quality")


def test_what_the_phone_system_cannot_do_is_not_asked(room: Room) -> None:
    room.control.can = frozenset({ControlAct.DIAL})
    with pytest.raises(Conflict, match="cannot_control"):
        room.live.join(room.boss, room.call, LISTEN, "quality")
    with pytest.raises(Conflict, match="no_extension"):
        room.live.join(room.office.mori, room.call, LISTEN, "quality")
    assert room.lines() == []


@pytest.mark.parametrize(
    ("error", "state", "why"),
    [
        (OutsideError("refused", permanent=True), OrderState.REFUSED, "refused"),
        (OutsideError("unreachable", perhaps=True), OrderState.DOUBTFUL, "unreachable"),
        (NotFound("call"), OrderState.REFUSED, "call"),
        (ZeroDivisionError(), OrderState.DOUBTFUL, "defect"),
    ],
)
def test_what_became_of_it_is_told_and_written(room: Room, error: Exception, state: OrderState, why: str) -> None:
    room.control.fails = error
    assert room.live.join(room.boss, room.call, LISTEN, "quality") == Ordered(LISTEN, state, why)
    assert [line[-1] for line in room.lines()] == ["listen", f"{state}:{why}"]


def test_a_call_is_taken_over_once_however_many_order_it(room: Room) -> None:
    room.alerts.cry(room.office.tanaka, room.call)
    other = seat(room.office.place.staff("vice", "次長", "110", role=Role.SUPERVISOR))
    said: list[str] = []
    start = threading.Barrier(4)

    def order(who: Staff) -> None:
        start.wait()
        try:
            said.append(room.live.join(who, room.call, TAKE_OVER).state)
        except Conflict as error:
            said.append(error.reason)
        finally:
            room.office.house.store.close()

    clicks = [threading.Thread(target=order, args=(who,)) for who in (room.boss, other) * 2]
    for click in clicks:
        click.start()
    for click in clicks:
        click.join()
    assert sorted(said) == ["done", *["taken_over"] * 3]
    assert len(room.control.ordered) == 1
    assert [line[0] for line in room.lines()] == ["live.ordered", "live.settled"]
    assert room.live.join(other, room.call, LISTEN).state is OrderState.DONE  # he may still hear it
    room.office.clock.move(seconds=61)
    assert room.live.join(other, room.call, TAKE_OVER).state is OrderState.DONE  # it talks on: handed back


@pytest.mark.parametrize(
    ("error", "again"), [(OutsideError("refused"), True), (OutsideError("silent", perhaps=True), False)]
)
def test_what_was_refused_may_be_ordered_again_at_once(room: Room, error: OutsideError, again: bool) -> None:
    room.control.fails = error
    room.live.join(room.boss, room.call, TAKE_OVER, "quality")
    room.control.fails = None
    if again:
        assert room.live.join(room.boss, room.call, TAKE_OVER, "quality").state is OrderState.DONE
    else:
        with pytest.raises(Conflict, match="taken_over"):
            room.live.join(room.boss, room.call, TAKE_OVER, "quality")


def test_an_order_that_cannot_be_written_down_is_not_given(room: Room) -> None:
    with room.office.house.store.write() as connection:
        connection.execute(text("ALTER TABLE audit_lines RENAME TO gone"))
    with pytest.raises(Exception, match="audit_lines"):
        room.live.join(room.boss, room.call, LISTEN, "quality")
    assert room.control.ordered == []
    room.office.house.reach.outward.through(lambda: (None, None))  # no place was lost


def test_who_talks_steers_what_is_recorded_of_his_call_and_nobody_else(room: Room) -> None:
    assert room.live.can_steer(SOURCE) == {ControlAct.PAUSE, ControlAct.RESUME, ControlAct.RECORD}
    assert room.live.steer(room.office.tanaka, room.call, ControlAct.PAUSE).state is OrderState.DONE
    (order,) = room.control.ordered
    assert (order.act, order.agent, order.extension) == (ControlAct.PAUSE, "101", None)
    for other in (room.office.suzuki, room.boss):
        with pytest.raises(NotFound):
            room.live.steer(other, room.call, ControlAct.PAUSE)
    room.phone.end()
    with pytest.raises(NotFound):
        room.live.steer(room.office.tanaka, room.call, ControlAct.RESUME)
