"""64 KiB ranges a second, and whole files: encrypted, judged and audited, beside plain files by nginx and by Flask.

All under gunicorn's threads with two workers. nginx stands before those that name a file to it: a Flask application
that asks what any must (whose session, whose grant: one look into SQLite), the same without asking anybody, and our own
application with all its questions. Random places of a recording of so many minutes, asked over a few connections that
stay open, by one process; by turns, because a machine is not always as busy.
"""

import os
import random
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
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
from tests.bench.files import RIGHTS, hash_of
from tests.bench.ranges import Asked, Way, ask, p99_ms
from tests.bench.site import BenchSite, free_port
from tests.kit.people import Town
from tests.kit.sounds import seal, wave_file

_LINES = 4
_RANGES = 2000
_RANGES_SLOW = 60
_WARM_UP = 200
_WHOLE = 8
_SEEKS = 200  # one listener jumping about
_RUNS = 5
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
  upstream asking {{ server 127.0.0.1:{asking}; keepalive 16; }}
  upstream judged {{ server 127.0.0.1:{judged}; keepalive 16; }}
  server {{
    listen 127.0.0.1:{port};
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    location / {{ proxy_pass http://bare; }}
    location /asking/ {{ proxy_pass http://asking; }}
    location /judged/ {{ proxy_pass http://judged; }}
    location /alone/ {{ alias {folder}/; }}
    location /plain/ {{ internal; alias {folder}/; }}
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class _Run:
    """What one run found."""

    ranges_s: float
    cpu_us: float
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
        _let_in(folder / "rights.db", path.split("/")[2])
        with site, _plain(folder) as at:
            ways = _ways(site, at, path, cookie, len(sound))
            for way in ways:
                ask(way, min(way.ranges, _WARM_UP), lines=_LINES)
            runs = [[_run(way) for way in ways] for _ in range(_RUNS)]
    ours, *_ = runs_of = list(zip(*runs, strict=True))
    return [_row(minutes, way, ours, taken) for way, taken in zip(ways, runs_of, strict=True)]


def _ways(site: BenchSite, at: "_At", path: str, cookie: str, size: int) -> list[Way]:
    recording_id = path.split("/")[2]
    by_nginx = (
        ("Flask asks, nginx sends", f"/asking/{recording_id}", "session=a; grant=b", at.asking_pid),
        ("Flask asks nothing, nginx sends", "/accel", "", at.bare_pid),
        ("ours asks, nginx sends", f"/judged/{recording_id}", cookie, at.judged_pid),
    )
    return [
        Way("denwaban", site.port, path, cookie, size, _RANGES, (site.pid,)),
        *(
            Way(name, at.nginx, place, its, size, _RANGES, (asking_pid, at.nginx_pid))
            for name, place, its, asking_pid in by_nginx
        ),
        Way("nginx alone", at.nginx, "/alone/plain.wav", "", size, _RANGES, (at.nginx_pid,)),
        Way("Flask sends (send_file)", at.bare, "/file", "", size, _RANGES_SLOW, (at.bare_pid,)),
    ]


def _row(minutes: int, way: Way, ours: Sequence[_Run], taken: Sequence[_Run]) -> Row:
    def middle(figure: Callable[[_Run], float]) -> float:
        return statistics.median(figure(run) for run in taken)

    def ours_to_it(figure: Callable[[_Run], float]) -> float:
        """Of each turn, then the middle: what slows a turn slows both."""
        return statistics.median(figure(mine) / figure(its) for mine, its in zip(ours, taken, strict=True))

    return {
        "minutes": minutes,
        "way": way.name,
        "ranges_s": round(middle(lambda run: run.ranges_s)),
        "ours_to_it": ours_to_it(lambda run: run.ranges_s),
        "cpu_us": round(middle(lambda run: run.cpu_us)),
        "p99_ms": middle(lambda run: run.p99_ms),
        "seek_first_byte_p99_ms": middle(lambda run: run.first_ms),
        "whole_mb_s": round(middle(lambda run: run.whole_mb_s)),
        "ours_to_it_whole": ours_to_it(lambda run: run.whole_mb_s),
    }


def _run(way: Way) -> _Run:
    ranges = ask(way, way.ranges, lines=_LINES)
    whole = ask(way, _WHOLE, lines=1, whole=True)
    alone: Asked = ask(way, min(_SEEKS, way.ranges), lines=1)
    return _Run(
        ranges_s=way.ranges / ranges.took_s,
        cpu_us=ranges.cpu_s / way.ranges * 1e6,
        p99_ms=p99_ms(ranges.each_s),
        first_ms=p99_ms(alone.first_s),
        whole_mb_s=_WHOLE * way.size_bytes / 1e6 / whole.took_s,
    )


def _let_in(path: Path, recording_id: str) -> None:
    """Write down for the plain application that the session `a` is somebody's and the grant `b` his, for this one."""
    with sqlite3.connect(path) as connection:
        connection.executescript(RIGHTS)
        until = time.time() + 3600
        connection.execute("INSERT INTO sessions VALUES (?, 'u', ?)", (hash_of("a"), until))
        connection.execute("INSERT INTO grants VALUES (?, 'u', ?, ?)", (hash_of("b"), recording_id, until))
    connection.close()


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


@dataclass(frozen=True, slots=True)
class _At:
    """Where the others listen, and as which processes."""

    bare: int
    nginx: int
    bare_pid: int
    asking_pid: int
    judged_pid: int
    nginx_pid: int


@contextmanager
def _plain(folder: Path) -> Iterator[_At]:
    """Serve the plain file by Flask and by nginx before it."""
    bare, asking, judged, nginx = (free_port() for _ in range(4))
    user = "user root;" if os.getuid() == 0 else ""
    conf = folder / "nginx.conf"
    ports = {"bare": bare, "asking": asking, "judged": judged, "port": nginx}
    conf.write_text(_NGINX.format(user=user, folder=folder, **ports), "utf-8")
    command = [sys.executable, "-m", "gunicorn", "-k", "gthread", "-w", "2", "--threads", "250", "--keep-alive", "75"]
    commands = [
        *(
            [*command, "-b", f"127.0.0.1:{port}", "--no-control-socket", f"tests.bench.files:{app}"]
            for port, app in ((bare, "app"), (asking, "asking()"), (judged, "judged()"))
        ),
        [shutil.which("nginx") or "/usr/sbin/nginx", "-c", str(conf)],
    ]
    environment = {
        **os.environ,
        "BENCH_FILE": str(folder / "plain.wav"),
        "BENCH_RIGHTS": str(folder / "rights.db"),
    }
    quiet = subprocess.DEVNULL
    servers = [subprocess.Popen(one, env=environment, stdout=quiet, stderr=quiet) for one in commands]
    try:
        for port in (bare, asking, judged, nginx):
            _wait_for(port)
        yield _At(bare, nginx, *(server.pid for server in servers))
    finally:
        for server in servers:
            server.terminate()
        for server in servers:
            server.wait(30)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            line = HTTPConnection("127.0.0.1", port, timeout=10)
            line.request("GET", "/")
            line.getresponse().read()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
