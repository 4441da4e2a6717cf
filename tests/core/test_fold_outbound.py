"""Calls that the house places: who placed them, and who answered."""

import pytest

from plugin.core.calls import CallState, Direction, EndedBy, Outcome
from plugin.core.calls import EventType as E
from plugin.core.fold import fold
from tests.kit.events import Tape


@pytest.mark.parametrize("answerer", [None, "101"])
def test_an_outbound_call_is_answered_by_the_customer(answerer: str | None) -> None:
    tape = Tape().then(E.OFFERED, "101", direction=Direction.OUTBOUND, our_number="0300000101")
    tape.then(E.RINGING, answerer, leg_id="c")
    assert fold(tape.events).state is CallState.RINGING
    call = fold(tape.then(E.ANSWERED, answerer, leg_id="c").then(E.ENDED, ended_by=EndedBy.AGENT).events)
    assert (call.offers, call.answered_by, call.placed_by) == ((), ("customer",), "101")
    assert call.outcome is Outcome.ANSWERED


def _dialler(*rings: str) -> Tape:
    tape = Tape().then(E.OFFERED, direction=Direction.OUTBOUND).then(E.RINGING, leg_id="c").then(E.QUEUED, queue="q")
    for agent in rings:
        tape.then(E.RINGING, agent, leg_id=f"leg-{agent}", after=0)
    return tape


def test_who_takes_the_call_of_a_dialler_is_its_agent_whoever_rang_first() -> None:
    tape = _dialler("101", "102", "103")
    ringing = fold(tape.events)
    assert (ringing.placed_by, [one.agent for one in ringing.offers]) == (None, ["101", "102", "103"])
    tape.then(E.RINGING, "109", leg_id="s").then(E.ANSWERED, "109", leg_id="s")
    tape.then(E.SUPERVISOR_STARTED, "109", leg_id="s", after=0)
    tape.then(E.ANSWERED, "102", leg_id="leg-102")
    tape.then(E.LEG_ENDED, "101", leg_id="leg-101", after=0).then(E.LEG_ENDED, "103", leg_id="leg-103", after=0)
    tape.then(E.ANSWERED, "104", leg_id="later").then(E.ENDED, ended_by=EndedBy.AGENT)
    call = fold(tape.events)
    assert (call.placed_by, call.answered_by) == ("102", ("customer", "104"))
    assert [one.agent for one in call.offers if one.outcome is Outcome.ANSWERED_ELSEWHERE] == ["101", "103"]


def test_a_call_that_a_dialler_placed_and_nobody_took_is_missed_by_all_who_rang() -> None:
    call = fold(_dialler("101", "102").then(E.ENDED, ended_by=EndedBy.CUSTOMER).events)
    assert (call.placed_by, call.answered_by, call.outcome) == (None, (), Outcome.ABANDONED)
    assert [(one.agent, one.outcome) for one in call.offers] == [("101", Outcome.MISSED), ("102", Outcome.MISSED)]


def test_who_placed_a_call_stays_so_whoever_talks_first() -> None:
    tape = Tape().then(E.RINGING, "104", leg_id="b")
    tape.then(E.OFFERED, "101", direction=Direction.OUTBOUND).then(E.ANSWERED, "104", leg_id="b")
    assert fold(tape.events).placed_by == "101"
    assert fold(Tape().then(E.ENDED, "101", direction=Direction.OUTBOUND).events).placed_by == "101"
