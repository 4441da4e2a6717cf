"""Many at once: ranges of one grant, and importers that are killed in the middle."""

import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import select

from plugin.core.access import Purpose
from plugin.core.calls import Media, RecordingFact
from plugin.core.errors import Denied
from plugin.core.ids import RecordingId
from plugin.core.recordings import RecordingState
from plugin.core.staff import Role, Staff
from plugin.store import recordings as rows
from plugin.store.engine import Store
from plugin.store.keys import Keys
from plugin.store.tables.recordings import recordings
from plugin.store.vault import Lock, Vault
from plugin.wiring import now
from tests.kit.clock import HandClock
from tests.kit.listening import Gate
from tests.kit.people import Town
from tests.kit.sounds import tone

SOUND = tone(30)
RECORDINGS = 12
MOST_KILLS = 40


@pytest.fixture
def supervisor(store: Store, clock: HandClock) -> Staff:
    return Town(store, clock()).staff("bob", Role.SUPERVISOR)


def test_parallel_ranges_of_a_fresh_grant_start_one_listening(
    store: Store, tmp_path: Path, clock: HandClock, supervisor: Staff
) -> None:
    gate = Gate(store, tmp_path, clock)
    recording = gate.record(Town(store, clock()).call(), 30)
    token = gate.grants.ask(supervisor, recording, Purpose.QUALITY, "CS-1").token

    def play(place: int) -> bool:
        start, length = (place * 9_973) % 200_000, 1000 if place % 2 else 270_000
        opened = gate.playback.open(supervisor, recording, token)
        with closing(gate.playback.play(supervisor, opened, start, length)) as sound:
            got = b"".join(sound)
        return got == SOUND[start : start + length]

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(play, range(40)))
    assert gate.acts() == ["listen.granted", "listen.started", "listen.sent"]


def test_a_revocation_between_parallel_ranges_lets_none_begin_after_it(
    store: Store, tmp_path: Path, clock: HandClock, supervisor: Staff
) -> None:
    gate = Gate(store, tmp_path, clock)
    recording = gate.record(Town(store, clock()).call(), 30)
    token = gate.grants.ask(supervisor, recording, Purpose.QUALITY, "CS-1").token

    revoked = Event()

    def act(place: int) -> bool:
        if place == 10:
            gate.grants.revoke(supervisor, recording, token)
            revoked.set()
            return True
        was_revoked = revoked.is_set()
        try:
            return len(gate.play(supervisor, recording, token, place, 100)) == 100 and not was_revoked
        except Denied:
            return True

    with ThreadPoolExecutor(6) as pool:
        assert all(pool.map(act, range(60)))
    assert gate.acts().count("listen.started") <= 1
    with pytest.raises(Denied):
        gate.play(supervisor, recording, token)


IMPORTER = """
import sys
from pathlib import Path
from connectors.recordings.audio import WaveReader
from connectors.recordings.folder import FolderSource
from plugin.services.recordings import Recordings
from plugin.store.engine import Store
from plugin.store.keys import Keys
from plugin.store.vault import Vault
from plugin.wiring import now
from tests.kit.sounds import HeardBus

folder = Path(sys.argv[1])
vault = Vault(folder / "recordings", Keys(folder / "keys"))
sources = {"pbx1": FolderSource(folder / "monitor")}
importer = Recordings(Store(sys.argv[2]), vault, sources, WaveReader(), now, HeardBus(), 12)
print("ready", flush=True)
while True:
    importer.collect()
"""


def _recorded(store: Store, folder: Path) -> None:
    (folder / "monitor").mkdir()
    town = Town(store, now())
    for place in range(RECORDINGS):
        call_id, name = town.call(), f"{place}.wav"
        fact = RecordingFact(name, name, media=Media.TALK, started_at=now(), ended_at=now())
        with store.write() as connection:
            rows.note(connection, call_id, "pbx1", [fact], now(), withheld=False, native_call_ids=())
        (folder / "monitor" / name).write_bytes(tone(5 + place))


@pytest.mark.parametrize("kills", [3, pytest.param(16, marks=pytest.mark.soak)])
def test_importers_that_are_killed_leave_every_ready_row_with_its_file(
    sqlite_store: Store, tmp_path: Path, kills: int
) -> None:
    _recorded(sqlite_store, tmp_path)
    url = f"sqlite:///{sqlite_store.engine.url.database}"
    chance = random.Random(7)
    killed = 0
    while killed < kills or (killed < MOST_KILLS and not _some_are_ready(sqlite_store)):
        with subprocess.Popen(
            [sys.executable, "-c", IMPORTER, str(tmp_path), url],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        ) as importer:
            assert importer.stdout is not None
            importer.stdout.readline()
            time.sleep(chance.uniform(0.05, 1.2) * (1 + killed / 8))
            importer.send_signal(signal.SIGKILL)
        _assert_whole(sqlite_store, tmp_path)
        _end_leases(sqlite_store)
        killed += 1
    assert _some_are_ready(sqlite_store)


def _some_are_ready(store: Store) -> bool:
    with store.read() as connection:
        return connection.scalar(select(recordings.c.id).where(recordings.c.state == "ready").limit(1)) is not None


def _end_leases(store: Store) -> None:
    """Let a quarter of an hour pass for the claims of the dead."""
    with store.write() as connection:
        connection.execute(recordings.update().where(recordings.c.state == "processing").values(next_look_at=0))


def _assert_whole(store: Store, folder: Path) -> list[str]:
    vault = Vault(folder / "recordings", Keys(folder / "keys"))
    with store.read() as connection:
        found = connection.execute(select(recordings)).all()
    for row in found:
        if row.state == RecordingState.READY:
            with vault.open(RecordingId(row.id), Lock(row.keyset, row.key_id)) as sealed:
                assert sealed.size_bytes == row.size_bytes
                assert sealed.read(0, sealed.size_bytes)[:4] == b"RIFF"
        else:
            assert row.state in {RecordingState.PENDING, RecordingState.PROCESSING}
            assert row.keyset is None
    return [row.state for row in found]
