"""A web worker killed while it streams a recording: nobody heard what nobody was granted, and nothing plain is left.

A real gunicorn under its own master, which puts a new worker in the killed one's place. The sound is noise that nothing
else holds; every sixteenth byte of it begins a shingle that every file of the site is searched for.
"""

import http.client
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http import HTTPStatus
from pathlib import Path

import pytest
from ahocorasick_rs import BytesAhoCorasick
from sqlalchemy import func, select

from plugin.core.access import Purpose
from plugin.core.ids import RecordingId
from plugin.core.staff import Role
from plugin.settings import load
from plugin.store.schema import upgrade
from plugin.store.tables.audit import audit_lines
from plugin.store.tables.recordings import grants
from plugin.wiring import House
from tests.kit.listening import bring_in
from tests.kit.people import Town
from tests.kit.processes import below, children, is_alive, own_port, wait_for
from tests.kit.sounds import wave_file
from tests.kit.staff import hire, session_of
from tests.kit.workers import ROOT

_NOISE = random.Random(23).randbytes(4096)
SOUND = wave_file(_NOISE * 200, 1, 8000)  # 51 s
SHINGLES = BytesAhoCorasick([_NOISE[at : at + 16] for at in range(0, 4096, 16)])


class Played:
    """A site with one recording, a supervisor who may hear it in a case, and a web server that is killed."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        for name in ("tmp", "home"):
            (folder / name).mkdir()
        self.house = House(load(data_dir=folder / "data", public_url=f"http://127.0.0.1:{port}"))
        upgrade(self.house.store)
        town = Town(self.house.store, self.house.clock())
        user = hire(self.house, Role.SUPERVISOR, "mori", team="support")
        self.session = session_of(self.house, user)
        self.recording: RecordingId = bring_in(self.house, town.call(town.customer("S1")), SOUND)

    @contextmanager
    def served(self) -> Iterator[subprocess.Popen[bytes]]:
        own = {"DENWABAN_DATA_DIR": str(self.folder / "data"), "DENWABAN_WEB_WORKERS": "1"}
        own |= {"DENWABAN_PUBLIC_URL": self.house.settings.public_url, "PYTHONDONTWRITEBYTECODE": "1"}
        own |= {"TMPDIR": str(self.folder / "tmp"), "HOME": str(self.folder / "home")}
        command = [sys.executable, "-m", "plugin", "serve", "--only", "web", "--bind", f"127.0.0.1:{self.port}"]
        with (self.folder / "log").open("wb") as log:
            master = subprocess.Popen(command, cwd=ROOT, env=os.environ | own, stdout=log, stderr=log)
        try:
            yield master
        finally:
            family = below(master.pid)
            master.terminate()
            master.wait(60)
            wait_for(lambda: not any(map(is_alive, family)))

    def worker(self, master: "subprocess.Popen[bytes]") -> int:
        """Return the one worker that answers by now."""
        wait_for(self._answers)
        (found,) = [pid for pid in children(master.pid) if is_alive(pid)]
        return found

    def _answers(self) -> bool:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        with closing(line), suppress(OSError, http.client.HTTPException):
            line.request("GET", "/healthz")
            with line.getresponse() as answer:
                return answer.status == HTTPStatus.OK
        return False

    def granted(self) -> str:
        """Let the supervisor have a grant, and return its token."""
        actor = self.house.sessions.whose(self.session, "127.0.0.1")
        return self.house.grants.ask(actor, self.recording, Purpose.HARASSMENT, "CS-1").token

    def heard(self, token: str, worker: int, most_bytes: int) -> bytes:
        """Play it, kill the worker once so many bytes have come, and return all that came."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        cookies = f"denwaban={self.session}; denwaban-grant={token}"
        line.request("GET", f"/recordings/{self.recording}/audio", headers={"Cookie": cookies})
        came, sound, answer = b"", False, None
        try:
            answer = line.getresponse() if most_bytes else None
            while answer and len(came) < most_bytes and (piece := answer.read1(most_bytes - len(came))):
                came += piece
            os.kill(worker, signal.SIGKILL)
            answer = answer or line.getresponse()
            sound = answer.status == HTTPStatus.OK
            while piece := answer.read1(65536):
                came += piece
        except (OSError, http.client.HTTPException):  # that is how the death of a worker is seen
            pass
        finally:
            if answer:
                answer.close()
            line.close()
        wait_for(lambda: not is_alive(worker))
        return came if sound else b""

    def begun(self) -> tuple[int, int]:
        """Return how many grants a stream began under, and how many lines say so."""
        with self.house.store.read() as connection:
            streams = select(func.count()).select_from(grants).where(grants.c.stream_id.is_not(None))
            lines = select(func.count()).select_from(audit_lines).where(audit_lines.c.act == "listen.started")
            return int(connection.execute(streams).scalar_one()), int(connection.execute(lines).scalar_one())

    def plain(self) -> list[str]:
        """Return the files that hold a piece of the sound."""
        files = [path for path in self.folder.rglob("*") if path.is_file()]
        files += [path for path in Path("/dev/shm").glob("wgunicorn*") if path.is_file()]
        return [str(path) for path in files if _holds(path)]


def _holds(path: Path) -> bool:
    try:
        return bool(SHINGLES.find_matches_as_indexes(path.read_bytes()))
    except OSError:  # gone meanwhile
        return False


def _live(folder: Path, kills: int) -> None:
    dice = random.Random(kills)
    with own_port() as port:
        site = Played(folder, port)
        with site.served() as master:
            heard = 0
            for count in range(kills):
                worker, before = site.worker(master), site.begun()
                token = "of nobody" if count % 4 == 3 else site.granted()
                came = site.heard(token, worker, dice.choice([0, 1, dice.randrange(len(SOUND)), len(SOUND)]))
                streams, lines = site.begun()
                assert streams == lines
                assert SOUND.startswith(came)
                assert streams - before[0] == 1 or not came
                assert not (token == "of nobody" and (came or streams != before[0]))
                assert site.plain() == []
                heard += len(came)
            assert heard
            again = site.granted()
            site.house.grants.revoke(site.house.sessions.whose(site.session, "127.0.0.1"), site.recording, again)
            assert site.heard(again, site.worker(master), len(SOUND)) == b""
        site.house.close()


def test_a_killed_stream_was_granted_and_written_down_and_leaves_nothing_plain(tmp_path: Path) -> None:
    _live(tmp_path, 4)


@pytest.mark.soak
def test_two_hundred_killed_streams(tmp_path: Path) -> None:
    _live(tmp_path, 200)


def test_the_search_finds_any_piece_of_the_sound(tmp_path: Path) -> None:
    left = tmp_path / "left"
    for start in (44, 51, 4096 + 13):
        left.write_bytes(b"odd" + SOUND[start : start + 31])
        assert _holds(left)
    left.write_bytes(random.Random(1).randbytes(100_000))
    assert not _holds(left)
