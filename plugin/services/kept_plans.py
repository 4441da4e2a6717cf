"""The plan that the page of retention shows: of this moment on a small site, else worked out at night and when asked.

Never shown without its instant, nor as if nothing had changed since. A run plans for itself, whatever is kept here.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from plugin.core.access import Deed, may
from plugin.core.audit import Act, AuditFact
from plugin.core.errors import Conflict, Denied
from plugin.core.kept_plan import KeptPlan
from plugin.core.ports import Clock
from plugin.core.retention import PurgeRun, PurgeState
from plugin.core.retention_ends import rules_of
from plugin.core.staff import Staff
from plugin.services.retention_plans import Planner
from plugin.store import audit, jobs, purge_runs, runs
from plugin.store import kept_plans as rows
from plugin.store.engine import Connection, Store

JOB = "plan_retention"
_LIVE_MOST = 5_000
_MOST_RUNS = 20
Stop = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Going:
    """A plan that is being worked out: `done` of `total` recordings looked at, or asked for and not begun (None)."""

    done: int | None = None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Board:
    """What the page shows: the newest plan (None: none was ever worked out) and one that is being worked out, the run
    that waits for a second person, and the newest runs.

    `is_braked`: a run by that plan would stop and ask.
    """

    kept: KeptPlan | None
    going: Going | None
    is_braked: bool
    waiting: PurgeRun | None
    runs: tuple[PurgeRun, ...]


class KeptPlans:
    """Works plans out and keeps the newest. `most_percent`: what a run may take without a second person.

    `live_most`: up to so many recordings, a plan is worked out at each look.
    """

    def __init__(
        self, store: Store, clock: Clock, planner: Planner, most_percent: int, live_most: int = _LIVE_MOST
    ) -> None:
        self._most_percent = most_percent
        self._store = store
        self._clock = clock
        self._planner = planner
        self._live_most = live_most

    def board(self, actor: Staff) -> Board:
        """Return what would go and what went. Raises Denied("role")."""
        _allow(actor)
        kept, going = self.latest(), self.going()
        with self._store.read() as connection:
            under_way, newest = purge_runs.going(connection), purge_runs.newest(connection, _MOST_RUNS)
        waiting = next((run for run in under_way if run.state is PurgeState.BRAKED), None)
        is_braked = kept is not None and kept.plan.is_braked(self._most_percent)
        return Board(kept, going, is_braked, waiting, newest)

    def latest(self) -> KeptPlan | None:
        """Return what a run would do: now, or when it was last worked out; None where it never was."""
        with self._store.read() as connection:
            is_small = rows.is_small(connection, self._live_most)
        if is_small:
            plan = self._planner.plan(by_month=True)
            return KeptPlan(plan, plan.due_before, is_live=True)
        register = self._planner.register()
        with self._store.read() as connection:
            kept = rows.newest(connection)
            if kept is None:
                return None
            changed = kept.plan.rules != rules_of(register) or rows.changed_since(connection, kept.made_at)
        return replace(kept, is_changed=changed)

    def going(self) -> Going | None:
        """Return how far the plan is that is being worked out; None where none is."""
        with self._store.read() as connection:
            job = jobs.one(connection, JOB)
            newest = runs.newest(connection, JOB, 1)
        if job is None or (job.busy_since is None and job.asked_at is None):
            return None
        if job.busy_since is None or not newest or newest[0].ended_at is not None:
            return Going()
        return Going(newest[0].done, newest[0].total)

    def ask(self, actor: Staff) -> None:
        """Have it worked out anew as soon as can be; asking twice is asking once.

        Raises Denied("role"), Conflict("job_paused" | "no_worker").
        """
        _allow(actor)

        def work(connection: Connection) -> None:
            job = jobs.one(connection, JOB)
            if job is None:
                raise Conflict("no_worker")
            if job.paused_at is not None:
                raise Conflict("job_paused", job=JOB)
            if jobs.ask(connection, JOB, actor.user_id, self._clock()):
                by, at = actor.user_id, self._clock()
                audit.append(connection, AuditFact(Act.JOB_ASKED, at, user_id=by, subject=JOB, address=actor.address))

        self._store.write_again(work)

    def run(self, stop: Stop) -> int:
        """Work the plan out and keep it, unless `stop()`; return of how many recordings."""
        return self._work(stop, lambda _done, _total: None)

    def of_run(self, run_id: str) -> Callable[[Stop], int]:
        """Return the same, which notes in the open run `run_id` how far it is."""

        def tell(done: int, total: int) -> None:
            self._store.write_again(lambda connection: runs.progress(connection, run_id, done, total))

        return lambda stop: self._work(stop, tell)

    def _work(self, stop: Stop, tell: Callable[[int, int], None]) -> int:
        at = self._clock()
        plan = self._planner.plan(at, by_month=True, tell=tell, stop=stop)
        if stop():
            return 0
        self._store.write_again(lambda connection: rows.keep(connection, plan, at))
        return plan.there.count


def _allow(actor: Staff) -> None:
    if not may(actor.role, Deed.SEE_RETENTION):
        raise Denied("role")
