"""Recordings come in whole, once, and never half: under late files, wrong names, two workers and a kill."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select, update

from plugin.core.calls import Media, RecordingFact
from plugin.core.consent import Wish
from plugin.core.ids import CallId, RecordingId
from plugin.core.ports import Audio, RecordedFile
from plugin.core.recordings import Recording, RecordingState
from plugin.services.recordings import Recordings
from plugin.store import consents
from plugin.store import recordings as rows
from plugin.store.engine import Store
from plugin.store.tables.audit import audit_lines
from plugin.store.tables.calls import calls
from plugin.store.tables.recordings import recordings
from plugin.store.vault import Lock
from tests.kit.clock import HandClock
from tests.kit.people import Town
from tests.kit.sounds import KEPT_MONTHS, Recorder, seal, tone

NAME = "q-0120000111-09012345678-20261123-pbx1-1795388249.410.wav"


@pytest.fixture
def recorder(store: Store, tmp_path: Path, clock: HandClock) -> Recorder:
    return Recorder(store, tmp_path, clock)


@pytest.fixture
def town(store: Store, clock: HandClock) -> Town:
    return Town(store, clock())


def _fact(clock: HandClock, media: Media | None = Media.TALK, uri: str | None = NAME) -> RecordingFact:
    return RecordingFact(NAME, uri, media=media, started_at=clock(), ended_at=clock())


def _note(store: Store, call_id: CallId, fact: RecordingFact, clock: HandClock, *, withheld: bool = False) -> None:
    ids = ("pbx1-1795388249.410",)
    with store.write() as connection:
        rows.note(connection, call_id, "pbx1", [fact], clock(), withheld=withheld, native_call_ids=ids)


def _only(store: Store, call_id: CallId) -> Recording:
    with store.read() as connection:
        (found,) = rows.of_calls(connection, [call_id])[call_id]
    return found


def _raw(store: Store) -> dict[str, object]:
    with store.read() as connection:
        return dict(connection.execute(select(recordings)).one()._mapping)


def test_a_recording_comes_in_whole(store: Store, town: Town, recorder: Recorder, clock: HandClock) -> None:
    alice = town.staff("alice")
    call_id = town.call(taken_by=alice)
    _note(store, call_id, _fact(clock), clock)
    recorder.put(NAME, tone(2))
    assert recorder.settle() == 1
    found = _only(store, call_id)
    assert (found.state, found.length_ms, found.channels) == (RecordingState.READY, 2000, 1)
    raw = _raw(store)
    assert raw["uri"] is None
    assert isinstance(raw["keyset"], bytes)
    with recorder.vault.open(found.id, Lock(raw["keyset"], str(raw["key_id"]))) as sealed:
        assert sealed.read(0, 1 << 20) == tone(2)
    assert recorder.bus.told == [(alice.user_id,)]
    assert (recorder.monitor / NAME).exists()
    with store.read() as connection:
        lines = connection.execute(select(audit_lines.c.act, audit_lines.c.body)).all()
    assert [line.act for line in lines] == ["recording.imported"]
    assert "09012345678" not in lines[0].body


def test_nothing_is_looked_for_while_the_call_goes_on(
    store: Store, town: Town, recorder: Recorder, clock: HandClock
) -> None:
    call_id = town.call(ended=False)
    _note(store, call_id, _fact(clock), clock)
    recorder.put(NAME, tone(1))
    assert recorder.settle() == 0
    assert _only(store, call_id).state is RecordingState.PENDING


def test_whoever_declines_after_it_was_looked_up_is_not_brought_in(
    store: Store, town: Town, recorder: Recorder, clock: HandClock, tmp_path: Path
) -> None:
    alice, said = town.staff("alice"), list[bool]()
    call_id = town.call(taken_by=alice)
    _note(store, call_id, _fact(clock), clock)
    recorder.put(NAME, tone(1))
    assert recorder.recordings.collect() == 0  # its size is known from now on
    clock.move(seconds=30)

    def decline() -> bool:
        if not said:
            said.append(True)
            with store.write() as connection:
                consents.set_wish(connection, call_id, Wish(True, clock()), alice.user_id)
                assert rows.decline(connection, call_id) == []  # left to the importer
        return False

    assert recorder.recordings.collect(decline) == 1
    assert _only(store, call_id).state is RecordingState.DECLINED
    assert _raw(store)["keyset"] is None
    assert list(tmp_path.rglob("*.sealed")) == []


def test_a_growing_file_is_waited_for(store: Store, town: Town, recorder: Recorder, clock: HandClock) -> None:
    call_id = town.call()
    _note(store, call_id, _fact(clock), clock)
    whole = tone(3)
    for part in (10_000, 20_000, len(whole)):
        recorder.put(NAME, whole[:part])
        assert recorder.recordings.collect() == 0
        clock.move(seconds=30)
    assert recorder.settle() == 1
    assert _only(store, call_id).length_ms == 3000


@pytest.mark.parametrize(
    ("content", "media", "state", "reason"),
    [
        (tone(1)[:44], Media.TALK, RecordingState.EMPTY, "empty"),
        (b"", Media.TALK, RecordingState.EMPTY, "empty"),
        (b"not a sound at all", Media.TALK, RecordingState.CORRUPT, "damaged"),
        (tone(1), Media.WAITING_ONLY, RecordingState.WAITING_ONLY, None),
        (tone(1)[:44], Media.EMPTY, RecordingState.EMPTY, None),
    ],
)
def test_what_holds_no_conversation_says_so(
    store: Store,
    town: Town,
    recorder: Recorder,
    clock: HandClock,
    content: bytes,
    media: Media,
    state: RecordingState,
    reason: str | None,
) -> None:
    call_id = town.call()
    _note(store, call_id, _fact(clock, media), clock)
    recorder.put(NAME, content)
    assert recorder.settle() == 1
    assert (_only(store, call_id).state, _only(store, call_id).reason) == (state, reason)
    assert not recorder.vault_folder.exists()


def test_a_call_that_nobody_answered_is_waiting_only(
    store: Store, town: Town, recorder: Recorder, clock: HandClock
) -> None:
    call_id = town.call()
    with store.write() as connection:
        connection.execute(update(calls).values(answered_at=None, outcome="abandoned"))
    _note(store, call_id, _fact(clock, None), clock)
    recorder.put(NAME, tone(1))
    recorder.settle()
    recorder.settle()
    assert _only(store, call_id).state is RecordingState.WAITING_ONLY
    _note(store, call_id, _fact(clock, Media.TALK), clock)
    assert recorder.settle() == 1
    assert _only(store, call_id).state is RecordingState.READY


@pytest.mark.parametrize("uri", [NAME, None])
def test_a_file_that_never_comes_is_missing_until_news(
    store: Store, town: Town, recorder: Recorder, clock: HandClock, uri: str | None
) -> None:
    call_id = town.call()
    _note(store, call_id, _fact(clock, uri=uri), clock)
    settled = 0
    for _ in range(13):
        settled += recorder.recordings.collect()
        clock.move(hours=1)
    assert settled == 1
    assert (_only(store, call_id).state, _only(store, call_id).reason) == (RecordingState.MISSING, "no_file")
    _note(store, call_id, _fact(clock, uri=uri), clock)
    assert _only(store, call_id).state is RecordingState.MISSING
    recorder.put("late.wav", tone(1))
    _note(store, call_id, _fact(clock, uri="late.wav"), clock)
    assert recorder.settle() == 1
    assert _only(store, call_id).state is RecordingState.READY


@pytest.mark.lets_stand("sound", "file /.wav")  # the test's own, outside of the phone system's folder
def test_a_name_that_leads_out_of_the_folder_is_never_opened(
    store: Store, town: Town, recorder: Recorder, clock: HandClock
) -> None:
    call_id = town.call()
    _note(store, call_id, _fact(clock, uri="../secret.wav"), clock)
    recorder.put("../secret.wav", tone(1))
    assert recorder.settle() == 1
    assert (_only(store, call_id).state, _only(store, call_id).reason) == (RecordingState.MISSING, "name_outside")


def test_a_withheld_number_stands_in_no_row_and_the_file_is_found(
    store: Store, town: Town, recorder: Recorder, clock: HandClock
) -> None:
    call_id = town.call(withheld="refused", e164=None)
    _note(store, call_id, _fact(clock), clock)
    _note(store, call_id, _fact(clock), clock, withheld=True)  # the source learnt it late
    assert "09012345678" not in repr(_raw(store))
    recorder.put(NAME, tone(1))
    assert recorder.settle() == 1
    assert _only(store, call_id).state is RecordingState.READY
    _note(store, call_id, _fact(clock), clock, withheld=True)
    assert _raw(store)["uri"] is None


def test_telling_it_again_changes_nothing(store: Store, town: Town, recorder: Recorder, clock: HandClock) -> None:
    call_id = town.call()
    recorder.put(NAME, tone(1))
    for _ in range(3):
        _note(store, call_id, _fact(clock), clock)
    assert recorder.settle() == 1
    _note(store, call_id, _fact(clock), clock)
    assert recorder.settle() == 0
    assert _only(store, call_id).state is RecordingState.READY


class _Interrupted:
    """Reads as the real reader does, but first lets something else happen."""

    def __init__(self, recorder: Recorder, happens: Callable[[], object]) -> None:
        self._reader = recorder.recordings._reader
        self._happens = happens

    @property
    def head_bytes(self) -> int:
        return self._reader.head_bytes

    def read(self, file: RecordedFile, write: Callable[[bytes], None]) -> Audio:
        self._happens()
        return self._reader.read(file, write)


def _second(store: Store, recorder: Recorder, happens: Callable[[], object]) -> Recordings:
    first = recorder.recordings
    reader = _Interrupted(recorder, happens)
    return Recordings(store, recorder.vault, first._sources, reader, recorder.clock, recorder.bus, KEPT_MONTHS)


def _files(recorder: Recorder) -> list[str]:
    return [path.name for path in recorder.vault_folder.rglob("*") if path.is_file()]


def test_two_workers_import_once(store: Store, town: Town, recorder: Recorder, clock: HandClock) -> None:
    call_id = town.call()
    _note(store, call_id, _fact(clock), clock)
    recorder.put(NAME, tone(1))
    recorder.recordings.collect()
    clock.move(seconds=1)
    in_between: list[int] = []
    slow = _second(store, recorder, lambda: in_between.append(recorder.recordings.collect()))
    assert slow.collect() == 1
    assert in_between == [0]
    assert len(_files(recorder)) == 1


def test_a_worker_whose_lease_ran_out_leaves_the_winners_file_alone(
    store: Store, town: Town, recorder: Recorder, clock: HandClock
) -> None:
    call_id = town.call()
    _note(store, call_id, _fact(clock), clock)
    recorder.put(NAME, tone(1))
    recorder.recordings.collect()
    clock.move(seconds=1)

    def an_hour_later() -> None:
        clock.move(hours=1)
        assert recorder.recordings.collect() == 1

    assert _second(store, recorder, an_hour_later).collect() == 0
    assert len(_files(recorder)) == 1
    _assert_sound(store, recorder, _only(store, call_id).id)


def _assert_sound(store: Store, recorder: Recorder, recording_id: RecordingId) -> None:
    raw = _raw(store)
    assert isinstance(raw["keyset"], bytes)
    with recorder.vault.open(recording_id, Lock(raw["keyset"], str(raw["key_id"]))) as sealed:
        assert sealed.read(0, 1 << 20) == tone(1)


def test_what_a_killed_worker_left_goes_where_nothing_can_be_heard(
    store: Store, town: Town, recorder: Recorder, clock: HandClock
) -> None:
    call_id = town.call()
    _note(store, call_id, _fact(clock), clock)
    recorder.put(NAME, b"no sound")
    recorder.recordings.collect()
    clock.move(seconds=1)
    with store.read() as connection:
        (due,) = rows.due(connection, clock(), 5)
    with store.write() as connection:
        assert rows.claim(connection, due, clock())
    seal(recorder.vault, due.id, tone(1))
    assert len(_files(recorder)) == 1
    clock.move(minutes=20)
    recorder.settle()
    assert (_only(store, call_id).state, _files(recorder)) == (RecordingState.CORRUPT, [])


@pytest.mark.parametrize("when", ["before the file", "after the file"])
def test_a_killed_worker_leaves_nothing_half(
    store: Store, town: Town, recorder: Recorder, clock: HandClock, when: str
) -> None:
    call_id = town.call()
    _note(store, call_id, _fact(clock), clock)
    recorder.put(NAME, tone(1))
    recorder.recordings.collect()
    clock.move(seconds=1)
    with store.read() as connection:
        (due,) = rows.due(connection, clock(), 5)
    with store.write() as connection:  # what is left of a worker that was killed: its claim, perhaps its file
        assert rows.claim(connection, due, clock())
    if when == "after the file":
        seal(recorder.vault, due.id, tone(1))
    assert _only(store, call_id).state is RecordingState.PROCESSING
    clock.move(minutes=20)
    assert recorder.settle() == 1
    assert len(_files(recorder)) == 1
    _assert_sound(store, recorder, due.id)
