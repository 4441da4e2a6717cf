"""Whether the time of a verdict tells which answer was wrong, whether one is stored, or whether there is a mandate.

The sets are compared by turns: alone (`compare`), and through the whole journey with its transaction (`judge`). `apart`
is the median's distance from the first row's, `noise` half the width in which the middle half of that row lies.
"""

import random
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from plugin.core.identity import CallerRole, Item, Verification
from plugin.core.ids import CustomerId
from plugin.core.staff import Role, Staff
from plugin.services.speakers import Said
from plugin.store.engine import Store
from plugin.store.schema import upgrade
from tests.bench import Row
from tests.kit.callers import RIGHT, RULES, Line
from tests.kit.clock import HandClock
from tests.kit.mandates import TOLD, Registry

_MANY = 1_000_000
_SETS: dict[str, tuple[str, CallerRole, Mapping[Item, str]]] = {
    "first wrong": ("S1", CallerRole.SELF, RIGHT | {Item.NAME_KANA: "タカハシ ミサコ"}),
    "last wrong": ("S1", CallerRole.SELF, RIGHT | {Item.CONTRACT_NUMBER: "K44710922"}),
    "all wrong": (
        "S1",
        CallerRole.SELF,
        {Item.NAME_KANA: "タカハシ ミサコ", Item.BIRTH_DATE: "1983/4/13", Item.CONTRACT_NUMBER: "K44710922"},
    ),
    "nothing stored": ("S2", CallerRole.SELF, RIGHT | {Item.NAME_KANA: "タカハシ ミサコ"}),
    "proxy, no mandate": ("S2", CallerRole.PROXY, TOLD | {Item.PASSPHRASE: "ひなげし"}),
    "proxy, a mandate": ("S1", CallerRole.PROXY, TOLD | {Item.PASSPHRASE: "ひなげし"}),
}


def rows(sizes: Sequence[int]) -> list[Row]:
    """Compare each set so many times alone, and a tenth of it through the journey."""
    with tempfile.TemporaryDirectory(prefix="denwaban-bench-") as folder:
        store = Store(f"sqlite:///{folder}/bench.db")
        upgrade(store)
        rules = replace(RULES, tries=_MANY, daily_failures=_MANY)
        line = Line.on(store, HandClock(), Path(folder) / "keys", rules)
        people = {"S1": line.customer("S1"), "S2": line.customer("S2", {})}
        registry = Registry.on(line)
        registry.register(line.town.staff("boss", Role.SUPERVISOR), people["S1"], "湊 直人")
        found = [row for size in sizes for row in _measured(line, people, size)]
        store.close()
    return found


def _measured(line: Line, people: Mapping[str, CustomerId], times: int) -> list[Row]:
    staff = line.town.staff(f"op{times}")
    begun = {name: _begun(line, staff, people[whose], role) for name, (whose, role, _) in _SETS.items()}
    compared = _by_turns(times, lambda name: _compare(line, begun[name], _SETS[name][2]))
    # The panel lets nobody be judged of whom nothing is stored: that is asked of the comparison alone.
    judged = {name for name in _SETS if name != "nothing stored"}
    whole = _by_turns(times // 10, lambda name: _judge(line, staff, begun[name], _SETS[name][2]), judged)
    return [*_rows("compare", compared), *_rows("judge", whole)]


def _begun(line: Line, staff: Staff, customer: CustomerId, role: CallerRole) -> Verification:
    call = line.town.call(taken_by=staff, ended=False)
    if role is CallerRole.SELF and not line.items(customer):
        lent = line.begin(staff, line.town.call(taken_by=staff, ended=False), customer, CallerRole.PROXY)
        return replace(lent, caller_role=role)
    return line.begin(staff, call, customer, role)


def _compare(line: Line, begun: Verification, said: Mapping[Item, str]) -> None:
    with line.store.read() as connection:
        assert line.identity.speakers.prove(connection, begun, Said(said, {}), line.clock()) is None


def _judge(line: Line, staff: Staff, begun: Verification, said: Mapping[Item, str]) -> None:
    assert not line.identity.judge(staff, begun.id, said).passed


def _by_turns(times: int, act: Callable[[str], None], names: set[str] | None = None) -> dict[str, list[float]]:
    taken: dict[str, list[float]] = {name: [] for name in _SETS if names is None or name in names}
    for _ in range(times):
        for name in random.sample(list(taken), len(taken)):
            started = time.perf_counter()
            act(name)
            taken[name].append((time.perf_counter() - started) * 1e6)
    return taken


def _rows(what: str, taken: Mapping[str, Sequence[float]]) -> list[Row]:
    medians = {name: statistics.median(each) for name, each in taken.items()}
    first = next(iter(taken))
    low, _, high = statistics.quantiles(taken[first], n=4)
    return [
        {
            "what": what,
            "set": name,
            "times": len(taken[name]),
            "median_us": round(medians[name], 1),
            "apart_us": round(medians[name] - medians[first], 1),
            "noise_us": round((high - low) / 2, 1),
        }
        for name in taken
    ]
