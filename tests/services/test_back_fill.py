"""Calls of a gap are filed from the exchange's records: once, beside what was heard, and with no withheld number."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from connectors.calls.asterisk import Journal, Records
from connectors.calls.asterisk.capture import DEFAULT_TRUNKS, read_capture
from plugin.core.call_account import account
from plugin.core.call_json import read_call
from plugin.core.calls import CallEvent, EventType, Outcome
from plugin.core.errors import NotFound
from plugin.services.back_fill import BackFill
from plugin.services.calls import Calls
from plugin.store.engine import Store
from plugin.store.tables.calls import call_events, calls
from tests.kit.captures import RECORDS, raw
from tests.kit.rows import rows

SINCE, UNTIL = datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 11, 24, tzinfo=UTC)
LEAKED = "09099998888"


@pytest.fixture
def filling(store: Store, service: Calls) -> BackFill:
    records = Records(RECORDS / "Master.csv", RECORDS / "queue_log", ZoneInfo("UTC"))
    return BackFill(store, service, {"pbx": Journal("pbx", records, DEFAULT_TRUNKS)})


def _records(store: Store) -> Iterator[dict[str, object]]:
    for row in sorted(rows(store, calls), key=lambda one: (one.started_at, one.id)):
        yield account(read_call(row.record))


def _heard(name: str) -> list[CallEvent]:
    return read_capture([raw(name)], "pbx")


def test_a_call_wholly_in_the_gap_is_filed_once_and_what_was_heard_stays(
    store: Store, service: Calls, filling: BackFill
) -> None:
    service.take(_heard("gap_whole"))
    (before,) = _records(store)
    assert filling.fill("pbx", SINCE, UNTIL) == 12
    told = list(_records(store))
    assert len(told) == 13
    assert before in told
    assert ["103"] in [call["answered_by"] for call in told if call["call_id"] == "pbx1-1795430611.144"]
    assert filling.fill("pbx", SINCE, UNTIL) == 0
    assert list(_records(store)) == told


@pytest.mark.parametrize("name", ["fc_attended", "withheld_fc", "out_answered", "ringall_refused"])
def test_a_call_that_was_heard_is_never_told_twice(store: Store, service: Calls, filling: BackFill, name: str) -> None:
    service.take(_heard(name))
    before = list(_records(store))
    filling.fill("pbx", SINCE, UNTIL)
    assert [call for call in _records(store) if call["call_id"] == before[0]["call_id"]] == before


def test_a_lost_end_gives_way_to_the_one_that_was_written_down(store: Store, service: Calls, filling: BackFill) -> None:
    events = [event for event in _heard("fc_attended") if event.type is not EventType.ENDED]
    last = max(events, key=lambda event: event.occurred_at)
    lost = CallEvent("lost", "pbx", EventType.ENDED, last.occurred_at, last.source_call_ids, outcome=Outcome.LOST)
    service.take([*events, lost])
    assert next(_records(store))["outcome"] == "lost"
    filling.fill("pbx", SINCE, UNTIL)
    call = next(one for one in _records(store) if one["call_id"] == last.source_call_ids[0])
    assert (call["outcome"], call["answered_by"]) == ("answered", ["101", "103"])


def test_a_call_that_goes_on_after_what_was_written_is_not_ended(
    store: Store, service: Calls, filling: BackFill
) -> None:
    events = [event for event in _heard("fc_attended") if event.type is not EventType.ENDED]
    last = max(events, key=lambda event: event.occurred_at)
    later = last.occurred_at + timedelta(minutes=5)
    service.take([*events, CallEvent("held", "pbx", EventType.HELD, later, last.source_call_ids)])
    filling.fill("pbx", SINCE, UNTIL)
    call = next(one for one in _records(store) if one["call_id"] == last.source_call_ids[0])
    assert call["outcome"] is None


def test_no_number_of_a_withheld_caller_comes_in_by_the_records(store: Store, filling: BackFill) -> None:
    filling.fill("pbx", SINCE, UNTIL)
    kept = [one.body for one in rows(store, call_events)] + [one.record for one in rows(store, calls)]
    assert len(kept) > 50
    assert not any(LEAKED in one for one in kept)


def test_a_source_without_records_is_told(filling: BackFill) -> None:
    with pytest.raises(NotFound):
        filling.fill("other", SINCE, UNTIL)
