"""A verdict takes the same work whichever answer was wrong, whether or not there is a mandate: time tells nothing."""

import sys
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from plugin.core.identity import CallerRole, Item
from plugin.core.staff import Role
from plugin.services.speakers import Said
from plugin.store.engine import Store
from tests.kit.callers import RIGHT, Line
from tests.kit.clock import HandClock
from tests.kit.mandates import TOLD, Registry

WRONG = {Item.NAME_KANA: "たかはし みさこ", Item.BIRTH_DATE: "1983/4/13", Item.CONTRACT_NUMBER: "k44710922"}
COUNTED = ("hmac_digest", "compare_digest")


@pytest.fixture
def line(store: Store, clock: HandClock, tmp_path: Path) -> Line:
    return Line.on(store, clock, tmp_path / "keys")


def _work(act: Callable[[], object]) -> Counter[str]:
    """Count the keyed hashes that it makes and the comparisons of them."""
    counted: Counter[str] = Counter()

    def look(_frame: FrameType, event: str, called: Any) -> None:
        if event == "c_call" and called.__name__ in COUNTED:
            counted[called.__name__] += 1

    before = sys.getprofile()
    sys.setprofile(look)
    try:
        act()
    finally:
        sys.setprofile(before)
    return counted


def test_whichever_answer_is_wrong_the_work_is_the_same(line: Line) -> None:
    customer = line.customer()
    sets = [RIGHT, WRONG, *(RIGHT | {item: WRONG[item]} for item in WRONG)]
    with line.store.read() as connection:
        work = [_work(partial(line.answers.proved, connection, customer, said, line.clock())) for said in sets]
    assert all(work[0][name] > 0 for name in COUNTED)
    assert work == [work[0]] * len(sets)


def test_that_there_is_a_mandate_makes_no_more_work(line: Line) -> None:
    registry, with_one, without = Registry.on(line), line.customer(), line.customer("S2")
    registry.register(line.town.staff("boss", Role.SUPERVISOR), with_one, "湊 直人")
    staff, work = line.town.staff("101"), []
    said = TOLD | {Item.PASSPHRASE: "ゆり"}
    for customer in (with_one, without):
        begun = line.begin(staff, line.town.call(taken_by=staff, ended=False), customer, CallerRole.PROXY)
        with line.store.read() as connection:
            prove = partial(line.identity.speakers.prove, connection, begun, Said(said, {}), line.clock())
            work.append(_work(prove)["hmac_digest"])
    assert work[0] > 0
    assert abs(work[0] - work[1]) <= 1  # the key of what stands in is sealed at that moment
