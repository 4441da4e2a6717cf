"""Real processes: started, started again, ended in bounded time, and never left behind."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.kit.processes import is_alive, wait_for

ROOT = Path(__file__).parent.parent.parent
# A child notes its pid in a file once it is what its kind says.
CHILD = """
import os, signal, sys, time
kind, notes = sys.argv[1:]
def note():
    with open(notes, "a") as file: file.write(f"{os.getpid()}\\n")
if kind == "stubborn": signal.signal(signal.SIGTERM, signal.SIG_IGN)
note()
if kind == "broken": sys.exit(3)
if kind == "parent" and os.fork() == 0:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    note()
time.sleep(3600)
"""
PARENT = """
import json, sys
from plugin.cli.supervisor import Pace, supervise
sys.exit(supervise(json.loads(sys.argv[1]), Pace(tick_s=0.02, first_pause_s=0.05, end_s=1.0)))
"""


class Site:
    """A supervisor in a process of its own, with children of the given kinds."""

    def __init__(self, folder: Path, *kinds: str) -> None:
        self.notes = {kind: folder / kind for kind in kinds}
        commands = {kind: [sys.executable, "-c", CHILD, kind, str(notes)] for kind, notes in self.notes.items()}
        self.process = subprocess.Popen(
            [sys.executable, "-c", PARENT, json.dumps(commands)], cwd=ROOT, stderr=subprocess.DEVNULL
        )

    def pids(self, kind: str) -> list[int]:
        return [int(line) for line in self.notes[kind].read_text().split()] if self.notes[kind].exists() else []

    def all_pids(self) -> list[int]:
        return [pid for kind in self.notes for pid in self.pids(kind)]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Site]]:
    sites: list[Site] = []

    def begin(*kinds: str) -> Site:
        sites.append(Site(tmp_path, *kinds))
        return sites[-1]

    yield begin
    for site in sites:
        site.process.kill()
        site.process.wait()
        for pid in filter(is_alive, site.all_pids()):
            os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_all_children_end_when_it_is_told_to(start: Callable[..., Site], how: signal.Signals) -> None:
    site = start("plain", "parent")
    wait_for(lambda: len(site.all_pids()) == 3)
    site.process.send_signal(how)
    assert site.process.wait(120) == 0
    assert not any(map(is_alive, site.all_pids()))


def test_a_child_that_will_not_end_is_killed(start: Callable[..., Site]) -> None:
    site = start("stubborn")
    wait_for(lambda: len(site.all_pids()) == 1)
    site.process.terminate()
    assert site.process.wait(120) == 0  # it would sleep for an hour
    assert not any(map(is_alive, site.all_pids()))


def test_a_child_that_dies_is_started_again(start: Callable[..., Site]) -> None:
    site = start("plain", "parent")
    wait_for(lambda: len(site.all_pids()) == 3)
    left_behind = site.pids("parent")[1]
    os.kill(site.pids("parent")[0], signal.SIGKILL)
    wait_for(lambda: len(site.pids("parent")) == 4)
    wait_for(lambda: not is_alive(left_behind))
    assert len(site.pids("plain")) == 1


def test_it_gives_up_where_a_child_cannot_start(start: Callable[..., Site]) -> None:
    site = start("plain", "broken")
    assert site.process.wait(120) == 1
    assert len(site.pids("broken")) == 3
    assert not any(map(is_alive, site.all_pids()))


def test_no_child_outlives_a_parent_that_is_killed(start: Callable[..., Site]) -> None:
    site = start("plain")
    wait_for(lambda: len(site.all_pids()) == 1)
    site.process.kill()
    site.process.wait()
    wait_for(lambda: not any(map(is_alive, site.all_pids())))
