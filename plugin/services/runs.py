"""The ledger of scheduled work, and the lease that says who does it, as the worker needs them."""

from collections.abc import Iterable
from datetime import datetime

from plugin.core.ports import Clock
from plugin.core.runs import Run
from plugin.store import runs
from plugin.store.engine import Store


class Ledger:
    """What ran, when, and with what outcome."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self.now = clock

    def record(self, job: str, started_at: datetime, done: int, error: str | None) -> None:
        """Write down a run that has ended."""
        with self._store.write() as connection:
            run_id = runs.start(connection, job, started_at)
            runs.progress(connection, run_id, done)
            runs.end(connection, run_id, self.now(), error)

    def end_orphans(self, jobs: Iterable[str]) -> None:
        """Close what a worker that is no more left open."""
        with self._store.write() as connection:
            for job in jobs:
                runs.end_orphans(connection, job, self.now())

    def newest(self, job: str, most: int) -> tuple[Run, ...]:
        """Return the newest `most` runs of `job`, newest first."""
        with self._store.read() as connection:
            return runs.newest(connection, job, most)

    def take_lease(self, name: str, holder: str, lasts_s: float) -> bool:
        """Take or renew a lease; False where another holds it."""
        with self._store.write() as connection:
            return runs.take_lease(connection, name, holder, int(lasts_s * 1_000_000))

    def give_lease_back(self, name: str, holder: str) -> None:
        """End a lease before it runs out."""
        with self._store.write() as connection:
            runs.give_lease_back(connection, name, holder)
