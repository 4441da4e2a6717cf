"""Damaged and hostile files by the dozen through the whole way in: each ends in a state, and memory stays small."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from plugin.store.engine import Store
from tests.kit.damage import damaged, originals
from tests.kit.newest import lay

pytestmark = pytest.mark.needs("ffmpeg")
MOST_OVER_BYTES = 64 << 20
FEW, MANY = 40, 1000

IMPORT = """
import json, sys
from pathlib import Path
from sqlalchemy import select
from connectors.recordings.audio import WaveReader
from connectors.recordings.folder import FolderSource
from plugin.core.calls import Media, RecordingFact
from plugin.services.recordings import Recordings
from plugin.store import recordings as rows
from plugin.store.engine import Store
from plugin.store.keys import Keys
from plugin.store.tables.recordings import recordings
from plugin.store.vault import Vault
from tests.kit.clock import HandClock
from tests.kit.damage import damaged
from tests.kit.people import Town
from tests.kit.sounds import HeardBus

folder, count = Path(sys.argv[1]), int(sys.argv[2])
made = {path.name: path.read_bytes() for path in (folder / "originals").iterdir()}
store = Store(f"sqlite:///{folder / 'site.db'}")
clock = HandClock()
vault = Vault(folder / "recordings", Keys(folder / "keys"))
reader = WaveReader(most_bytes=1 << 24)
importer = Recordings(store, vault, {"pbx": FolderSource(folder)}, reader, clock, HeardBus(), 12)

def memory(word):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(word))

def take(data):
    (folder / "in.wav").write_bytes(data)
    call_id = Town(store, clock()).call()
    fact = RecordingFact(call_id, "in.wav", media=Media.TALK, started_at=clock(), ended_at=clock())
    with store.write() as connection:
        rows.note(connection, call_id, "pbx", [fact], clock(), withheld=False, native_call_ids=())
    settled = 0
    for _ in range(3):
        settled += importer.collect()
        clock.move(seconds=5)
    assert settled == 1
    with store.read() as connection:
        row = connection.execute(select(recordings).where(recordings.c.call_id == call_id)).one()
        return f"{row.state} {row.reason or ''}".strip()

for name in ("capture.wav", "a.mp3", "hours.flac"):
    take(made[name])
Path("/proc/self/clear_refs").write_text("5")  # the highest memory so far is forgotten
base = memory("VmRSS")
states = {}
for seed in range(count):
    state = take(damaged(seed, made))
    states[state] = states.get(state, 0) + 1
over = memory("VmHWM") - base
print(json.dumps({"states": states, "over": over, "base": base}))
"""
CLEAR = {"ready", "empty empty", "corrupt damaged", "corrupt too_long"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("damage") / "originals"
    folder.mkdir()
    for name, data in originals(folder).items():
        (folder / name).write_bytes(data)
    return folder


def _imported(made: Path, folder: Path, count: int) -> dict[str, int]:
    (folder / "originals").symlink_to(made)
    store = Store(f"sqlite:///{folder / 'site.db'}")
    lay(store)
    store.close()
    ran = subprocess.run(
        [sys.executable, "-c", IMPORT, str(folder), str(count)],
        cwd=Path(__file__).parents[2],
        env={**os.environ},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    sys.stdout.write(f"{count} damaged files: {told}\n")
    assert told["over"] <= MOST_OVER_BYTES
    assert set(told["states"]) <= CLEAR
    assert sum(told["states"].values()) == count
    left = [path for path in (folder / "recordings").rglob("*") if path.is_file()]
    assert len(left) == told["states"]["ready"] + 3 - 1  # the warming up's bomb was refused
    states: dict[str, int] = told["states"]
    return states


def test_damaged_files_end_in_a_state_and_in_little_memory(made: Path, tmp_path: Path) -> None:
    states = _imported(made, tmp_path, FEW)
    assert set(states) == CLEAR  # the files are of every kind


@pytest.mark.soak
def test_a_thousand_damaged_files_end_in_a_state_and_in_little_memory(made: Path, tmp_path: Path) -> None:
    _imported(made, tmp_path, MANY)


def test_a_seed_is_a_file(made: Path) -> None:
    parts = {path.name: path.read_bytes() for path in made.iterdir()}
    assert [damaged(seed, parts) for seed in range(20)] == [damaged(seed, parts) for seed in range(20)]


HOUR = """
import json, sys
from pathlib import Path
from connectors.recordings.audio import WaveReader
from connectors.recordings import wave
from plugin.core.ids import RecordingId
from plugin.store.keys import Keys
from plugin.store.vault import Vault
from tests.kit.sounds import read_sound, seal, tone

folder, coded = Path(sys.argv[1]), sys.argv[2]
SECONDS, RATE, CHANNELS = 3600, 8000, 2

class Hour:
    '''An hour of sound that is nowhere whole; of A-law, too, which becomes twice as long.'''
    size_bytes = None

    def __init__(self, code, bits):
        unit = CHANNELS * bits // 8
        head = bytearray(wave.head_of(0, CHANNELS, RATE))
        for at, value in ((20, code), (32, unit), (34, bits)):
            head[at : at + 2] = value.to_bytes(2, "little")
        self.left, self.head = SECONDS * RATE * unit, bytes(head)

    def read(self, most_bytes):
        if self.head:
            head, self.head = self.head, b""
            return head
        piece = bytes(range(256)) * (min(most_bytes, self.left) // 256)
        piece += bytes(min(most_bytes, self.left) - len(piece))
        self.left -= len(piece)
        return piece

    def close(self):
        pass

def memory(word):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(word))

vault = Vault(folder / "recordings", Keys(folder / "keys"))
seal(vault, RecordingId("01KAPQ0000000000000000AAAA"), read_sound(tone(1))[1])
Path("/proc/self/clear_refs").write_text("5")
base = memory("VmRSS")
reader = WaveReader()
with vault.sealing(RecordingId("01KAPQ0000000000000000BBBB"), "2027-11", reader.head_bytes) as sealing:
    audio = reader.read(Hour(1, 16) if coded == "pcm" else Hour(6, 8), sealing.write)
    sealed = sealing.finish(audio.head)
print(json.dumps({"over": memory("VmHWM") - base, "ms": audio.length_ms, "bytes": sealed.size_bytes}))
"""


@pytest.mark.parametrize("coded", [pytest.param("pcm", marks=pytest.mark.soak), "alaw"])
def test_an_hour_in_stereo_comes_in_in_little_memory(tmp_path: Path, coded: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", HOUR, str(tmp_path), coded],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    sys.stdout.write(f"an hour in stereo, {coded}: {told}\n")
    assert (told["ms"], told["bytes"]) == (3_600_000, 44 + 3600 * 8000 * 2 * 2)
    assert told["over"] <= MOST_OVER_BYTES
