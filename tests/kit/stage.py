"""The demo's site without its endless calls: built in a folder, served by a real `denwaban serve` with its processes.

Its phone rings by signed webhooks, each event at the moment in which it happens.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import requests

from plugin.core.calls import EventType
from plugin.demo.post import Poster
from plugin.demo.script import SOURCE, Scene, events
from plugin.demo.speech import speak
from plugin.demo.stage import Account, Stage, build
from plugin.settings import load
from plugin.wiring import House, now
from tests.kit.processes import below, is_alive, own_port, wait_for

ROOT = Path(__file__).parent.parent.parent


class Staged:
    """A served site: `house` sees what it keeps, `url` is its address."""

    def __init__(self, stage: Stage, server: "subprocess.Popen[bytes]") -> None:
        self.stage = stage
        self.server = server
        self.url = stage.address
        self.house = House(load())

    def account(self, login: str) -> Account:
        """Return one of its people, with his password."""
        return next(one for one in self.stage.accounts if one.login == login)

    def call(self, scene: Scene) -> "StagedCall":
        """Return a call that has not rung yet."""
        return StagedCall(self.stage, scene)

    def command(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run a command of the product beside the running site."""
        line = [sys.executable, "-m", "plugin", *words]
        return subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


class StagedCall:
    """One call, told by its phone system step by step."""

    def __init__(self, stage: Stage, scene: Scene) -> None:
        self._stage = stage
        self._scene = scene
        self._told = list(events(scene, now()))
        self._poster = Poster(stage.address, SOURCE, stage.secret)

    def until(self, last: EventType) -> None:
        """Tell what has not been told yet, up to the last event of this kind."""
        count = max(place for place, event in enumerate(self._told) if event.type is last) + 1
        due, self._told = self._told[:count], self._told[count:]
        if any(event.recording for event in due):
            (self._stage.recordings_dir / self._scene.recording).write_bytes(speak(self._scene.voice))
        self._poster.post([replace(event, occurred_at=now()) for event in due])


@contextmanager
def staged(folder: Path) -> Iterator[Staged]:
    """Build the site in `folder` and serve it until the end; the environment is this site's meanwhile."""
    environment = dict(os.environ)
    try:
        with own_port() as port:
            stage = build(folder, port, lambda *_: None)
            with (folder / "serve.log").open("wb") as log:
                server = subprocess.Popen([sys.executable, "-m", "plugin", "serve"], cwd=ROOT, stdout=log, stderr=log)
            try:
                wait_for(lambda: _is_ready(stage, server))
                site = Staged(stage, server)
                yield site
                site.house.close()
            finally:
                _end(server)
    finally:
        os.environ.clear()
        os.environ.update(environment)


def _is_ready(stage: Stage, server: "subprocess.Popen[bytes]") -> bool:
    assert server.poll() is None, (stage.data_dir / "serve.log").read_text("utf-8")
    try:
        return requests.get(f"{stage.address}/readyz", timeout=10).ok
    except requests.RequestException:
        return False


def _end(server: "subprocess.Popen[bytes]") -> None:
    family = below(server.pid) if server.poll() is None else set()
    server.terminate()
    server.wait(60)
    wait_for(lambda: not any(map(is_alive, family)))
