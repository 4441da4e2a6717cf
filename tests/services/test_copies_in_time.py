"""Copies of recordings end with what they were made for: the purpose's own period, and the case of their call."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from plugin.core.access import Purpose
from plugin.core.errors import Conflict, Denied, NotFound
from plugin.core.purposes import beginning
from plugin.store import cases, purposes
from tests.kit.clock import HandClock
from tests.kit.desk import Office
from tests.kit.redactions import CuttingRoom
from tests.kit.site import Place

pytestmark = pytest.mark.needs("ffmpeg")


@pytest.fixture
def room(tmp_path: Path, clock: HandClock) -> Iterator[CuttingRoom]:
    with Place(tmp_path, clock) as place:
        yield CuttingRoom(place, Office(place, clock))


def _shorten(room: CuttingRoom, purpose: Purpose, days: int) -> None:
    """Put a version of the purpose in force by which its recordings are heard for so many days."""
    rule = replace(beginning(12)[purpose], version=1, audio_days=days)
    with room.house.store.write() as connection:
        purposes.save_draft(connection, rule, room.hara.user_id, room.clock())
        assert purposes.put_in_force(connection, purpose, 1, None, room.clock())


def test_a_clip_is_heard_for_no_longer_than_training_lasts_by_the_register_of_today(room: CuttingRoom) -> None:
    clip = room.confirmed(room.clip(days="90"), room.office.mori, room.kubo)
    _shorten(room, Purpose.TRAINING, 7)
    room.hear(room.trainer, clip)
    assert room.making.erase() == 0
    room.clock.move(days=8)
    with pytest.raises(NotFound):
        room.grants.ask(room.trainer, clip)
    assert room.redactions.clips(room.trainer) == ()
    with pytest.raises(NotFound):
        room.redactions.page(room.trainer, clip)
    assert room.making.erase() == 1
    assert (room.find(clip).reason, room.on_disk(clip), room.files_left()) == ("purpose_over", 0, 0)


def test_a_purpose_that_ends_at_once_ends_a_clip_that_plays(room: CuttingRoom) -> None:
    clip = room.confirmed(room.clip(days="90"), room.office.mori, room.kubo)
    token = room.grants.ask(room.trainer, clip).token
    room.playback.open(room.trainer, clip, token)
    _shorten(room, Purpose.TRAINING, 0)
    with pytest.raises(Denied, match="over"):
        room.playback.open(room.trainer, clip, token)


def test_a_call_that_is_taken_out_of_a_case_takes_its_copies_along(room: CuttingRoom) -> None:
    case = room.case(room.past)
    waiting, copy = room.cut(case, "0-500:other"), room.confirmed(room.cut(case), room.hara, room.kubo)
    token, seen = room.grants.ask(room.kubo, copy).token, room.hand_over(waiting, room.hara)
    room.hear(room.kubo, waiting)
    room.playback.open(room.kubo, copy, token)
    with room.house.store.write() as connection:
        assert cases.remove_call(connection, case.id, room.past)
    with pytest.raises(Denied, match="over"):
        room.playback.open(room.kubo, copy, token)
    with pytest.raises(NotFound):
        room.grants.ask(room.kubo, copy)
    with pytest.raises(NotFound):
        room.redactions.give_out(room.hara, copy, "flac")
    with pytest.raises(Conflict, match="approval_changed"):
        room.redactions.confirm(room.kubo, waiting, seen, "確認した")
