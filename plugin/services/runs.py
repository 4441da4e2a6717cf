"""The plan and the ledger of scheduled work, as the worker needs them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from plugin.core.jobs import JobState, Plan
from plugin.core.ports import Clock
from plugin.core.runs import Run
from plugin.services.leadership import Leadership
from plugin.store import jobs, runs
from plugin.store.engine import Connection, Store


@dataclass(frozen=True, slots=True)
class Slot:
    """A slot that was taken, with its run, which was opened with it."""

    job: str
    taken_at: datetime
    run_id: str


class Ledger:
    """What is to be run when, what ran, and with what outcome."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self.now = clock

    def begin(self, plans: Sequence[Plan], daily: Mapping[str, datetime], leadership: Leadership) -> bool:
        """Keep the plans of a leader that begins, and close what the one before left open; False if we do not lead."""

        def work(connection: Connection) -> bool:
            if not leadership.is_ours(connection):
                return False
            now = self.now()
            jobs.put_plans(connection, plans, daily, now)
            for plan in plans:
                runs.end_orphans(connection, plan.name, now)
            return True

        return self._store.write_again(work)

    def jobs(self) -> tuple[JobState, ...]:
        """Return every job as it stands."""
        with self._store.read() as connection:
            return jobs.every(connection)

    def take_slot(self, name: str, after: datetime, lease: tuple[str, str]) -> Slot | None:
        """Take the job's slot, and open its run with it, if it is due or asked for and the lease is ours.

        Whoever leads next finds both or neither. From then on the run is closed and the slot another's, so that
        nothing that we say of either counts any more.
        """
        with self._store.read() as connection:
            job = jobs.one(connection, name)
        if job is None or job.next_at is None:
            return None
        slot_at, now = job.next_at, self.now()

        def work(connection: Connection) -> Slot | None:
            if not jobs.take_slot(connection, name, slot_at, after, now, lease):
                return None
            return Slot(name, now, runs.start(connection, name, now))

        return self._store.write_again(work)

    def end_slot(self, slot: Slot, done: int, error: str | None, *, cut_off: bool) -> None:
        """End the slot and its run, both or neither; what was cut off is due again at once.

        What a run that failed has noted itself of how far it came stays.
        """

        def work(connection: Connection) -> None:
            now = self.now()
            jobs.end_slot(connection, slot.job, slot.taken_at, now if cut_off and error is None else None)
            if error is None:
                runs.progress(connection, slot.run_id, done)
            runs.end(connection, slot.run_id, now, error, stopped=cut_off)

        self._store.write_again(work)

    def record(self, job: str, started_at: datetime, done: int, error: str | None) -> None:
        """Write down a run that has ended."""

        def work(connection: Connection) -> None:
            run_id = runs.start(connection, job, started_at)
            runs.progress(connection, run_id, done)
            runs.end(connection, run_id, self.now(), error)

        self._store.write_again(work)

    def bring_back(self, latest: Mapping[str, datetime]) -> None:
        """Let no slot lie further ahead than this: a clock was set back."""
        self._store.write_again(lambda connection: jobs.replan(connection, latest))

    def newest(self, job: str, most: int) -> tuple[Run, ...]:
        """Return the newest `most` runs of `job`, newest first."""
        with self._store.read() as connection:
            return runs.newest(connection, job, most)
