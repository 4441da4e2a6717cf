"""Recordings behind addresses come in once, by a plan that outlives outages, and say what is in their way meanwhile."""

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select

from connectors.recordings.audio import WaveReader
from connectors.recordings.remote import Login, RemoteSource
from plugin.core.calls import Media, RecordingFact
from plugin.core.ids import CallId
from plugin.core.recordings import Recording, RecordingState
from plugin.services.recordings import Recordings
from plugin.store import recordings as rows
from plugin.store.engine import Store
from plugin.store.tables.recordings import recordings
from tests.kit.clock import HandClock
from tests.kit.hosts import Hosts, hosts
from tests.kit.people import Town
from tests.kit.processes import wait_for
from tests.kit.sounds import KEPT_MONTHS, Recorder, tone

URL = "https://pbx.example.com/recordings/RE1"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosts]:
    with hosts(tmp_path_factory.mktemp("hosts")) as made:
        yield made


class Desk:
    """One phone system in a cloud, and the importer."""

    def __init__(self, store: Store, folder: Path, clock: HandClock, net: Hosts, *listed: str) -> None:
        self.store, self.clock, self.net = store, clock, net
        for part in (net.answers, net.asked, net.resolved):
            part.clear()
        self.recorder = Recorder(store, folder, clock)
        source = RemoteSource(dict.fromkeys(listed, Login()), network=net.network())
        parts = (store, self.recorder.vault, {"cloud": source}, WaveReader(), clock, self.recorder.bus)
        self.importer = Recordings(*parts, KEPT_MONTHS)

    def call(self) -> CallId:
        return Town(self.store, self.clock()).call()

    def tell(self, call_id: CallId, fact_id: str = "RE1", uri: str | None = URL, *, withheld: bool = False) -> bool:
        fact = RecordingFact(fact_id, uri, media=Media.TALK, started_at=self.clock(), ended_at=self.clock())
        with self.store.write() as connection:
            return rows.note(connection, call_id, "cloud", [fact], self.clock(), withheld=withheld, native_call_ids=())

    def of(self, call_id: CallId) -> list[Recording]:
        with self.store.read() as connection:
            return list(rows.of_calls(connection, [call_id]).get(call_id, ()))

    def only(self, call_id: CallId) -> tuple[RecordingState, str | None]:
        (found,) = self.of(call_id)
        return found.state, found.reason


@pytest.fixture
def desk(store: Store, tmp_path: Path, clock: HandClock, running: Hosts) -> Desk:
    return Desk(store, tmp_path, clock, running, "pbx.example.com")


def test_a_recording_behind_an_address_is_fetched_at_the_first_look(desk: Desk) -> None:
    call_id = desk.call()
    desk.net.sound("/recordings/RE1", tone(2))
    assert desk.tell(call_id)
    assert desk.importer.collect() == 0  # files of folders do not wait for hosts, nor hosts for files
    assert desk.importer.fetch() == 1
    assert desk.only(call_id) == (RecordingState.READY, None)
    assert desk.of(call_id)[0].length_ms == 2000
    assert desk.importer.fetch() == 0
    assert len(desk.net.asked) == 1


def test_doubled_events_fetch_once_whatever_they_call_it(desk: Desk) -> None:
    call_id = desk.call()
    desk.net.sound("/recordings/RE1", tone(1))
    told = [desk.tell(call_id), desk.tell(call_id), desk.tell(call_id, "another id")]
    assert desk.importer.fetch() == 1
    told += [desk.tell(call_id), desk.tell(call_id, "a third id")]
    assert desk.importer.fetch() == 0
    assert told == [True, False, False, False, False]
    assert len(desk.of(call_id)) == len(desk.net.asked) == 1
    other = desk.call()  # the same file told of another call is another recording
    desk.tell(other, "RE1 of the other call")
    assert desk.importer.fetch() == 1


def test_an_outage_is_waited_for_and_said(desk: Desk) -> None:
    call_id = desk.call()
    desk.net.sound("/recordings/RE1", b"", status="503 Busy")
    desk.tell(call_id)
    for _ in range(14):
        assert desk.importer.fetch() == 0
        assert desk.only(call_id) == (RecordingState.PENDING, "http_503")
        desk.clock.move(hours=4)
    desk.net.sound("/recordings/RE1", tone(1))
    assert desk.importer.fetch() == 1
    assert desk.only(call_id) == (RecordingState.READY, None)


@pytest.mark.parametrize(
    ("status", "uri", "state", "reason"),
    [
        ("404 Not Found", URL, RecordingState.MISSING, "no_file"),
        ("401 Unauthorized", URL, RecordingState.MISSING, "not_allowed"),
        ("200 OK", "https://other.example.org/a", RecordingState.MISSING, "host_not_listed"),
    ],
)
def test_what_never_comes_is_given_up_after_three_days(
    desk: Desk, status: str, uri: str, state: RecordingState, reason: str
) -> None:
    call_id = desk.call()
    desk.net.sound("/recordings/RE1", b"", status=status)
    desk.tell(call_id, uri=uri)
    began = desk.clock()
    while desk.importer.fetch() == 0:
        desk.clock.move(hours=4)
        assert (desk.clock() - began).days <= 6
    assert (desk.clock() - began).days >= 3
    assert desk.only(call_id) == (state, reason)


@pytest.mark.parametrize(
    ("answer", "uri", "state", "reason"),
    [
        (b"", "http://pbx.example.com/a", RecordingState.MISSING, "name_address"),
        (b"", "https://user:pw@pbx.example.com/a", RecordingState.MISSING, "name_address"),
        (b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n", URL, RecordingState.MISSING, "gone"),
        (b"HTTP/1.1 302 Found\r\nLocation: http://10.0.0.1/\r\n\r\n", URL, RecordingState.MISSING, "redirect_refused"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n<html>sign in</html>", URL, RecordingState.CORRUPT, "damaged"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", URL, RecordingState.EMPTY, "empty"),
    ],
)
def test_what_can_never_be_sound_ends_at_once(
    desk: Desk, answer: bytes, uri: str, state: RecordingState, reason: str
) -> None:
    call_id = desk.call()
    desk.net.answers["/recordings/RE1"] = answer
    desk.tell(call_id, uri=uri)
    assert desk.importer.fetch() == 1
    assert desk.only(call_id) == (state, reason)
    assert not desk.recorder.vault_folder.exists()


def test_a_transfer_that_breaks_off_leaves_nothing_and_is_begun_anew(desk: Desk) -> None:
    call_id = desk.call()
    whole = tone(30)
    desk.net.answers["/recordings/RE1"] = (
        f"HTTP/1.1 200 OK\r\nContent-Length: {len(whole)}\r\n\r\n".encode() + whole[: len(whole) // 2]
    )
    desk.tell(call_id)
    assert desk.importer.fetch() == 0
    assert desk.only(call_id) == (RecordingState.PENDING, "cut_off")
    assert [path for path in desk.recorder.vault_folder.rglob("*") if path.is_file()] == []
    desk.net.sound("/recordings/RE1", whole)
    desk.clock.move(seconds=1)
    assert desk.importer.fetch() == 1
    assert desk.of(call_id)[0].length_ms == 30_000


def test_a_worker_that_stops_leaves_a_transfer_for_the_next(desk: Desk) -> None:
    call_id = desk.call()
    desk.net.sound("/recordings/RE1", tone(1))
    desk.tell(call_id)
    asked = iter([False, False, True])
    assert desk.importer.fetch(lambda: next(asked, True)) == 0
    assert desk.only(call_id) == (RecordingState.PENDING, "stopped")
    desk.clock.move(seconds=1)
    assert desk.importer.fetch() == 1


@pytest.mark.parametrize(
    ("uri", "kept"),
    [
        (URL, True),
        ("https://pbx.example.com/1795388249/20261123-075729/a", True),
        ("https://pbx.example.com/09012345678/a", False),
        ("https://pbx.example.com/a?from=%2B81%2090-1234-5678", False),
        ("https://pbx.example.com/090-1234-5678.wav", False),
    ],
)
def test_a_withheld_callers_address_is_kept_only_without_a_number(desk: Desk, uri: str, kept: bool) -> None:
    call_id = desk.call()
    desk.tell(call_id, uri=uri)
    desk.tell(call_id, uri=uri, withheld=True)  # the phone system learnt it late
    with desk.store.read() as connection:
        (row,) = connection.execute(select(recordings)).all()
    assert (row.uri, row.address_key is not None) == (uri if kept else None, kept)


def test_a_hash_of_what_was_fetched_goes_where_it_could_hold_a_number(desk: Desk) -> None:
    call_id = desk.call()
    uri = "https://pbx.example.com/recordings/RE1?from=09012345678"
    desk.net.sound("/recordings/RE1?from=09012345678", tone(1))
    desk.tell(call_id, uri=uri)
    assert desk.importer.fetch() == 1
    desk.tell(call_id, uri=uri, withheld=True)
    with desk.store.read() as connection:
        (row,) = connection.execute(select(recordings)).all()
    assert (row.state, row.uri, row.address_key) == ("ready", None, None)


def test_a_slow_host_keeps_no_other_waiting_and_is_asked_by_few(
    sqlite_store: Store, tmp_path: Path, clock: HandClock, running: Hosts
) -> None:
    desk = Desk(sqlite_store, tmp_path, clock, running, "pbx.example.com", "other.example.org")
    slowly, whole = threading.Event(), tone(1)

    def slow(connection: socket.socket) -> None:
        slowly.wait(60)
        connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {len(whole)}\r\n\r\n".encode() + whole)

    first, quick, late = [desk.call() for _ in range(5)], [desk.call() for _ in range(9)], desk.call()
    for n, call_id in enumerate(first):
        desk.net.answers[f"/slow/{n}"] = slow
        desk.tell(call_id, f"S{n}", f"https://pbx.example.com/slow/{n}")
    desk.net.sound("/quick", whole)
    for n, call_id in enumerate(quick):
        desk.tell(call_id, f"Q{n}", "https://other.example.org/quick")
    with ThreadPoolExecutor(1) as worker:
        fetched = worker.submit(desk.importer.fetch)
        try:
            wait_for(lambda: all(desk.only(call_id)[0] is RecordingState.READY for call_id in quick))
            desk.tell(late, "L", "https://other.example.org/quick")  # while the others are still under way
            wait_for(lambda: desk.only(late)[0] is RecordingState.READY)
            assert len([each for each in desk.net.asked if each.path.startswith("/slow/")]) == 2
        finally:
            slowly.set()
        assert fetched.result() == len(first) + len(quick) + 1
    assert all(desk.only(call_id)[0] is RecordingState.READY for call_id in first)
