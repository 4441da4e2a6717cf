"""A caller who declines is heard by nobody, now and in later calls; one who heard no notice waits for a manager."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from plugin.core.access import Purpose
from plugin.core.consent import ConsentView, Heard, Notice, Wish
from plugin.core.control import ControlAct
from plugin.core.errors import Conflict, Denied, InputError, NotFound, OutsideError
from plugin.core.ids import CallId, RecordingId
from plugin.core.live import OrderState
from plugin.core.recordings import RecordingState
from plugin.core.staff import Role
from plugin.services.consents import Consents
from plugin.services.grants import Grants
from plugin.services.live import Live
from plugin.site_rules import listening_rules
from plugin.store import consents, recordings
from plugin.store.engine import Store
from plugin.store.tables.audit import audit_lines
from plugin.store.tables.consents import notices
from tests.kit.clock import HandClock
from tests.kit.control import Obedient
from tests.kit.desk import Office, seat
from tests.kit.listening import HandSessions, bring_in
from tests.kit.people import Town
from tests.kit.site import SOURCE, Phone, Place
from tests.kit.sounds import tone

EVENTS = {SOURCE: {"kind": "webhook", "notice": "events"}}


class Room:
    """An office whose phone system can pause, and a call in which tanaka talks."""

    def __init__(self, office: Office) -> None:
        self.office, self.house = office, office.house
        self.control = Obedient()
        store, clock, sessions = self.house.store, self.house.clock, HandSessions()
        live = Live(store, clock, sessions, {SOURCE: self.control}, self.house.reach.outward)
        self.consents = Consents(store, clock, live, self.house.bus, self.house.phones.notices)
        self.grants = Grants(store, clock, sessions, listening_rules(self.house.settings), self.house.keeping.begun)
        self.tanaka, self.mori = office.tanaka, office.mori
        self.phone = self.take()
        self.call = self.phone.call_id

    def take(self) -> Phone:
        """Let hanako ring, and tanaka take the call."""
        phone = self.office.phone("09012345678").ring().answer()
        self.house.desk.choose(self.tanaka, phone.call_id, self.office.hanako)
        return phone

    def view(self, phone: Phone) -> ConsentView:
        pop = self.house.desk.pop(self.tanaka, phone.call_id)
        assert pop is not None
        assert pop.consent is not None
        return pop.consent

    def recorded(self, phone: Phone) -> RecordingId:
        """Hang up, and bring the call's recording in."""
        phone.record().end()
        return bring_in(self.house, phone.call_id, tone(1))

    def state(self, call_id: CallId) -> list[str]:
        with self.house.store.read() as connection:
            return [each.state.value for each in recordings.of_calls(connection, [call_id]).get(call_id, ())]

    def why(self, recording_id: RecordingId, purpose: Purpose = Purpose.COMPLAINT) -> str:
        """Return why mori may not listen for the purpose, "" where she may."""
        try:
            self.grants.ask(self.mori, recording_id, purpose, "C-1")
        except (Denied, Conflict, NotFound) as error:
            return error.reason
        return ""

    def acts(self, *wanted: str) -> list[str]:
        with self.house.store.read() as connection:
            acts = connection.execute(select(audit_lines.c.act).order_by(audit_lines.c.seq)).scalars().all()
        return [act for act in acts if act in wanted]


@pytest.fixture
def room(tmp_path: Path, clock: HandClock) -> Iterator[Room]:
    with Place(tmp_path, clock, sources=EVENTS) as place:
        yield Room(Office(place, clock))


def test_who_declines_is_paused_once_it_is_written_down_and_heard_by_nobody(room: Room) -> None:
    ordered = room.consents.decline(room.tanaka, room.call)
    assert ordered is not None
    assert (ordered.state, [each.act for each in room.control.ordered]) == (OrderState.DONE, [ControlAct.PAUSE])
    assert room.acts("recording.declined", "live.ordered") == ["recording.declined", "live.ordered"]
    assert room.view(room.phone).is_declined
    room.phone.record().end()
    room.house.recordings.collect()
    room.office.clock.move(minutes=1)
    assert room.house.recordings.collect() == 0, "nothing is looked for any more"
    assert room.state(room.call) == [RecordingState.DECLINED]


def test_what_is_here_already_closes_in_the_middle_and_opens_again_when_the_caller_agrees(room: Room) -> None:
    recording = room.recorded(room.phone)
    token = room.grants.ask(room.mori, recording, Purpose.COMPLAINT, "C-1").token
    assert room.consents.decline(room.tanaka, room.call) is None, "the call is over: nothing is there to pause"
    assert room.state(room.call) == [RecordingState.DECLINED]
    assert not room.grants.still_holds(room.mori, room.grants.own(room.mori, recording, token).grant, None)
    assert {room.why(recording, purpose) for purpose in (Purpose.COMPLAINT, Purpose.LEGAL)} == {"not_playable"}
    room.consents.agree(room.tanaka, room.call)
    assert room.state(room.call) == [RecordingState.READY]
    assert room.why(recording) == ""
    assert room.acts("recording.declined") == ["recording.declined"] * 4, "each time the call, and its recording"


def test_the_person_is_remembered_and_his_next_call_is_heard_by_nobody_either(room: Room) -> None:
    room.consents.decline(room.tanaka, room.call)
    room.phone.end()
    room.office.clock.move(hours=1)
    again = room.take()
    view = room.view(again)
    assert view.decliners == {room.office.hanako}
    assert (view.is_declined, view.own) == (True, None)
    recording = room.recorded(again)
    assert room.why(recording) == "declined"
    room.office.clock.move(hours=1)
    third = room.take()
    room.consents.agree(room.tanaka, third.call_id)
    assert not room.view(third).is_declined
    later = room.recorded(third)
    assert (room.why(later), room.why(recording)) == ("", "declined"), "what he allows now opens nothing of before"
    assert room.view(room.take()).decliners == frozenset()


def test_a_number_alone_makes_nobody_a_decliner(room: Room) -> None:
    room.consents.decline(room.tanaka, room.call)
    room.phone.end()
    shared = room.office.phone("0312345678").ring().answer()  # hanako's home, and taro's
    assert room.view(shared).decliners == {room.office.hanako}
    assert not room.view(shared).is_declined
    room.house.desk.choose(room.tanaka, shared.call_id, room.office.taro)
    assert not room.view(shared).is_declined


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (OutsideError("refused", permanent=True), OrderState.REFUSED),
        (OutsideError("timeout", perhaps=True), OrderState.DOUBTFUL),
    ],
)
def test_what_the_phone_system_answers_changes_nothing_of_it(room: Room, error: Exception, state: OrderState) -> None:
    room.control.fails = error
    ordered = room.consents.decline(room.tanaka, room.call)
    assert ordered is not None
    assert ordered.state is state
    assert room.view(room.phone).is_declined


def test_a_phone_system_that_cannot_is_not_asked(room: Room) -> None:
    room.control.can = frozenset({ControlAct.DIAL})
    assert room.consents.decline(room.tanaka, room.call) is None
    assert room.control.ordered == []
    assert (room.view(room.phone).is_declined, room.view(room.phone).can_pause) == (True, False)


def test_only_whose_call_it_is_notes_anything(room: Room) -> None:
    place = room.office.place
    others = [seat(place.staff(f"some-{role}", "だれか", role=role, team="sales")) for role in Role]
    for other in [room.office.suzuki, *others]:
        for act in (room.consents.decline, room.consents.agree, room.consents.told):
            with pytest.raises((NotFound, Denied)):
                act(other, room.call)
        with pytest.raises((NotFound, Denied)):
            room.consents.accept(other, room.call, "確認済み")
    assert room.view(room.phone).own is None
    assert room.acts("recording.declined", "notice.told", "notice.accepted") == []


def test_without_a_notice_neither_quality_nor_training_until_a_manager_accepts(room: Room) -> None:
    recording = room.recorded(room.phone)
    assert room.view(room.phone).notice is Notice.NOT_PLAYED
    closed = {purpose: room.why(recording, purpose) for purpose in Purpose if purpose.value != "recording_check"}
    assert {purpose for purpose, why in closed.items() if why == "notice"} == {Purpose.QUALITY, Purpose.TRAINING}
    assert closed[Purpose.COMPLAINT] == ""
    (waiting,) = room.consents.untold(room.mori).calls
    assert (waiting.call_id, waiting.operator, waiting.recordings) == (room.call, room.tanaka.name, 1)
    with pytest.raises(InputError, match="reason"):
        room.consents.accept(room.mori, room.call, "  ")
    room.consents.accept(room.mori, room.call, "折り返しの冒頭で案内した")
    assert room.why(recording, Purpose.QUALITY) == ""
    assert room.consents.untold(room.mori).calls == ()
    with pytest.raises(Conflict, match="not_untold"):
        room.consents.accept(room.mori, room.call, "もう一度")
    assert room.acts("notice.accepted") == ["notice.accepted"]


def test_who_talked_in_it_does_not_accept_it_himself(room: Room) -> None:
    boss = seat(room.office.place.staff("boss", "上司", "109", role=Role.SUPERVISOR))
    own = room.office.phone("0312345678", "109").ring().answer().record().end()
    with pytest.raises(Denied, match="own_call"):
        room.consents.accept(boss, own.call_id, "自分で")
    room.consents.accept(room.mori, own.call_id, "確認済み")


def test_an_operator_who_told_the_caller_and_a_notice_that_is_heard_of_late_open_it(room: Room) -> None:
    told, late = room.phone, room.office.phone("0312345678").ring().answer()
    room.consents.told(room.tanaka, told.call_id)
    room.consents.told(room.tanaka, told.call_id)
    assert room.view(told).notice is Notice.TOLD
    first, second = room.recorded(told), room.recorded(late)
    assert (room.why(first, Purpose.QUALITY), room.why(second, Purpose.QUALITY)) == ("", "notice")
    late.play_notice()
    assert room.why(second, Purpose.QUALITY) == ""
    assert room.consents.untold(room.mori).calls == ()
    assert room.acts("notice.told") == ["notice.told"]


def test_whoever_declines_while_his_recording_is_brought_in_wins(room: Room) -> None:
    room.phone.record().end()
    with room.house.store.write() as connection:
        (due,) = recordings.due(connection, room.office.clock(), 50)
        assert recordings.claim(connection, due, room.office.clock())
    room.consents.decline(room.tanaka, room.call)
    with room.house.store.write() as connection:
        lease = room.office.clock()
        assert not recordings.end_without(connection, due.id, lease, RecordingState.MISSING, "no_file")
    assert room.state(room.call) == [RecordingState.DECLINED]


def test_two_calls_that_were_one_keep_the_stricter_word(store: Store, clock: HandClock) -> None:
    town = Town(store, clock())
    alice = town.staff("alice")
    older, younger = town.call(), town.call()
    with store.write() as connection:
        consents.set_wish(connection, older, Wish(False, clock()), alice.user_id)
        consents.set_wish(connection, younger, Wish(True, clock()), alice.user_id)
        consents.note(connection, older, Heard(Notice.NOT_PLAYED))
        assert consents.accept(connection, older, alice.user_id, "ok", clock())
        consents.note(connection, younger, Heard(Notice.NOT_PLAYED))
        consents.join(connection, older, younger)
        assert consents.stands(connection, older) == (True, True)
        assert connection.execute(select(notices.c.call_id)).scalars().all() == [older]


def test_a_call_that_nothing_is_known_of_joins_without_changing_anything(store: Store, clock: HandClock) -> None:
    town = Town(store, clock())
    alice = town.staff("alice")
    older, younger = town.call(), town.call()
    with store.write() as connection:
        consents.note(connection, younger, Heard(Notice.NOT_PLAYED))
        assert consents.accept(connection, younger, alice.user_id, "ok", clock())
        consents.join(connection, older, younger)
        assert consents.stands(connection, older) == (False, False)
        assert not consents.accept(connection, older, alice.user_id, "again", clock())
