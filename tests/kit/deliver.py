"""A worker process of its own that delivers an outbox to a local CRM, with one fault; for tests of what a crash leaves.

Run as `python -m tests.kit.deliver URL FOLDER LEASE_S FAULT`; ends when nothing waits any more.
"""

import os
import random
import signal
import sys
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from connectors.crm.local import LocalCrm
from plugin.core.errors import OutsideError
from plugin.core.timeline import TimelineEntry
from plugin.services.delivery import Delivery, Site
from plugin.store.engine import Store
from plugin.wiring import now
from tests.kit.ledgers import waiting
from tests.kit.sounds import HeardBus


class FaultyCrm(LocalCrm):
    """The local CRM behind a bad line: `die` kills us after the first put, `lose` loses each second answer."""

    fault = "none"
    puts = 0

    def put(self, entries: Sequence[TimelineEntry]) -> list[str | OutsideError]:
        """Put for real, then fail."""
        answers = super().put(entries)
        self.puts += 1
        if self.fault == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.fault == "lose" and self.puts % 2:
            raise OutsideError("timeout")
        return answers


def main(url: str, folder: str, lease_s: str, fault: str) -> None:
    """Deliver until nothing waits."""
    crm = FaultyCrm(data_dir=Path(folder), options={})
    crm.fault = fault
    site = Site("local", ZoneInfo("Asia/Tokyo"), "https://denwaban.example", "ja")
    lease = timedelta(seconds=float(lease_s))
    store = Store(url)
    delivery = Delivery(store, crm, site, now, HeardBus(), lambda: random.random() / 50, lease, batch=7)
    while waiting(store):
        delivery.run()
        time.sleep(0.02)


if __name__ == "__main__":
    main(*sys.argv[1:])
