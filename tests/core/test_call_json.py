"""Canonical JSON: what is written is read back, and what is wrong is refused by a stable word."""

import json
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.core.call_json import read_event, restore_event, write_event
from plugin.core.calls import CallEvent, Direction, EventType
from plugin.core.errors import InputError
from plugin.core.numbers import WithheldReason
from tests.kit.events import calls_events

RINGING: dict[str, Any] = {
    "specversion": "1.0",
    "id": "01JD",
    "source": "pbx1",
    "type": "call.ringing",
    "time": "2026-11-23T08:02:12.817+09:00",
    "sequence": "42",
    "data": {
        "source_call_ids": ["pbx1-1795388529.505"],
        "direction": "inbound",
        "customer_number": "09012345678",
        "withheld": None,
        "our_number": "0120000111",
        "queue": "support",
        "agent": {"extension": "101"},
        "occurred_at": "2026-11-23T08:02:12.817+09:00",
    },
}


def _with(path: str, value: object) -> dict[str, Any]:
    told: dict[str, Any] = deepcopy(RINGING)
    spot = told
    *parents, last = path.split(".")
    for name in parents:
        spot = spot.setdefault(name, {})
    spot[last] = value
    return told


def test_the_documented_example_is_read() -> None:
    event = read_event(RINGING, "other")
    assert (event.source, event.type, event.sequence) == ("other", EventType.RINGING, 42)
    assert event.occurred_at == datetime(2026, 11, 22, 23, 2, 12, 817000, tzinfo=UTC)
    assert (event.direction, event.customer_number) == (Direction.INBOUND, "09012345678")
    assert event.agent is not None
    assert event.agent.key == "101"


@given(calls_events())
def test_what_is_written_is_read_back(events: list[CallEvent]) -> None:
    for event in events:
        read = read_event(json.loads(write_event(event)), event.source)
        assert (read.customer_number is None) or not read.withheld
        assert write_event(read) == write_event(read_event(json.loads(write_event(read)), event.source))
        if not event.withheld:
            assert read == event
        assert restore_event(write_event(event), event.source) == event


def test_a_number_beside_a_withheld_is_dropped() -> None:
    event = read_event(_with("data.withheld", "refused"), "pbx1")
    assert (event.withheld, event.customer_number) == (WithheldReason.REFUSED, None)


def test_an_instant_without_offset_needs_a_zone() -> None:
    told = _with("data.occurred_at", "2026-11-23T08:00:00")
    assert read_event(told, "s", ZoneInfo("Asia/Tokyo")).occurred_at == datetime(2026, 11, 22, 23, 0, tzinfo=UTC)
    with pytest.raises(InputError, match=r"input.time field=data\.occurred_at"):
        read_event(told, "s")


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        ("id", None, "missing"),
        ("id", 7, "wrong_type"),
        ("id", "", "empty"),
        ("id", "x" * 192, "too_long"),
        ("id", "x ", "bad_text"),
        ("id", "a\x00b", "bad_text"),
        ("id", "\ud800", "bad_text"),
        ("type", "call.sung", "unknown_word"),
        ("type", ["call.ringing"], "wrong_type"),
        ("specversion", "2.0", "unknown_word"),
        ("sequence", "-1", "bad_number"),
        ("sequence", "٣", "bad_number"),
        ("sequence", True, "bad_number"),
        ("sequence", 2**63, "bad_number"),
        ("data", None, "missing"),
        ("data", [], "wrong_type"),
        ("data.source_call_ids", None, "missing"),
        ("data.source_call_ids", [], "empty"),
        ("data.source_call_ids", "n1", "wrong_type"),
        ("data.source_call_ids", [1], "wrong_type"),
        ("data.source_call_ids", ["n"] * 33, "too_many"),
        ("data.direction", "sideways", "unknown_word"),
        ("data.customer_number", "0" * 256, "too_long"),
        ("data.customer_number", 9012345678, "wrong_type"),
        ("data.withheld", "shy", "unknown_word"),
        ("data.queue", "q\n", "bad_text"),
        ("data.agent", "101", "wrong_type"),
        ("data.agent.extension", "1" * 65, "too_long"),
        ("data.occurred_at", "yesterday", "time"),
        ("data.occurred_at", "9999-12-31T23:59:59-23:00", "time"),
        ("data.occurred_at", 1795388529, "time"),
        ("data.transfer", {}, "missing"),
        ("data.transfer", {"kind": "blind", "done": "yes"}, "wrong_type"),
        ("data.recording", {"id": "r", "media": "song"}, "unknown_word"),
        ("data.recording", {"id": "r", "gaps": "none"}, "wrong_type"),
        ("data.recording", {"id": "r", "gaps": [1]}, "wrong_type"),
        ("data.recording", {"id": "r", "gaps": [{}]}, "missing"),
        ("data.recording", {"id": "r", "gaps": [{"started_at": "x"}]}, "time"),
        ("data.recording", {"id": "r", "gaps": [{}] * 201}, "too_many"),
    ],
)
def test_what_is_wrong_is_refused_by_a_stable_word(path: str, value: object, reason: str) -> None:
    with pytest.raises(InputError) as caught:
        read_event(_with(path, value), "pbx1")
    assert caught.value.reason == reason
    assert "field" in caught.value.facts


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


@given(_json)
def test_any_json_is_an_event_or_refused(told: object) -> None:
    with pytest.raises(InputError):
        read_event(told, "pbx1")


@given(
    st.sampled_from(["id", "type", "time", "sequence", "data", *(f"data.{name}" for name in RINGING["data"])]), _json
)
def test_any_value_in_any_field_is_read_or_refused(path: str, value: object) -> None:
    try:
        event = read_event(_with(path, value), "pbx1")
    except InputError as error:
        assert error.reason  # noqa: PT017  both ends are allowed
    else:
        assert read_event(json.loads(write_event(event)), "pbx1") == event
