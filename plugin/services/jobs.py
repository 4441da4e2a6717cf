"""Scheduled work as administrators see and steer it: what runs, what ran, what is next; run now, pause, resume.

Runs nothing itself: what it writes, the leading worker reads within a second, wherever that is.
"""

from dataclasses import dataclass
from datetime import timedelta

from plugin.core.access import Deed, may
from plugin.core.audit import Act, AuditFact
from plugin.core.errors import Conflict, Denied, NotFound
from plugin.core.jobs import Asked, JobState, Leader
from plugin.core.ports import Budget, Clock
from plugin.core.runs import Run
from plugin.core.staff import Staff
from plugin.services.leadership import LASTS, leader
from plugin.store import audit, budgets, jobs, runs
from plugin.store.engine import Connection, Store

_MOST_RUNS = 40
_ALIVE = LASTS * 4  # a busy host may be late


@dataclass(frozen=True, slots=True)
class Overview:
    """All jobs with their newest run, who leads (`is_led`: at this moment), and the CRM's budget where it tells one."""

    jobs: tuple[tuple[JobState, tuple[Run, ...]], ...]
    leader: Leader | None
    is_led: bool
    budget: Budget | None


class Jobs:
    """The scheduled work of a site, and the CRM named `crm`."""

    def __init__(self, store: Store, clock: Clock, crm: str) -> None:
        self._store = store
        self._clock = clock
        self._crm = crm

    def overview(self, runs_of_each: int = _MOST_RUNS) -> Overview:
        """Return how everything stands, with so many of the newest runs of each job."""
        led = leader(self._store)
        with self._store.read() as connection:
            states = jobs.every(connection)
            listed = tuple((state, runs.newest(connection, state.plan.name, runs_of_each)) for state in states)
            budget = budgets.of(connection, self._crm)
        is_led = led is not None and timedelta(0) <= self._clock() - led.beat_at + _ALIVE <= 2 * _ALIVE
        return Overview(listed, led, is_led, budget)

    def job(self, name: str) -> tuple[JobState, tuple[Run, ...]]:
        """Return one job with its newest runs, newest first. Raises NotFound("job")."""
        with self._store.read() as connection:
            state = jobs.one(connection, name)
            if state is None:
                raise NotFound("job")
            return state, runs.newest(connection, name, _MOST_RUNS)

    def ask(self, actor: Staff, name: str) -> Asked:
        """Ask for a run as soon as can be; asking twice is asking once.

        Raises Denied("role"), NotFound("job") also for a job that only looks, Conflict("job_paused").
        """
        self._check(actor)
        with self._store.write() as connection:
            if jobs.ask(connection, name, actor.user_id, self._clock()):
                self._audit(connection, Act.JOB_ASKED, actor, name)
                return Asked.ASKED
            state = jobs.one(connection, name)
        if state is None or not state.plan.slotted:
            raise NotFound("job")
        if state.paused_at is not None:
            raise Conflict("job_paused", job=name)
        return Asked.BUSY if state.busy_since is not None else Asked.BEFORE

    def pause(self, actor: Staff, name: str) -> bool:
        """Let the job rest until it is resumed; False where it rests already. Raises Denied("role"), NotFound("job").

        A run that goes on is not cut off.
        """
        self._check(actor)
        with self._store.write() as connection:
            if jobs.one(connection, name) is None:
                raise NotFound("job")
            changed = jobs.pause(connection, name, actor.user_id, self._clock())
            if changed:
                self._audit(connection, Act.JOB_PAUSED, actor, name)
        return changed

    def resume(self, actor: Staff, name: str) -> bool:
        """Let the job run again; False where it does not rest. Raises Denied("role"), NotFound("job")."""
        self._check(actor)
        with self._store.write() as connection:
            if jobs.one(connection, name) is None:
                raise NotFound("job")
            changed = jobs.resume(connection, name)
            if changed:
                self._audit(connection, Act.JOB_RESUMED, actor, name)
        return changed

    def _check(self, actor: Staff) -> None:
        if not may(actor.role, Deed.STEER_JOBS):
            raise Denied("role")

    def _audit(self, connection: Connection, act: Act, actor: Staff, name: str) -> None:
        audit.append(
            connection, AuditFact(act, self._clock(), user_id=actor.user_id, subject=name, address=actor.address)
        )
