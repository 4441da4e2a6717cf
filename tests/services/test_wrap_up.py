"""A call leaves the desk some time after its note was saved, and no call in which somebody still writes."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from plugin.core.timeline import SummaryForm
from tests.kit.clock import HandClock
from tests.kit.desk import Office
from tests.kit.site import Place

FORM = SummaryForm("delivery", "solved", "配送日の変更")


@pytest.fixture
def office(tmp_path: Path, clock: HandClock) -> Iterator[Office]:
    with Place(tmp_path, clock) as place:
        yield Office(place, clock)


def test_what_is_saved_leaves_and_what_is_not_stays(office: Office) -> None:
    house, clock, tanaka = office.house, office.clock, office.tanaka
    saved, unsaved, talking = (office.phone("09012345678", native=name).ring().answer() for name in "abc")
    saved.end()
    unsaved.end()
    house.timeline.save(tanaka, saved.call_id, FORM)
    house.timeline.save(tanaka, talking.call_id, FORM)
    assert house.desk.pop(tanaka, unsaved.call_id).leaves_at is None  # type: ignore[union-attr]
    shown = house.desk.pop(tanaka, saved.call_id)
    assert shown is not None
    assert shown.leaves_at is not None
    clock.move(minutes=4)
    assert house.numbers.wrap_up.run() == 0
    clock.move(minutes=1)
    assert shown.leaves_at - clock() < timedelta(minutes=1)
    assert house.numbers.wrap_up.run() == 1
    assert {pop.call_id for pop in house.desk.pops(tanaka)} == {unsaved.call_id, talking.call_id}


def test_who_keeps_it_or_types_on_keeps_it_until_he_saves_again(office: Office) -> None:
    house, clock, tanaka = office.house, office.clock, office.tanaka
    phone = office.phone("09012345678").ring().answer()
    phone.end()
    house.timeline.save(tanaka, phone.call_id, FORM)
    house.desk.stay(tanaka, phone.call_id)
    clock.move(hours=1)
    assert house.numbers.wrap_up.run() == 0
    (pop,) = house.desk.pops(tanaka)
    assert (pop.leaves_at, pop.note.fields.request) == (None, "配送日の変更")
    house.timeline.save(tanaka, phone.call_id, SummaryForm("delivery", "solved", "配送日の変更、済み", version=1))
    (pop,) = house.desk.pops(tanaka)
    assert pop.leaves_at == clock() + timedelta(minutes=5)
    clock.move(minutes=5)
    assert house.numbers.wrap_up.run() == 1
    assert house.desk.pops(tanaka) == ()
