"""The worker: one leads, another takes over, nothing runs twice, and the ledger tells what came of it."""

import itertools
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from plugin.core.errors import OutsideError
from plugin.core.jobs import Plan
from plugin.core.runs import RunOutcome
from plugin.services.leadership import Leadership
from plugin.services.runs import Ledger
from plugin.store import runs
from plugin.store.engine import Store
from plugin.store.sign import Holder, path_of
from plugin.wiring import House, now
from plugin.worker import Job, jobs_of, run
from tests.kit.lead import SLOT_S, enough_of
from tests.kit.workers import Ran, Workers


@pytest.fixture
def workers(store: Store, tmp_path: Path) -> Iterator[Workers]:
    started = Workers(store, tmp_path)
    yield started
    started.end()


def _pids(ran: list[Ran]) -> list[int]:
    return list(dict.fromkeys(one.pid for one in ran))


def _in_order(ran: list[Ran]) -> None:
    assert all(after.began >= before.ended for before, after in itertools.pairwise(ran)), "two ran at once"
    changes = [one.pid for one in ran]
    assert changes == sorted(changes, key=_pids(ran).index), "a leader came back"


def test_of_three_one_leads_and_no_slot_is_run_twice_or_missed_when_leaders_are_killed(
    workers: Workers, store: Store
) -> None:
    for _ in range(3):
        workers.start()
    for leaders in (1, 2, 3):
        workers.wait_for(lambda wanted=leaders: len(_pids(workers.ran("slot"))) == wanted)  # type: ignore[misc]
        before = len(workers.ran("slot"))
        workers.wait_for(lambda seen=before: len(workers.ran("slot")) >= seen + 5)  # type: ignore[misc]
        leader = workers.ran("slot")[-1].pid
        (process,) = (one for one in workers.processes if one.pid == leader)
        process.kill()
        process.wait()
    for job in ("look", "slot"):
        _in_order(workers.ran(job))
    with store.read() as connection:
        slots = runs.newest(connection, "slot", 500)
    # The ledger and the job itself tell the same: each slot that was begun is there once, and ended but where killed.
    done = sum(slot.outcome is RunOutcome.DONE for slot in slots)
    assert len(workers.began("slot")) <= len(slots)
    assert done <= len(workers.ran("slot")) <= done + 3
    assert all(slot.error in (None, "process_ended") for slot in slots)
    by_leader = {pid: [one.began for one in workers.ran("slot") if one.pid == pid] for pid in _pids(workers.ran())}
    for begun in by_leader.values():
        assert len(begun) <= (begun[-1] - begun[0]) / SLOT_S + 2, "a slot was run twice"


def test_who_ends_orderly_hands_over_at_once_and_what_was_cut_off_is_gone_on_with(
    workers: Workers, store: Store
) -> None:
    first = workers.start()
    workers.wait_for(lambda: len(workers.ran()) >= 2 and workers.began("long") == [first.pid])
    second = workers.start()
    first.terminate()
    assert first.wait(60) == 0
    enough_of(workers.tally, second.pid).touch()
    workers.wait_for(lambda: workers.ran("long")[-1:] != [] and not workers.ran("long")[-1].cut)
    assert [(one.pid, one.cut) for one in workers.ran("long")] == [(first.pid, True), (second.pid, False)]
    with store.read() as connection:
        gone_on, cut = runs.newest(connection, "long", 5)
    assert cut.outcome is RunOutcome.STOPPED
    assert gone_on.outcome in (None, RunOutcome.DONE)


def test_a_leader_frozen_in_the_middle_is_replaced_and_changes_nothing_when_it_wakes(
    workers: Workers, store: Store
) -> None:
    first = workers.start()
    workers.wait_for(lambda: workers.began("long") == [first.pid] and len(workers.ran("slot")) >= 2)
    with store.write():  # with SQLite: not while it writes, or nobody else could (docs/decisions/0140)
        first.send_signal(signal.SIGSTOP)
    second = workers.start()
    enough_of(workers.tally, second.pid).touch()
    workers.wait_for(lambda: [(one.pid, one.cut) for one in workers.ran("long")] == [(second.pid, False)])
    first.send_signal(signal.SIGCONT)
    workers.wait_for(lambda: len(workers.ran("long")) == 2)
    # Woken, it sees that it leads no more: it stops where it is, and nothing that it says counts.
    assert (workers.ran("long")[-1].pid, workers.ran("long")[-1].cut) == (first.pid, True)
    before = len(workers.ran("slot"))
    workers.wait_for(lambda: len(workers.ran("slot")) >= before + 8)
    assert {one.pid for one in workers.ran("slot")[before + 1 :]} == {second.pid}
    assert workers.began("long") == [first.pid, second.pid]
    with store.read() as connection:
        second_run, first_run = runs.newest(connection, "long", 5)
    assert (first_run.outcome, first_run.error) == (RunOutcome.FAILED, "process_ended")
    assert second_run.outcome is RunOutcome.DONE


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

        def begin(self, plans: Sequence[Plan], daily: Mapping[str, datetime], leadership: Leadership) -> bool:
            self.asked += 1
            if self.asked < 3:
                raise ConnectionError
            return super().begin(plans, daily, leadership)

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

    _run_until(house, [Job("sync", 60.0, sync, slotted=True)], ran.is_set)
    ended = {(run.outcome, run.error, run.done) for run in house.ledger.newest("sync", 9)}
    assert ended == {(RunOutcome.FAILED, "process_ended", 400), (RunOutcome.DONE, None, 0)}


def test_a_site_s_jobs_have_names_of_their_own(house: House) -> None:
    names = [job.name for job in jobs_of(house)]
    assert len(set(names)) == len(names)
    assert "deliver" in names


def test_a_worker_rests_while_the_site_is_moved_and_goes_on_afterwards(house: House) -> None:
    house.clock = now
    signs: list[Holder] = []
    turns = 0

    def work(_: Callable[[], bool]) -> int:
        nonlocal turns
        assert house.store.closed() is None
        turns += 1
        if turns == 2:  # closed under it: what it would write down is refused
            signs.append(Holder(path_of(str(house.store.engine.url.database)), "db/new", now()))
            with house.store.write():
                pass
        return 1

    with capture_logs() as lines:

        def is_back() -> bool:
            if signs and any(line["event"] == "worker_ended" for line in lines):
                signs.pop().end()
            return turns >= 4

        _run_until(house, [Job("work", 0.05, work)], is_back)
    assert turns >= 4
    assert {run.outcome for run in house.ledger.newest("work", 50)} == {RunOutcome.DONE}
    assert [line for line in lines if line["log_level"] == "error"] == []
