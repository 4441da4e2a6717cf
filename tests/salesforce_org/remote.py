"""An org in a process of its own: for tests that end our processes, and for measurements of CPU time.

It is started here and ends with the block that started it.
"""

import json
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

import requests

from tests.salesforce_org.control import PATH
from tests.salesforce_org.oauth import App

ROOT = Path(__file__).parent.parent.parent


class RemoteOrg:
    """A running org. `options` are those of `python -m tests.salesforce_org`."""

    def __init__(self, *options: str) -> None:
        command = [sys.executable, "-m", "tests.salesforce_org", *options]
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._http = requests.Session()
        self._http.trust_env = False

    def __enter__(self) -> "RemoteOrg":
        assert self._process.stdout is not None, "it was asked for"
        way_in = json.loads(self._process.stdout.readline() or "{}")
        assert way_in, "the org did not start"
        self.url: str = way_in["url"]
        self.authority: str = way_in["authority"]
        self.user_id: str = way_in["user_id"]
        self.app = App(**way_in["app"])
        self.pid = self._process.pid
        self._http.verify = self.authority
        self._http.headers["Authorization"] = f"Simulator {way_in['key']}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()
        assert self._process.stdin is not None, "it was asked for"
        assert self._process.stdout is not None, "it was asked for"
        self._process.stdin.close()
        self._process.wait(60)
        self._process.stdout.close()
        assert error is not None or self._process.returncode == 0, "the simulated org broke; its trace is above"

    def do(self, act: str, /, **given: object) -> Any:
        """Let the org do one of the acts of control.py and return what came of it."""
        answer = self._http.post(self.url + PATH, json={"do": act, "with": given}, timeout=600)
        answer.raise_for_status()
        return answer.json()["value"]
