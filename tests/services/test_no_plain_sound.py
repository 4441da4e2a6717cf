"""No file holds sound in the clear at any moment: while it comes in, is converted and played, and after a kill.

The sound is noise that nothing else holds. At chosen moments everything stands still: then every file of the site, of
the temporary folders and of every process that takes part, deleted ones that are still open included, is searched.
"""

import os
import random
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from plugin.core.ids import RecordingId
from plugin.store.engine import Store
from plugin.store.keys import Keys
from plugin.store.vault import Lock, Vault
from tests.kit.newest import lay
from tests.kit.processes import below, is_alive, wait_for
from tests.kit.sounds import wave_file

pytestmark = pytest.mark.needs("ffmpeg")
_NOISE = random.Random(11).randbytes(4096)
SOUND = _NOISE * 400  # 100 s at 8 kHz
PIECES = [_NOISE[at : at + 24] for at in range(0, 4096, 512)]
SHM = Path("/dev/shm")
_WRITES = os.O_WRONLY | os.O_RDWR

WORK = """
import sys
from pathlib import Path
from connectors.recordings.audio import WaveReader
from connectors.recordings.folder import FolderSource
from plugin.core.calls import Media, RecordingFact
from plugin.services.recordings import Recordings
from plugin.store import recordings as rows
from plugin.store.engine import Store
from plugin.store.keys import Keys
from plugin.store.tables.recordings import recordings
from plugin.store.vault import Lock, Vault
from sqlalchemy import select
from tests.kit.clock import HandClock
from tests.kit.people import Town
from tests.kit.sounds import HeardBus

folder, name = Path(sys.argv[1]), sys.argv[2]

def still(word):
    print(word, flush=True)
    sys.stdin.readline()

class Halting(WaveReader):
    def read(self, file, write):
        seen = 0
        def halting(piece):
            nonlocal seen
            write(piece)
            seen += 1
            if seen in (1, 4, 12):
                still(f"importing {seen}")
        audio = super().read(file, halting)
        still("read")
        return audio

store = Store(f"sqlite:///{folder / 'site.db'}")
clock = HandClock()
vault = Vault(folder / "recordings", Keys(folder / "keys"))
importer = Recordings(store, vault, {"pbx": FolderSource(folder / "monitor")}, Halting(), clock, HeardBus(), 12)
call_id = Town(store, clock()).call()
fact = RecordingFact("1", name, media=Media.TALK, started_at=clock(), ended_at=clock())
with store.write() as connection:
    rows.note(connection, call_id, "pbx", [fact], clock(), withheld=False, native_call_ids=())
importer.collect()
clock.move(seconds=1)
assert importer.collect() == 1
still("ready")
with store.read() as connection:
    row = connection.execute(select(recordings)).one()
with vault.open(row.id, Lock(row.keyset, row.key_id)) as sealed:
    sound = sealed.read(0, 100_000)
    still("playing")
print("end", row.id, row.keyset.hex(), row.key_id, flush=True)
"""


class Watch:
    """A site in a folder of its own, whose process stands still whenever it says a word."""

    def __init__(self, folder: Path, worker: "subprocess.Popen[str]", before: set[str]) -> None:
        self.folder, self.worker, self._before = folder, worker, before

    def word(self) -> str:
        assert self.worker.stdout is not None
        assert self.worker.stderr is not None
        word = self.worker.stdout.readline().strip()
        assert word, self.worker.stderr.read()
        return word

    def go_on(self) -> None:
        assert self.worker.stdin is not None
        self.worker.stdin.write("\n")
        self.worker.stdin.flush()

    def files(self) -> Iterator[Path]:
        new = [SHM / name for name in set(os.listdir(SHM)) - self._before]  # others' too: they come and go
        for place in (self.folder / "site", self.folder / "tmp", self.folder / "home", *new):
            yield from (path for path in (place, *place.rglob("*")) if path.is_file())

    def open_ones(self) -> Iterator[tuple[int, Path]]:
        """Every regular file that a process of ours may write, also where its name is gone."""
        for pid in {self.worker.pid, *below(self.worker.pid)}:
            for handle in Path(f"/proc/{pid}/fd").iterdir():
                told = Path(f"/proc/{pid}/fdinfo/{handle.name}").read_text()
                flags = int(next(line.split()[1] for line in told.splitlines() if line.startswith("flags")), 8)
                if stat.S_ISREG(handle.stat().st_mode) and flags & _WRITES:
                    yield pid, handle

    def plain(self) -> list[str]:
        """Return the files that hold a piece of the sound, but for what the phone system left itself."""
        found = [path for path in self.files() if not path.is_relative_to(self.folder / "site" / "monitor")]
        if self.worker.poll() is None:
            found += [handle for _, handle in self.open_ones()]
        return [str(path) for path in found if _holds(path)]


def _holds(path: Path) -> bool:
    try:
        data = path.read_bytes()
    except OSError:  # gone meanwhile, or another's
        return False
    return any(piece in data for piece in PIECES)


@contextmanager
def _working(folder: Path, name: str) -> Iterator[Watch]:
    for place in ("site/monitor", "tmp", "home"):
        (folder / place).mkdir(parents=True)
    store = Store(f"sqlite:///{folder / 'site' / 'site.db'}")
    lay(store)
    store.close()
    plain = folder / "plain.wav"
    plain.write_bytes(wave_file(SOUND, 1, 8000))
    left = folder / "site" / "monitor" / name
    if name.endswith(".wav"):
        shutil.move(plain, left)
    else:
        subprocess.run(["ffmpeg", "-v", "error", "-i", str(plain), str(left)], check=True)
        assert not _holds(left)  # packed: only who unpacks it can leave what we look for
        plain.unlink()
    with subprocess.Popen(
        [sys.executable, "-c", WORK, str(folder / "site"), name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(folder / "tmp"), "HOME": str(folder / "home"), "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=Path(__file__).parents[2],
    ) as worker:
        try:
            yield Watch(folder, worker, set(os.listdir(SHM)))
        finally:
            worker.kill()


@pytest.mark.parametrize("name", ["a.wav", "a.flac"])
def test_nothing_plain_is_on_the_disk_at_any_moment(tmp_path: Path, name: str) -> None:
    with _working(tmp_path, name) as watch:
        words = []
        while not (word := watch.word()).startswith("end "):
            words.append(word)
            assert watch.plain() == []
            for _, handle in watch.open_ones():
                assert Path(os.readlink(handle)).is_relative_to(tmp_path / "site")
            if word.startswith("importing") and name.endswith(".flac"):
                _assert_that_ffmpeg_can_leave_nothing(watch)
            watch.go_on()
        assert words == ["importing 1", "importing 4", "importing 12", "read", "ready", "playing"]
        _, recording_id, keyset, key_id = word.split()
    vault = Vault(tmp_path / "site" / "recordings", Keys(tmp_path / "site" / "keys"))
    with vault.open(RecordingId(recording_id), Lock(bytes.fromhex(keyset), key_id)) as sealed:
        assert sealed.read(44, len(SOUND)) == SOUND
    assert watch.plain() == []


def _assert_that_ffmpeg_can_leave_nothing(watch: Watch) -> None:
    (program,) = below(watch.worker.pid)
    limits = Path(f"/proc/{program}/limits").read_text().splitlines()
    said = {line[:26].strip(): line[26:].split()[:2] for line in limits}
    assert said["Max file size"] == said["Max core file size"] == ["0", "0"]
    assert [pid for pid, _ in watch.open_ones() if pid == program] == []


@pytest.mark.parametrize("name", ["a.wav", "a.flac"])
@pytest.mark.parametrize("moment", ["importing 1", "importing 12", "read", "playing"])
def test_a_kill_leaves_nothing_plain(tmp_path: Path, name: str, moment: str) -> None:
    with _working(tmp_path, name) as watch:
        while watch.word() != moment:
            watch.go_on()
        children = below(watch.worker.pid)
        watch.worker.kill()
        watch.worker.wait()
        for child in children:
            _end_of(child)
        assert watch.plain() == []
        sealed = [path for path in (tmp_path / "site").rglob("*") if path.suffix in (".sealed", ".part")]
        assert len(sealed) == 1


def _end_of(pid: int) -> None:
    """Wait until ffmpeg, whose pipes broke, has ended."""
    wait_for(lambda: not is_alive(pid))


def test_the_search_finds_what_it_looks_for(tmp_path: Path) -> None:
    with _working(tmp_path, "a.flac") as watch:
        watch.word()
        (tmp_path / "tmp" / "left.raw").write_bytes(b"odd" + SOUND[100:9000])
        assert watch.plain() == [str(tmp_path / "tmp" / "left.raw")]
