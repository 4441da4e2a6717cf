"""Listening for a purpose ends with that purpose's own period and roles, at the grant and at every range of it."""

from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from plugin.core.access import Purpose
from plugin.core.errors import Denied, NotFound
from plugin.core.ids import RecordingId
from plugin.core.purposes import beginning
from plugin.core.staff import Role, Staff
from plugin.store import purposes
from plugin.store.engine import Store
from tests.kit.clock import HandClock
from tests.kit.listening import Gate
from tests.kit.people import Town


class Room:
    """A supervisor, and a recording of his team that was made now."""

    def __init__(self, gate: Gate, clock: HandClock) -> None:
        self.gate, self.clock = gate, clock
        town = Town(gate.store, clock())
        self.mori = town.staff("mori", Role.SUPERVISOR)
        self.call = town.call()
        self.recording: RecordingId = gate.record(self.call, 60)

    def decide(self, purpose: Purpose, by: Staff, version: int = 1, **changed: object) -> None:
        """Put a version of a purpose in force."""
        rule = replace(beginning(12)[purpose], version=version, **changed)  # type: ignore[arg-type]
        with self.gate.store.write() as connection:
            purposes.save_draft(connection, rule, by.user_id, self.clock())
            assert purposes.put_in_force(connection, purpose, version, None, self.clock())

    def closed(self) -> dict[Purpose, str]:
        return dict(self.gate.grants.page(self.mori, self.recording).closed)


@pytest.fixture
def room(store: Store, tmp_path: Path, clock: HandClock) -> Room:
    return Room(Gate(store, tmp_path, clock), clock)


def test_a_purpose_ends_with_its_own_period_while_others_still_open_the_same_file(room: Room) -> None:
    grants = room.gate.grants
    room.clock.move(days=182, hours=23, minutes=50)
    granted = grants.ask(room.mori, room.recording, Purpose.QUALITY, "Q-1")
    assert timedelta(minutes=5) < granted.expires_at - room.clock() < timedelta(minutes=11), (
        "not the grant's whole hour"
    )
    assert room.gate.play(room.mori, room.recording, granted.token)
    room.clock.move(minutes=15)
    with pytest.raises(Denied, match="over"):
        room.gate.play(room.mori, room.recording, granted.token)
    with pytest.raises(Denied, match="purpose_over"):
        grants.ask(room.mori, room.recording, Purpose.QUALITY, "Q-2")
    assert room.closed() == {Purpose.QUALITY: "purpose_over", Purpose.TRAINING: "purpose_over"}
    complaint = grants.ask(room.mori, room.recording, Purpose.COMPLAINT, "CS-1")
    assert room.gate.play(room.mori, room.recording, complaint.token)


def test_what_is_kept_for_one_case_opens_for_that_purpose_alone(room: Room) -> None:
    with room.gate.store.write() as connection:
        assert purposes.give(connection, room.call, Purpose.HARASSMENT, None, room.clock())
        assert not purposes.give(connection, room.call, Purpose.HARASSMENT, None, room.clock())
    room.clock.move(days=400)
    page = room.gate.grants.page(room.mori, room.recording)
    assert page.purposes == (Purpose.HARASSMENT,)
    assert dict(page.closed)[Purpose.LEGAL] == "purpose_over"
    granted = room.gate.grants.ask(room.mori, room.recording, Purpose.HARASSMENT, "H-2026-0001")
    assert room.gate.play(room.mori, room.recording, granted.token)
    room.clock.move(days=700)
    assert room.gate.grants.page(room.mori, room.recording).purposes == ()
    with pytest.raises(Denied, match="purpose_over"):
        room.gate.grants.ask(room.mori, room.recording, Purpose.HARASSMENT, "H-2026-0001")


def test_a_narrower_register_ends_what_is_playing(room: Room) -> None:
    token = room.gate.grants.ask(room.mori, room.recording, Purpose.QUALITY, "Q-1").token
    opened = room.gate.playback.open(room.mori, room.recording, token)
    with closing(room.gate.playback.play(room.mori, opened, 0, opened.size_bytes)) as sound:
        assert next(sound)
        room.decide(Purpose.QUALITY, room.mori, roles=frozenset())
        room.clock.move(seconds=2)
        assert list(sound) == []
    with pytest.raises(Denied, match="purpose_role"):
        room.gate.grants.ask(room.mori, room.recording, Purpose.QUALITY, "Q-1")
    assert room.closed() == {Purpose.QUALITY: "purpose_role"}
    room.decide(Purpose.QUALITY, room.mori, version=2)
    assert room.gate.play(room.mori, room.recording, token), "what narrowed it is gone, and its hour is not over"


def test_a_register_that_names_more_roles_than_the_rules_opens_nothing(room: Room) -> None:
    for number, role in enumerate(set(Role) - {Role.SUPERVISOR}):
        other = Town(room.gate.store, room.clock()).staff(f"other{number}", role)
        room.decide(Purpose.COMPLAINT, room.mori, version=number + 1, roles=frozenset(Role))
        with pytest.raises(NotFound):
            room.gate.grants.page(other, room.recording)
        with pytest.raises(NotFound):
            room.gate.grants.ask(other, room.recording, Purpose.COMPLAINT, "CS-1")
