"""Recorders' files find their calls, or wait for a person: real files, the real folder, the real importer behind it."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from plugin import log
from plugin.core.errors import Denied, NotFound
from plugin.core.ids import CallId
from plugin.core.recorder_files import FileState
from plugin.core.staff import Role, Staff
from plugin.services.recorders import Recorders
from plugin.store.tables.audit import audit_lines
from plugin.store.tables.calls import call_events, calls
from plugin.store.tables.recorders import recorder_files
from plugin.store.tables.recordings import recordings
from plugin.wiring import House
from tests.kit.clock import HandClock
from tests.kit.desk import seat
from tests.kit.rows import rows
from tests.kit.site import SOURCE, Phone, Place
from tests.kit.sounds import tone

TOKYO = ZoneInfo("Asia/Tokyo")
PATTERN = "{start:%Y%m%d-%H%M%S}_{number}_{extension}.wav"
NUMBER = "09012345678"


class Room:
    """A site with a recorder: `record(...)` leaves a file that was written at this moment."""

    def __init__(self, place: Place, folder: Path, clock: HandClock) -> None:
        self.place, self.folder, self.clock = place, folder, clock
        place.staff("tanaka", "田中 美咲", "101")
        place.staff("suzuki", "鈴木 一郎", "102")
        self.admin = seat(place.staff("kanri", "管理 者", role=Role.ADMIN))

    @property
    def house(self) -> House:
        return self.place.house

    @property
    def recorders(self) -> Recorders:
        return self.house.phones.recorders(self.house.store, self.house.calls)

    def record(self, number: str = NUMBER, extension: str = "101", *, off_s: float = 0) -> Path:
        start = (self.clock.at + timedelta(seconds=off_s)).astimezone(TOKYO)
        file = self.folder / f"{start:%Y%m%d-%H%M%S}_{number}_{extension}.wav"
        file.write_bytes(tone(0.2))
        self.touch(file)
        return file

    def touch(self, file: Path) -> None:
        os.utime(file, (self.clock.at.timestamp(),) * 2)

    def call(self, number: str | None = NUMBER, extension: str = "101", **more: str) -> CallId:
        phone = Phone(self.place, number, extension, **more)
        phone.ring().answer()
        self.clock.move(seconds=30)
        phone.end()
        return phone.call_id

    def states(self) -> list[str]:
        return sorted(row.state for row in rows(self.house.store, recorder_files))


@pytest.fixture
def room(tmp_path: Path, clock: HandClock) -> Iterator[Room]:
    folder = tmp_path / "recorder"
    folder.mkdir()
    recorder = {"kind": "recorder", "recordings_dir": str(folder), "options": {"pattern": PATTERN, "calls_of": SOURCE}}
    with Place(tmp_path, clock, sources={SOURCE: {"kind": "webhook"}, "rec": recorder}) as place:
        yield Room(place, folder, clock)


def test_a_file_becomes_the_recording_of_its_call(room: Room) -> None:
    room.record()
    call_id = room.call()
    assert room.recorders.match() == 1
    assert room.recorders.match() == 0
    (row,) = rows(room.house.store, recordings)
    assert (row.call_id, row.state) == (call_id, "pending")
    for _ in range(3):
        room.clock.move(seconds=5)
        room.house.recordings.collect()
    assert [row.state for row in rows(room.house.store, recordings)] == ["ready"]
    assert room.states() == [FileState.MATCHED]


def test_a_file_that_still_grows_is_left_alone(room: Room) -> None:
    file = room.record()
    room.call()
    room.touch(file)
    assert room.recorders.match() == 0
    assert rows(room.house.store, recorder_files) == []
    room.clock.move(seconds=11)
    assert room.recorders.match() == 1


def test_two_calls_that_fit_are_for_a_person_and_never_guessed(room: Room) -> None:
    room.call()
    room.record()
    second = room.call()
    room.clock.move(minutes=30)
    assert room.recorders.match() == 0
    assert rows(room.house.store, recordings) == []
    room.clock.move(minutes=31)
    room.recorders.match()
    (waiting,) = room.recorders.waiting(room.admin)
    assert len(waiting.calls) == 2
    room.recorders.give(room.admin, "rec", waiting.file.key, second)
    assert [row.call_id for row in rows(room.house.store, recordings)] == [second]
    assert room.recorders.waiting(room.admin) == ()
    with pytest.raises(NotFound):
        room.recorders.give(room.admin, "rec", waiting.file.key, second)
    assert [row.act for row in rows(room.house.store, audit_lines)].count("recording.given") == 1


def test_a_file_of_no_call_waits_an_hour_and_is_then_a_persons_to_put_away(room: Room) -> None:
    room.record(extension="109")
    room.clock.move(minutes=61)
    room.recorders.match()
    (waiting,) = room.recorders.waiting(room.admin)
    assert waiting.calls == ()
    with pytest.raises(NotFound):
        room.recorders.give(room.admin, "rec", waiting.file.key, CallId("01ARZ3NDEKTSV4RRFFQ69G5FAV"))
    room.recorders.dismiss(room.admin, "rec", waiting.file.key)
    assert room.states() == [FileState.DISMISSED]
    assert room.recorders.match() == 0


def test_a_call_that_is_told_late_still_finds_its_file(room: Room) -> None:
    room.record()
    room.clock.move(minutes=20)
    assert room.recorders.match() == 0
    room.clock.move(minutes=-20)
    room.call()
    room.clock.move(minutes=25)
    assert room.recorders.match() == 1


def test_a_withheld_callers_number_stands_nowhere_though_the_file_is_named_by_it(
    room: Room, capsys: pytest.CaptureFixture[str]
) -> None:
    log.set_up()
    room.record(number="08011112222")
    call_id = room.call(None, withheld="refused")
    assert room.recorders.match() == 1
    for _ in range(3):
        room.clock.move(seconds=5)
        room.house.recordings.collect()
    tables = (calls, call_events, recordings, recorder_files, audit_lines)
    kept = repr([rows(room.house.store, table) for table in tables])
    assert "8011112222" not in kept + "".join(capsys.readouterr())
    assert [(row.call_id, row.state) for row in rows(room.house.store, recordings)] == [(call_id, "ready")]


def test_a_folder_that_is_gone_and_names_of_others_are_no_matter(room: Room) -> None:
    (room.folder / "notes.txt").write_text("x")
    (room.folder / "deep").mkdir()
    (room.folder / "link").symlink_to("/etc/passwd")
    room.call()
    room.clock.move(hours=2)
    assert room.recorders.match() == 0
    assert rows(room.house.store, recorder_files) == []
    room.folder.rename(room.folder.with_name("away"))
    assert room.recorders.match() == 0


def test_a_file_that_says_it_was_written_in_another_age_keeps_no_other_from_its_call(room: Room) -> None:
    for name, written_s in (("20261101-000000_09012345678_101.wav", 2**40), ("20261101-000001_1_101.wav", 2**33)):
        (room.folder / name).write_bytes(b"")
        os.utime(room.folder / name, (written_s, written_s))
    room.record()
    room.call()
    assert room.recorders.match() == 1


def test_only_who_runs_the_site_says_whose_a_file_is(room: Room) -> None:
    operator = seat(room.place.staff("mori", "森 恵", "103"))
    acts = (
        lambda: room.recorders.waiting(operator),
        lambda: room.recorders.dismiss(operator, "rec", "k"),
        lambda: room.recorders.give(operator, "rec", "k", CallId("01ARZ3NDEKTSV4RRFFQ69G5FAV")),
    )
    for act in acts:
        with pytest.raises(Denied):
            act()
    assert isinstance(operator, Staff)
