"""One event of a session is lost, whichever: every call still ends, nobody else's phone pops, no number is wrong."""

from collections.abc import Iterator
from typing import Any

import pytest

from connectors.calls.asterisk.capture import DEFAULT_TRUNKS
from connectors.calls.asterisk.tracker import Tracker
from connectors.calls.asterisk.wire import Message, Reader
from plugin.core.call_account import account, fold_all
from plugin.core.calls import Call
from plugin.core.times import from_us
from tests.kit.captures import EXPECTED, OF_RULES, raw

TRUTH = EXPECTED | OF_RULES
ANSWERS = "CoreShowChannel"  # no events: a list that lost one is not believed, and the next one, in minutes, is
EVERY = 7  # in each run, each so many-th event of a session; where it begins differs from session to session


def _without(messages: list[Message], lost: int) -> list[Call]:
    tracker = Tracker("pbx", DEFAULT_TRUNKS, lambda: from_us(0))
    events = [event for at, one in enumerate(messages) if at != lost for event in tracker.take(one)]
    return fold_all(events + tracker.finish())


def _wrongs(truth: list[dict[str, Any]], told: list[Call]) -> Iterator[str]:
    left = {call["call_id"]: call for call in truth}
    for call in told:
        known = next((native for native in call.source_call_ids if native in left), None)
        if known is None:
            yield "a call that was none"
            continue
        true, said = left.pop(known), account(call)
        agents = {*true["offered"], *true["answered_by"], true.get("agent"), None}
        if said["outcome"] is None:
            yield "a call that does not end"
        if said["customer_number"] not in (None, true["customer_number"]):
            yield "a number that is not his"
        if said["direction"] != true["direction"]:
            yield "the wrong direction"
        if not agents.issuperset([*said["offered"], *said["answered_by"], said.get("agent")]):
            yield "a pop for somebody who had nothing to do with it"
    yield from ("a call that is missing" for _ in left)


def _try(name: str, first: int, step: int) -> list[str]:
    messages = Reader().feed(raw(name) + b"\r\n\r\n")
    events = [at for at, one in enumerate(messages) if one.get("Event") and not one.get("Event").startswith(ANSWERS)]
    return [
        f"{messages[at].get('Event')} {at}: {wrong}"
        for at in events[first::step]
        for wrong in _wrongs(TRUTH[name], _without(messages, at))
    ]


@pytest.mark.parametrize(("first", "name"), [(at % EVERY, name) for at, name in enumerate(sorted(TRUTH))])
def test_a_session_that_lost_one_event(first: int, name: str) -> None:
    assert _try(name, first, EVERY) == []


@pytest.mark.soak
@pytest.mark.parametrize("name", sorted(TRUTH))
def test_a_session_that_lost_any_one_event(name: str) -> None:
    assert _try(name, 0, 1) == []
