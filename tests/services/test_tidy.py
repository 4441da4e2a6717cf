"""The log of writes is cut between other people's reads, and given up when it is time to end."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta

from plugin.core.jobs import Plan
from plugin.services.tidy import Tidy
from plugin.store import jobs
from plugin.store.engine import Store
from tests.kit.clock import HandClock


def _note(store: Store, clock: HandClock) -> None:
    with store.write() as connection:
        jobs.put_plans(connection, [Plan("deliver", timedelta(seconds=1), None, slotted=False)], {}, clock())


def test_the_log_is_cut_as_soon_as_nobody_reads_what_only_it_tells(sqlite_store: Store, clock: HandClock) -> None:
    other = Store(str(sqlite_store.engine.url))
    _note(sqlite_store, clock)
    reading = ExitStack()
    reading.enter_context(other.read()).exec_driver_sql("SELECT COUNT(*) FROM jobs").scalar_one()
    waits: Iterator[Callable[[], None]] = iter((lambda: None, reading.close))
    tidy = Tidy(sqlite_store, clock, timedelta(days=1), lambda: next(waits)())
    assert tidy.cut_log() == 1
    assert (sqlite_store.log_bytes(), list(waits)) == (0, [])
    assert tidy.cut_log() == 0
    other.close()


def test_it_ends_when_it_is_told_to(sqlite_store: Store, clock: HandClock) -> None:
    _note(sqlite_store, clock)
    tidy = Tidy(sqlite_store, clock, timedelta(days=1), lambda: None)
    assert tidy.cut_log(stop=lambda: True) == 0
    assert sqlite_store.log_bytes() > 0
