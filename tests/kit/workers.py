"""Worker processes of one site, started, frozen and killed by tests; and the tally of what their jobs did."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from plugin.store.engine import Store

ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True, slots=True)
class Ran:
    """One run of a job, as the job itself told."""

    job: str
    pid: int
    began: float
    ended: float
    cut: bool


class Workers:
    """Worker processes of one site, and the tally of what their jobs did."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.url = store.engine.url.render_as_string(hide_password=False)
        self.folder = folder
        self.tally = folder / "tally"
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.kit.lead", self.url, str(self.folder), str(self.tally)]
        self.processes.append(subprocess.Popen(command, cwd=ROOT))
        return self.processes[-1]

    def _lines(self) -> list[list[str]]:
        text = self.tally.read_text("utf-8") if self.tally.exists() else ""
        return [line.split() for line in text.splitlines()]

    def began(self, job: str) -> list[int]:
        """Who began the job, in order."""
        return [int(line[1]) for line in self._lines() if line[0] == job and line[3] == "began"]

    def took_over_at_s(self, leader: int) -> float:
        """Return when another than `leader` first looked after it last did."""
        looks = [(int(line[1]), float(line[2])) for line in self._lines() if line[0] == "look" and line[3] == "began"]
        last = max(place for place, (pid, _) in enumerate(looks) if pid == leader)
        return looks[last + 1][1]

    def wait_until_ready(self) -> None:
        """Return once every process that lives has come so far that it would lead if it could."""
        self.wait_for(lambda: {one.pid for one in self.processes if one.poll() is None} <= set(self.began("ready")))

    def ran(self, job: str = "look") -> list[Ran]:
        """The job's runs that came to an end of their own, in order."""
        return [
            Ran(job, int(pid), float(began), float(ended), cut == "cut")
            for name, pid, began, ended, cut in self._lines()
            if name == job and ended != "began"
        ]

    def wait_for(self, told: Callable[[], bool], within_s: float = 120.0) -> None:
        deadline = time.monotonic() + within_s
        while not told():
            assert time.monotonic() < deadline, "the workers did not get there"
            time.sleep(0.05)

    def end(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.terminate()
        for process in self.processes:
            process.wait(60)
