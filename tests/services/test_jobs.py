"""Administrators steer scheduled work: run now, pause, resume; the leading worker takes it up, and the audit tells."""

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from connectors.crm.local import LocalCrm
from plugin.core.audit import Act
from plugin.core.errors import Conflict, Denied, NotFound
from plugin.core.jobs import Asked, Plan
from plugin.core.ports import Budget
from plugin.core.runs import MOST_FINDINGS, Finding, RunOutcome
from plugin.core.staff import Role, Staff
from plugin.services.budget import CrmBudget
from plugin.services.jobs import Jobs
from plugin.services.leadership import Leadership, awake_s
from plugin.services.runs import Ledger
from plugin.store import runs
from plugin.store.engine import Store
from plugin.store.tables.audit import audit_lines
from plugin.wiring import House, now
from plugin.worker import Job, run
from tests.kit.clock import HandClock
from tests.kit.people import Town
from tests.kit.processes import wait_for

SYNC = Plan("sync", timedelta(minutes=5))
LOOK = Plan("deliver", timedelta(seconds=1), slotted=False)


class Scene:
    """A leader that has just begun, and an administrator."""

    def __init__(self, store: Store, clock: HandClock) -> None:
        self.store, self.clock = store, clock
        self.ledger = Ledger(store, clock)
        self.lead = Leadership(store, clock, None)
        assert self.lead.take()
        assert self.ledger.begin([SYNC, LOOK], {}, self.lead)
        self.jobs = Jobs(store, clock, "local")
        self.admin = Town(store, clock()).staff("admin", Role.ADMIN)

    def turn(self) -> bool:
        slot = self.ledger.take_slot("sync", self.clock() + SYNC.every, self.lead.lease)
        if slot is not None:
            self.ledger.end_slot(slot, 1, None, cut_off=False)
        return slot is not None

    def acts(self) -> list[str]:
        with self.store.read() as connection:
            return list(connection.scalars(select(audit_lines.c.act).order_by(audit_lines.c.seq)))


@pytest.fixture
def scene(store: Store, clock: HandClock) -> Scene:
    return Scene(store, clock)


def test_a_run_is_asked_for_once_however_often_one_clicks(scene: Scene) -> None:
    assert (scene.turn(), scene.turn()) == (True, False)
    assert scene.jobs.ask(scene.admin, "sync") is Asked.ASKED
    assert scene.jobs.ask(scene.admin, "sync") is Asked.BEFORE
    state, _ = scene.jobs.job("sync")
    assert (state.asked_at, state.asked_by) == (scene.clock(), "adminさん")
    assert (scene.turn(), scene.turn()) == (True, False)
    assert scene.acts() == [Act.JOB_ASKED]


def test_what_runs_is_not_asked_for_again(scene: Scene) -> None:
    slot = scene.ledger.take_slot("sync", scene.clock() + SYNC.every, scene.lead.lease)
    assert slot is not None
    assert scene.jobs.ask(scene.admin, "sync") is Asked.BUSY
    scene.ledger.end_slot(slot, 1, None, cut_off=False)
    assert not scene.turn()


def test_a_paused_job_rests_until_it_is_resumed_whoever_leads(scene: Scene) -> None:
    assert scene.jobs.ask(scene.admin, "sync") is Asked.ASKED
    assert scene.jobs.pause(scene.admin, "sync")
    assert not scene.jobs.pause(scene.admin, "sync")
    assert not scene.turn()
    with pytest.raises(Conflict, match="job_paused"):
        scene.jobs.ask(scene.admin, "sync")
    scene.clock.move(hours=2)
    scene.lead.give_back()
    assert scene.lead.take()
    scene.ledger.begin([SYNC, LOOK], {}, scene.lead)  # a restart changes nothing
    assert not scene.turn()
    state, _ = scene.jobs.job("sync")
    assert state.paused_by == "adminさん"
    assert state.paused_at is not None
    assert scene.clock() - state.paused_at == timedelta(hours=2)
    assert (scene.jobs.resume(scene.admin, "sync"), scene.jobs.resume(scene.admin, "sync")) == (True, False)
    assert (scene.turn(), scene.turn()) == (True, False)
    assert scene.acts() == [Act.JOB_ASKED, Act.JOB_PAUSED, Act.JOB_RESUMED]


def test_only_administrators_steer_and_only_what_there_is(scene: Scene) -> None:
    steers: tuple[Callable[[Staff, str], object], ...] = (scene.jobs.ask, scene.jobs.pause, scene.jobs.resume)
    sato = Town(scene.store, scene.clock()).staff("sato", Role.SUPERVISOR)
    for steer in steers:
        with pytest.raises(Denied):
            steer(sato, "sync")
        with pytest.raises(NotFound):
            steer(scene.admin, "nothing")
    with pytest.raises(NotFound):  # it looks every second anyway
        scene.jobs.ask(scene.admin, "deliver")
    assert scene.acts() == []


def test_jobs_that_are_no_more_are_forgotten_and_new_ones_found(scene: Scene) -> None:
    nightly = Plan("reconcile", timedelta(days=1), "03:30")
    at = scene.clock() + timedelta(hours=19, minutes=30)
    assert scene.ledger.begin([SYNC, nightly], {"reconcile": at}, scene.lead)
    kept = {state.plan.name: state for state in scene.ledger.jobs()}
    assert set(kept) == {"sync", "reconcile"}
    assert (kept["reconcile"].plan, kept["reconcile"].next_at) == (nightly, at)


def test_the_figures_of_a_job_count_what_was_written_down(scene: Scene) -> None:
    assert scene.turn()
    scene.clock.move(minutes=5)
    slot = scene.ledger.take_slot("sync", scene.clock() + SYNC.every, scene.lead.lease)
    assert slot is not None
    done_at = scene.clock()
    scene.clock.move(seconds=30)
    scene.ledger.end_slot(slot, 0, "outside.timeout", cut_off=False)
    state, (failed, done) = scene.jobs.job("sync")
    assert (state.figures.ran, state.figures.failed, state.figures.busy) == (2, 1, timedelta(seconds=30))
    assert state.figures.done_at == done_at - timedelta(minutes=5)
    assert (failed.outcome, failed.error, done.outcome) == (RunOutcome.FAILED, "outside.timeout", RunOutcome.DONE)


def test_findings_are_counted_and_bounded(scene: Scene) -> None:
    with scene.store.write() as connection:
        run_id = runs.start(connection, "sync", scene.clock())
        for number in range(MOST_FINDINGS + 30):
            runs.find(connection, run_id, Finding("field_missing", f"Contact.F{number}__c"))
        for _ in range(3):
            runs.find(connection, run_id, Finding("customer_refused", n=2))
        runs.find(connection, run_id, Finding("field_missing", "Contact.F0__c"))
        runs.progress(connection, run_id, 40, 1000)
    _, (found,) = scene.jobs.job("sync")
    assert (found.done, found.total) == (40, 1000)
    assert len(found.findings) == MOST_FINDINGS + 1
    assert found.findings[0] == Finding("field_missing", "Contact.F0__c", 2)
    assert found.findings[-1] == Finding("more", n=36)


class ToldCrm(LocalCrm):
    """A CRM that tells of its budget."""

    told: Budget | None = None

    def budget(self) -> Budget | None:
        return self.told


def test_what_the_crm_tells_of_its_budget_reaches_other_processes(scene: Scene, tmp_path: Path) -> None:
    crm = ToldCrm(data_dir=tmp_path / "told", options={})
    worker = CrmBudget(scene.store, crm, "local")
    assert worker.is_told
    worker.note()
    assert scene.jobs.overview().budget is None
    for used in (10, 25):
        crm.told = Budget(used, 100_000, scene.clock.move(minutes=1))
        worker.note()
        assert scene.jobs.overview().budget == crm.told


def test_who_leads_is_told_until_its_sign_is_old(scene: Scene) -> None:
    assert scene.jobs.overview().is_led
    scene.clock.move(seconds=30)
    seen = scene.jobs.overview()
    assert not seen.is_led
    assert seen.leader is not None
    scene.lead.keep()
    assert scene.jobs.overview().is_led


@pytest.fixture
def working(house: House) -> Iterator[Callable[[Sequence[Job]], None]]:
    """Starts a real worker with the jobs given, on the real clock, and ends it."""
    house.clock = now
    stop = threading.Event()
    threads: list[threading.Thread] = []

    def start(jobs: Sequence[Job]) -> None:
        threads.append(threading.Thread(target=run, args=(house, stop, jobs)))
        threads[-1].start()

    yield start
    stop.set()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()


def test_the_running_worker_takes_up_what_is_asked_paused_and_resumed(
    house: House, working: Callable[[Sequence[Job]], None]
) -> None:
    admin = Town(house.store, now()).staff("admin", Role.ADMIN)
    ran: list[str] = []

    def job(name: str, every_s: float, *, slotted: bool) -> Job:
        def work(_: Callable[[], bool]) -> int:
            ran.append(name)
            return 0

        return Job(name, every_s, work, slotted=slotted)

    working([job("sync", 3600.0, slotted=True), job("deliver", 0.05, slotted=False)])
    wait_for(lambda: ran.count("sync") == 1 and house.jobs.job("sync")[0].busy_since is None)
    assert house.jobs.ask(admin, "sync") is Asked.ASKED
    wait_for(lambda: ran.count("sync") == 2)
    house.jobs.pause(admin, "deliver")
    wait_for(lambda: _is_still(ran))
    house.jobs.resume(admin, "deliver")
    still = ran.count("deliver")
    wait_for(lambda: ran.count("deliver") > still + 2)
    assert ran.count("sync") == 2


def test_a_wall_clock_that_was_set_back_lets_no_job_sleep(house: House, sets_back: Callable[[], float]) -> None:
    """The scheduler sleeps by the wall clock; here it is the other clock that leaps, which parts them alike."""
    house.clock = now
    ran: list[str] = []
    stop = threading.Event()

    def job(name: str, *, slotted: bool) -> Job:
        def work(_: Callable[[], bool]) -> int:
            ran.append(name)
            return 0

        return Job(name, 3600.0, work, slotted=slotted)

    jobs = [job("look", slotted=False), job("sync", slotted=True)]
    thread = threading.Thread(target=run, args=(house, stop, jobs, sets_back))
    thread.start()
    try:
        wait_for(lambda: ran.count("look") == 2)
        assert ran.count("sync") == 1
    finally:
        stop.set()
        thread.join(60)
    assert not thread.is_alive()


@pytest.fixture
def sets_back() -> Callable[[], float]:
    """A clock that leaps ahead by an hour when it is read for the fourth time: the wall clock was set back by one."""
    reads: list[float] = []

    def tick_s() -> float:
        reads.append(0.0)
        return awake_s() + (3600.0 if len(reads) >= 4 else 0.0)

    return tick_s


def _is_still(ran: list[str]) -> bool:
    """Tell whether nothing was added for as long as it takes to look at the jobs twice."""
    seen = len(ran)
    return not threading.Event().wait(1.5) and len(ran) == seen
