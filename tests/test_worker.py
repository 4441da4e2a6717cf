"""The worker: one leads, another takes over, nothing runs twice, and the ledger tells what came of it."""

import itertools
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from plugin.core.errors import OutsideError
from plugin.core.runs import RunOutcome
from plugin.services.runs import Ledger
from plugin.store import runs
from plugin.store.engine import Store
from plugin.wiring import House, now
from plugin.worker import FileLeadership, Job, LeaseLeadership, jobs_of, run
from tests.kit.clock import HandClock
from tests.kit.lead import EVERY_S

ROOT = Path(__file__).parent.parent
TAKE_OVER_S = 60.0  # five seconds on a host that has time; patience for one that has none


class Workers:
    """Worker processes of one site, and the tally of what their job did."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.url = store.engine.url.render_as_string(hide_password=False)
        self.folder = folder
        self.tally = folder / "tally"
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.kit.lead", self.url, str(self.folder), str(self.tally)]
        self.processes.append(subprocess.Popen(command, cwd=ROOT))
        return self.processes[-1]

    def ran(self) -> list[tuple[int, float, float]]:
        if not self.tally.exists():
            return []
        lines = [line.split() for line in self.tally.read_text("utf-8").splitlines()]
        return [(int(pid), float(began), float(ended)) for pid, began, ended in lines]

    def wait_for(self, told: Callable[[list[tuple[int, float, float]]], bool], within_s: float = 90.0) -> None:
        deadline = time.monotonic() + within_s
        while not told(self.ran()):
            assert time.monotonic() < deadline, "the workers did not get there"
            time.sleep(0.05)

    def end(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.terminate()
        for process in self.processes:
            process.wait(60)


@pytest.fixture
def workers(store: Store, tmp_path: Path) -> Iterator[Workers]:
    started = Workers(store, tmp_path)
    yield started
    started.end()


def _pids(ran: list[tuple[int, float, float]]) -> list[int]:
    return list(dict.fromkeys(pid for pid, _, _ in ran))


def test_one_of_three_leads_and_another_takes_over_when_it_is_killed(workers: Workers) -> None:
    for _ in range(3):
        workers.start()
    for leaders in (1, 2, 3):
        workers.wait_for(lambda ran, wanted=leaders: len(_pids(ran)) == wanted)  # type: ignore[misc]
        before = len(workers.ran())
        workers.wait_for(lambda ran, seen=before: len(ran) >= seen + 5)  # type: ignore[misc]
        leader = _pids(workers.ran())[-1]
        (process,) = (one for one in workers.processes if one.pid == leader)
        process.kill()
        process.wait()
    ran = workers.ran()
    assert len(_pids(ran)) == 3
    for (pid, _, ended), (next_pid, next_began, _) in itertools.pairwise(ran):
        assert next_began >= ended, "two ran at once"
        assert pid == next_pid or next_began - ended <= TAKE_OVER_S, "the take-over took too long"
    for leader in _pids(ran):
        begun = [began for pid, began, _ in ran if pid == leader]
        assert len(begun) <= (begun[-1] - begun[0]) / EVERY_S + 2, "a turn was taken twice"
    changes = [pid for pid, _, _ in ran]
    assert changes == sorted(changes, key=_pids(ran).index), "a leader came back"


def test_who_ends_orderly_hands_over_at_once(workers: Workers) -> None:
    first = workers.start()
    workers.wait_for(lambda ran: len(ran) >= 2)
    workers.start()
    first.terminate()
    assert first.wait(60) == 0
    workers.wait_for(lambda ran: len(_pids(ran)) == 2)


def test_a_leader_that_was_frozen_does_not_work_on_beside_the_new_one(workers: Workers, store: Store) -> None:
    first = workers.start()
    workers.wait_for(lambda ran: len(ran) >= 2)
    first.send_signal(signal.SIGSTOP)
    workers.start()
    if store.is_sqlite:  # a lock on a file does not run out: frozen on one host means that nobody works
        time.sleep(4)
        assert _pids(workers.ran()) == [first.pid]
        return
    workers.wait_for(lambda ran: len(_pids(ran)) == 2)
    first.send_signal(signal.SIGCONT)
    before = len(workers.ran())
    workers.wait_for(lambda ran: len(ran) >= before + 10)
    assert {pid for pid, _, _ in workers.ran()[before:]} == {workers.processes[1].pid}


def test_a_lease_is_one_holder_s_until_it_runs_out_or_is_given_back(house: House, store: Store) -> None:
    def take(holder: str, lasts_us: int) -> bool:
        with store.write() as connection:
            return runs.take_lease(connection, "worker", holder, lasts_us)

    assert take("a", 60_000_000)
    assert not take("b", 60_000_000)
    assert take("a", 60_000_000)
    with store.write() as connection:
        runs.give_lease_back(connection, "worker", "b")
    assert not take("b", 60_000_000)
    with store.write() as connection:
        runs.give_lease_back(connection, "worker", "a")
    assert take("b", -1)
    assert take("a", 60_000_000)


def test_whoever_holds_no_lease_does_not_believe_so(house: House, tmp_path: Path) -> None:
    one, other = LeaseLeadership(house.ledger), LeaseLeadership(house.ledger)
    assert not one.held()
    assert (one.take(), other.take(), one.keep(), other.keep()) == (True, False, True, False)
    assert (one.held(), other.held()) == (True, False)
    one.give_back()
    assert (one.held(), other.take()) == (False, True)
    mine, theirs = FileLeadership(tmp_path / "lock"), FileLeadership(tmp_path / "lock")
    assert (mine.take(), theirs.take(), theirs.held(), mine.keep()) == (True, False, False, True)
    mine.give_back()
    assert (mine.held(), theirs.take()) == (False, True)
    theirs.give_back()


def _run_until(house: House, jobs: list[Job], done: Callable[[], bool]) -> None:
    stop = threading.Event()
    thread = threading.Thread(target=run, args=(house, stop, jobs))
    thread.start()
    deadline = time.monotonic() + 60
    while not done() and time.monotonic() < deadline:
        time.sleep(0.02)
    stop.set()
    thread.join(60)
    assert not thread.is_alive()


def test_a_failing_job_is_written_down_once_and_does_not_stop_the_others(house: House) -> None:
    house.clock = now
    calls = {"bad": 0, "broken": 0, "idle": 0, "busy": 0}

    def bad(_: Callable[[], bool]) -> int:
        calls["bad"] += 1
        if calls["bad"] < 4:
            raise OutsideError("down")
        return 0

    def broken(_: Callable[[], bool]) -> int:
        calls["broken"] += 1
        raise ZeroDivisionError("secret 09012345678")

    def idle(_: Callable[[], bool]) -> int:
        calls["idle"] += 1
        return 0

    def busy(_: Callable[[], bool]) -> int:
        calls["busy"] += 1
        return 7

    jobs = [Job(work.__name__, 0.05, work) for work in (bad, broken, idle, busy)]
    _run_until(house, jobs, lambda: min(calls.values()) >= 6)

    good_again, bad_run = house.ledger.newest("bad", 50)
    assert (good_again.outcome, good_again.done) == (RunOutcome.DONE, 0)
    (broken_run,) = house.ledger.newest("broken", 50)
    assert (bad_run.outcome, bad_run.error) == (RunOutcome.FAILED, "outside.down")
    assert broken_run.error == "defect ZeroDivisionError"
    assert len(house.ledger.newest("idle", 50)) == 1  # seen alive, not seen every time
    assert {(one.outcome, one.done) for one in house.ledger.newest("busy", 50)} == {(RunOutcome.DONE, 7)}


def test_a_worker_whose_database_was_away_leads_later(house: House) -> None:
    ran = threading.Event()

    class LateLedger(Ledger):
        asked = 0

        def end_orphans(self, jobs: Iterable[str]) -> None:
            self.asked += 1
            if self.asked < 3:
                raise ConnectionError
            super().end_orphans(jobs)

    def work(_: Callable[[], bool]) -> int:
        ran.set()
        return 0

    house.ledger = LateLedger(house.store, now)
    _run_until(house, [Job("work", 60.0, work)], ran.is_set)
    assert ran.is_set()


def test_what_a_dead_worker_left_open_is_closed_by_the_next(house: House) -> None:
    with house.store.write() as connection:
        run_id = runs.start(connection, "sync", house.clock())
        runs.progress(connection, run_id, 400)
    ran = threading.Event()

    def sync(_: Callable[[], bool]) -> int:
        ran.set()
        return 0

    _run_until(house, [Job("sync", 60.0, sync, own_ledger=True)], ran.is_set)
    (left,) = house.ledger.newest("sync", 9)
    assert (left.outcome, left.error, left.done) == (RunOutcome.FAILED, "process_ended", 400)


def test_the_ledger_forgets_after_a_month(store: Store, clock: HandClock) -> None:
    for _ in range(3):
        with store.write() as connection:
            runs.start(connection, "deliver", clock.move(days=16))
    with store.read() as connection:
        assert len(runs.newest(connection, "deliver", 9)) == 2


def test_a_site_s_jobs_have_names_of_their_own(house: House) -> None:
    names = [job.name for job in jobs_of(house)]
    assert len(set(names)) == len(names)
    assert "deliver" in names
