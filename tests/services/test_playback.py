"""No byte of sound without a basis that holds at that moment and an audit line that was committed before."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, update

from plugin.core.access import Purpose
from plugin.core.errors import Conflict, Denied, InputError, NotFound
from plugin.core.identity import Level
from plugin.core.ids import CustomerId, RecordingId
from plugin.core.staff import Role, Staff
from plugin.store.engine import Store
from plugin.store.tables.audit import audit_lines
from plugin.store.tables.calls import calls
from plugin.store.tables.recordings import grants, listens, recordings
from tests.kit.clock import HandClock
from tests.kit.listening import Gate, signed_in_elsewhere
from tests.kit.people import Town
from tests.kit.sounds import tone


class Scene:
    """Hanako called; Alice answered; the recording is in. Sakura is service staff, Bob supervises."""

    def __init__(self, store: Store, folder: Path, clock: HandClock) -> None:
        town = Town(store, clock())
        self.gate = Gate(store, folder, clock)
        self.hanako = town.customer("C-1")
        self.alice = town.staff("alice")
        self.sakura = town.staff("sakura", Role.SERVICE)
        self.bob = town.staff("bob", Role.SUPERVISOR)
        self.recording = self.gate.record(town.call(self.hanako, taken_by=self.alice))
        self.town = town


@pytest.fixture
def scene(sqlite_store: Store, tmp_path: Path, clock: HandClock) -> Scene:
    return Scene(sqlite_store, tmp_path, clock)


@pytest.fixture
def any_scene(store: Store, tmp_path: Path, clock: HandClock) -> Scene:
    """The same on both kinds of database."""
    return Scene(store, tmp_path, clock)


def _ask(scene: Scene, actor: Staff) -> str:
    purpose = {
        Role.OPERATOR: Purpose.AFTER_CALL_WORK,
        Role.SERVICE: Purpose.CALLER_REQUEST,
        Role.SUPERVISOR: Purpose.QUALITY,
    }[actor.role]
    return scene.gate.grants.ask(actor, scene.recording, purpose, "CASE-12").token


def test_each_of_the_three_hears_the_sound_as_it_was(any_scene: Scene) -> None:
    any_scene.gate.verify(any_scene.sakura, any_scene.hanako, Level.LISTEN)
    for actor in (any_scene.alice, any_scene.sakura, any_scene.bob):
        token = _ask(any_scene, actor)
        assert any_scene.gate.play(actor, any_scene.recording, token, 0, 1 << 30) == tone(30)
        assert any_scene.gate.play(actor, any_scene.recording, token, 100_000, 70_000) == tone(30)[100_000:170_000]
    assert any_scene.gate.acts() == ["listen.granted", "listen.started", "listen.sent"] * 3


@pytest.mark.parametrize("level", [Level.NONE, Level.HISTORY])
def test_a_number_or_the_first_level_gives_not_a_byte(scene: Scene, level: Level) -> None:
    scene.gate.verify(scene.sakura, scene.hanako, level)
    for purpose in Purpose:
        with pytest.raises(NotFound):
            scene.gate.grants.ask(scene.sakura, scene.recording, purpose, "CASE-12")
    assert scene.gate.acts() == ["listen.refused"] * len(Purpose)


def test_what_one_may_not_hear_answers_as_what_is_not_there(scene: Scene) -> None:
    stranger = scene.town.staff("stranger")
    said = []
    for recording_id in (scene.recording, "01KAPQ0000000000000000AAAA", "../../etc/passwd", ""):
        for ask in (
            lambda: scene.gate.grants.page(stranger, recording_id),  # noqa: B023  called at once
            lambda: scene.gate.grants.ask(stranger, recording_id, Purpose.QUALITY, "CASE-12"),  # noqa: B023
            lambda: scene.gate.playback.open(stranger, recording_id, "x"),  # noqa: B023
        ):
            with pytest.raises(NotFound) as refused:
                ask()
            said.append(str(refused.value))
    assert set(said) == {"not_found.recording"}
    assert scene.gate.acts() == ["listen.refused"] * 8


def test_another_purpose_than_ones_own_is_refused_by_name(scene: Scene) -> None:
    with pytest.raises(Denied, match="role"):
        scene.gate.grants.ask(scene.alice, scene.recording, Purpose.QUALITY, "CASE-12")
    assert scene.gate.acts() == ["listen.refused"]


@pytest.mark.parametrize("case", ["", "  ", "山田様の件", "a b", "x" * 41, "a\nb", "<b>"])
def test_a_case_is_a_reference_and_no_sentence(scene: Scene, case: str) -> None:
    with pytest.raises(InputError, match="case"):
        scene.gate.grants.ask(scene.bob, scene.recording, Purpose.COMPLAINT, case)
    assert scene.gate.acts() == []


def test_without_a_fresh_password_nothing_is_granted(scene: Scene) -> None:
    scene.gate.sessions.proved = False
    with pytest.raises(Denied, match="step_up"):
        _ask(scene, scene.bob)
    with pytest.raises(Denied, match="step_up"):
        scene.gate.grants.page(scene.bob, scene.recording)


def test_the_page_shows_the_written_record_and_the_purposes_that_are_open(scene: Scene) -> None:
    page = scene.gate.grants.page(scene.alice, scene.recording)
    assert (page.purposes, page.grant) == ((Purpose.AFTER_CALL_WORK,), None)
    token = _ask(scene, scene.alice)
    granted = scene.gate.grants.page(scene.alice, scene.recording, token).grant
    assert granted is not None
    assert granted.purpose is Purpose.AFTER_CALL_WORK


def test_a_token_is_kept_as_a_hash_and_shown_nowhere(scene: Scene) -> None:
    granted = scene.gate.grants.ask(scene.bob, scene.recording, Purpose.LEGAL, "CASE-12")
    assert granted.token not in repr(granted)
    with scene.gate.store.read() as connection:
        rows = repr([tuple(row) for table in (grants, audit_lines) for row in connection.execute(select(table))])
    assert granted.token not in rows
    assert '"outcome":"case"' in rows


@pytest.mark.parametrize("thief", ["colleague", "other browser", "other recording", "guess"])
def test_a_token_is_useless_to_anybody_else(scene: Scene, thief: str) -> None:
    token, recording, actor = _ask(scene, scene.bob), scene.recording, scene.bob
    if thief == "colleague":
        actor = scene.town.staff("carol", Role.SUPERVISOR)
    elif thief == "other browser":
        actor = signed_in_elsewhere(scene.bob)
    elif thief == "other recording":
        recording = scene.gate.record(scene.town.call(scene.hanako, taken_by=scene.alice), 1)
    else:
        token = token[:-1] + ("A" if token[-1] != "A" else "B")
    with pytest.raises(NotFound):
        scene.gate.playback.open(actor, recording, token)
    with pytest.raises(NotFound):
        scene.gate.grants.revoke(actor, recording, token)
    with pytest.raises(NotFound):
        scene.gate.playback.heard(actor, recording, token, 0, 1)


def test_a_verification_outlives_its_call_by_the_grace(scene: Scene, clock: HandClock) -> None:
    now = scene.gate.verify(scene.sakura, scene.hanako, Level.LISTEN)
    token = _ask(scene, scene.sakura)
    scene.gate.hang_up(now)
    clock.move(minutes=9.9)
    assert scene.gate.play(scene.sakura, scene.recording, token)
    clock.move(minutes=0.1)
    with pytest.raises(Denied, match="over"):
        scene.gate.playback.open(scene.sakura, scene.recording, token)


def test_the_own_call_closes_when_its_window_does(scene: Scene, clock: HandClock) -> None:
    token = _ask(scene, scene.alice)
    clock.move(minutes=25)
    assert scene.gate.play(scene.alice, scene.recording, token)
    clock.move(minutes=5)
    with pytest.raises(Denied, match="over"):
        scene.gate.playback.open(scene.alice, scene.recording, token)


def test_a_grant_ends_by_itself(scene: Scene, clock: HandClock) -> None:
    token = _ask(scene, scene.bob)
    clock.move(minutes=59)
    assert scene.gate.play(scene.bob, scene.recording, token)
    clock.move(minutes=1)
    with pytest.raises(Denied, match="over"):
        scene.gate.playback.open(scene.bob, scene.recording, token)


def _end_proof(scene: Scene) -> None:
    scene.gate.end_verifications()


def _renew_proof(scene: Scene) -> None:
    scene.gate.end_verifications()
    scene.gate.verify(scene.sakura, scene.hanako, Level.LISTEN)


def _give_call_away(scene: Scene) -> None:
    other = scene.town.customer("C-2")
    scene.gate.verify(scene.sakura, other, Level.LISTEN)
    _assign(scene, other)


def _assign(scene: Scene, customer_id: CustomerId | None) -> None:
    with scene.gate.store.write() as connection:
        connection.execute(update(calls).where(calls.c.state == "ended").values(customer_id=customer_id))


def _unassign(scene: Scene) -> None:
    _assign(scene, None)


def _end_session(scene: Scene) -> None:
    scene.gate.sessions.ended.add("session")


def _change_role(scene: Scene) -> None:
    scene.gate.sessions.now[scene.sakura.user_id] = replace(scene.sakura, role=Role.ADMIN)


def _expire_recording(scene: Scene) -> None:
    with scene.gate.store.write() as connection:
        connection.execute(update(recordings).values(state="expired"))


@pytest.mark.parametrize(
    "happens",
    [_end_proof, _renew_proof, _give_call_away, _unassign, _end_session, _change_role, _expire_recording],
)
def test_a_stream_ends_within_a_second_of_what_it_stands_on(
    scene: Scene, clock: HandClock, happens: Callable[[Scene], None]
) -> None:
    scene.gate.verify(scene.sakura, scene.hanako, Level.LISTEN)
    token = _ask(scene, scene.sakura)
    opened = scene.gate.playback.open(scene.sakura, scene.recording, token)
    pieces = scene.gate.playback.play(scene.sakura, opened, 0, opened.size_bytes)
    heard = next(pieces) + next(pieces)
    happens(scene)
    clock.move(seconds=1)
    assert list(pieces) == []
    assert heard == tone(30)[: len(heard)]
    if happens not in (_end_session, _change_role):  # those end at the door, before this service is asked
        with pytest.raises(Denied, match="over"):
            scene.gate.playback.open(scene.sakura, scene.recording, token)


def test_a_revoked_stream_ends_within_a_second(any_scene: Scene, clock: HandClock) -> None:
    token = _ask(any_scene, any_scene.bob)
    opened = any_scene.gate.playback.open(any_scene.bob, any_scene.recording, token)
    pieces = any_scene.gate.playback.play(any_scene.bob, opened, 0, opened.size_bytes)
    next(pieces)
    any_scene.gate.grants.revoke(any_scene.bob, any_scene.recording, token)
    any_scene.gate.grants.revoke(any_scene.bob, any_scene.recording, token)
    clock.move(seconds=1)
    assert list(pieces) == []
    assert any_scene.gate.acts() == ["listen.granted", "listen.started", "listen.sent", "listen.revoked"]


def test_a_grant_has_one_open_stream(scene: Scene, clock: HandClock) -> None:
    token = _ask(scene, scene.bob)
    opened = scene.gate.playback.open(scene.bob, scene.recording, token)
    first = scene.gate.playback.play(scene.bob, opened, 0, opened.size_bytes)
    next(first)
    opened = scene.gate.playback.open(scene.bob, scene.recording, token)
    second = scene.gate.playback.play(scene.bob, opened, 1000, opened.size_bytes - 1000)
    next(second)
    clock.move(seconds=1)
    assert list(first) == []
    assert b"".join(second) == tone(30)[1000 + 65_536 :]
    assert scene.gate.acts().count("listen.started") == 1


def test_the_line_is_committed_before_the_first_byte(scene: Scene) -> None:
    token = _ask(scene, scene.bob)
    opened = scene.gate.playback.open(scene.bob, scene.recording, token)
    assert "listen.started" not in scene.gate.acts()
    scene.gate.playback.play(scene.bob, opened, 0, 10).close()
    assert scene.gate.acts()[-2:] == ["listen.started", "listen.sent"]


def test_a_grant_revoked_between_the_two_steps_plays_nothing(scene: Scene) -> None:
    token = _ask(scene, scene.bob)
    opened = scene.gate.playback.open(scene.bob, scene.recording, token)
    scene.gate.grants.revoke(scene.bob, scene.recording, token)
    with pytest.raises(Denied, match="over"):
        scene.gate.playback.play(scene.bob, opened, 0, 10)
    assert "listen.started" not in scene.gate.acts()


def test_heard_stretches_are_kept_and_checked(any_scene: Scene, clock: HandClock) -> None:
    token = _ask(any_scene, any_scene.bob)
    with pytest.raises(NotFound):  # nothing was played
        any_scene.gate.playback.heard(any_scene.bob, any_scene.recording, token, 0, 10)
    any_scene.gate.play(any_scene.bob, any_scene.recording, token)
    any_scene.gate.playback.heard(any_scene.bob, any_scene.recording, token, 0, 4000)
    any_scene.gate.playback.heard(any_scene.bob, any_scene.recording, token, 10_000, 30_500)
    for start, stop in ((-1, 5), (5, 5), (6, 5), (0, 31_001), (0, 1 << 70)):
        with pytest.raises(InputError):
            any_scene.gate.playback.heard(any_scene.bob, any_scene.recording, token, start, stop)
    clock.move(minutes=61)
    any_scene.gate.playback.heard(any_scene.bob, any_scene.recording, token, 5000, 6000)
    clock.move(minutes=1)
    with pytest.raises(NotFound):
        any_scene.gate.playback.heard(any_scene.bob, any_scene.recording, token, 0, 10)
    with any_scene.gate.store.read() as connection:
        found = connection.execute(
            select(listens.c.from_ms, listens.c.to_ms).order_by(listens.c.heard_at, listens.c.from_ms)
        ).all()
    assert [tuple(row) for row in found] == [(0, 4000), (10_000, 30_500), (5000, 6000)]
    assert any_scene.gate.acts().count("listen.heard") == 3


def _sent(scene: Scene) -> list[str]:
    with scene.gate.store.read() as connection:
        said = select(audit_lines.c.body).where(audit_lines.c.act == "listen.sent").order_by(audit_lines.c.seq)
        return [json.loads(line)["outcome"] for line in connection.scalars(said)]


def test_what_goes_out_is_written_down_apart_from_what_is_told(any_scene: Scene) -> None:
    gate, bob = any_scene.gate, any_scene.bob
    recording = any_scene.recording = gate.record(any_scene.town.call(any_scene.hanako, taken_by=any_scene.alice), 130)
    token = _ask(any_scene, bob)
    gate.play(bob, recording, token, 0, 1000)
    gate.play(bob, recording, token, 5000, 1000)
    assert _sent(any_scene) == ["0-60000/130000"]
    gate.playback.heard(bob, recording, token, 50_000, 70_000)  # no farther than that minute
    with pytest.raises(InputError):
        gate.playback.heard(bob, recording, token, 60_000, 61_000)
    opened = gate.playback.open(bob, recording, token)
    stream = gate.playback.play(bob, opened, 0, opened.size_bytes)
    while len(_sent(any_scene)) == 1:
        assert next(stream)
    assert _sent(any_scene)[1:] == ["60000-120000/130000"]
    gate.playback.heard(bob, recording, token, 60_000, 61_000)
    gate.grants.revoke(bob, recording, token)
    assert sum(len(piece) for piece in stream) < 70 * 16_000  # the third minute never begins
    assert _sent(any_scene)[1:] == ["60000-120000/130000"]
    with gate.store.read() as connection:
        told = connection.execute(select(listens.c.from_ms, listens.c.to_ms).order_by(listens.c.heard_at)).all()
    assert {tuple(row) for row in told} == {(50_000, 60_000), (60_000, 61_000)}


def _sealed_file(scene: Scene) -> Path:
    (found,) = scene.gate.recorder.vault_folder.rglob("*.sealed")
    return found


def _state(scene: Scene, recording_id: RecordingId) -> str:
    with scene.gate.store.read() as connection:
        return str(connection.execute(select(recordings.c.state).where(recordings.c.id == recording_id)).scalar_one())


def test_a_damaged_copy_is_noticed_and_plays_to_nobody(any_scene: Scene) -> None:
    token = _ask(any_scene, any_scene.bob)
    path = _sealed_file(any_scene)
    sealed = bytearray(path.read_bytes())
    sealed[200_000] ^= 1
    path.write_bytes(sealed)
    assert any_scene.gate.play(any_scene.bob, any_scene.recording, token, 0, 1000)
    with pytest.raises(Conflict, match="corrupt"):
        any_scene.gate.play(any_scene.bob, any_scene.recording, token, 190_000, 20_000)
    assert _state(any_scene, any_scene.recording) == "corrupt"
    with pytest.raises(Denied, match="over"):
        any_scene.gate.playback.open(any_scene.bob, any_scene.recording, token)


def test_damage_further_on_ends_the_stream_short(scene: Scene) -> None:
    token = _ask(scene, scene.bob)
    path = _sealed_file(scene)
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    played = scene.gate.play(scene.bob, scene.recording, token, 0, 1 << 30)
    assert played == tone(30)[: len(played)]
    assert 0 < len(played) < len(tone(30))
    assert _state(scene, scene.recording) == "corrupt"


def test_a_folder_that_is_away_for_a_while_corrupts_nothing(scene: Scene) -> None:
    token = _ask(scene, scene.bob)
    away = scene.gate.recorder.vault_folder.with_name("away")
    scene.gate.recorder.vault_folder.rename(away)
    with pytest.raises(Conflict, match="unreadable"):
        scene.gate.play(scene.bob, scene.recording, token)
    away.rename(scene.gate.recorder.vault_folder)
    assert scene.gate.play(scene.bob, scene.recording, token)
