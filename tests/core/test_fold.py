"""The fold gives one record for a set of events, and that record says what happened."""

import random
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.core.call_json import read_call, write_call
from plugin.core.calls import (
    AgentRef,
    Call,
    CallEvent,
    CallState,
    Direction,
    EndedBy,
    EventType,
    Outcome,
    RecordingFact,
    RecordingGap,
    RecordingKind,
    TransferFact,
    TransferKind,
)
from plugin.core.fold import fold
from plugin.core.ids import CallId, RecordingId
from plugin.core.numbers import WithheldReason
from plugin.core.recording_gaps import with_gaps
from plugin.core.recordings import Recording, RecordingState, recording_key
from plugin.core.times import talked_s
from tests.kit.events import START, Tape, answered_call, calls_events

E = EventType


def _any_order_gives_one_record(events: list[CallEvent], seed: int) -> None:
    shuffled = events + random.Random(seed).choices(events, k=len(events))
    random.Random(seed).shuffle(shuffled)
    call = fold(events)
    assert fold(shuffled) == call
    assert read_call(write_call(call)) == call
    _assert_sane(call)


def _assert_sane(call: Call) -> None:
    instants = [call.started_at, call.answered_at, call.ended_at]
    for offer in call.offers:
        own = [at for at in (offer.rang_at, offer.answered_at, offer.ended_at) if at is not None]
        assert own == sorted(own)
        assert call.started_at <= own[0]
        assert call.ended_at is None or own[-1] <= call.ended_at
    known = [at for at in instants if at is not None]
    assert known == sorted(known)
    assert all(hold.ended_at is None or hold.started_at <= hold.ended_at for hold in call.holds)
    for tape in call.recordings:
        gaps = [at for gap in tape.gaps for at in (gap.started_at, gap.ended_at)]
        ends = [at for at in (tape.started_at, *gaps, tape.ended_at) if at is not None]
        assert ends == sorted(ends)
        assert None not in gaps[:-1]  # only the last can be open
    assert talked_s(call.answered_at, call.ended_at) in (None, *range(5 * 86_400))
    assert (call.ended_at is not None) == (call.outcome is not None) == (call.state is CallState.ENDED)
    if call.withheld:
        assert call.customer_number is None
        assert all(one.id.startswith("sha256:") for one in call.recordings)
    assert [offer.rang_at for offer in call.offers] == sorted(offer.rang_at for offer in call.offers)


@given(calls_events(), st.integers())
def test_any_order_and_doubling_gives_the_same_record(events: list[CallEvent], seed: int) -> None:
    _any_order_gives_one_record(events, seed)


@given(calls_events(), st.lists(st.sampled_from([-2, 0, 2]), min_size=14, max_size=14), st.integers())
def test_a_clock_that_is_set_in_the_middle_of_a_call_makes_no_negative_time(
    events: list[CallEvent], days_off: list[int], seed: int
) -> None:
    off = [replace(e, occurred_at=e.occurred_at + timedelta(days=d)) for e, d in zip(events, days_off, strict=False)]
    _any_order_gives_one_record(off, seed)


@pytest.mark.soak
@hypothesis.settings(max_examples=10_000, deadline=None)
@given(calls_events(), st.integers())
def test_any_order_and_doubling_at_full_size(events: list[CallEvent], seed: int) -> None:
    _any_order_gives_one_record(events, seed)


def test_no_events_are_no_call() -> None:
    with pytest.raises(ValueError, match="at least one"):
        fold([])


def test_a_queue_call_that_is_answered() -> None:
    call = fold(answered_call().events)
    assert (call.state, call.outcome, call.ended_by) == (CallState.ENDED, Outcome.ANSWERED, EndedBy.CUSTOMER)
    assert (call.customer_number, call.our_number, call.queue) == ("09012345678", "0120000111", "support")
    assert [offer.agent for offer in call.offers] == ["101"]
    assert call.answered_by == ("101",)
    assert call.ended_at is not None
    assert call.answered_at is not None
    assert call.ended_at - call.answered_at == timedelta(seconds=61)
    assert [one.id for one in call.recordings] == ["2026/n-1.wav"]
    assert call.recordings[0].uri == "2026/n-1.wav"


def test_states_follow_the_events() -> None:
    tape = answered_call()
    states = [fold(tape.events[: place + 1]).state for place in range(4)]
    assert states == [CallState.OFFERED, CallState.QUEUED, CallState.RINGING, CallState.TALKING]
    held = Tape().then(E.ANSWERED, "101").then(E.HELD, "101")
    assert fold(held.events).state is CallState.HELD
    assert fold(held.then(E.RESUMED, "101").events).state is CallState.TALKING
    assert fold(Tape().then(E.UPDATED).events).state is CallState.NEW


def test_each_round_is_an_offer_and_two_devices_are_one() -> None:
    tape = Tape().then(E.OFFERED, direction=Direction.INBOUND)
    for round_no in "12":
        for device in "ab":
            tape.then(E.RINGING, "101", leg_id=f"{round_no}{device}", after=0.1)
        for device in "ab":
            tape.then(E.LEG_ENDED, "101", leg_id=f"{round_no}{device}", after=5)
    call = fold(tape.then(E.ENDED, ended_by=EndedBy.CUSTOMER).events)
    assert [(offer.agent, offer.outcome) for offer in call.offers] == [("101", Outcome.MISSED)] * 2
    assert call.outcome is Outcome.ABANDONED


def test_a_cancelled_device_before_the_answer_of_the_other_ends_nothing() -> None:
    tape = Tape().then(E.RINGING, "101", leg_id="a").then(E.RINGING, "101", leg_id="b")
    tape.then(E.LEG_ENDED, "101", leg_id="a", outcome=Outcome.ANSWERED_ELSEWHERE)
    assert fold(tape.events).state is CallState.RINGING
    call = fold(tape.then(E.ANSWERED, "101", leg_id="b", after=0.01).events)
    assert [(offer.agent, offer.outcome) for offer in call.offers] == [("101", Outcome.ANSWERED)]
    assert call.state is CallState.TALKING


def test_a_second_device_that_rings_while_he_talks_is_no_round_of_its_own() -> None:
    tape = Tape().then(E.ANSWERED, "101", leg_id="a").then(E.RINGING, "101", leg_id="b")
    call = fold(tape.then(E.LEG_ENDED, "101", leg_id="b").events)
    assert [(offer.agent, offer.ended_at) for offer in call.offers] == [("101", None)]


def test_an_agent_whose_phones_are_one_to_the_source_answers_after_a_cancel() -> None:
    tape = Tape().then(E.RINGING, "101").then(E.LEG_ENDED, "101").then(E.ANSWERED, "101", after=0.01)
    assert [(offer.agent, offer.outcome) for offer in fold(tape.events).offers] == [("101", Outcome.ANSWERED)]


@pytest.mark.parametrize("said", [None, Outcome.MISSED, Outcome.ANSWERED_ELSEWHERE])
@pytest.mark.parametrize("cancel_first", [True, False])
def test_who_lost_to_a_colleague_did_not_miss(said: Outcome | None, cancel_first: bool) -> None:
    tape = Tape().then(E.RINGING, "101", leg_id="a").then(E.RINGING, "102", leg_id="b")
    if cancel_first:
        tape.then(E.LEG_ENDED, "101", leg_id="a", outcome=said).then(E.ANSWERED, "102", leg_id="b", after=0.002)
    else:
        tape.then(E.ANSWERED, "102", leg_id="b").then(E.LEG_ENDED, "101", leg_id="a", outcome=said, after=0.002)
    call = fold(tape.then(E.ENDED, after=9).events)
    assert [(one.agent, one.outcome) for one in call.offers] == [
        ("101", Outcome.ANSWERED_ELSEWHERE),
        ("102", Outcome.ANSWERED),
    ]
    assert call.answered_by == ("102",)


def test_who_rang_in_vain_before_another_was_tried_missed_it() -> None:
    tape = Tape().then(E.RINGING, "101", leg_id="a").then(E.LEG_ENDED, "101", leg_id="a", after=15)
    tape.then(E.RINGING, "102", leg_id="b", after=0.1).then(E.ANSWERED, "102", leg_id="b", after=0.5)
    assert [one.outcome for one in fold(tape.events).offers] == [Outcome.MISSED, Outcome.ANSWERED]


def test_a_busy_phone_was_offered_and_nobody_is_said_to_have_left() -> None:
    tape = (
        Tape().then(E.OFFERED, direction=Direction.INBOUND).then(E.LEG_ENDED, "101", leg_id="a", outcome=Outcome.BUSY)
    )
    call = fold(
        tape.then(E.LEG_ENDED, "101", leg_id="a", outcome=Outcome.BUSY).then(E.ENDED, outcome=Outcome.BUSY).events
    )
    assert [(one.agent, one.outcome) for one in call.offers] == [("101", Outcome.BUSY)]
    assert (call.outcome, call.ended_by, call.answered_by) == (Outcome.BUSY, None, ())


def test_unsaid_a_call_was_busy_only_where_every_phone_was() -> None:
    tape = Tape().then(E.LEG_ENDED, "101", leg_id="a", outcome=Outcome.BUSY)
    assert fold([*tape.events, *_ended()]).outcome is Outcome.BUSY
    assert fold([*tape.then(E.RINGING, "102").then(E.LEG_ENDED, "102").events, *_ended()]).outcome is Outcome.MISSED


def test_ended_without_answered_and_talking_without_ringing_are_legal() -> None:
    assert fold(Tape().then(E.ENDED, outcome=Outcome.ANSWERED).events).outcome is Outcome.ANSWERED
    call = fold(Tape().then(E.ANSWERED, "101").events)
    assert (call.state, call.answered_by) == (CallState.TALKING, ("101",))


def test_outcome_follows_the_talk_where_the_source_says_less() -> None:
    talked = Tape().then(E.ANSWERED, "101")
    assert fold([*talked.events, *_ended(ended_by=EndedBy.AGENT)]).outcome is Outcome.ANSWERED
    assert fold([*talked.events, *_ended(outcome=Outcome.ABANDONED)]).outcome is Outcome.ANSWERED
    assert fold(_ended(ended_by=EndedBy.CUSTOMER)).outcome is Outcome.ABANDONED
    assert fold(_ended()).outcome is Outcome.MISSED


def _ended(**more: Any) -> list[CallEvent]:
    return Tape("end").then(E.ENDED, after=99, **more).events


def test_ended_is_final_but_late_facts_are_taken() -> None:
    late = Tape("late", start=START + timedelta(hours=1))
    late.then(E.RINGING, "102").then(E.NOTICE_PLAYED).then(E.UPDATED, queue="late", customer_number="0312345678")
    late.then(E.ENDED, outcome=Outcome.FAILED, ended_by=EndedBy.PBX)
    call, whole = fold(answered_call().events), fold(answered_call().events + late.events)
    assert (whole.state, whole.outcome, whole.ended_by, whole.ended_at) == (
        CallState.ENDED,
        Outcome.ANSWERED,
        EndedBy.CUSTOMER,
        call.ended_at,
    )
    assert (whole.queue, whole.customer_number) == ("support", "09012345678")
    assert whole.notice_at is not None


def test_an_answer_that_a_crooked_clock_puts_behind_the_end_takes_no_negative_time() -> None:
    tape = Tape().then(E.OFFERED).then(E.ENDED).then(E.ANSWERED, "101", after=7)
    call = fold(tape.events)
    assert call.answered_at == call.ended_at
    assert (call.outcome, call.answered_by) == (Outcome.ANSWERED, ("101",))


def test_a_lost_call_gives_way_to_a_sign_of_life_and_to_a_real_end() -> None:
    tape = Tape().then(E.ANSWERED, "101").then(E.ENDED, outcome=Outcome.LOST)
    assert fold(tape.events).outcome is Outcome.LOST
    assert fold([*tape.events, *_ended(ended_by=EndedBy.AGENT)]).outcome is Outcome.ANSWERED
    assert fold(tape.then(E.HELD, "101").events).state is CallState.HELD


@pytest.mark.parametrize("where", [0, 2, 9])
def test_withheld_is_sticky_and_takes_the_number_and_native_names_away(where: int) -> None:
    events = answered_call().events
    told = replace(events[0], id="w", type=E.UPDATED, customer_number="09012345678", withheld=WithheldReason.REFUSED)
    told = replace(told, occurred_at=events[0].occurred_at + timedelta(seconds=where - 1))
    call = fold([*events, told])
    assert (call.withheld, call.customer_number) == (WithheldReason.REFUSED, None)
    assert "n-1.wav" not in write_call(call)
    assert "09012345678" not in write_call(call)


def test_holds_pair_and_an_unhold_alone_is_none() -> None:
    tape = Tape().then(E.ANSWERED, "101").then(E.RESUMED, "101").then(E.HELD, "101").then(E.HELD, "101")
    tape.then(E.RESUMED, "101", after=10).then(E.HELD, "101")
    call = fold(tape.events)
    assert [None if one.ended_at is None else one.ended_at - one.started_at for one in call.holds] == [
        timedelta(seconds=11),
        None,
    ]
    ended = fold(tape.then(E.ENDED, after=3).events)
    assert ended.holds[-1].ended_at == ended.ended_at


def test_a_blind_transfer_is_done_when_its_target_talks() -> None:
    tape = Tape().then(E.RINGING, "101", leg_id="a").then(E.ANSWERED, "101", leg_id="a")
    tape.then(E.TRANSFERRED, transfer=TransferFact(TransferKind.BLIND, "101", "103"))
    tape.then(E.RINGING, "103", leg_id="b")
    assert fold(tape.events).state is CallState.RINGING
    assert [one.done for one in fold(tape.events).transfers] == [False]
    left = fold([*tape.events, *_ended(ended_by=EndedBy.CUSTOMER)])
    assert left.outcome is Outcome.ABANDONED_AFTER_TRANSFER
    call = fold(tape.then(E.ANSWERED, "103", leg_id="b").then(E.ENDED).events)
    assert call.transfers == (TransferFact(TransferKind.BLIND, "101", "103", done=True),)
    assert (call.answered_by, [one.agent for one in call.offers]) == (("101", "103"), ["101", "103"])
    assert call.offers[0].ended_at is not None
    assert call.offers[0].ended_at < call.offers[1].rang_at


def test_a_consultation_counts_once_its_transfer_completes() -> None:
    tape = Tape().then(E.RINGING, "101", leg_id="a").then(E.ANSWERED, "101", leg_id="a").then(E.HELD, "101")
    tape.then(E.RINGING, "103", leg_id="b", parent_leg_id="a").then(E.ANSWERED, "103", leg_id="b", parent_leg_id="a")
    before = fold(tape.events)
    assert (before.answered_by, [one.agent for one in before.offers]) == (("101",), ["101"])
    assert before.state is CallState.HELD
    tape.then(E.TRANSFERRED, transfer=TransferFact(TransferKind.ATTENDED, "101", "103", done=True))
    tape.then(E.LEG_ENDED, "101", leg_id="a").then(E.LEG_ENDED, "103", leg_id="b", after=30).then(E.ENDED)
    call = fold(tape.events)
    assert (call.answered_by, [one.agent for one in call.offers]) == (("101", "103"), ["101", "103"])
    assert len(call.holds) == 1
    assert all(earlier.ended_at == later.answered_at for earlier, later in pairwise(call.offers))


def test_a_colleague_who_was_only_asked_never_counts() -> None:
    tape = Tape().then(E.ANSWERED, "101", leg_id="a")
    tape.then(E.RINGING, "103", leg_id="b", parent_leg_id="a").then(E.ANSWERED, "103", leg_id="b")
    call = fold(tape.then(E.LEG_ENDED, "103", leg_id="b").then(E.ENDED).events)
    assert (call.answered_by, [one.agent for one in call.offers]) == (("101",), ["101"])


def test_a_listening_supervisor_is_no_agent_of_the_call() -> None:
    tape = Tape().then(E.ANSWERED, "101", leg_id="a").then(E.SUPERVISOR_STARTED, "109", leg_id="m")
    call = fold(tape.then(E.ANSWERED, "109", leg_id="m").then(E.SUPERVISOR_ENDED, "109", leg_id="m").events)
    assert (call.monitored_by, call.answered_by, len(call.offers)) == (("109",), ("101",), 1)


def test_a_consultation_that_was_a_call_of_its_own_does_not_turn_the_call_internal() -> None:
    own = Tape("n-2", start=START - timedelta(minutes=1)).then(E.OFFERED, direction=Direction.INTERNAL)
    assert fold(own.events + answered_call().events).direction is Direction.INBOUND


def _paused(tape: Tape, *marks: tuple[EventType, float, str | None]) -> Call:
    for type_, after, about in marks:
        tape.then(type_, after=after, recording=None if about is None else RecordingFact(about))
    return fold(tape.events)


def _gaps(call: Call) -> list[list[tuple[float, float | None]]]:
    def seconds(at: datetime | None) -> float | None:
        return None if at is None else (at - START).total_seconds()

    return [
        [((one.started_at - START).total_seconds(), seconds(one.ended_at)) for one in fact.gaps]
        for fact in call.recordings
    ]


def test_pauses_are_gaps_of_the_recording_they_are_about() -> None:
    tape = Tape().then(E.RECORDING_STARTED, recording=RecordingFact("r"))
    tape.then(E.RECORDING_STARTED, recording=RecordingFact("s"))  # at 1 and 2
    call = _paused(
        tape,
        (E.RECORDING_PAUSED, 1, "r"),  # 3
        (E.RECORDING_PAUSED, 1, "r"),  # told twice
        (E.RECORDING_RESUMED, 1, "r"),  # 5
        (E.RECORDING_RESUMED, 1, "r"),
        (E.RECORDING_PAUSED, 1, None),  # 7: both
        (E.RECORDING_RESUMED, 1, None),  # 8
        (E.RECORDING_PAUSED, 1, "s"),  # 9, never ended
        (E.RECORDING_READY, 3, "s"),  # 12
        (E.RECORDING_PAUSED, 1, "unknown"),
    )
    assert _gaps(call) == [[(3, 5), (7, 8)], [(7, 8), (9, 12)]]


def test_a_gap_lies_within_its_recording_whatever_a_clock_said() -> None:
    long, late = timedelta(days=2), timedelta(seconds=10)
    told = (
        RecordingGap(START - long, START + timedelta(seconds=3)),
        RecordingGap(START + timedelta(seconds=2), START + timedelta(seconds=4)),  # overlaps
        RecordingGap(START + timedelta(seconds=6), START + timedelta(seconds=5)),  # backwards
        RecordingGap(START + long, START + 2 * long),
    )
    fact = RecordingFact("r", started_at=START, ended_at=START + late, gaps=told)
    assert _gaps(fold(Tape().then(E.RECORDING_READY, recording=fact).events)) == [[(0, 4)]]
    early = Tape().then(E.RECORDING_PAUSED, recording=RecordingFact("r"))
    early.then(E.RECORDING_STARTED, recording=RecordingFact("r")).then(E.RECORDING_RESUMED)
    assert _gaps(fold(early.events)) == [[]]


def test_pauses_are_stretches_of_the_file_also_of_a_caller_who_hides_his_number() -> None:
    native = "2026/q-09012345678-n-1.wav"
    tape = Tape().then(E.RECORDING_STARTED, recording=RecordingFact(native))
    tape.then(E.RECORDING_PAUSED, after=5, recording=RecordingFact(native)).then(E.RECORDING_RESUMED, after=2)
    tape.then(E.UPDATED, withheld=WithheldReason.REFUSED).then(E.RECORDING_READY, recording=RecordingFact(native))
    call = fold(tape.events)
    kept = Recording(
        *(RecordingId("r"), CallId("c"), RecordingState.READY, RecordingKind.ALL_CALL, START),
        length_ms=6_500,
        native_key=recording_key(native),
    )
    assert native not in write_call(call)
    assert with_gaps(kept, call).gaps == ((5_000, 6_500),)  # the file ends in the pause
    assert with_gaps(replace(kept, native_key="another"), call).gaps == ()
    assert with_gaps(replace(kept, length_ms=None), call).gaps == ()


def test_a_recording_that_one_event_calls_started_by_hand_was() -> None:
    tape = Tape().then(E.RECORDING_STARTED, recording=RecordingFact("r"))
    tape.then(E.RECORDING_READY, recording=RecordingFact("r", kind=RecordingKind.TRIGGERED))
    assert [one.kind for one in fold(tape.events).recordings] == [RecordingKind.TRIGGERED]


def test_an_alert_and_a_recording_by_its_parts() -> None:
    tape = Tape().then(E.ALERT_RAISED, "101", reason="threat").then(E.ALERT_RAISED, "102", reason="again")
    tape.then(E.RECORDING_STARTED, recording=RecordingFact("r")).then(
        E.RECORDING_READY, recording=RecordingFact("r", "x.wav", ended_at=tape.at)
    )
    call = fold(tape.events)
    assert call.alert is not None
    assert (call.alert.agent, call.alert.reason) == ("101", "threat")
    assert [(one.uri, one.ended_at is not None) for one in call.recordings] == [("x.wav", True)]
    assert AgentRef(None, "x").key == "x"
