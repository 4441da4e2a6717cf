"""Whom a number names among 3,000 people typed as people type: everybody exactly, and nobody for who is nobody."""

import random
from pathlib import Path

from plugin.settings import load
from plugin.wiring import House
from tests.bench.identify import _fill, _ours, _questions
from tests.bench.japan import people, typed
from tests.kit.clock import HandClock
from tests.kit.newest import lay


def test_everybody_is_named_and_nobody_is_taken_for_anybody(tmp_path: Path, clock: HandClock) -> None:
    chance = random.Random(11)
    crowd = [(one, typed(one.national, chance)) for one in people(3_000)]
    house = House(load(data_dir=tmp_path), clock)
    lay(house.store)
    _fill(house, crowd)
    ask = _ours(house)
    asked = _questions([one for one, _ in crowd], chance)
    assert {one.sort for one in asked} == {"national", "E.164", "shared", "unknown", "nobody"}
    assert [one for one in asked if ask(one.raw) != one.expected] == []
    house.close()
