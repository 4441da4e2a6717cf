"""`denwaban serve` with real processes: a whole site starts, serves, heals itself and ends without leaving anything."""

import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.error import URLError

import pytest
import requests

from plugin.settings import load
from plugin.wiring import House
from tests.kit.processes import below, children, is_alive, own_port, wait_for
from tests.kit.staff import hire, session_of

ROOT = Path(__file__).parent.parent.parent


class Site:
    """A served site in a folder of its own."""

    def __init__(self, data_dir: Path, port: int) -> None:
        self.port = port
        self.log = data_dir.parent / "log"
        names = {"DATA_DIR": str(data_dir), "WEB_WORKERS": "2", "WEB_THREADS": "8"}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "plugin", "serve", "--bind", f"127.0.0.1:{self.port}"],
                cwd=ROOT,
                env={**os.environ, **{f"DENWABAN_{name}": value for name, value in names.items()}},
                stderr=log,
            )

    def get(self, path: str) -> tuple[int, str]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=60) as answer:
            return answer.status, answer.read().decode()

    def counted(self, view: str) -> float:
        """Return how many answers /metrics counts for the view, over all web workers."""
        lines = self.get("/metrics")[1].splitlines()
        mine = [line for line in lines if line.startswith("denwaban_requests_total{") and f'view="{view}"' in line]
        return sum(float(line.rsplit(" ", 1)[1]) for line in mine)

    def is_ready(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        try:
            return self.get("/readyz")[0] == 200
        except (URLError, ConnectionError, TimeoutError):
            return False


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with own_port() as port:
        started = Site(tmp_path / "data", port)
        try:
            wait_for(started.is_ready)
            yield started
        finally:
            family = below(started.process.pid)
            started.process.kill()
            started.process.wait()
            wait_for(lambda: not any(map(is_alive, family)))


def test_a_site_serves_heals_itself_and_ends_in_order(site: Site) -> None:
    assert site.get("/healthz") == (200, "ok\n")
    assert site.get("/sign-in?tel=09012345678")[0] == 200
    for _ in range(20):  # over both workers
        site.get("/sign-in")
    assert site.counted("sign_in.form") == 21
    second = _serve_on_the_same_port(site)
    assert second.returncode == 1
    assert f"cannot listen on 127.0.0.1:{site.port}: Address already in use" in second.stderr.decode()

    web = _web_server(site)
    old = {web, *below(web)}
    os.kill(web, signal.SIGKILL)
    wait_for(lambda: len(below(site.process.pid) - old) >= 3 and not any(map(is_alive, old)))  # a server, two workers
    wait_for(site.is_ready)

    family = below(site.process.pid)
    with _open_desk(site) as desk:
        told = desk.iter_lines()
        assert next(told) == b"event: desk"
        site.process.terminate()
        # The stream comes to an end of its own: one that slept on to its next heartbeat would be cut off in its middle.
        assert b"event: beat" not in list(told)
    assert site.process.wait(120) == 0
    wait_for(lambda: not any(map(is_alive, family)))
    said = site.log.read_text()
    assert '"view": "sign_in.form"' in said
    assert "09012345678" not in said


def test_nothing_outlives_a_serve_that_is_killed(site: Site) -> None:
    family = below(site.process.pid)
    site.process.send_signal(signal.SIGKILL)
    site.process.wait()
    wait_for(lambda: not any(map(is_alive, family)))


def _open_desk(site: Site) -> requests.Response:
    """Return the stream of a desk of this site, begun."""
    with closing(House(load(data_dir=site.log.parent / "data"))) as house:
        token = session_of(house, hire(house))
    return requests.get(
        f"http://127.0.0.1:{site.port}/desk/stream", cookies={"denwaban": token}, stream=True, timeout=120
    )


def _web_server(site: Site) -> int:
    (found,) = (
        pid for pid in children(site.process.pid) if b"--only\0web" in Path(f"/proc/{pid}/cmdline").read_bytes()
    )
    return found


def _serve_on_the_same_port(site: Site) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "plugin", "serve", "--bind", f"127.0.0.1:{site.port}"],
        cwd=ROOT,
        env={**os.environ, "DENWABAN_DATA_DIR": str(site.log.parent / "other")},
        capture_output=True,
        timeout=120,
        check=False,
    )
