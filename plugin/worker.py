"""The worker process: scheduled work and delivery. Several may run; one leads, the others wait to take its place.

Decides nothing about the work: each job is one service's method. Never runs a job without being sure that it leads,
nor while the database is closed because the site is being moved.
"""

import gc
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger

from plugin.core.errors import DenwabanError, Unavailable
from plugin.core.jobs import JobState, Plan
from plugin.core.move import Closed
from plugin.services.leadership import Leadership, awake_s
from plugin.services.runs import Ledger
from plugin.wiring import House

_LOOK_S = 0.5
_A_BIT_S = 0.02
_RENEW_S = 1.0
_STEP_S = 1.0  # a clock that moved so much more or less than time passed was set
_QUIET = timedelta(minutes=5)
_A_MOMENT = timedelta(seconds=1)
_CLOSED = frozenset(Closed)
_VALUES_BETWEEN_LOOKS = 50_000
_log = structlog.get_logger()

Work = Callable[[Callable[[], bool]], int]


@dataclass(frozen=True, slots=True)
class Job:
    """Work that is done again and again. `work(stop)` returns how much it got done and ends early once `stop()`.

    `slotted`: each of its turns is taken in the database before it begins, so that it runs once whoever leads, can be
    asked for, and is gone on with where it was cut off; for work of minutes and days. Others only look, every few
    seconds, whether there is something to do. `daily_at` ("04:10", in the site's zone): each day then.
    `of_run`: makes the work of a run that is open, by its id, for one that notes in it how far it is. `at_end`: it runs
    once more when this worker stops.
    """

    name: str
    every_s: float
    work: Work
    of_run: Callable[[str], Work] | None = None
    at_end: bool = False
    slotted: bool = False
    daily_at: str | None = None

    @property
    def plan(self) -> Plan:
        """The job without its work."""
        return Plan(self.name, timedelta(seconds=self.every_s), self.daily_at, self.slotted)


def jobs_of(house: House) -> tuple[Job, ...]:
    """Return the scheduled work of a site."""
    checkpoint_s = house.settings.checkpoint_minutes * 60.0
    witness_s = house.settings.witness_hours * 3600.0
    return (
        Job("deliver", 1.0, house.delivery.run),
        Job("collect_recordings", 1.0, house.recordings.collect),
        *_matching(house),
        Job("make_redactions", 1.0, house.keeping.redacting.making.make),
        Job("erase_redactions", 300.0, house.keeping.redacting.making.erase),
        Job("fetch_recordings", 1.0, house.recordings.fetch),
        Job("close_overdue_calls", 30.0, house.calls.close_overdue),
        Job("adopt_calls", 5.0, house.numbers.adoption.run),
        Job("close_wrapped_up", 5.0, house.numbers.wrap_up.run),
        Job("expire_checks", 60.0, house.checks.expire_overdue),
        Job("audit_checkpoint", checkpoint_s, house.audits.whole.checkpoint, at_end=True, slotted=True),
        Job("audit_refusals", 60.0, house.audits.refusals.tell),
        Job("audit_verify", 86400.0, house.audits.pages.look_at_all, slotted=True, daily_at="03:20"),
        Job("write_tombstones", 5.0, house.keeping.letting_go.settle_remarks),
        Job("purge", 86400.0, house.keeping.retention.run, slotted=True, daily_at="02:50"),
        Job(
            "plan_retention",
            86400.0,
            house.keeping.plans.run,
            of_run=house.keeping.plans.of_run,
            slotted=True,
            daily_at="03:40",
        ),
        Job("tidy", 86400.0, house.tidy.run, slotted=True, daily_at="04:10"),
        *_cutting(house),
        Job("sync", house.settings.sync_minutes * 60.0, house.sync.run, of_run=house.sync.of_run, slotted=True),
        *((Job("audit_witness", witness_s, house.audits.witnessing.run, slotted=True),) if witness_s else ()),
        *((Job("crm_budget", 10.0, house.crm_budget.note),) if house.crm_budget.is_told else ()),
    )


def _cutting(house: House) -> tuple[Job, ...]:
    # Once a night, behind all that erases: all writers wait for the end of it, and with them the pops (decision 348).
    if not house.store.is_sqlite:
        return ()
    return (Job("cut_log", 86400.0, house.tidy.cut_log, slotted=True, daily_at="04:30"),)


def _matching(house: House) -> tuple[Job, ...]:
    if not house.phones.recorder_folders:
        return ()
    return (Job("match_recordings", 15.0, house.phones.recorders(house.store, house.calls).match),)


def spare_the_collector() -> None:
    """Let Python look for cycles among new values seldom, and never again among what is there now.

    For a process that does nothing else: a sync makes values by the million and no cycles, and looking through them
    took a seventh of its time (docs/decisions/0171). What goes out of use without a cycle is freed at once, as ever.
    """
    gc.freeze()
    gc.set_threshold(_VALUES_BETWEEN_LOOKS, *gc.get_threshold()[1:])


def run(
    house: House,
    stop: threading.Event,
    jobs: Sequence[Job] | None = None,
    tick_s: Callable[[], float] = awake_s,
) -> None:
    """Lead whenever nobody else does, until `stop`; returns after the running jobs have come to an end.

    `tick_s` is the clock that nobody can set, by which one sees that the wall clock was.
    """
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a long run that outlasts its turn is no news
    signs = house.settings.data_dir / "workers" if house.store.is_sqlite else None
    leadership = Leadership(house.store, house.clock, signs)
    chosen = jobs_of(house) if jobs is None else tuple(jobs)
    try:
        while not stop.is_set():
            try:
                if not house.store.closed() and leadership.take():
                    try:
                        _Lead(house, leadership, chosen, tick_s).go_on_until(stop)
                    finally:
                        with suppress(Unavailable):  # closed meanwhile: the lease runs out
                            leadership.give_back()
            except Exception as error:  # noqa: BLE001  the database is away: wait for it, as all others do
                _log.error("worker_waits", error=type(error).__name__)
            stop.wait(_LOOK_S)
    finally:
        leadership.close()


class _Lead:
    """One time of leading: keeps the lease, and the scheduler in step with what the database says of the jobs."""

    def __init__(self, house: House, leadership: Leadership, jobs: Sequence[Job], tick_s: Callable[[], float]) -> None:
        self._tick_s = tick_s
        self._zone = house.settings.tz
        self._store = house.store
        self._ledger = house.ledger
        self._leadership = leadership
        self._over = threading.Event()
        self._board: dict[str, JobState] = {}
        self._jobs = {job.name: job for job in jobs}
        self._turns = {
            job.name: _Turn(job, self._ledger, leadership, self._is_over, self._is_paused, self._next) for job in jobs
        }
        self._scheduler = BackgroundScheduler(
            timezone=self._zone,
            executors={"default": ThreadPoolExecutor(len(jobs))},
            job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1},
        )
        for job in jobs:
            self._scheduler.add_job(
                self._turns[job.name], "interval", seconds=job.every_s, id=job.name, next_run_time=self._now()
            )

    def go_on_until(self, stop: threading.Event) -> None:
        """Lead until `stop`, or until the lease is lost."""
        if not self._ledger.begin([job.plan for job in self._jobs.values()], self._latest(), self._leadership):
            return
        _log.info("worker_leads", jobs=list(self._jobs))
        self._look()
        self._scheduler.start()
        steps = _Steps()
        try:
            renewed_s = awake_s()
            while not stop.wait(_LOOK_S) and not self._store.closed():
                if awake_s() - renewed_s >= _RENEW_S:
                    renewed_s = awake_s()
                    if not self._leadership.keep():
                        _log.warning("worker_lost_the_lead")
                        break
                if steps.was_set(self._now().timestamp(), self._tick_s()):
                    self._recover_from_a_step()
                self._look()
        finally:
            self._let_them_end()
            for name, job in self._jobs.items():
                if job.at_end and stop.is_set() and self._leadership.held() and not self._store.closed():
                    self._turns[name].once_more()
            _log.info("worker_ended")

    def _let_them_end(self) -> None:
        """Stop the jobs, and lead on until the last has ended: what it does then is still ours alone."""
        self._over.set()
        self._scheduler.pause()
        renewed_s = 0.0
        while any(turn.is_busy for turn in self._turns.values()):
            time.sleep(_A_BIT_S)
            if self._leadership.held() and awake_s() - renewed_s >= _RENEW_S:
                renewed_s = awake_s()
                with suppress(Unavailable):
                    self._leadership.keep()
        self._scheduler.shutdown(wait=True)

    def _look(self) -> None:
        """Read the jobs, and wake each at the instant at which it is due."""
        self._board = {state.plan.name: state for state in self._ledger.jobs()}
        for name, state in self._board.items():
            if name in self._jobs and state.plan.slotted and state.paused_at is None and state.busy_since is None:
                self._wake_at(name, self._now() if state.asked_at else state.next_at or self._now())

    def _wake_at(self, name: str, at: datetime) -> None:
        planned = self._scheduler.get_job(name).next_run_time
        if planned is None or abs(planned - at) > timedelta(milliseconds=1):
            self._scheduler.modify_job(name, next_run_time=at.astimezone(self._zone))

    def _recover_from_a_step(self) -> None:
        # The scheduler sleeps by the wall clock: set back by an hour, it would sleep for an hour.
        _log.warning("clock_was_set")
        self._ledger.bring_back({name: self._next(name) for name, job in self._jobs.items() if job.slotted})
        for name, job in self._jobs.items():
            if not job.slotted:
                self._scheduler.modify_job(name, next_run_time=self._now())
        self._scheduler.wakeup()

    def _is_over(self) -> bool:
        return self._over.is_set() or self._store.closed() is not None or not self._leadership.held()

    def _is_paused(self, name: str) -> bool:
        state = self._board.get(name)
        return state is not None and state.paused_at is not None

    def _now(self) -> datetime:
        return datetime.now(self._zone)

    def _latest(self) -> Mapping[str, datetime]:
        return {name: self._next(name) for name, job in self._jobs.items() if job.daily_at}

    def _next(self, name: str) -> datetime:
        """Return the slot after this moment."""
        job, now = self._jobs[name], self._ledger.now()
        if job.daily_at is None:
            return now + timedelta(seconds=job.every_s)
        hour, minute = job.daily_at.split(":")
        at = CronTrigger(hour=hour, minute=minute, timezone=self._zone).get_next_fire_time(None, now + _A_MOMENT)
        assert isinstance(at, datetime)
        return at


class _Steps:
    """Tells when the wall clock was set: it moved, and time did not pass."""

    def __init__(self) -> None:
        self._apart_s: float | None = None

    def was_set(self, wall_s: float, tick_s: float) -> bool:
        """Tell it, from the wall clock and from a clock that nobody can set, read together."""
        before_s, self._apart_s = self._apart_s, wall_s - tick_s
        return before_s is not None and abs(self._apart_s - before_s) > _STEP_S


class _Stop:
    """The question "shall I end?" of one turn, and whether it was ever answered with yes."""

    def __init__(self, is_over: Callable[[], bool]) -> None:
        self._is_over = is_over
        self.said = False

    def __call__(self) -> bool:
        self.said = self._is_over() or self.said
        return self.said


class _Turn:
    """One job's turn: runs it if we lead, and writes down what came of it; a failure that repeats is told once.

    A job that finds nothing to do is written down now and then too, so that one sees it alive.
    """

    def __init__(
        self,
        job: Job,
        ledger: Ledger,
        leadership: Leadership,
        is_over: Callable[[], bool],
        is_paused: Callable[[str], bool],
        following: Callable[[str], datetime],
    ) -> None:
        self._job = job
        self._ledger = ledger
        self._leadership = leadership
        self._is_over = is_over
        self._is_paused = is_paused
        self._following = following
        self._failing: str | None = None
        self._written_at: datetime | None = None
        self.is_busy = False

    def __call__(self) -> None:
        self.is_busy = True
        try:
            if self._is_over() or self._is_paused(self._job.name):
                return
            if self._job.slotted:
                self._take_slot()
            else:
                self._look()
        except Exception as error:  # noqa: BLE001  the database is away: the plan is still there when it is back
            if not self._is_over():
                _log.error("job_waits", job=self._job.name, error=type(error).__name__)
        finally:
            self.is_busy = False

    def _take_slot(self) -> None:
        job = self._job
        slot = self._ledger.take_slot(job.name, self._following(job.name), self._leadership.lease)
        if slot is None:
            return
        stop = _Stop(self._is_over)
        done, error = self._work(job.work if job.of_run is None else job.of_run(slot.run_id), stop)
        while True:
            try:
                self._ledger.end_slot(slot, done, error, cut_off=stop.said)
            except Unavailable:
                if self._is_over():
                    return  # whoever leads next finds the slot open
                time.sleep(_LOOK_S)
            else:
                return

    def once_more(self) -> None:
        """Run outside the plan, as the last thing before the worker ends."""
        started_at = self._ledger.now()
        done, error = self._work(self._job.work, lambda: False)
        self._ledger.record(self._job.name, started_at, done, error)

    def _look(self) -> None:
        started_at = self._ledger.now()
        before = self._failing
        done, error = self._work(self._job.work, _Stop(self._is_over))
        quiet_for = None if self._written_at is None else started_at - self._written_at
        if done or error != before or quiet_for is None or quiet_for >= _QUIET:
            self._ledger.record(self._job.name, started_at, done, error)
            self._written_at = started_at

    def _work(self, work: Work, stop: Callable[[], bool]) -> tuple[int, str | None]:
        done, error = 0, None
        try:
            done = work(stop)
        except DenwabanError as failure:
            if failure.reason in _CLOSED:
                return 0, self._failing  # the database was closed under it: it begins anew once that is open
            error = str(failure)
        except Exception as failure:  # noqa: BLE001  a defect in one job must not end the others
            error = f"defect {type(failure).__name__}"
        if error != self._failing:
            self._tell(error)
            self._failing = error
        return done, error

    def _tell(self, error: str | None) -> None:
        if error is None:
            _log.info("job_works_again", job=self._job.name)
        else:
            _log.error("job_fails", job=self._job.name, error=error)
