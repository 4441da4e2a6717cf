"""Sounds made by arithmetic, and a house's hands for recordings."""

import io
import math
from functools import cache
from pathlib import Path

from connectors.recordings import wave
from connectors.recordings.audio import WaveReader
from connectors.recordings.folder import FolderSource
from plugin.core.ids import RecordingId
from plugin.core.ports import ANYTHING, Audio
from plugin.services.recordings import Recordings
from plugin.store.engine import Store
from plugin.store.keys import Keys
from plugin.store.vault import Sealed, Vault
from tests.kit.canary import Kind
from tests.kit.clock import HandClock
from tests.kit.watch import heard, know

RATE = 8000
KEPT_MONTHS = 12


@cache
def tone(seconds: float, rate: int = RATE) -> bytes:
    """Return a WAVE file of a tone that grows louder."""
    count = int(seconds * rate)
    values = (int(30_000 * n / count * math.sin(n * 0.35)) for n in range(count))
    return _known(wave_file(b"".join(value.to_bytes(2, "little", signed=True) for value in values), 1, rate))


@cache
def talk(seconds: int, rate: int = RATE) -> bytes:
    """Return a stereo WAVE file in which the two channels sound by turns of three seconds, as two who talk do."""
    count = seconds * rate
    sound = bytearray()
    for n in range(count):
        turn = (n // (3 * rate)) % 2
        swell = 0.25 + 0.75 * abs(math.sin(n / rate * 2.1)) * abs(math.sin(n / rate * 0.37))
        value = int(21_000 * swell * math.sin(n * 0.3)).to_bytes(2, "little", signed=True)
        sound += b"\0\0" + value if turn else value + b"\0\0"
    return _known(wave_file(bytes(sound), 2, rate))


def _known(sound: bytes) -> bytes:
    cuts = (sound[at : at + 24] for at in range(len(sound) // 2, len(sound) - 24, max(24, len(sound) // 16)))
    know(Kind.SOUND, *(cut for cut in cuts if len(set(cut)) > 12), lasting=True)
    return sound


def wave_file(sound: bytes, channels: int, rate: int) -> bytes:
    """Return a WAVE file of these 16-bit samples."""
    return wave.head_of(len(sound), channels, rate) + sound


class Given:
    """A recorded file in memory, given in pieces of at most `cut` bytes."""

    size_bytes = None

    def __init__(self, data: bytes, cut: int = 1 << 30) -> None:
        self._left = io.BytesIO(data)
        self._cut = cut

    def read(self, most_bytes: int) -> bytes:
        """Return the next bytes."""
        return self._left.read(min(most_bytes, self._cut))

    def close(self) -> None:
        """Nothing to let go of."""


def read_sound(data: bytes, reader: WaveReader | None = None) -> tuple[Audio, bytes]:
    """Read a recorded file; return what was measured, and the whole playable file."""
    made = bytearray()
    audio = (reader or WaveReader()).read(Given(data), made.extend)
    return audio, audio.head + bytes(made)


def seal(vault: Vault, recording_id: RecordingId, data: bytes, month: str = "2027-11") -> Sealed:
    """Put a finished playable file into the vault."""
    with vault.sealing(recording_id, month, min(wave.HEAD_BYTES, len(data))) as sealing:
        sealing.write(data[wave.HEAD_BYTES :])
        return sealing.finish(data[: wave.HEAD_BYTES])


class HeardBus:
    """A bus that only remembers what was published."""

    def __init__(self) -> None:
        self.told: list[tuple[str, ...]] = []

    def publish(self, topics: tuple[str, ...], about: str = ANYTHING) -> None:
        assert topics, "a word for nobody"
        self.told.append(topics)
        heard("bus", f"{topics} {about}")


class Recorder:
    """A phone system's folder, and the importer that looks into it."""

    def __init__(self, store: Store, folder: Path, clock: HandClock, vault: Vault | None = None) -> None:
        self.monitor = folder / "monitor"
        self.monitor.mkdir(exist_ok=True)
        self.vault_folder = folder / "recordings"
        self.vault = vault or Vault(self.vault_folder, Keys(folder / "keys"))
        self.bus = HeardBus()
        self.clock = clock
        sources = {"pbx1": FolderSource(self.monitor)}
        self.recordings = Recordings(store, self.vault, sources, WaveReader(), clock, self.bus, KEPT_MONTHS)

    def put(self, name: str, sound: bytes) -> None:
        """Leave a file in the folder as the phone system does."""
        (self.monitor / name).write_bytes(sound)

    def settle(self) -> int:
        """Look until nothing is due in the next ten seconds; return how many recordings were settled."""
        settled = 0
        for _ in range(10):
            settled += self.recordings.collect()
            self.clock.move(seconds=1)
        return settled
