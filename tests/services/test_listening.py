"""Who watches over listening sees every live grant and ends it; nobody else does, and ending is audited."""

from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from plugin.core.access import Purpose
from plugin.core.cases import Case, CaseKind
from plugin.core.errors import Denied, NotFound
from plugin.core.ids import CallId
from plugin.core.staff import Role, Staff
from plugin.services.cases import Cases
from plugin.services.listening import Listening
from plugin.store import cases as case_rows
from plugin.store.engine import Store
from tests.kit.clock import HandClock
from tests.kit.listening import Gate
from tests.kit.people import Town


@pytest.fixture
def gate(store: Store, tmp_path: Path, clock: HandClock) -> Gate:
    return Gate(store, tmp_path, clock)


def test_every_live_grant_is_seen_and_ended_in_the_middle_of_its_stream(gate: Gate, clock: HandClock) -> None:
    town = Town(gate.store, clock())
    mori, officer = town.staff("mori", Role.SUPERVISOR), town.staff("officer", Role.PRIVACY)
    recording = gate.record(town.call(), 60)
    listening = Listening(gate.store, clock)
    token = gate.grants.ask(mori, recording, Purpose.COMPLAINT, "CS-1").token
    (waiting,) = listening.live(officer)
    assert (waiting.listener, waiting.purpose, waiting.basis, waiting.is_begun) == (
        mori.name,
        "complaint",
        "case:CS-1",
        False,
    )
    opened = gate.playback.open(mori, recording, token)
    with closing(gate.playback.play(mori, opened, 0, opened.size_bytes)) as sound:
        assert next(sound)
        gate.playback.heard(mori, recording, token, 0, 4000)
        (playing,) = listening.live(officer)
        assert playing.is_begun
        assert playing.heard_at == clock()
        listening.end(officer, playing.hash)
        clock.move(seconds=1)
        assert list(sound) == []
    assert listening.live(officer) == ()
    with pytest.raises(Denied):
        gate.play(mori, recording, token)
    assert gate.acts()[-1] == "listen.revoked"


def test_what_is_over_or_was_never_there_cannot_be_ended(gate: Gate, clock: HandClock) -> None:
    town = Town(gate.store, clock())
    mori, officer = town.staff("mori", Role.SUPERVISOR), town.staff("officer", Role.PRIVACY)
    recording = gate.record(town.call())
    listening = Listening(gate.store, clock)
    gate.grants.ask(mori, recording, Purpose.COMPLAINT, "CS-1")
    (live,) = listening.live(officer)
    clock.move(hours=1)
    for named in (live.hash, "", "0" * 64, "x" * 5000):
        with pytest.raises(NotFound):
            listening.end(officer, named)
    assert "listen.revoked" not in gate.acts()


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.PRIVACY}))
def test_nobody_else_sees_or_ends_anything(gate: Gate, clock: HandClock, role: Role) -> None:
    town = Town(gate.store, clock())
    mori, other = town.staff("mori", Role.SUPERVISOR), town.staff("other", role)
    recording = gate.record(town.call())
    fresh = gate.grants.ask(mori, recording, Purpose.COMPLAINT, "CS-1")
    with pytest.raises(Denied):
        Listening(gate.store, clock).live(other)
    with pytest.raises(Denied):
        Listening(gate.store, clock).end(other, gate.grants.own(mori, recording, fresh.token).grant.hash)
    assert len(gate.play(mori, recording, fresh.token)) == 1000


def _case_with(gate: Gate, officer: Staff, call_id: CallId) -> Case:
    cases = Cases(gate.clock, ZoneInfo("Asia/Tokyo"))
    with gate.store.write() as connection:
        case = cases.open_in(connection, CaseKind.LEGAL, "訴訟", officer)
        case_rows.add_call(connection, case.id, call_id, officer.user_id, gate.clock(), "日時が合う")
    return case


def test_a_privacy_officer_hears_what_belongs_to_an_open_case_and_nothing_else(gate: Gate, clock: HandClock) -> None:
    town = Town(gate.store, clock())
    officer = town.staff("officer", Role.PRIVACY)
    of_case, other = town.call(), town.call()
    recording, elsewhere = gate.record(of_case), gate.record(other)
    with pytest.raises(NotFound):
        gate.grants.page(officer, recording)
    case = _case_with(gate, officer, of_case)
    asked = gate.grants.page(officer, recording)
    assert (asked.purposes, asked.case) == ((Purpose.LEGAL,), case.number)
    for purpose, number in ((Purpose.LEGAL, "C-1"), (Purpose.TRAINING, case.number), (Purpose.QUALITY, case.number)):
        with pytest.raises(Denied):
            gate.grants.ask(officer, recording, purpose, number)
    with pytest.raises(NotFound):
        gate.grants.ask(officer, elsewhere, Purpose.LEGAL, case.number)
    token = gate.grants.ask(officer, recording, Purpose.LEGAL, case.number).token
    assert gate.play(officer, recording, token)
    with gate.store.write() as connection:
        Cases(clock, ZoneInfo("Asia/Tokyo")).close_in(connection, case, "done", officer)
    with pytest.raises(Denied):
        gate.play(officer, recording, token)
