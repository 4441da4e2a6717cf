"""Missed calls as work: one person a line, closed by talking with the number, done by saying so; races and windows."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import update

from plugin.core.control import ControlAct
from plugin.core.errors import Conflict, Denied, NotFound, OutsideError
from plugin.core.ids import CallId
from plugin.core.missed import Windows
from plugin.core.staff import Role, Staff
from plugin.services.missed import Missed
from plugin.services.outward import Outward
from plugin.store.engine import Store
from plugin.store.tables.calls import calls
from tests.kit.clock import HandClock
from tests.kit.control import Obedient
from tests.kit.people import Town

E164 = "+81312345678"
HOUR = timedelta(hours=1)


@pytest.fixture
def phone() -> Obedient:
    return Obedient(can=frozenset({ControlAct.DIAL}))


@pytest.fixture
def missed(store: Store, clock: HandClock, phone: Obedient) -> Iterator[Missed]:
    outward = Outward(store.close)
    windows = Windows(timedelta(days=14), {"急ぎ": timedelta(hours=2)})
    yield Missed(store, clock, {"pbx1": phone}, outward, windows, frozenset({"JP"}))
    outward.close()


def _missed(town: Town, e164: str | None = E164, queue: str = "サポート", withheld: str | None = None) -> CallId:
    call_id = town.call(e164=e164, withheld=withheld)
    with town.store.write() as connection:
        connection.execute(update(calls).where(calls.c.id == call_id).values(answered_at=None, queue=queue))
    return call_id


def _lines(missed: Missed, staff: Staff, queue: str | None = None) -> list[tuple[str | None, int, str | None]]:
    return [(line.number, line.count, line.by) for line in missed.waiting(staff, queue).lines]


def test_a_line_is_taken_on_by_one_person_and_let_go(town: Town, missed: Missed) -> None:
    tanaka, suzuki, mori = town.staff("101"), town.staff("102"), town.staff("mori", Role.SUPERVISOR)
    first, second = _missed(town), _missed(town)
    withheld = [_missed(town, None, withheld="refused") for _ in range(2)]
    missed.claim(tanaka, first)
    missed.claim(tanaka, second)  # the same line: nothing new
    assert sorted(_lines(missed, suzuki), key=str) == [(E164, 2, "101さん"), (None, 1, None), (None, 1, None)]
    for act in (missed.claim, missed.release, missed.done, missed.dial):
        with pytest.raises(Conflict, match="claimed"):
            act(suzuki, second)
    third = _missed(town)  # who took the number on is on this one, too
    assert (E164, 3, "101さん") in _lines(missed, suzuki)
    with pytest.raises(Conflict):
        missed.claim(suzuki, third)
    missed.release(mori, third)
    missed.claim(suzuki, withheld[0])
    assert sorted(_lines(missed, suzuki), key=str) == [(E164, 3, None), (None, 1, "102さん"), (None, 1, None)]
    with pytest.raises(Denied):
        missed.claim(town.staff("kanri", Role.ADMIN), first)


def test_talking_with_the_number_closes_the_line_and_a_new_missed_call_opens_one(
    store: Store, town: Town, missed: Missed, clock: HandClock
) -> None:
    tanaka = town.staff("101")
    before = _missed(town)
    missed.claim(tanaka, before)
    clock.move(minutes=5)
    Town(store, clock()).call(taken_by=tanaka, e164=E164)  # rang back, or called again: somebody talked
    assert _lines(missed, tanaka) == []
    with pytest.raises(NotFound):
        missed.done(tanaka, before)
    clock.move(minutes=5)
    after = _missed(Town(store, clock()))
    assert _lines(missed, tanaka) == [(E164, 1, None)]
    missed.done(tanaka, after)
    assert _lines(missed, tanaka) == []
    with pytest.raises(NotFound):
        missed.claim(tanaka, after)


def test_all_that_one_saw_is_done_but_what_colleagues_are_on_and_what_rang_since(
    store: Store, town: Town, missed: Missed, clock: HandClock
) -> None:
    tanaka, suzuki = town.staff("101"), town.staff("102")
    colleagues = _missed(town, "+81312345671")
    mine = _missed(town, "+81312345672")
    _missed(town, "+81312345673", queue="ほか")
    _missed(town, None, withheld="refused")
    missed.claim(suzuki, colleagues)
    missed.claim(tanaka, mine)
    seen = missed.waiting(tanaka, "サポート")
    assert (len(seen.lines), seen.queues) == (3, ("ほか", "サポート"))
    clock.move(minutes=10)
    _missed(Town(store, clock()), "+81312345672")  # rang again meanwhile
    assert missed.done_all(tanaka, "サポート", seen.until) == 2
    assert sorted(_lines(missed, tanaka)) == [
        ("+81312345671", 1, "102さん"),
        ("+81312345672", 1, None),
        ("+81312345673", 1, None),
    ]


def test_each_queue_has_its_window(town: Town, missed: Missed, clock: HandClock) -> None:
    tanaka = town.staff("101")
    urgent, usual = _missed(town, queue="急ぎ"), _missed(town, "+81312345679")
    clock.move(hours=3)
    assert _lines(missed, tanaka) == [("+81312345679", 1, None)]
    with pytest.raises(NotFound):
        missed.claim(tanaka, urgent)
    clock.move(days=14)
    assert _lines(missed, tanaka) == []
    with pytest.raises(NotFound):
        missed.claim(tanaka, usual)


def test_it_is_dialled_for_who_takes_it_on_and_in_our_regions_alone(
    town: Town, missed: Missed, phone: Obedient
) -> None:
    tanaka = town.staff("101")
    call_id, abroad = _missed(town), _missed(town, "+2348031234567")
    missed.dial(tanaka, call_id)
    assert phone.dialled == [("101", E164)]
    assert [line.can_dial for line in missed.waiting(tanaka).lines if line.number == E164] == [True]
    with pytest.raises(Conflict, match="cannot_dial"):
        missed.dial(tanaka, abroad)
    assert ("+2348031234567", 1, None) in _lines(missed, tanaka)  # nobody took it on
    phone.fails = OutsideError("away")
    with pytest.raises(OutsideError):
        missed.dial(tanaka, call_id)
    assert (E164, 1, "101さん") in _lines(missed, tanaka)


def test_of_many_who_press_at_once_one_has_it(store: Store, town: Town, missed: Missed) -> None:
    crowd = [town.staff(f"10{at}") for at in range(6)]
    line = [_missed(town) for _ in range(3)]

    def press(at: int) -> bool:
        try:
            missed.claim(crowd[at], line[at % 3])
        except Conflict:
            return False
        finally:
            store.close()
        return True

    with ThreadPoolExecutor(6) as pool:
        won = list(pool.map(press, range(6)))
    assert won.count(True) == 1
    assert _lines(missed, crowd[0]) == [(E164, 3, f"{crowd[won.index(True)].login}さん")]
