"""However many events a call has, its end, its talks and that its number is withheld are kept."""

from datetime import timedelta

import pytest

from plugin.core.calls import Direction, EventType, Outcome
from plugin.core.flood import TURNS, WHOLE, let_in
from plugin.core.fold import fold
from plugin.core.numbers import WithheldReason
from plugin.core.recycled import LONG_OVER, is_another
from tests.kit.events import Tape, answered_call


def test_a_loop_of_rings_is_cut_off_and_the_call_is_told_right_all_the_same() -> None:
    tape = Tape("n").then(EventType.OFFERED, direction=Direction.INBOUND, customer_number="09012345678")
    for turn in range(WHOLE):
        tape.then(EventType.RINGING, "101", 0.01, leg_id=f"l{turn}").then(
            EventType.LEG_ENDED, "101", 0.01, leg_id=f"l{turn}"
        )
    tape.then(EventType.ANSWERED, "102", leg_id="last").then(EventType.ENDED, "102")
    kept = let_in(0, tape.events)
    assert len(kept) == WHOLE + 2
    call = fold(kept)
    assert (call.answered_by, call.outcome) == (("102",), Outcome.ANSWERED)


@pytest.mark.parametrize("known", [TURNS, TURNS * 10])
def test_that_a_number_is_withheld_comes_in_however_late(known: int) -> None:
    tape = Tape("n").then(EventType.ANSWERED, "101").then(EventType.UPDATED, withheld=WithheldReason.REFUSED)
    tape.then(EventType.TRANSFERRED).then(EventType.ENDED)
    assert [event.type for event in let_in(known, tape.events)] == [EventType.UPDATED, EventType.ENDED]


@pytest.mark.parametrize(("later", "another"), [(LONG_OVER * 2, True), (LONG_OVER / 2, False), (-LONG_OVER * 2, False)])
def test_an_id_given_again_begins_another_call_only_long_after(later: timedelta, another: bool) -> None:
    known = fold(answered_call("n").events)
    offer = Tape("n", start=known.last_event_at + later).then(EventType.OFFERED).events
    assert is_another([lambda: known], offer) is another
    assert not is_another([lambda: known], Tape("n", start=known.last_event_at + later).then(EventType.UPDATED).events)
    still_open = fold(answered_call("n").events[:3])
    assert not is_another([lambda: known, lambda: still_open], offer)
