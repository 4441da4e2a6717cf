"""The register: written by one, put in force by one or by two, counted before, and never changed behind."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from plugin.core.access import Purpose
from plugin.core.approvals import canonical, fields_of, hash_of
from plugin.core.errors import Conflict, Denied, InputError, NotFound
from plugin.core.ids import RecordingId
from plugin.core.purposes import Change, Meaning, RuleForm
from plugin.core.staff import Role
from plugin.core.times import to_us
from plugin.services.purposes import Purposes
from plugin.services.recording_rules import Reminders
from plugin.store import purposes as rows
from plugin.store.tables.approvals import approvals
from plugin.store.tables.audit import audit_lines
from plugin.store.tables.keeping import purposes
from plugin.store.tables.recordings import recordings
from tests.kit.clock import HandClock
from tests.kit.desk import Office, seat
from tests.kit.listening import bring_in
from tests.kit.site import Place
from tests.kit.sounds import tone

LONGER = RuleForm(
    "every_call", "応対品質の向上", "improving our service", "200", "", frozenset({"supervisor"}), "2027-06-30", "1096"
)
SHORTER = replace(LONGER, audio_days="30")


class Room:
    """A privacy officer, an administrator, and a site that has decided nothing yet."""

    def __init__(self, office: Office) -> None:
        self.office, self.house = office, office.house
        self.officer = seat(office.place.staff("officer", "個人 情報", role=Role.PRIVACY))
        self.admin = seat(office.place.staff("admin", "管理 者", role=Role.ADMIN))
        self.purposes: Purposes = self.house.keeping.purposes

    def record(self, days_ago: int) -> RecordingId:
        """Let there be a recording that began so many days ago."""
        phone = self.office.phone("09012345678").ring().answer().end()
        recording = bring_in(self.house, phone.call_id, tone(1))
        began = {"started_at": to_us(self.house.clock() - timedelta(days=days_ago))}
        with self.house.store.write() as connection:
            connection.execute(update(recordings).where(recordings.c.id == recording).values(began))
        return recording

    def put(self, purpose: Purpose, form: RuleForm, reason: str = "") -> bool:
        """Let the officer write the draft and put it in force; return whether a second person was asked."""
        self.purposes.write(self.officer, purpose, form)
        draft = self.purposes.one(self.officer, purpose).draft
        assert draft is not None
        return self.purposes.put(self.officer, purpose, draft.rule.version, reason)

    def approve(self) -> None:
        (filed,) = self.house.approvals.board(self.admin).waiting
        self.house.approvals.approve(filed.approval.id, filed.approval.content_hash, "確認した", self.admin)

    def days(self, purpose: Purpose) -> int:
        return self.purposes.one(self.officer, purpose).rule.audio_days

    def acts(self, *wanted: str) -> list[str]:
        with self.house.store.read() as connection:
            acts = connection.execute(select(audit_lines.c.act).order_by(audit_lines.c.seq)).scalars().all()
        return [act for act in acts if act in wanted]


@pytest.fixture
def room(tmp_path: Path, clock: HandClock) -> Iterator[Room]:
    with Place(tmp_path, clock) as place:
        yield Room(Office(place, clock))


def test_what_nobody_loses_by_comes_into_force_by_one_person(room: Room) -> None:
    assert not room.put(Purpose.QUALITY, LONGER)
    view = room.purposes.one(room.officer, Purpose.QUALITY)
    assert (view.rule.version, view.rule.audio_days, view.draft) == (1, 200, None)
    assert [each.version for each in view.history] == [1]
    assert view.history[0].written_by_name == room.officer.name
    assert room.acts("purpose.written", "purpose.in_force") == ["purpose.written", "purpose.in_force"]
    assert not room.put(Purpose.QUALITY, replace(LONGER, audio_days="201"))
    assert [each.audio_days for each in room.purposes.one(room.officer, Purpose.QUALITY).history] == [201, 200]


def test_what_is_erased_earlier_takes_a_second_person_who_sees_how_much(room: Room) -> None:
    for days_ago in (1, 20, 40, 250):
        room.record(days_ago)
    for purpose, role in ((Purpose.CALLER_REQUEST, "service"), (Purpose.COMPLAINT, "supervisor")):
        assert room.put(purpose, replace(SHORTER, roles=frozenset({role})), "方針の変更")
        room.approve()
    assert room.put(Purpose.RECORDING_CHECK, SHORTER, "方針の変更"), "the last that keeps them for a year"
    (filed,) = room.house.approvals.board(room.admin).waiting
    told = dict(fields_of(filed.approval.content))
    assert (told["sooner"], told["at_once"], told["closed"]) == ("4", "1", "2"), "the others stay 183 days for quality"


def test_a_cut_counts_what_goes_earlier_at_once_and_out_of_hearing(room: Room) -> None:
    for days_ago in (1, 20, 40, 100, 400):
        room.record(days_ago)
    room.purposes.write(room.officer, Purpose.QUALITY, SHORTER)
    draft = room.purposes.one(room.officer, Purpose.QUALITY).draft
    assert draft is not None
    assert draft.changes == (Change.AUDIO_SHORTER, Change.REVIEW)
    assert draft.needs_second
    assert draft.meaning == Meaning(sooner=0, at_once=0, closed=2), "others keep them, but quality ends"
    assert room.purposes.put(room.officer, Purpose.QUALITY, draft.rule.version, "短くする")
    assert room.days(Purpose.QUALITY) == 183, "not before somebody else has said yes"
    with pytest.raises(Conflict, match="waiting"):
        room.purposes.write(room.officer, Purpose.QUALITY, LONGER)
    assert room.house.approvals.board(room.officer).waiting == ()
    room.approve()
    assert room.days(Purpose.QUALITY) == 30
    assert room.purposes.one(room.officer, Purpose.QUALITY).history[0].approval_id is not None


def test_what_is_approved_is_what_was_asked(room: Room) -> None:
    assert room.put(Purpose.QUALITY, SHORTER, "短くする")
    with room.house.store.write() as connection:
        connection.execute(update(purposes).values(audio_days=1))
    with pytest.raises(Conflict, match="approval_changed"):
        room.approve()
    room.purposes.drop(room.officer, Purpose.QUALITY)
    with pytest.raises(NotFound, match="draft"):
        room.approve()
    assert room.days(Purpose.QUALITY) == 183


def test_only_the_office_keeps_the_register(room: Room) -> None:
    for role in set(Role) - {Role.PRIVACY, Role.ADMIN}:
        other = seat(room.office.place.staff(f"some-{role}", "だれか", role=role))
        for look in (room.purposes.register, lambda staff: room.purposes.one(staff, Purpose.QUALITY)):
            with pytest.raises(Denied, match="role"):
                look(other)
        with pytest.raises(Denied, match="role"):
            room.purposes.write(other, Purpose.QUALITY, LONGER)
        with pytest.raises(Denied, match="role"):
            room.purposes.put(other, Purpose.QUALITY, 1, "")
        with pytest.raises(Denied, match="role"):
            room.house.keeping.rules.readers(other)


def test_what_an_older_version_asked_for_is_asked_for_anew(room: Room) -> None:
    assert room.put(Purpose.QUALITY, SHORTER, "半年で足りる")
    (filed,) = room.house.approvals.board(room.admin).waiting
    said = json.loads(filed.approval.content)
    old = canonical({name: value for name, value in said.items() if not name.startswith("case")})
    with room.house.store.write() as connection:
        connection.execute(update(approvals).values(content=old, content_hash=hash_of(old)))
    with pytest.raises(Conflict, match="approval_changed"):
        room.approve()
    assert room.days(Purpose.QUALITY) != 30


def test_nothing_is_written_that_says_nothing_or_too_much(room: Room) -> None:
    with pytest.raises(InputError, match="roles"):
        room.purposes.write(room.officer, Purpose.QUALITY, replace(LONGER, roles=frozenset({"operator"})))
    assert not room.put(Purpose.QUALITY, LONGER)
    with pytest.raises(Conflict, match="same"):
        room.purposes.write(room.officer, Purpose.QUALITY, LONGER)
    with pytest.raises(NotFound, match="draft"):
        room.purposes.put(room.officer, Purpose.QUALITY, 2, "")
    room.purposes.write(room.officer, Purpose.QUALITY, replace(LONGER, audio_days="300"))
    with pytest.raises(Conflict, match="changed"):
        room.purposes.put(room.officer, Purpose.QUALITY, 1, "")


def test_a_case_that_outlives_its_cut_is_counted_by_itself(room: Room) -> None:
    recording = room.record(10)
    with room.house.store.write() as connection:
        (call,) = connection.scalars(select(recordings.c.call_id).where(recordings.c.id == recording))
        assert rows.give(connection, call, Purpose.HARASSMENT, None, room.house.clock())
    form = replace(LONGER, applies="by_case", audio_days="400", notice_ja="安全のため", notice_en="safety")
    room.purposes.write(room.officer, Purpose.HARASSMENT, form)
    draft = room.purposes.one(room.officer, Purpose.HARASSMENT).draft
    assert draft is not None
    assert draft.meaning == Meaning(sooner=1)


def test_staff_are_reminded_of_rules_that_somebody_decided_until_they_confirm_them(room: Room) -> None:
    rules, tanaka = room.house.keeping.rules, room.office.tanaka
    assert rules.reminders(tanaka) == Reminders()
    assert not room.put(Purpose.QUALITY, LONGER)
    assert rules.reminders(tanaka) == Reminders(is_unread=True)
    mark = rules.view(tanaka).edition
    with pytest.raises(Conflict, match="edition"):
        rules.confirm(tanaka, "0" * 16)
    rules.confirm(tanaka, mark)
    rules.confirm(tanaka, mark)
    assert rules.reminders(tanaka) == Reminders()
    waiting = {each.user.login for each in rules.readers(room.officer) if each.known_at is None}
    assert waiting == {"suzuki", "mori", "officer", "admin"}
    assert not room.put(Purpose.QUALITY, replace(LONGER, audio_days="250"))
    assert rules.reminders(tanaka).is_unread
    assert room.acts("rules.known") == ["rules.known"]


def test_the_office_is_reminded_of_what_should_have_been_looked_at(room: Room) -> None:
    assert not room.put(Purpose.QUALITY, LONGER)
    rules = room.house.keeping.rules
    assert rules.reminders(room.officer).overdue == 0
    room.office.clock.move(days=365)
    assert (rules.reminders(room.officer).overdue, rules.reminders(room.admin).overdue) == (1, 1)
    assert rules.reminders(room.office.tanaka).overdue == 0
    assert room.purposes.register(room.officer).overdue == {Purpose.QUALITY}


def test_what_callers_are_told_names_each_purpose_of_every_call_once(room: Room) -> None:
    ja, en = room.purposes.register(room.officer).told
    assert "お問い合わせ内容の確認、応対品質の向上のため" in ja
    assert "安全なお取引" not in ja
    assert en.startswith("This call is recorded for checking what was asked and answered and improving our service.")
