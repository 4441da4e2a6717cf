"""Who leads, and whose a slot is: by no clock that can be set, and never two."""

import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from plugin.core.jobs import Asked, Plan
from plugin.core.runs import RunOutcome
from plugin.core.staff import Role
from plugin.services.leadership import Leadership
from plugin.store import jobs
from plugin.store.engine import Store
from plugin.wiring import House
from tests.kit.clock import HandClock
from tests.kit.people import Town


class Tick:
    """A clock of one process that nobody can set, moved by hand."""

    def __init__(self) -> None:
        self.at_s = 100.0

    def __call__(self) -> float:
        return self.at_s


def _several(store: Store, clock: HandClock, count: int, signs: Path | None = None) -> list[tuple[Leadership, Tick]]:
    ticks = [Tick() for _ in range(count)]
    return [(Leadership(store, clock, signs, tick), tick) for tick in ticks]


def test_a_lease_is_taken_only_from_one_who_has_not_renewed_for_its_whole_length(
    store: Store, clock: HandClock
) -> None:
    (one, ones), (other, others) = _several(store, clock, 2)
    assert (one.take(), other.take()) == (True, False)
    assert (one.held(), other.held()) == (True, False)
    others.at_s += 2.9
    assert not other.take()
    assert one.keep()  # seen from now on: the three seconds begin anew
    others.at_s += 0.2
    assert not other.take()
    others.at_s += 2.9
    assert not other.take()
    others.at_s += 0.1
    ones.at_s += 3.0  # the same time passed for both
    assert not one.held()
    assert other.take()
    assert (one.keep(), one.held(), other.held()) == (False, False, True)
    other.give_back()
    assert not other.held()
    assert one.take()


def test_clocks_that_are_set_give_nobody_the_lease_and_keep_nobody_from_it(store: Store, clock: HandClock) -> None:
    (one, _), (other, others) = _several(store, clock, 2)
    assert (one.take(), other.take()) == (True, False)
    clock.move(days=1)
    assert not other.take()  # forward: not run out
    assert one.keep()
    clock.move(days=-9)
    assert (one.keep(), other.take()) == (True, False)
    others.at_s += 3.0
    assert other.take()  # back: not kept for ever


def test_of_many_who_see_it_stand_still_one_takes_it(store: Store, clock: HandClock) -> None:
    everybody = _several(store, clock, 6)
    assert everybody[0][0].take()
    for each, tick in everybody[1:]:
        assert not each.take()
        tick.at_s += 3.0
    ready = threading.Barrier(5)
    got: list[bool] = []

    def try_it(each: Leadership) -> None:
        ready.wait()
        got.append(each.take())

    threads = [threading.Thread(target=try_it, args=(each,)) for each, _ in everybody[1:]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == [False] * 4 + [True]


def test_on_one_host_a_dead_leader_is_known_at_once(sqlite_store: Store, clock: HandClock, tmp_path: Path) -> None:
    (one, _), (other, _), (third, _) = _several(sqlite_store, clock, 3, tmp_path / "signs")
    assert (one.take(), other.take()) == (True, False)
    one.close()  # as the kernel does when a process dies; its sign may also stay behind, unlocked
    (tmp_path / "signs" / one.lease[1]).touch()
    assert other.take()
    assert not (tmp_path / "signs" / one.lease[1]).exists()
    assert not third.take()
    for each in (other, third):
        each.close()
    assert list((tmp_path / "signs").iterdir()) == []


def test_a_slot_is_nobody_s_but_the_leader_s(house: House, clock: HandClock) -> None:
    ledger = house.ledger
    (one, _), (other, others) = _several(house.store, clock, 2)
    assert one.take()
    plan = Plan("sync", timedelta(minutes=5))
    assert ledger.begin([plan], {}, one)
    assert not ledger.begin([plan], {}, other)
    after = clock() + timedelta(minutes=5)
    assert ledger.take_slot("sync", after, other.lease) is None
    assert not other.take()
    others.at_s += 3
    assert other.take()
    assert ledger.take_slot("sync", after, one.lease) is None
    slot = ledger.take_slot("sync", after, other.lease)
    assert slot is not None
    assert ledger.take_slot("sync", after, other.lease) is None
    assert len(ledger.newest("sync", 9)) == 1


def test_a_slot_that_was_begun_and_never_ended_is_due_for_the_next_leader(house: House, clock: HandClock) -> None:
    (one, ones), (other, others) = _several(house.store, clock, 2)
    ledger, plan = house.ledger, Plan("sync", timedelta(hours=1))
    assert one.take()
    assert ledger.begin([plan], {}, one)
    slot = ledger.take_slot("sync", clock() + timedelta(hours=1), one.lease)
    assert slot is not None
    assert not other.take()
    others.at_s += 3
    ones.at_s += 3
    clock.move(seconds=3)
    assert other.take()
    assert ledger.begin([plan], {}, other)
    again = ledger.take_slot("sync", clock() + timedelta(hours=1), other.lease)
    assert again is not None
    house.sync.of_run(slot.run_id)(lambda: False)  # the one before wakes up, does it all,
    ledger.end_slot(slot, 99, None, cut_off=False)  # and says so
    newest, first = ledger.newest("sync", 9)
    assert (first.outcome, first.error, first.done) == (RunOutcome.FAILED, "process_ended", 0)
    assert newest.outcome is None
    (job,) = ledger.jobs()
    assert (job.busy_since, job.figures.done_at) == (again.taken_at, None)
    house.sync.of_run(again.run_id)(lambda: False)
    assert ledger.newest("sync", 1)[0].outcome is None  # until its slot has ended too: both, or neither
    ledger.end_slot(again, 0, None, cut_off=False)
    assert [run.outcome for run in ledger.newest("sync", 9)] == [RunOutcome.DONE, RunOutcome.FAILED]
    assert ledger.take_slot("sync", clock() + timedelta(hours=1), other.lease) is None


def test_one_run_is_for_the_slot_that_was_cut_off_and_for_who_asks_meanwhile(house: House, clock: HandClock) -> None:
    (one, _), (other, others) = _several(house.store, clock, 2)
    ledger, plan = house.ledger, Plan("sync", timedelta(hours=1))
    assert one.take()
    assert ledger.begin([plan], {}, one)
    assert ledger.take_slot("sync", clock() + timedelta(hours=1), one.lease) is not None
    assert not other.take()
    others.at_s += 3
    assert other.take()
    assert ledger.begin([plan], {}, other)
    admin = Town(house.store, clock()).staff("admin", Role.ADMIN)
    assert house.jobs.ask(admin, "sync") is Asked.ASKED
    slot = ledger.take_slot("sync", clock() + timedelta(hours=1), other.lease)
    assert slot is not None
    ledger.end_slot(slot, 1, None, cut_off=False)
    assert ledger.take_slot("sync", clock() + timedelta(hours=1), other.lease) is None


@pytest.mark.needs("mariadbd")
def test_nobody_gets_the_lease_while_a_slot_is_being_taken_under_it(newest_mariadb: str, clock: HandClock) -> None:
    store, another = Store(newest_mariadb), Store(newest_mariadb)
    ((one, _),) = _several(store, clock, 1)
    assert one.take()
    plan, slot = Plan("sync", timedelta(hours=1)), clock()
    asked = text("SELECT holder FROM leases FOR UPDATE NOWAIT")
    with store.write() as connection:
        jobs.put_plans(connection, [plan], {}, slot)
    with store.write() as connection, another.engine.connect() as other:
        assert jobs.take_slot(connection, "sync", slot, slot + plan.every, slot, one.lease)
        with pytest.raises(OperationalError):
            other.execute(asked)
        other.rollback()
    with another.engine.connect() as other:
        assert other.scalar(asked) == one.lease[1]
        other.rollback()
    one.give_back()
    with store.write() as connection:
        jobs.put_plans(connection, [], {}, slot)
    for each in (store, another):
        each.close()


def test_slots_follow_the_rhythm_whatever_is_done_to_the_clock(house: House, clock: HandClock) -> None:
    ((one, _),) = _several(house.store, clock, 1)
    ledger, plan = house.ledger, Plan("sync", timedelta(minutes=5))
    assert one.take()
    ledger.begin([plan], {}, one)

    def ran() -> bool:
        slot = ledger.take_slot("sync", clock() + timedelta(minutes=5), one.lease)
        if slot is not None:
            ledger.end_slot(slot, 1, None, cut_off=False)
        return slot is not None

    assert (ran(), ran()) == (True, False)
    clock.move(minutes=5)
    assert (ran(), ran()) == (True, False)
    clock.move(hours=8)  # late: once, not ninety-six times
    assert (ran(), ran()) == (True, False)
    clock.move(days=-2)
    assert not ran()
    ledger.bring_back({"sync": clock() + timedelta(minutes=5)})
    clock.move(minutes=5)
    assert (ran(), ran()) == (True, False)


HOLDER = """
import os, signal, sys
from plugin.store import jobs
from plugin.store.engine import Store
from sqlalchemy import text
store = Store(sys.argv[1])
with store.write() as connection:
    connection.execute(text("UPDATE leases SET beats = beats + 1"))
    print("locked", flush=True)
    os.kill(os.getpid(), signal.SIGSTOP)
"""


@pytest.mark.needs("mariadbd")
def test_a_process_frozen_inside_a_transaction_keeps_nobody_from_the_lease(
    newest_mariadb: str, clock: HandClock
) -> None:
    store = Store(newest_mariadb)
    (one, _), (other, others) = _several(store, clock, 2)
    assert one.take()
    frozen = subprocess.Popen(
        [sys.executable, "-c", HOLDER, store.engine.url.render_as_string(hide_password=False)],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    try:
        assert frozen.stdout
        assert frozen.stdout.readline() == b"locked\n"
        assert not other.take()
        others.at_s += 3
        assert other.take()  # waits for the lock no longer than the server lets the frozen one keep it
    finally:
        frozen.kill()
        frozen.communicate()
        other.give_back()
        store.close()
