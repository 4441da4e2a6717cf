"""Copies at rest, on both databases: each step is taken once, and what a hold keeps is erased by none."""

from datetime import timedelta
from pathlib import Path

from sqlalchemy import insert

from plugin.core.cases import Case, CaseKind
from plugin.core.cutting import Cut, CutPlan, SoundForm
from plugin.core.heard import Stretch
from plugin.core.ids import CallId, CaseId, RedactionId, UserId, new_id
from plugin.core.ports import Audio
from plugin.core.redaction import Audience, Clip, CutReason, Hush, Range, RedactionState
from plugin.core.staff import Role
from plugin.core.times import to_us
from plugin.store import cases, redactions
from plugin.store.engine import Connection, Store
from plugin.store.tables.keeping import hold_calls, holds
from tests.kit.clock import HandClock
from tests.kit.vaults import Archive

PLAN = CutPlan(SoundForm(1, 8000, 8000), 0, 8000, (Cut(0, 80),), Hush.SILENCE)
AUDIO = Audio(b"", "audio/wav", "pcm16", 1, 1000, b"\1\2")


def _hold(connection: Connection, clock: HandClock, call_id: CallId, by: UserId) -> None:
    case = Case(CaseId(new_id(clock())), "L-2026-0001", CaseKind.LEGAL, "訴訟", by, clock(), Role.PRIVACY, "")
    cases.add(connection, case)
    told = {"reason": "訴訟", "asked_by": "弁護士", "placed_by": by, "review_on": "2027-01-01"}
    hold = new_id(clock())
    connection.execute(insert(holds).values(id=hold, case_id=case.id, placed_at=to_us(clock()), **told))
    connection.execute(insert(hold_calls).values(hold_id=hold, call_id=call_id))


def test_each_step_of_a_clip_is_taken_once_and_a_hold_keeps_it(store: Store, tmp_path: Path, clock: HandClock) -> None:
    archive = Archive(store, tmp_path, clock)
    (recording,) = archive.record()
    maker = archive.hire("maker", Role.SUPERVISOR)
    call_id, copy = archive.find(recording).call_id, RedactionId(new_id(clock()))
    clip = Clip("手本", Audience.LEADS, "support", clock() + timedelta(days=1))
    ranges = (Range(0, 10, CutReason.CUSTOMER),)
    new = (copy, recording, None, clip, Stretch(0, 1000), ranges, Hush.SILENCE, maker.user_id, clock())
    with store.write() as connection:
        redactions.add(connection, redactions.Wanted(*new))
        assert redactions.to_make(connection, 9) == [copy]
        assert not redactions.confirm(connection, copy, "", maker.user_id, clock())
        assert redactions.make_ready(connection, copy, AUDIO, PLAN, clock())
        assert not redactions.make_ready(connection, copy, AUDIO, PLAN, clock())
        assert redactions.hand_over(connection, copy, "asked")
        assert not redactions.confirm(connection, copy, "another", maker.user_id, clock())
        assert redactions.confirm(connection, copy, "asked", maker.user_id, clock())
        found = redactions.find(connection, copy)
        assert found is not None
        assert (found.state, found.ranges, found.clip, found.lanes) == (
            RedactionState.CONFIRMED,
            ranges,
            clip,
            (b"\1\2",),
        )
        clock.move(days=2)
        assert redactions.to_erase(connection, clock(), 9) == [(copy, "clip_expired")]
        _hold(connection, clock, call_id, maker.user_id)
        assert redactions.to_erase(connection, clock(), 9) == []
        assert not redactions.erase(connection, copy, clock(), "clip_expired")
        connection.execute(holds.update().values(released_at=to_us(clock())))
        assert redactions.erase(connection, copy, clock(), "clip_expired")
        assert not redactions.erase(connection, copy, clock(), "clip_expired")


def test_a_hold_keeps_the_copies_of_its_own_call_and_no_others(store: Store, tmp_path: Path, clock: HandClock) -> None:
    archive = Archive(store, tmp_path, clock)
    maker = archive.hire("maker", Role.SUPERVISOR)
    copies: list[RedactionId] = []
    for recording in archive.record(2):
        copies.append(RedactionId(new_id(clock())))
        clip = Clip("手本", Audience.LEADS, "support", clock() + timedelta(days=1))
        new = (copies[-1], recording, None, clip, Stretch(0, 1000), (), Hush.SILENCE, maker.user_id, clock())
        with store.write() as connection:
            redactions.add(connection, redactions.Wanted(*new))
    held = archive.find(new[1]).call_id
    with store.write() as connection:
        _hold(connection, clock, held, maker.user_id)
        assert [redactions.erase(connection, copy, clock(), "given_up") for copy in copies] == [True, False]
