"""A site grows: it moves to MariaDB while it is served and tells the same story there; pops cross hosts by Redis."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import redis
import requests
from playwright.sync_api import Browser
from redis.client import PubSub

from connectors.bus.redis import CHANNEL
from plugin.core.calls import EventType
from plugin.settings import load
from plugin.store import audit
from plugin.store.tables.calls import calls
from plugin.wiring import House
from tests.kit.browser import visitor
from tests.kit.mariadb import PrivateMariadb
from tests.kit.processes import below, is_alive, own_port, wait_for
from tests.kit.redis import PrivateRedis
from tests.kit.rows import rows
from tests.kit.staff import session_of
from tests.kit.stage import ROOT, Staged, staged
from tests.kit.story import SCENE, Story, enter

pytestmark = pytest.mark.needs("mariadbd")
ELSEWHERE = "tanaka"  # not whose desk the story is told on: that one is to hold the call of the story alone
CROSSING = replace(SCENE, name="crossing", number="080-5555-0199", agents=("103",), answers="103")


@contextmanager
def _served(url: str, *words: str, **given: str) -> Iterator[None]:
    """Serve the site of this environment until the end."""
    command = [sys.executable, "-m", "plugin", "serve", *words]
    with subprocess.Popen(command, cwd=ROOT, env=os.environ | given, stderr=subprocess.DEVNULL) as server:
        try:
            wait_for(lambda: _is_ready(url, server))
            yield
        finally:
            family = below(server.pid)
            server.terminate()
            server.wait(60)
            wait_for(lambda: not any(map(is_alive, family)))


def _is_ready(url: str, server: "subprocess.Popen[bytes]") -> bool:
    assert server.poll() is None
    try:
        return requests.get(f"{url}/readyz", timeout=10).ok
    except requests.RequestException:
        return False


def _is_imported(site: Staged) -> bool:
    with site.house.store.read() as connection:
        done = sum(line.act == "recording.imported" for line, _ in audit.lines(connection, 0, audit.HIGHEST))
    return done == len(list(site.stage.recordings_dir.iterdir()))


def _move(site: Staged, url: str) -> None:
    """Move it while it is served, end it, and set what the command says."""
    address = site.stage.data_dir / "new-address"
    address.write_text(url, "utf-8")
    done = site.command("migrate-to-mysql", "--url-file", str(address))
    assert done.returncode == 0, done.stdout + done.stderr
    assert requests.get(f"{site.url}/sign-in", timeout=60).ok  # read on, until it is restarted
    site.server.terminate()
    site.server.wait(60)
    assert "setting.moved" in site.command("serve").stderr
    before = site.stage.settings_file.read_text("utf-8")
    site.stage.settings_file.write_text(f"database_url = {json.dumps(url)}\n{before}", "utf-8")
    site.house.close()
    site.house = House(load())


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory, mariadb: PrivateMariadb) -> Iterator[Staged]:
    """A site that has moved to MariaDB and that nobody serves; the environment is its own meanwhile."""
    with staged(tmp_path_factory.mktemp("moved")) as site:
        # One that is under way as the database closes is taken over after a quarter of an hour (docs/privacy.md).
        wait_for(lambda: _is_imported(site))
        _move(site, mariadb.new_database())
        yield site


@pytest.mark.needs("chromium")
def test_a_site_that_has_moved_tells_the_same_story(browser: Browser, moved: Staged) -> None:
    with _served(moved.url), visitor(browser) as context:
        page = context.new_page()
        enter(page, moved)
        Story(moved, page).tell()
    assert moved.command("audit", "verify").stdout.splitlines()[-1] == "whole"


def _calls(site: Staged) -> set[str]:
    return {row.id for row in rows(site.house.store, calls)}


def _told_of(ear: PubSub, call_id: str) -> list[str]:
    """Return the topics under which the bus tells of this call first; words about others go by."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and (message := ear.get_message(timeout=60)):
        _, about, *topics = json.loads(message["data"])
        if about == call_id:
            return list(topics)
    raise AssertionError("nobody told of the call")


def _line_of(told: Iterator[str], call_id: str) -> str:
    """Return the first line that shows the call; the stream says every quarter of a minute that it lives."""
    deadline = time.monotonic() + 120
    for line in told:
        if line.startswith("data:") and call_id in line:
            return line
        assert time.monotonic() < deadline, "the call is not shown"
    raise AssertionError("the stream ended")


@pytest.mark.needs("redis-server")
def test_a_pop_crosses_from_the_host_that_hears_the_call_to_the_one_that_shows_it(
    tmp_path: Path, moved: Staged
) -> None:
    with PrivateRedis() as bus, own_port() as port:
        there = f"http://127.0.0.1:{port}"
        shutil.copytree(moved.stage.data_dir / "keys", tmp_path / "b" / "keys")
        shared = {"DENWABAN_BUS_URL": bus.url}
        other = shared | {"DENWABAN_DATA_DIR": str(tmp_path / "b"), "DENWABAN_BIND": f"127.0.0.1:{port}"}
        with _served(moved.url, **shared), _served(there, "--only", "web", **other):
            cookie = {"denwaban": session_of(moved.house, moved.house.accounts.find(ELSEWHERE))}
            with requests.get(f"{there}/desk/stream", cookies=cookie, stream=True, timeout=120) as stream:
                told = stream.iter_lines(decode_unicode=True)
                assert next(told) == "event: desk"
                with redis.Redis.from_url(bus.url) as wire, wire.pubsub() as ear:
                    assert dict(wire.pubsub_numsub(CHANNEL))[CHANNEL.encode()] >= 1  # the host that shows listens
                    ear.subscribe(CHANNEL)
                    ear.get_message(timeout=60)
                    before = _calls(moved)
                    moved.call(CROSSING).until(EventType.RINGING)
                    (call_id,) = _calls(moved) - before
                    whom = _told_of(ear, call_id)  # the host that hears tells
                ring = _line_of(told, call_id)
            assert '"order": ["' in ring
            assert str(CROSSING.number) in ring
            assert moved.house.accounts.find(ELSEWHERE).id in whom
