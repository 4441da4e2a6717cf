"""A phone system whose clock is two days off, either way: its calls ring, talk and end here as any other's do."""

from dataclasses import replace
from datetime import timedelta

import pytest

from connectors.bus.datagrams import DatagramBus
from plugin.core.calls import EventType, Outcome, RecordingFact
from plugin.core.fold import fold
from plugin.core.ids import CallId, UserId
from plugin.core.phase import Phase, part_of
from plugin.core.regions import Regions
from plugin.core.times import talked_s, to_us
from plugin.services.calls import Calls
from plugin.store.engine import Store
from plugin.store.tables.calls import calls, pops
from plugin.store.tables.recordings import recordings
from tests.kit.clock import HandClock
from tests.kit.events import Tape, answered_call
from tests.kit.people import Town
from tests.kit.rows import rows

E = EventType
OFF = [timedelta(days=2), timedelta(days=-2)]


@pytest.fixture
def small(sqlite_store: Store, clock: HandClock, bus: DatagramBus) -> Calls:
    return Calls(sqlite_store, clock, bus, Regions("JP"), timedelta(hours=4))


@pytest.fixture
def sato(sqlite_store: Store, clock: HandClock) -> UserId:
    return Town(sqlite_store, clock()).staff("101").user_id


def _phases(small: Calls, user_id: UserId) -> list[Phase]:
    return [part_of(each).phase for each in small.pops_of(user_id)]


@pytest.mark.parametrize("off", OFF)
def test_his_calls_go_their_way_and_are_closed_by_our_clock(
    small: Calls, sqlite_store: Store, clock: HandClock, sato: UserId, off: timedelta
) -> None:
    tape = Tape(start=clock() + off).then(E.OFFERED, customer_number="09012345678").then(E.RINGING, "101")
    small.take(tape.events)
    assert _phases(small, sato) == [Phase.RINGING]
    small.take(tape.then(E.ANSWERED, "101").events)
    clock.move(hours=3)
    assert (_phases(small, sato), small.close_overdue()) == ([Phase.TALKING], 0)
    small.take(tape.then(E.HELD, "101", after=9).then(E.RESUMED, "101").then(E.ENDED, after=60).events)
    assert _phases(small, sato) == [Phase.WRAP_UP]
    silent = Tape("n-2", start=clock() + off).then(E.RINGING, "101").then(E.ANSWERED, "101")
    small.take(silent.events)
    clock.move(hours=5)
    assert small.close_overdue() == 1
    ended = {row.outcome: row for row in rows(sqlite_store, calls)}
    assert set(ended) == {Outcome.ANSWERED, Outcome.LOST}
    for row in ended.values():
        call = small.call(CallId(row.id)).call
        assert (talked_s(call.answered_at, call.ended_at) or 0) >= 0
        assert row.started_at <= row.answered_at <= row.ended_at


@pytest.mark.parametrize("off", OFF)
def test_a_clock_that_is_set_right_in_the_middle_of_a_call_leaves_no_phone_ringing(
    small: Calls, sqlite_store: Store, clock: HandClock, sato: UserId, off: timedelta
) -> None:
    tape = Tape(start=clock() + off).then(E.OFFERED).then(E.RINGING, "101")
    small.take(tape.events)
    tape.at = clock()
    for type_, agent in ((E.ANSWERED, "101"), (E.LEG_ENDED, "101"), (E.ENDED, None)):
        small.take(tape.then(type_, agent, after=5).events)
    (row,) = rows(sqlite_store, calls)
    assert (row.state, row.outcome) == ("ended", "answered")
    assert row.started_at <= row.answered_at <= row.ended_at
    assert _phases(small, sato) == [Phase.WRAP_UP]


@pytest.mark.parametrize("off", [*OFF, timedelta(0)])
def test_three_calls_with_their_pops_and_recordings_turn_out_to_be_one(
    small: Calls, sqlite_store: Store, clock: HandClock, off: timedelta
) -> None:
    town = Town(sqlite_store, clock())
    people = [town.staff(agent).user_id for agent in ("101", "102", "103")]
    parts = [
        answered_call(native, agent=agent).events for native, agent in zip("abc", ("101", "102", "103"), strict=True)
    ]
    parts[2] = [replace(event, occurred_at=event.occurred_at + off) for event in parts[2]]
    for part in parts:
        small.take(part[:-2])  # none has ended
    chain = [replace(Tape(f"{a}-{b}").then(E.UPDATED).events[0], source_call_ids=(a, b)) for a, b in ("ab", "cb", "ac")]
    rest = [event for part in parts for event in part[-2:]]
    small.take([*chain, *rest])  # handed on twice, told in one breath
    (row,) = (row for row in rows(sqlite_store, calls) if row.merged_into is None)
    call = small.call(CallId(row.id)).call
    assert call == fold([*(event for part in parts for event in part), *chain])
    assert set(call.source_call_ids) == {"a", "b", "c"}
    assert {(one.call_id, one.user_id) for one in rows(sqlite_store, pops)} == {(row.id, who) for who in people}
    assert [one.call_id for one in rows(sqlite_store, recordings)] == [row.id] * 3
    assert row.started_at <= row.answered_at <= row.ended_at
    assert len(rows(sqlite_store, calls)) == 3
    for one in rows(sqlite_store, calls):
        assert small.call(CallId(one.id)).id == row.id


@pytest.mark.parametrize(("days", "is_believed"), [(-2, True), (2, True), (4, False)])
def test_a_clock_that_is_days_off_is_believed_and_one_that_is_no_clock_is_not(
    small: Calls, sqlite_store: Store, clock: HandClock, days: int, is_believed: bool
) -> None:
    shift = timedelta(days=days)
    fact = RecordingFact("r", "r.wav", started_at=clock() + shift)
    tape = Tape(start=clock() + shift).then(E.RINGING, "101").then(E.RECORDING_STARTED, recording=fact).then(E.ENDED)
    for event in tape.events:
        small.take([event, event])
    (call,), (kept,) = rows(sqlite_store, calls), rows(sqlite_store, recordings)
    assert call.state == "ended"
    assert call.started_at == to_us(tape.events[0].occurred_at if is_believed else clock())
    assert kept.started_at == to_us(clock() + shift if is_believed else clock())
    assert call.ended_at - call.started_at == (2_000_000 if is_believed else 0)
