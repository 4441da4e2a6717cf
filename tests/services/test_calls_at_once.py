"""Many writers at once: the same and different events of one call, from threads, on both databases."""

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from plugin.core.calls import EventType
from plugin.core.fold import fold
from plugin.core.ids import CallId
from plugin.services.calls import Calls
from plugin.store.engine import Store
from plugin.store.tables.calls import call_events, calls
from plugin.store.tables.recordings import recordings
from tests.kit.events import Tape, answered_call
from tests.kit.rows import rows


def test_threads_that_take_the_events_of_one_call_make_one_record(service: Calls, store: Store) -> None:
    events = answered_call().events

    def deliver(seed: int) -> None:
        own = events[:]
        random.Random(seed).shuffle(own)
        for event in own:
            service.take([event])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(deliver, range(8)))
    (row,) = rows(store, calls)
    assert service.call(CallId(row.id)).call == fold(events)
    assert len(rows(store, call_events)) == len(events)
    assert len(rows(store, recordings)) == 1


def test_threads_that_join_calls_crosswise_leave_one(service: Calls, store: Store) -> None:
    natives = "abcd"
    bridges = [
        replace(Tape(f"{one}{two}").then(EventType.UPDATED).events[0], source_call_ids=(one, two))
        for one in natives
        for two in natives
        if one != two
    ]
    openings = [Tape(native).then(EventType.OFFERED).events[0] for native in natives]

    def deliver(seed: int) -> None:
        own = [*openings, *bridges]
        random.Random(seed).shuffle(own)
        for event in own:
            service.take([event])

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(deliver, range(6)))
    (row,) = (row for row in rows(store, calls) if row.merged_into is None)
    assert service.call(CallId(row.id)).call == fold([*openings, *bridges])
    assert {one.call_id for one in rows(store, call_events)} == {row.id}
    assert {one.merged_into for one in rows(store, calls)} <= {None, row.id}
