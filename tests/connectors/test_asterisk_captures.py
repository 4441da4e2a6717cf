"""Every call of every capture is told right: as it is, doubled, in any chunking, and in company."""

import json
import random
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.calls.asterisk.capture import read_capture
from plugin.core.call_account import account, fold_all
from plugin.core.call_json import read_event, write_event
from plugin.core.calls import CallEvent
from tests.kit.captures import EXPECTED, OF_RULES, blocks, differences, raw

NAMES = sorted(EXPECTED)
ALL = sorted([*EXPECTED, *OF_RULES])
LEAKED = "09099998888"


def _tell(events: Iterable[CallEvent]) -> list[dict[str, Any]]:
    return [account(call) for call in fold_all(events)]


def _replay(*chunks: bytes) -> list[dict[str, Any]]:
    return _tell(read_capture(chunks, "pbx"))


@pytest.mark.parametrize("name", ALL)
def test_every_call_is_told_right(name: str) -> None:
    assert differences(name, _replay(raw(name))) == []


@pytest.mark.parametrize("name", ALL)
def test_every_message_doubled_changes_nothing(name: str) -> None:
    assert differences(name, _replay(*[block * 2 for block in blocks(name)])) == []


@pytest.mark.parametrize("name", NAMES)
def test_the_same_stream_read_twice_gives_the_same_event_ids(name: str) -> None:
    once, twice = (read_capture([raw(name)], "pbx") for _ in range(2))
    assert [event.id for event in once] == [event.id for event in twice]
    assert len({event.id for event in once}) == len(once)


@pytest.mark.parametrize("name", NAMES)
def test_every_event_survives_being_written_and_read(name: str) -> None:
    for event in read_capture([raw(name)], "pbx"):
        assert read_event(json.loads(write_event(event)), "pbx") == event


@given(name=st.sampled_from(NAMES), cuts=st.lists(st.floats(0, 1), max_size=40))
def test_any_chunking_gives_the_same(name: str, cuts: list[float]) -> None:
    data = raw(name)
    places = [0, *sorted(int(cut * len(data)) for cut in cuts), len(data)]
    assert differences(name, _replay(*[data[a:b] for a, b in pairwise(places)])) == []


ONE_SESSION = [name for name in NAMES if name not in ("reconnect", "pbx_restart")]


@given(pair=st.lists(st.sampled_from(ONE_SESSION), min_size=2, max_size=3, unique=True), seed=st.integers())
def test_calls_at_the_same_time_are_kept_apart(pair: list[str], seed: int) -> None:
    order = random.Random(seed)
    waiting = [(name, blocks(name)) for name in pair]
    mixed: list[bytes] = []
    while waiting:
        _, left = order.choice(waiting)
        mixed.append(left.pop(0))
        waiting = [(name, left) for name, left in waiting if left]
    told = {call["call_id"]: call for call in _replay(*mixed)}
    for name in pair:
        ids = [call["call_id"] for call in EXPECTED[name]]
        assert differences(name, [told.pop(native) for native in ids]) == []
    assert told == {}


def test_a_capture_of_lists_alone_gives_the_calls_under_way() -> None:
    told = _replay(raw("resync_midcall"))
    assert [(call["customer_number"], call["queue"], call["answered_by"]) for call in told] == [
        ("09012345678", "support", ["101"]),
        ("0312345678", "support", []),
    ]


def test_the_leaked_number_stands_in_no_event() -> None:
    assert raw("withheld").count(LEAKED.encode()) > 100
    for event in read_capture([raw("withheld")], "pbx"):
        assert LEAKED not in write_event(event)
        assert LEAKED not in repr(event)
