"""The worker process: scheduled work and delivery. Several may run; one leads, the others wait to take its place.

Decides nothing about the work: each job is one service's method. Never runs a job without being sure that it leads.
"""

import fcntl
import logging
import os
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from plugin.core.errors import DenwabanError
from plugin.services.runs import Ledger
from plugin.wiring import House

_LEASE_S = 3.0
_BEAT_S = 1.0
_LOOK_S = 0.5
_QUIET = timedelta(minutes=5)
_log = structlog.get_logger()

Work = Callable[[Callable[[], bool]], int]


@dataclass(frozen=True, slots=True)
class Job:
    """Work that is done again and again. `work(stop)` returns how much it got done and ends early once `stop()`.

    `own_ledger`: it writes its runs down itself. `at_end`: it runs once more when this worker stops.
    """

    name: str
    every_s: float
    work: Work
    own_ledger: bool = False
    at_end: bool = False


def jobs_of(house: House) -> tuple[Job, ...]:
    """Return the scheduled work of a site."""
    return (
        Job("deliver", 1.0, house.delivery.run),
        Job("collect_recordings", 1.0, house.recordings.collect),
        Job("audit_checkpoint", house.settings.checkpoint_minutes * 60.0, house.audit.checkpoint, at_end=True),
        Job("close_overdue_calls", 30.0, house.calls.close_overdue),
        Job("sync", house.settings.sync_minutes * 60.0, house.sync.run, own_ledger=True),
    )


class Leadership(Protocol):
    """The right to do the scheduled work, of one process at a time."""

    def take(self) -> bool:
        """Try to get it."""
        ...

    def keep(self) -> bool:
        """Prolong it; False where it was lost."""
        ...

    def held(self) -> bool:
        """Tell whether we have it at this very moment, for certain."""
        ...

    def give_back(self) -> None:
        """Let another have it."""
        ...


class FileLeadership:
    """A lock on a file of this host, which the kernel takes back from a dead process at once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def take(self) -> bool:
        """Try to lock the file."""
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return False
        self._file = file
        return True

    def keep(self) -> bool:
        """Nothing runs out."""
        return self.held()

    def held(self) -> bool:
        """Tell whether the lock is ours."""
        return self._file is not None

    def give_back(self) -> None:
        """Unlock the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


class LeaseLeadership:
    """A lease in the database, for workers on several hosts; a dead worker's runs out after three seconds."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._holder = secrets.token_hex(16)
        self._sure_until = 0.0

    def take(self) -> bool:
        """Try to get the lease."""
        asked_at = time.monotonic()  # before asking: the lease began no earlier than this
        if not self._ledger.take_lease("worker", self._holder, _LEASE_S):
            return False
        self._sure_until = asked_at + _LEASE_S
        return True

    def keep(self) -> bool:
        """Renew the lease."""
        return self.take()

    def held(self) -> bool:
        """Tell whether the lease cannot have run out yet, also after this process was stopped for a while."""
        return time.monotonic() < self._sure_until

    def give_back(self) -> None:
        """End the lease."""
        if self.held():
            self._ledger.give_lease_back("worker", self._holder)
        self._sure_until = 0.0


def run(house: House, stop: threading.Event, jobs: Sequence[Job] | None = None) -> None:
    """Lead whenever nobody else does, until `stop`; returns after the running jobs have come to an end."""
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a long run that outlasts its turn is no news
    ledger = house.ledger
    leadership: Leadership
    if house.store.is_sqlite:
        leadership = FileLeadership(house.settings.data_dir / "worker.lock")
    else:
        leadership = LeaseLeadership(ledger)
    chosen = jobs_of(house) if jobs is None else tuple(jobs)
    while not stop.is_set():
        try:
            if leadership.take():
                try:
                    _lead(house, ledger, leadership, stop, chosen)
                finally:
                    leadership.give_back()
        except Exception as error:  # noqa: BLE001  the database is away: wait for it, as all others do
            _log.error("worker_waits", error=type(error).__name__)
        stop.wait(_LOOK_S)


def _lead(house: House, ledger: Ledger, leadership: Leadership, stop: threading.Event, jobs: Sequence[Job]) -> None:
    over = threading.Event()
    scheduler = BackgroundScheduler(
        timezone=house.settings.tz,
        executors={"default": ThreadPoolExecutor(len(jobs))},
        job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1},
    )
    for job in jobs:
        turn = _Turn(job, ledger, lambda: over.is_set() or not leadership.held())
        scheduler.add_job(turn, "interval", seconds=job.every_s, next_run_time=datetime.now(house.settings.tz))
    _log.info("worker_leads", jobs=[job.name for job in jobs])
    ledger.end_orphans([job.name for job in jobs])
    scheduler.start()
    try:
        while not stop.wait(_BEAT_S) and leadership.keep():
            pass
    finally:
        over.set()
        scheduler.shutdown(wait=True)
        for job in (job for job in jobs if job.at_end and leadership.held()):
            _Turn(job, ledger, lambda: False)()
        _log.info("worker_ended")


class _Turn:
    """One job's turn: runs it if we lead, and writes down what came of it; a failure that repeats is told once.

    A job that finds nothing to do is written down now and then too, so that one sees it alive.
    """

    def __init__(self, job: Job, ledger: Ledger, stop: Callable[[], bool]) -> None:
        self._job = job
        self._ledger = ledger
        self._stop = stop
        self._failing: str | None = None
        self._written_at: datetime | None = None

    def __call__(self) -> None:
        if self._stop():
            return
        started_at = self._ledger.now()
        done, error = 0, None
        try:
            done = self._job.work(self._stop)
        except DenwabanError as failure:
            error = str(failure)
        except Exception as failure:  # noqa: BLE001  a defect in one job must not end the others
            error = f"defect {type(failure).__name__}"
        quiet_for = None if self._written_at is None else started_at - self._written_at
        news = done or error != self._failing or quiet_for is None or quiet_for >= _QUIET
        if news and not self._job.own_ledger:
            self._ledger.record(self._job.name, started_at, done, error)
            self._written_at = started_at
        if error != self._failing:
            self._tell(error)
            self._failing = error

    def _tell(self, error: str | None) -> None:
        if error is None:
            _log.info("job_works_again", job=self._job.name)
        else:
            _log.error("job_fails", job=self._job.name, error=error)
