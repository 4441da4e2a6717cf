"""A number that turns out to be withheld after the CRM had the entry: the entry goes, and nothing is left here."""

from datetime import timedelta
from pathlib import Path

import pytest

from plugin.core.calls import EventType
from plugin.core.ids import CallId
from plugin.core.numbers import WithheldReason
from plugin.core.regions import Regions
from plugin.services.calls import Calls
from plugin.store.engine import Store
from plugin.store.tables.calls import call_events, call_keys, calls
from plugin.store.tables.delivery import outbox as messages
from plugin.store.tables.recordings import recordings
from tests.kit.clock import HandClock
from tests.kit.events import Tape, answered_call
from tests.kit.outbox import FORM, Scene
from tests.kit.rows import rows


@pytest.fixture
def scene(store: Store, clock: HandClock, tmp_path: Path) -> Scene:
    return Scene(store, clock, tmp_path / "crm")


def test_a_number_withheld_after_the_crm_had_the_entry_takes_it_back_and_leaves_nothing(scene: Scene) -> None:
    taken = Calls(scene.store, scene.clock, scene.bus, Regions("JP"), timedelta(hours=4))
    taken.take(answered_call("n-1", number="09099998888", agent="sato").events)
    (row,) = rows(scene.store, calls)
    scene.give(CallId(row.id), scene.hanako)
    scene.timeline.save(scene.sato, CallId(row.id), FORM)
    scene.delivery.run()
    assert len(scene.entries()) == 1
    late = Tape("late").then(EventType.UPDATED, source_call_ids=("n-1",), withheld=WithheldReason.REFUSED)
    taken.take(late.events)
    scene.clock.move(seconds=1)
    scene.delivery.run()
    assert scene.entries() == []
    for table in (calls, call_events, call_keys, messages, recordings):
        assert "9099998888" not in repr(rows(scene.store, table))
