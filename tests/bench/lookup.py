"""Who may be calling and the last 20 calls, as a desk asks the services, beside raw sqlite3 with the same statements.

The database is real and full: ten calls a customer, 3.5 % shared numbers, one number that a hundredth of all calls
came from. What is asked for: known numbers, unknown ones, shared ones, and that busiest one. Times are CPU on one core.
Twenty calls for each candidate, of whom a shared number has up to five; beside that, of other callers, the five each
that a pop asks for (pop_…): it shows three, and tells if there are more.
"""

import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from plugin.core.history import HistoryOf, PastCall
from plugin.core.ids import CustomerId
from plugin.core.matching import Candidate
from plugin.core.numbers import External, read_number
from plugin.settings import load
from plugin.store import assignments, customers, history, sharings
from plugin.store.schema import upgrade
from plugin.wiring import House
from tests.bench import Row
from tests.bench.japan import mobile, people, typed
from tests.bench.town import BUSIEST, CALLS_EACH, fill, is_written, step_of
from tests.kit.clock import HandClock

_ASKED = 4_000
_CALLS_SHOWN = 20
_CALLS_ON_POP = 5  # services/desk.py and services/history.py
_WARM_UP = 400
_HOLDERS, _EARLIER = customers._HOLDERS.sql, assignments._EARLIER.sql
_SHARING = sharings._OF_NUMBER.sql

Found: TypeAlias = tuple[Sequence[Candidate], Sequence[Sequence[PastCall]]]
Rows: TypeAlias = tuple[Sequence[tuple[Any, ...]], Sequence[tuple[Any, ...]]]


def rows(sizes: Sequence[int]) -> list[Row]:
    """Measure with so many customers each; the last column is the growth of the p50 against the first size."""
    found: list[Row] = []
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="bench") as folder:
            found.append(_measure(Path(folder), size))
        found[-1]["growth"] = round(float(found[-1]["p50_us"]) / float(found[0]["p50_us"]), 2)
    return found


def _measure(folder: Path, size: int) -> Row:
    house = House(load(data_dir=folder), HandClock())
    upgrade(house.store)
    house.close()
    start = time.monotonic()
    fill(folder / "denwaban.db", size)
    filled_s = time.monotonic() - start
    connection = sqlite3.connect(folder / "denwaban.db", isolation_level=None)
    connection.execute("PRAGMA mmap_size=2147418112")
    ours, theirs = _asked(house, connection, _callers(size), _CALLS_SHOWN)
    on_pop, theirs_on_pop = _asked(house, connection, _callers(size, seed=7), _CALLS_ON_POP)
    connection.close()
    house.close()
    return {
        "customers": size,
        "calls": size // step_of(size) * CALLS_EACH,
        "p50_us": round(_quantile(ours, 50), 1),
        "p99_us": round(_quantile(ours, 99), 1),
        "per_s": round(1e6 / statistics.fmean(ours)),
        "raw_p50_us": round(_quantile(theirs, 50), 1),
        "raw_p99_us": round(_quantile(theirs, 99), 1),
        "ratio_p50": round(_quantile(ours, 50) / _quantile(theirs, 50), 2),
        "pop_p50_us": round(_quantile(on_pop, 50), 1),
        "pop_p99_us": round(_quantile(on_pop, 99), 1),
        "pop_raw_p99_us": round(_quantile(theirs_on_pop, 99), 1),
        "pop_ratio_p50": round(_quantile(on_pop, 50) / _quantile(theirs_on_pop, 50), 2),
        "filled_in_s": round(filled_s),
    }


def _asked(
    house: House, connection: sqlite3.Connection, raws: Sequence[str], most: int
) -> tuple[list[float], list[float]]:
    e164s = [_e164(raw) for raw in raws]
    for raw, e164 in zip(raws[:_WARM_UP], e164s, strict=False):
        compare(_ours(house, raw, most), _raw(connection, e164, most), most)
    return _in_turns(lambda at: _ours(house, raws[at], most), lambda at: _raw(connection, e164s[at], most))


def _e164(raw: str) -> str:
    reading = read_number(raw, "JP")
    assert isinstance(reading, External)
    return reading.e164


def _callers(size: int, seed: int = 3) -> list[str]:
    """Return what is asked for: 75 % known numbers, 5 % shared ones, 19 % unknown ones, 1 % the busiest one."""
    chance = random.Random(seed)
    written = [someone for someone in people(size) if is_written(someone, step_of(size))]
    known, shared = ([one for one in written if bool(one.group) is several] for several in (False, True))
    asked = chance.choices(known, k=_ASKED * 75 // 100) + chance.choices(shared, k=_ASKED * 5 // 100)
    nationals = [someone.national for someone in asked]
    nationals += [mobile(chance) for _ in range(_ASKED * 19 // 100)] + [BUSIEST] * (_ASKED // 100)
    chance.shuffle(nationals)
    return [typed(national, chance) for national in nationals]


def _in_turns(ours: Callable[[int], object], theirs: Callable[[int], object]) -> tuple[list[float], list[float]]:
    """Return the µs of CPU of each question to both; each is asked first half the time: the second finds warm pages.

    CPU, because the clock on the wall measures what else the machine is doing; the pages of the database are in memory.
    """
    ours_us: list[float] = []
    theirs_us: list[float] = []
    for place in range(_ASKED):
        pair = ((ours, ours_us), (theirs, theirs_us))
        for ask, took in pair if place % 2 else reversed(pair):
            start = time.thread_time_ns()
            ask(place)
            took.append((time.thread_time_ns() - start) / 1_000)
    return ours_us[_WARM_UP:], theirs_us[_WARM_UP:]


def _ours(house: House, raw: str, most: int = _CALLS_SHOWN) -> Found:
    """Ask as a desk does for a ring (services/desk.py): the candidates, then all their calls."""
    reading = read_number(raw, "JP")
    assert isinstance(reading, External)
    with house.store.together():
        found = house.customers.match(reading).candidates
        return found, house.history.newest(asked_of([each.customer.id for each in found], reading.e164, most))


def _raw(connection: sqlite3.Connection, e164: str, most: int = _CALLS_SHOWN) -> Rows:
    """Run the same statements in one snapshot."""
    connection.execute("BEGIN")
    found = connection.execute(_HOLDERS, {"e164": e164, "most": 501}).fetchall()
    connection.execute(_EARLIER, {"e164": e164, "most": 20, "besides": ""}).fetchall()
    connection.execute(_SHARING, {"e164": e164}).fetchall()
    wanted = asked_of(list({row[0] for row in found}), e164, most)
    calls = connection.execute(history.of_many(history.kinds_of(wanted)).sql, history.given_of(wanted)).fetchall()
    connection.execute("COMMIT")
    return found, calls


def asked_of(customers: Sequence[CustomerId], e164: str, most: int = _CALLS_SHOWN) -> list[HistoryOf]:
    """Return whose calls are read, as services/desk.py asks: who is alone has those of the number among his own."""
    if len(customers) == 1:
        return [HistoryOf(customers[0], e164, most)]
    return [*(HistoryOf(one, None, most) for one in customers), HistoryOf(None, e164, most)]


def compare(ours: Found, theirs: Rows, most: int = _CALLS_SHOWN) -> None:
    """Hold that both found the same customers and calls, of which we show each customer's newest `most`."""
    candidates, histories = ours
    holders, calls = theirs
    if {each.customer.id for each in candidates} != {row[0] for row in holders}:
        raise AssertionError("other customers")
    shown = {past.id for pasts in histories for past in pasts}
    known = {row[0] for row in calls}
    if not shown <= known or len(shown) < min(len(known), most):
        raise AssertionError("other calls")


def _quantile(took: Sequence[float], percent: int) -> float:
    return sorted(took)[len(took) * percent // 100]
