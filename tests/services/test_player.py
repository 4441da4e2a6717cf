"""What stands beside the sound: lanes, heard stretches, markers, a transcript; all behind the grant of the sound."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from plugin.core.access import Purpose
from plugin.core.errors import Denied, InputError, LimitReached, NotFound
from plugin.core.heard import Stretch
from plugin.core.ids import new_id
from plugin.core.staff import Role
from plugin.core.transcripts import MOST_MARKERS, Speaker
from plugin.services.player import Player
from plugin.store.engine import Store
from plugin.store.tables.audit import audit_lines
from plugin.store.tables.recordings import grants, recordings, transcript_segments
from tests.kit.clock import HandClock
from tests.kit.listening import Gate
from tests.kit.people import Town

HOSTILE = "<script>alert(1)</script> ' \" ‮ {{ 7*7 }}"
TOLD = {"pbx1": (Speaker.OPERATOR, Speaker.CALLER)}


class Scene:
    """A supervisor with a grant for one recording of 30 seconds."""

    def __init__(self, gate: Gate) -> None:
        self.gate, self.clock = gate, gate.clock
        town = Town(gate.store, gate.clock())
        self.mori, self.abe = town.staff("mori", Role.SUPERVISOR), town.staff("abe", Role.SUPERVISOR)
        self.call = town.call()
        self.recording = gate.record(self.call)
        self.other = gate.record(town.call())
        self.player = Player(gate.store, gate.clock, gate.grants, TOLD)
        self.token = gate.grants.ask(self.mori, self.recording, Purpose.COMPLAINT, "CS-1").token

    def say(self, *said: tuple[int, int, str, str]) -> None:
        with self.gate.store.write() as connection:
            for start, stop, speaker, words in said:
                values = {"id": new_id(self.clock()), "recording_id": self.recording, "speaker": speaker}
                connection.execute(insert(transcript_segments).values(**values, from_ms=start, to_ms=stop, words=words))


@pytest.fixture
def scene(store: Store, tmp_path: Path, clock: HandClock) -> Scene:
    return Scene(Gate(store, tmp_path, clock))


def test_a_sheet_has_the_lane_what_was_heard_and_what_was_said_in_order(scene: Scene) -> None:
    scene.gate.play(scene.mori, scene.recording, scene.token)
    for stretch in ((12_000, 20_000), (19_000, 25_000), (0, 500)):
        scene.gate.playback.heard(scene.mori, scene.recording, scene.token, *stretch)
    scene.say((3000, 5000, "caller", "二番目"), (0, 3000, "operator", HOSTILE))
    drawing = scene.player.drawing(scene.mori, scene.recording, scene.token)
    assert (drawing.length_ms, len(drawing.lanes), len(drawing.lanes[0].peaks)) == (30_000, 1, 800)
    assert drawing.lanes[0].speaker is Speaker.UNKNOWN  # two voices in one channel
    assert drawing.heard == (Stretch(0, 500), Stretch(12_000, 25_000))
    assert [(each.words, each.speaker) for each in drawing.segments] == [
        (HOSTILE, Speaker.OPERATOR),
        ("二番目", Speaker.CALLER),
    ]


def test_a_sheet_shows_where_nothing_was_recorded(scene: Scene) -> None:
    scene.gate.pause(scene.call, (-5, 2), (10, 12.5), (28, 90))
    drawing = scene.player.drawing(scene.mori, scene.recording, scene.token)
    assert drawing.gaps == (Stretch(0, 2000), Stretch(10_000, 12_500), Stretch(28_000, 30_000))
    elsewhere = scene.gate.grants.ask(scene.mori, scene.other, Purpose.COMPLAINT, "CS-1").token
    assert scene.player.drawing(scene.mori, scene.other, elsewhere).gaps == ()


def test_two_channels_are_two_lanes_named_as_the_site_told(scene: Scene) -> None:
    with scene.gate.store.write() as connection:
        connection.execute(update(recordings).values(channels=2, peaks=bytes([1] * 800 + [9] * 800)))
    lanes = scene.player.drawing(scene.mori, scene.recording, scene.token).lanes
    assert [(lane.speaker, set(lane.peaks)) for lane in lanes] == [(Speaker.OPERATOR, {1}), (Speaker.CALLER, {9})]
    untold = Player(scene.gate.store, scene.clock, scene.gate.grants, {})
    lanes = untold.drawing(scene.mori, scene.recording, scene.token).lanes
    assert {lane.speaker for lane in lanes} == {Speaker.UNKNOWN}


def test_a_marker_is_seen_by_all_who_may_hear_and_taken_off_by_who_set_it(scene: Scene) -> None:
    (made,) = scene.player.mark(scene.mori, scene.recording, scene.token, 4000, f"  {HOSTILE} ")
    assert (made.words, made.at_ms, made.author) == (HOSTILE, 4000, scene.mori.name)
    others = scene.gate.grants.ask(scene.abe, scene.recording, Purpose.LEGAL, "CS-2").token
    assert scene.player.drawing(scene.abe, scene.recording, others).markers == (made,)
    elsewhere = scene.gate.grants.ask(scene.mori, scene.other, Purpose.COMPLAINT, "CS-1").token
    assert scene.player.drawing(scene.mori, scene.other, elsewhere).markers == ()
    for actor, recording, token in ((scene.abe, scene.recording, others), (scene.mori, scene.other, elsewhere)):
        with pytest.raises(NotFound):
            scene.player.unmark(actor, recording, token, made.id)
    assert scene.player.unmark(scene.mori, scene.recording, scene.token, made.id) == ()


@pytest.mark.parametrize("words", ["", "   ", "x" * 201, "two\nlines", "bell\a"])
def test_a_marker_that_is_none_is_refused(scene: Scene, words: str) -> None:
    with pytest.raises(InputError):
        scene.player.mark(scene.mori, scene.recording, scene.token, 0, words)


@pytest.mark.parametrize("at_ms", [-1, 30_001])
def test_a_marker_behind_the_end_is_refused(scene: Scene, at_ms: int) -> None:
    with pytest.raises(InputError):
        scene.player.mark(scene.mori, scene.recording, scene.token, at_ms, "x")


def test_a_recording_holds_only_so_many_markers(scene: Scene) -> None:
    for place in range(MOST_MARKERS):
        scene.player.mark(scene.mori, scene.recording, scene.token, place, "x")
    with pytest.raises(LimitReached):
        scene.player.mark(scene.mori, scene.recording, scene.token, 1, "x")


Act = Callable[[Scene, Any, str], object]
ACTS: list[Act] = [
    lambda scene, actor, token: scene.player.drawing(actor, scene.recording, token),
    lambda scene, actor, token: scene.player.mark(actor, scene.recording, token, 1, "x"),
    lambda scene, actor, token: scene.player.unmark(actor, scene.recording, token, new_id(scene.clock())),
]


@pytest.mark.parametrize("act", ACTS)
def test_nothing_of_it_opens_without_the_grant_that_opens_the_sound(scene: Scene, act: Act) -> None:
    strangers = (scene.abe, replace(scene.mori, session_hash="another"))
    for actor, token in ((scene.mori, ""), (scene.mori, "x"), *((who, scene.token) for who in strangers)):
        with pytest.raises(NotFound) as refused:
            act(scene, actor, token)
        assert refused.value.reason == "recording"
    with scene.gate.store.write() as connection:
        connection.execute(update(grants).values(revoked_at=1))
    with pytest.raises(Denied):
        act(scene, scene.mori, scene.token)


def test_that_a_transcript_was_shown_is_audited_and_an_empty_one_is_not(scene: Scene) -> None:
    def shown() -> int:
        with scene.gate.store.read() as connection:
            acts = connection.execute(select(audit_lines.c.act)).scalars().all()
        return list(acts).count("history.shown")

    before = shown()
    scene.player.drawing(scene.mori, scene.recording, scene.token)
    assert shown() == before
    scene.say((0, 1000, "caller", "もしもし"))
    scene.player.drawing(scene.mori, scene.recording, scene.token)
    assert shown() == before + 1
