"""Events become calls: in any order, doubled, joined late, withheld late, at the same time from several processes."""

import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, insert, select

from connectors.bus.datagrams import DatagramBus
from plugin.core.calls import (
    CallEvent,
    CallState,
    EndedBy,
    EventType,
    Outcome,
    RecordingFact,
)
from plugin.core.errors import NotFound
from plugin.core.fold import fold
from plugin.core.history import HistoryOf
from plugin.core.ids import CallId, CustomerId, UserId
from plugin.core.numbers import WithheldReason
from plugin.core.regions import Regions
from plugin.core.timeline import SummaryForm
from plugin.core.times import to_us
from plugin.services.calls import Calls
from plugin.store import history, timeline
from plugin.store import outbox as queue
from plugin.store import summaries as written
from plugin.store.engine import Store
from plugin.store.tables.calls import assignments, call_events, call_keys, calls, drafts, pops, summaries
from plugin.store.tables.delivery import outbox, timeline_links
from plugin.store.tables.recordings import recordings
from tests.kit.clock import HandClock
from tests.kit.events import Tape, answered_call, calls_events
from tests.kit.newest import lay
from tests.kit.people import Town
from tests.kit.rows import rows, said_of_calls
from tests.kit.traces import left_of

E = EventType


def _only(store: Store) -> Any:
    live = [row for row in rows(store, calls) if row.merged_into is None]
    assert len(live) == 1
    return live[0]


def test_a_call_is_kept_with_its_number_read(service: Calls, store: Store) -> None:
    service.take(answered_call().events)
    row = _only(store)
    assert (row.e164, row.state, row.outcome, row.queue) == ("+819012345678", "ended", "answered", "support")
    stored = service.call(CallId(row.id))
    assert stored.call == fold(answered_call().events)
    assert row.deadline_at is None


def test_the_source_says_which_plan_its_numbers_follow(service: Calls, store: Store) -> None:
    tape = Tape(source="us").then(E.OFFERED, customer_number="(212) 555-0123")
    service.take(tape.events)
    assert _only(store).e164 == "+12125550123"


@pytest.mark.parametrize("number", ["anonymous", "非通知", "内線101", "12", "not a number"])
def test_what_is_no_public_number_matches_nobody(service: Calls, store: Store, number: str) -> None:
    service.take(Tape().then(E.OFFERED, customer_number=number).events)
    assert _only(store).e164 is None


def test_a_number_that_says_it_is_withheld_is(service: Calls, store: Store) -> None:
    service.take(Tape().then(E.OFFERED, customer_number="anonymous").events)
    row = _only(store)
    assert row.withheld is not None
    assert service.call(CallId(row.id)).call.customer_number is None


def test_what_is_known_changes_nothing(service: Calls, store: Store, clock: HandClock) -> None:
    events = answered_call().events
    service.take(events)
    before = (_only(store), rows(store, call_events), rows(store, pops), rows(store, recordings))
    clock.move(hours=1)
    service.take(events + events)
    assert (_only(store), rows(store, call_events), rows(store, pops), rows(store, recordings)) == before


def test_what_is_known_of_one_call_makes_no_other(service: Calls, store: Store) -> None:
    events = answered_call().events
    service.take([*events, replace(events[0], source_call_ids=("said twice at once",))])
    before = (_only(store), rows(store, call_events), rows(store, call_keys))
    service.take([replace(events[-1], source_call_ids=("another",))])
    assert (_only(store), rows(store, call_events), rows(store, call_keys)) == before


def test_nothing_to_take_is_fine(service: Calls, store: Store) -> None:
    service.take([])
    assert rows(store, calls) == []


def test_the_revision_grows_with_the_record_only(service: Calls, store: Store) -> None:
    tape = Tape().then(E.OFFERED)
    service.take(tape.events)
    service.take(tape.then(E.RINGING, "101").events)
    assert _only(store).revision == 2
    again = replace(tape.events[0], id="again", sequence=0)
    service.take([again])
    assert _only(store).revision == 2


def test_an_event_for_an_unknown_call_is_kept_and_joined_later(service: Calls, store: Store) -> None:
    events = answered_call().events
    service.take([events[-1]])
    assert _only(store).state == "new"
    service.take(events[:-1])
    assert service.call(CallId(_only(store).id)).call == fold(events)


def test_one_delivery_may_speak_of_several_calls_of_several_sources(service: Calls, store: Store) -> None:
    one, two = answered_call("a"), answered_call("b", "0312345678")
    other = [replace(event, source="pbx2") for event in one.events]
    mixed = [event for trio in zip(one.events, two.events, other, strict=True) for event in trio]
    service.take(mixed)
    assert sorted((row.source, row.e164) for row in rows(store, calls)) == [
        ("pbx1", "+81312345678"),
        ("pbx1", "+819012345678"),
        ("pbx2", "+819012345678"),
    ]


def _write_about(connection: Connection, call_id: CallId, author: UserId, text: str) -> None:
    written = {"topic": "t", "disposition": "d", "request": text, "response": "", "promise": "", "next_step": ""}
    about = {"author_id": author, "saved_at": 0, "version": 1, "entry_version": 0}
    connection.execute(insert(summaries).values(call_id=call_id, **written, **about))
    connection.execute(insert(drafts).values(call_id=call_id, user_id=author, body=text, saved_at=0))


def _assign(connection: Connection, call_id: CallId, customer: CustomerId, by: UserId) -> None:
    said = {"act": "confirm", "user_id": by, "reason": "", "decided_at": 0}
    connection.execute(insert(assignments).values(id="x", call_id=call_id, customer_id=customer, **said))
    connection.execute(calls.update().where(calls.c.id == call_id).values(customer_id=customer))


def _bridge(first: str, second: str) -> CallEvent:
    return Tape("bridge").then(E.UPDATED, after=2, source_call_ids=(first, second)).events[0]


def test_a_later_event_joins_two_calls_and_loses_nothing(
    service: Calls, store: Store, town: Town, clock: HandClock
) -> None:
    sato, suzuki = town.staff("101"), town.staff("102")
    customer = town.customer("c1")
    one, two = answered_call("a", agent="101"), answered_call("b", agent="102")
    service.take(one.events)
    clock.move(seconds=5)
    service.take(two.events)
    older, younger = sorted(CallId(row.id) for row in rows(store, calls))
    with store.write() as connection:
        for call_id, author, text in ((older, sato, "一"), (younger, suzuki, "二")):
            _write_about(connection, call_id, author.user_id, text)
        _assign(connection, younger, customer, suzuki.user_id)
    bridge = _bridge("a", "b")
    service.take([bridge])
    row = _only(store)
    assert (row.id, row.customer_id) == (older, customer)
    assert service.call(younger) == service.call(older)
    assert service.call(older).call == fold([*one.events, *two.events, bridge])
    for table in (call_keys, call_events, recordings, assignments, drafts, summaries, pops):
        assert {row.call_id for row in rows(store, table)} == {older}
    assert [row.request for row in rows(store, summaries)] == ["一\n二"]
    assert {(row.agent, row.user_id) for row in rows(store, pops)} == {("101", sato.user_id), ("102", suzuki.user_id)}
    assert said_of_calls(store)[0] == {older: (sato.user_id, "t", "d"), younger: (None, None, None)}
    assert len(rows(store, recordings)) == 2
    late = replace(two.events[-1], id="late", type=E.NOTICE_PLAYED)
    service.take([late])
    assert service.call(younger).call.notice_at == late.occurred_at
    with store.read() as connection:
        (his,) = history.newest(connection, [HistoryOf(customer, "+819012345678", 9)])
    assert [one.id for one in his] == [older]


def test_a_joined_call_s_entry_in_the_crm_is_taken_back(
    service: Calls, store: Store, town: Town, clock: HandClock
) -> None:
    sato, customer = town.staff("101"), town.customer("c1")
    for native in "ab":
        service.take(answered_call(native).events)
        clock.move(seconds=5)
    older, younger = sorted(CallId(row.id) for row in rows(store, calls))
    with store.write() as connection:
        _write_about(connection, younger, sato.user_id, "二")
        _assign(connection, younger, customer, sato.user_id)
        stands = {"call_id": younger, "crm": "local", "remote_id": "r", "version": 1, "sent_at": 0}
        connection.execute(insert(timeline_links).values(**stands))
    service.take([_bridge("a", "b")])
    kept = {row.call_id: row for row in rows(store, summaries)}
    assert (kept[older].request, kept[younger].request) == ("二", "")
    with store.read() as connection:
        entries = {call_id: timeline.facts_of(connection, call_id) for call_id in (older, younger)}
    assert {call_id: entry and entry.customer_external_id for call_id, entry in entries.items()} == {
        older: "c1",
        younger: None,
    }
    assert {row.subject_id: row.state for row in rows(store, outbox)} == {older: "waiting", younger: "waiting"}


def test_a_call_joined_twice_is_still_found(service: Calls, store: Store, clock: HandClock) -> None:
    for native in "abc":
        service.take(Tape(native).then(E.OFFERED).events)
        clock.move(seconds=1)
    first, _, last = sorted(CallId(row.id) for row in rows(store, calls))
    service.take([_bridge("b", "c")])
    service.take([replace(_bridge("a", "b"), id="second")])
    assert service.call(last).id == first
    assert {row.merged_into for row in rows(store, calls)} == {None, first}


def test_three_calls_join_in_one_event(service: Calls, store: Store) -> None:
    for native in "abc":
        service.take(Tape(native).then(E.OFFERED).events)
    service.take([replace(_bridge("a", "b"), source_call_ids=("a", "b", "c"))])
    assert len(service.call(CallId(_only(store).id)).call.source_call_ids) == 4 - 1


def _secret_is_nowhere(store: Store, secret: str) -> None:
    for table in (calls, call_events, recordings):
        assert secret not in repr(rows(store, table))


def test_a_number_withheld_late_leaves_nothing_behind(service: Calls, store: Store, town: Town) -> None:
    customer, sato = town.customer("c1"), town.staff("101")
    tape = answered_call()
    name = "in-09012345678-n-1.wav"
    events = [replace(one, recording=one.recording and RecordingFact(name, name)) for one in tape.events]
    service.take(events)
    row = _only(store)
    with store.write() as connection:
        connection.execute(calls.update().values(customer_id=customer))
        connection.execute(
            insert(assignments).values(
                id="x",
                call_id=row.id,
                customer_id=customer,
                act="confirm",
                user_id=sato.user_id,
                reason="",
                decided_at=0,
            )
        )
    assert "9012345678" in repr(rows(store, call_events))
    service.take(Tape("late").then(E.UPDATED, source_call_ids=("n-1",), withheld=WithheldReason.REFUSED).events)
    _secret_is_nowhere(store, "9012345678")
    assert left_of(store, "9012345678") == []
    row = _only(store)
    assert (row.e164, row.withheld, row.customer_id) == (None, "refused", None)
    assert rows(store, assignments) == []
    assert [one.uri for one in rows(store, recordings)] == ["*-n-1.wav"]
    again = replace(events[0], id="again", customer_number="09012345678")
    service.take([again, replace(events[-1], id="again2")])
    _secret_is_nowhere(store, "9012345678")
    assert len(rows(store, recordings)) == 1


def test_a_withheld_number_is_never_stored(service: Calls, store: Store) -> None:
    told = replace(answered_call().events[0], withheld=WithheldReason.REFUSED)
    service.take([told, *answered_call().events[1:]])
    _secret_is_nowhere(store, "9012345678")


def test_an_open_call_that_was_silent_for_too_long_is_lost(
    service: Calls, store: Store, town: Town, clock: HandClock
) -> None:
    sato = town.staff("101")
    tape = Tape().then(E.ANSWERED, "101")
    service.take(tape.events)
    clock.move(hours=3, minutes=59)
    assert service.close_overdue() == 0
    clock.move(minutes=2)
    assert service.close_overdue() == 1
    assert (_only(store).outcome, service.close_overdue()) == ("lost", 0)
    assert service.pops_of(sato.user_id)[0].pop.ended_at is not None
    service.take(tape.then(E.ENDED, after=60, ended_by=EndedBy.CUSTOMER).events)
    row = _only(store)
    assert (row.outcome, row.ended_at) == ("answered", to_us(tape.at))


def test_a_lost_call_that_is_heard_again_is_open_and_may_be_lost_again(
    service: Calls, store: Store, clock: HandClock
) -> None:
    tape = Tape().then(E.ANSWERED, "101")
    service.take(tape.events)
    clock.move(hours=5)
    service.close_overdue()
    service.take(tape.then(E.HELD, "101").events)
    assert _only(store).state == CallState.HELD
    clock.move(hours=5)
    assert service.close_overdue() == 1
    assert _only(store).outcome == Outcome.LOST


def test_a_recording_waits_for_its_file_from_when_it_is_written(service: Calls, store: Store, clock: HandClock) -> None:
    events = answered_call().events
    service.take(events[:6])
    assert [row.state for row in rows(store, recordings)] == ["recording"]
    service.take(events)
    service.take(events)
    assert [(row.state, row.looks, row.next_look_at) for row in rows(store, recordings)] == [
        ("pending", 0, to_us(clock()))
    ]


def test_what_is_told_late_of_an_ended_call_is_told_to_the_crm_again(
    service: Calls, store: Store, clock: HandClock
) -> None:
    def queued() -> int:
        return len(rows(store, outbox))

    *events, ready = answered_call().events
    recorded = next(event for event in events if event.type is E.RECORDING_STARTED)
    service.take([event for event in events if event is not recorded])
    (call_id,) = {row.id for row in rows(store, calls)}
    service.take([replace(ready, id="no summary yet", recording=None, type=E.NOTICE_PLAYED)])
    assert queued() == 0
    author = Town(store, clock()).staff("101").user_id
    with store.write() as connection:
        written.save(connection, call_id, SummaryForm(request="用件"), author, clock())
        queue.file_entry(connection, call_id, clock())
    service.take([replace(ready, id="says nothing new", recording=None, type=E.NOTICE_PLAYED)])
    assert queued() == 1
    service.take([recorded])  # the entry's link leads to the recording from now on
    assert queued() == 2
    service.take([ready])
    assert queued() == 2
    service.take([replace(events[0], id="began earlier", occurred_at=events[0].occurred_at - timedelta(seconds=1))])
    assert queued() == 3


def test_who_asks_for_a_call_that_is_not_there_hears_so(service: Calls) -> None:
    with pytest.raises(NotFound):
        service.call(CallId("nowhere"))
    assert service.users_at(CallId("nowhere")) == ()
    assert service.pops_of(UserId("nobody")) == ()


@given(calls_events(), st.randoms(use_true_random=False))
def test_any_arrival_gives_the_record_of_the_fold(
    tmp_path_factory: pytest.TempPathFactory, events: list[CallEvent], chance: random.Random
) -> None:
    folder = tmp_path_factory.mktemp("any")
    store, bus = Store(f"sqlite:///{folder / 'denwaban.db'}"), DatagramBus(folder / "bus")
    lay(store)
    try:
        service = Calls(store, HandClock(), bus, Regions("JP"), timedelta(hours=4))
        for extension in ("101", "102"):
            Town(store, events[0].occurred_at).staff(extension)
        joined = [*events, _glue(events)]
        told = joined + chance.choices(joined, k=len(joined))
        chance.shuffle(told)
        while told:
            cut = chance.randint(1, len(told))
            service.take(told[:cut])
            told = told[cut:]
            by_rows, by_parts = said_of_calls(store)
            assert by_rows == by_parts
        stored = service.call(CallId(_only(store).id)).call
        whole = fold(joined)
        assert replace(stored, recordings=()) == replace(whole, recordings=())
        assert {one.id for one in stored.recordings} == {one.id for one in whole.recordings}
    finally:
        store.close()
        bus.close()


def _glue(events: list[CallEvent]) -> CallEvent:
    natives = tuple(sorted({native for event in events for native in event.source_call_ids}))
    return replace(events[0], id="glue", type=E.UPDATED, source_call_ids=natives, withheld=None)


def test_a_line_of_another_region_is_read_by_its_own_plan(store: Store, clock: HandClock, bus: DatagramBus) -> None:
    lines = {("pbx1", "+12125550100"): "US"}
    service = Calls(store, clock, bus, Regions("JP", lines=lines), timedelta(hours=4))
    for native, line in (("home", "0120000111"), ("abroad", "+12125550100")):
        tape = Tape(native).then(EventType.OFFERED, customer_number="2125550123", our_number=line)
        service.take(tape.events)
    with store.read() as connection:
        numbers = dict(connection.execute(select(calls.c.our_number, calls.c.e164)).all())
    assert numbers["+12125550100"] == "+12125550123"
    assert numbers["0120000111"] != "+12125550123"
