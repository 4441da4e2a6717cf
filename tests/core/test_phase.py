"""One person's part of a call, in every state that a pop can be in."""

from dataclasses import replace

import pytest

from plugin.core.calls import CallEvent, Direction, EventType, Outcome, TransferFact, TransferKind
from plugin.core.fold import fold
from plugin.core.history import StoredCall
from plugin.core.ids import CallId, UserId
from plugin.core.phase import Part, Phase, part_of
from plugin.core.pops import OpenPop, pops_for
from tests.kit.events import Tape

E = EventType


def _part(*tapes: Tape, agent: str = "101") -> Part:
    events: list[CallEvent] = [event for tape in tapes for event in tape.events]
    call = fold(events)
    pop = next(pop for pop in pops_for(call) if pop.agent == agent)
    return part_of(OpenPop(pop, UserId("u"), StoredCall(CallId("c"), 1, call, None, None)))


def _ringing(*agents: str) -> Tape:
    tape = Tape().then(E.OFFERED, direction=Direction.INBOUND, customer_number="09012345678")
    for agent in agents or ("101",):
        tape.then(E.RINGING, agent, leg_id=agent)
    return tape


def test_a_phone_that_rings() -> None:
    part = _part(_ringing())
    assert (part.phase, part.until) == (Phase.RINGING, None)


def test_a_call_that_is_talked_held_and_talked_again() -> None:
    tape = _ringing().then(E.ANSWERED, "101", leg_id="101")
    talking = _part(tape)
    assert (talking.phase, talking.since) == (Phase.TALKING, tape.at)
    assert _part(tape.then(E.HELD, "101", leg_id="101")).phase is Phase.HELD
    assert _part(tape.then(E.RESUMED, "101", leg_id="101")).phase is Phase.TALKING


def test_after_the_call_the_timer_stands() -> None:
    tape = _ringing().then(E.ANSWERED, "101", leg_id="101").then(E.ENDED, after=60, outcome=Outcome.ANSWERED)
    part = _part(tape)
    assert part.phase is Phase.WRAP_UP
    assert part.until is not None
    assert (part.until - part.since).total_seconds() == 60


@pytest.mark.parametrize(("answers", "phase", "by"), [("102", Phase.ELSEWHERE, "102"), (None, Phase.MISSED, None)])
def test_a_call_that_somebody_else_or_nobody_took(answers: str | None, phase: Phase, by: str | None) -> None:
    tape = _ringing("101", "102")
    if answers:
        tape.then(E.ANSWERED, answers, leg_id=answers).then(
            E.LEG_ENDED, "101", leg_id="101", outcome=Outcome.ANSWERED_ELSEWHERE
        )
    else:
        tape.then(E.ENDED, outcome=Outcome.ABANDONED)
    part = _part(tape)
    assert (part.phase, part.taken_by) == (phase, by)


def test_a_call_handed_on() -> None:
    tape = _ringing().then(E.ANSWERED, "101", leg_id="101")
    moved = TransferFact(TransferKind.ATTENDED, by="101", to="102", done=True)
    tape.then(E.TRANSFERRED, "101", transfer=moved, leg_id="101")
    tape.then(E.RINGING, "102", leg_id="102").then(E.ANSWERED, "102", leg_id="102")
    tape.then(E.LEG_ENDED, "101", leg_id="101")
    giver, taker = _part(tape), _part(tape, agent="102")
    assert (giver.phase, giver.handed_to) == (Phase.TRANSFERRED, "102")
    assert (taker.phase, taker.handed_by) == (Phase.TALKING, "101")


def test_a_withdrawn_pop_says_when_it_ended() -> None:
    tape = _ringing("101", "102").then(E.ANSWERED, "102", leg_id="102")
    tape.then(E.LEG_ENDED, "101", leg_id="101", outcome=Outcome.ANSWERED_ELSEWHERE)
    part = _part(tape)
    assert replace(part, phase=Phase.ELSEWHERE) == part
    assert part.until is not None
