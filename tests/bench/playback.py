"""64 KiB ranges a second, and whole files: encrypted, judged and audited, beside plain files by nginx and by Flask.

All under gunicorn's threads with two workers; nginx stands before those that name a file to it, once with the same
questions asked (session, grant, role, basis) and once with none. Random places of a
recording of so many minutes, asked over a few connections that stay open, by one process.
"""

import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.client import HTTPConnection
from pathlib import Path

from plugin.core.access import Purpose
from plugin.core.calls import Media, RecordingFact
from plugin.core.ids import CallId, RecordingId
from plugin.core.ports import Audio
from plugin.core.staff import Role
from plugin.services.accounts import Change
from plugin.store import recordings as rows
from plugin.wiring import House
from tests.bench import Row
from tests.bench.site import BenchSite, free_port
from tests.kit.people import Town
from tests.kit.sounds import seal, wave_file

_RANGE_BYTES = 65_536
_LINES = 4
_RANGES = 1200
_RANGES_SLOW = 60
_WHOLE = 8
_SEEKS = 200  # one listener jumping about
_RUNS = 3
_NGINX = """
{user}
worker_processes 2;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
events {{ worker_connections 512; }}
http {{
  access_log off; sendfile on; tcp_nopush off; keepalive_timeout 75; keepalive_requests 100000;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  upstream bare {{ server 127.0.0.1:{bare}; keepalive 16; }}
  upstream judged {{ server 127.0.0.1:{judged}; keepalive 16; }}
  server {{
    listen 127.0.0.1:{port};
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    location / {{ proxy_pass http://bare; }}
    location /judged/ {{ proxy_pass http://judged; }}
    location /plain/ {{ internal; alias {folder}/; }}
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class _Way:
    """One way to a file of `size_bytes`: where, with which headers, and how many ranges are worth the wait."""

    name: str
    port: int
    path: str
    cookie: str
    size_bytes: int
    ranges: int


@dataclass(frozen=True, slots=True)
class _Run:
    """What one run found."""

    ranges_s: float
    p99_ms: float
    first_ms: float
    whole_mb_s: float


def rows_of(sizes: Sequence[int]) -> list[Row]:
    """Measure with recordings of so many minutes."""
    return [row for minutes in sizes for row in _measured(minutes)]


def _measured(minutes: int) -> list[Row]:
    sound = wave_file(random.Random(1).randbytes(minutes * 60 * 16_000), 1, 8000)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "plain.wav").write_bytes(sound)
        site = BenchSite(folder, operators=1)
        path, cookie = _granted(site, sound)
        judged = "/judged/" + path.split("/")[2]
        with site, _plain(folder) as (bare, nginx):
            ways = (
                _Way("denwaban", site.port, path, cookie, len(sound), _RANGES),
                _Way("the same questions, plain file by nginx", nginx, judged, cookie, len(sound), _RANGES),
                _Way("no questions, plain file by nginx", nginx, "/accel", "", len(sound), _RANGES),
                _Way("no questions, plain file by send_file", bare, "/file", "", len(sound), _RANGES_SLOW),
            )
            for way in ways:
                _together(replace(way, ranges=_LINES * 10), whole=False)
            runs = [[_run(way) for way in ways] for _ in range(_RUNS)]  # by turns: the machine is not always as busy
    middle = [_middle(of_way) for of_way in zip(*runs, strict=True)]
    return [
        {
            "minutes": minutes,
            "way": way.name,
            "ranges_s": round(run.ranges_s),
            "ours_to_it": middle[0].ranges_s / run.ranges_s,
            "p99_ms": run.p99_ms,
            "seek_first_byte_p99_ms": run.first_ms,
            "whole_mb_s": round(run.whole_mb_s),
            "ours_to_it_whole": middle[0].whole_mb_s / run.whole_mb_s,
        }
        for way, run in zip(ways, middle, strict=True)
    ]


def _middle(runs: Sequence[_Run]) -> _Run:
    return _Run(
        statistics.median(run.ranges_s for run in runs),
        statistics.median(run.p99_ms for run in runs),
        statistics.median(run.first_ms for run in runs),
        statistics.median(run.whole_mb_s for run in runs),
    )


def _run(way: _Way) -> _Run:
    took_s, each_s, _ = _together(way, whole=False)
    whole_s, _, _ = _together(replace(way, ranges=_WHOLE), whole=True)
    _, _, first_s = _together(replace(way, ranges=_SEEKS), whole=False, alone=True)
    p99_ms, first_ms = (statistics.quantiles(taken, n=100)[98] * 1000 for taken in (each_s, first_s))
    return _Run(way.ranges / took_s, p99_ms, first_ms, _WHOLE * way.size_bytes / 1e6 / whole_s)


def _together(way: _Way, *, whole: bool, alone: bool = False) -> tuple[float, list[float], list[float]]:
    """Ask from `_LINES` connections at once, one for whole files or `alone`.

    Return the seconds it took: all, each, and each until its first byte.
    """
    lines = 1 if whole or alone else _LINES
    failed: list[BaseException] = []
    each_s: list[float] = []
    first_s: list[float] = []

    def ask(seed: int) -> None:
        places = random.Random(seed)
        line = HTTPConnection("127.0.0.1", way.port, timeout=120)
        try:
            for _ in range(way.ranges // lines):
                start = 0 if whole else places.randrange(way.size_bytes - _RANGE_BYTES)
                stop = way.size_bytes if whole else start + _RANGE_BYTES
                headers = {"Range": f"bytes={start}-{stop - 1}", "Cookie": way.cookie}
                asked_at = time.perf_counter()
                line.request("GET", way.path, headers=headers)
                answer = line.getresponse()
                first = answer.read(1)
                first_s.append(time.perf_counter() - asked_at)
                if answer.status != 206 or len(first + answer.read()) != stop - start:
                    raise RuntimeError(f"{way.name} answered {answer.status}")
                each_s.append(time.perf_counter() - asked_at)
        except BaseException as error:  # noqa: BLE001  told by the thread that waits
            failed.append(error)
        finally:
            line.close()

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(lines)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return time.perf_counter() - began, each_s, first_s


def _granted(site: BenchSite, sound: bytes) -> tuple[str, str]:
    house, token = site.house, site.tokens[0]
    staff = house.sessions.whose(token, "127.0.0.1")
    house.accounts.change(staff.user_id, Change(role=Role.SUPERVISOR), None)
    recording_id = imported(house, sound, Town(house.store, house.clock()).call())
    grant = house.grants.ask(house.sessions.whose(token, "127.0.0.1"), recording_id, Purpose.QUALITY, "BENCH-1")
    return f"/recordings/{recording_id}/audio", f"denwaban={token}; denwaban-grant={grant.token}"


def imported(house: House, sound: bytes, call_id: CallId) -> RecordingId:
    """Let the call have this recording, encrypted and ready."""
    now = house.clock()
    fact = RecordingFact(call_id, "bench.wav", media=Media.TALK, started_at=now, ended_at=now)
    with house.store.write() as connection:
        rows.note(connection, call_id, "bench", [fact], now, withheld=False, native_call_ids=())
    with house.store.write() as connection:
        (due,) = rows.due(connection, now, 1)
        rows.claim(connection, due, now)
        audio = Audio(sound[:44], "audio/wav", "pcm16", 1, len(sound) // 16, b"")
        assert rows.make_ready(connection, due.id, now, audio, seal(house.vault, due.id, sound), now)
    return due.id


@contextmanager
def _plain(folder: Path) -> Iterator[tuple[int, int]]:
    """Serve the plain file by Flask and by nginx before it; give the ports of the bare application and of nginx."""
    bare, judged, nginx = free_port(), free_port(), free_port()
    user = "user root;" if os.getuid() == 0 else ""
    conf = folder / "nginx.conf"
    conf.write_text(_NGINX.format(user=user, folder=folder, bare=bare, judged=judged, port=nginx), "utf-8")
    command = [sys.executable, "-m", "gunicorn", "-k", "gthread", "-w", "2", "--threads", "250", "--keep-alive", "75"]
    commands = [
        [*command, "-b", f"127.0.0.1:{bare}", "--no-control-socket", "tests.bench.files:app"],
        [*command, "-b", f"127.0.0.1:{judged}", "--no-control-socket", "tests.bench.files:judged()"],
        [shutil.which("nginx") or "/usr/sbin/nginx", "-c", str(conf)],
    ]
    environment = {**os.environ, "BENCH_FILE": str(folder / "plain.wav")}
    quiet = subprocess.DEVNULL
    servers = [subprocess.Popen(one, env=environment, stdout=quiet, stderr=quiet) for one in commands]
    try:
        for port in (bare, judged, nginx):
            _wait_for(port)
        yield bare, nginx
    finally:
        for server in servers:
            server.terminate()
        for server in servers:
            server.wait(30)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            line = HTTPConnection("127.0.0.1", port, timeout=2)
            line.request("GET", "/")
            line.getresponse().read()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
