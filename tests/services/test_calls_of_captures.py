"""Real sessions through the service: exchanges with equal ids, ids given again, and a burst that shows every pop."""

from dataclasses import replace
from datetime import timedelta

import pytest

from connectors.bus.datagrams import DatagramBus
from connectors.calls.asterisk.capture import DEFAULT_TRUNKS
from connectors.calls.asterisk.tracker import Tracker
from connectors.calls.asterisk.wire import Reader
from plugin.core.call_account import account
from plugin.core.call_json import read_call
from plugin.core.calls import CallEvent
from plugin.core.regions import Regions
from plugin.core.times import from_us
from plugin.services.calls import Calls
from plugin.store.engine import Store
from plugin.store.tables.calls import calls, pops
from tests.kit.captures import blocks, differences, raw
from tests.kit.clock import HandClock
from tests.kit.rows import rows

SECOND_US = 1_000_000


def _events(data: bytes, source: str) -> list[CallEvent]:
    tracker = Tracker(source, DEFAULT_TRUNKS, lambda: from_us(0))
    events = [event for message in Reader().feed(data) for event in tracker.take(message)]
    return events + tracker.finish()


def _told(store: Store, source: str) -> list[dict[str, object]]:
    kept = sorted((row for row in rows(store, calls) if row.source == source), key=lambda row: row.started_at)
    return [account(read_call(row.record)) for row in kept]


@pytest.fixture
def small(sqlite_store: Store, clock: HandClock, bus: DatagramBus) -> Calls:
    return Calls(sqlite_store, clock, bus, Regions("JP"), timedelta(hours=12))


@pytest.mark.parametrize("name", ["fc_blonde_answered", "attended", "q_full"])
def test_two_exchanges_with_equal_ids_are_never_mixed(small: Calls, sqlite_store: Store, name: str) -> None:
    one, two = (_events(raw(name), source) for source in ("east", "west"))
    for pair in zip(one, two, strict=True):
        small.take(pair)
    for source in ("east", "west"):
        assert differences(name, _told(sqlite_store, source)) == []


def test_an_exchange_that_gives_an_id_again_months_later_begins_another_call(
    service: Calls, store: Store, clock: HandClock
) -> None:
    events = _events(raw("answered"), "pbx")
    later = [
        replace(event, id=f"later {event.id}", occurred_at=event.occurred_at + timedelta(days=90)) for event in events
    ]
    service.take(events)
    clock.move(days=90)
    for event in later:
        service.take([event])
    first, second = _told(store, "pbx")
    assert differences("answered", [first]) == []
    assert differences("answered", [second]) == []
    service.take([replace(events[-1], id="late fact")])
    assert len(_told(store, "pbx")) == 2


def _burst(calls_at_once: int) -> list[bytes]:
    """Return so many calls in four seconds, each with ids, channels, a number and an agent of its own, by time."""
    told: list[tuple[str, bytes]] = []
    for call in range(calls_at_once):
        for block in blocks("caller_hangup"):
            text = block.decode()
            for old, new in (
                (".422", f".{call + 1}422"),
                (".423", f".{call + 1}423"),
                ("PJSIP/trunk-", f"PJSIP/trunk-{call + 1:02x}"),
                ("PJSIP/101", f"PJSIP/2{call:02}"),
                ("BridgeUniqueid: ", f"BridgeUniqueid: {call}-"),
                ("09012345678", f"0901234{call:04}"),
            ):
                text = text.replace(old, new)
            seconds, _, micros = text.partition("Timestamp: ")[2].partition("\r\n")[0].partition(".")
            if seconds:
                at_us = int(seconds) * SECOND_US + int(micros) + call * 4 * SECOND_US // calls_at_once
                stamp = f"{at_us // SECOND_US}.{at_us % SECOND_US:06}"
                told.append((stamp, text.replace(f"Timestamp: {seconds}.{micros}", f"Timestamp: {stamp}").encode()))
    return [block for _, block in sorted(told, key=lambda one: one[0])]


def test_a_burst_of_sixty_calls_shows_every_pop(small: Calls, sqlite_store: Store) -> None:
    tracker = Tracker("pbx", DEFAULT_TRUNKS, lambda: from_us(0))
    ahead: list[CallEvent] = []
    for message in Reader().feed(b"".join(_burst(60))):
        ahead += tracker.take(message)
        if len(ahead) >= 50:
            small.take(ahead)
            ahead = []
    small.take(ahead)
    told, agents = _told(sqlite_store, "pbx"), [f"2{number:02}" for number in range(60)]
    assert [call["offered"] for call in told] == [[agent] for agent in agents]
    assert [call["answered_by"] for call in told] == [[agent] for agent in agents]
    assert [call["customer_number"] for call in told] == [f"0901234{number:04}" for number in range(60)]
    assert sorted(pop.agent for pop in rows(sqlite_store, pops)) == agents
