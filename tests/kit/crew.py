"""The real `denwaban worker` processes of a site on a Salesforce org: started, killed and looked at by tests."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from plugin.services.leadership import leader
from plugin.store.engine import Store
from tests.kit.processes import wait_for
from tests.kit.salesforce import options_of
from tests.salesforce_org import Org

ROOT = Path(__file__).parent.parent.parent
_LONG_MINUTES = 1440  # no slot falls due of itself while a test runs: each that there is, the test knows of


class Crew:
    """Workers of one site. `settings` are what plugin/settings.py `load` takes for the same site in this process."""

    def __init__(self, store: Store, org: Org, folder: Path) -> None:
        options = options_of(org, folder / "salesforce", read_timeout_s="1")
        self.settings: dict[str, Any] = {
            "database_url": store.engine.url.render_as_string(hide_password=False),
            "crm": "salesforce",
            "crm_options": options,
            "sync_minutes": _LONG_MINUTES,
            "checkpoint_minutes": _LONG_MINUTES,
        }
        plain = self.settings | {"data_dir": folder / "data"}
        del plain["crm_options"]
        self._environment = {f"DENWABAN_{name.upper()}": str(value) for name, value in plain.items()}
        self._environment |= {f"DENWABAN_CRM_OPTIONS__{name.upper()}": value for name, value in options.items()}
        self._store = store
        self._log = folder / "worker.log"
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Start one more."""
        with self._log.open("ab") as log:
            self.processes.append(
                subprocess.Popen(
                    [sys.executable, "-m", "plugin", "worker"],
                    cwd=ROOT,
                    env={**os.environ, **self._environment},
                    stdout=log,
                    stderr=log,
                )
            )

    def leading(self) -> "subprocess.Popen[bytes]":
        """Return the one that leads; waits until one of those that live does."""
        self.wait_for(lambda: self._find_leading() is not None)
        found = self._find_leading()
        assert found is not None, "it leads no more, and nobody ended it"
        return found

    def _find_leading(self) -> "subprocess.Popen[bytes] | None":
        led = leader(self._store)
        place = None if led is None else led.place.rpartition(":")[2]
        return next((process for process in self.processes if str(process.pid) == place), None)

    def wait_for(self, what: Callable[[], bool], most_s: float = 120.0) -> None:
        """Return as soon as `what` is true; fail after `most_s`, or where one of them has ended by itself."""

        def is_so() -> bool:
            assert all(process.poll() is None for process in self.processes), self._log.read_text("utf-8")
            return what()

        wait_for(is_so, most_s)

    def kill(self, process: "subprocess.Popen[bytes]") -> None:
        """End it with -9, whatever it is at."""
        self.processes.remove(process)
        process.send_signal(signal.SIGKILL)
        process.wait(60)

    def end(self) -> None:
        """End those that live, in order."""
        for process in self.processes:
            process.terminate()
        codes = {process.wait(60) for process in self.processes}
        assert codes <= {0, -signal.SIGTERM}, self._log.read_text("utf-8")  # told before it could listen, or after
