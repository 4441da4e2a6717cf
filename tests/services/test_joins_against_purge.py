"""Calls that become one as a hold is placed, or a recording goes: what keeps the one keeps what came of the other."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, event, select
from sqlalchemy.exc import OperationalError

from plugin.core.access import Purpose
from plugin.core.cases import CaseKind
from plugin.core.ids import CallId
from plugin.core.purposes import beginning
from plugin.core.recordings import RecordingState
from plugin.services.retention_plans import Planner
from plugin.store import call_joins, holds, purging, purposes, recording_keys
from plugin.store import cases as case_rows
from plugin.store.engine import Store
from plugin.store.tables.calls import calls
from plugin.store.tables.keeping import text_tombstones
from plugin.store.tables.recordings import recordings
from tests.kit.clock import HandClock
from tests.kit.rows import rows
from tests.kit.sounds import KEPT_MONTHS
from tests.kit.together import at_once
from tests.services.test_hold_against_purge import RULE, Race

Join = Callable[[], None]


@contextmanager
def before_first(store: Store, words: tuple[str, ...], act: Join) -> Iterator[list[str]]:
    """Let `act` be done by another, and be over, just before the first statement with one of the words is run."""
    met: list[str] = []

    def listen(_: Connection, __: object, statement: str, *___: object) -> None:
        if met or not any(each in statement for each in words):
            return
        met.append(statement)
        other = threading.Thread(target=run_and_leave, args=(store, act))
        other.start()
        other.join()

    event.listen(store.engine, "before_cursor_execute", listen)
    try:
        yield met
    finally:
        event.remove(store.engine, "before_cursor_execute", listen)


class Meeting(Race):
    """A recorded call in a case, and an older one that it turns out to be a part of."""

    def __init__(self, store: Store, folder: Path, clock: HandClock) -> None:
        super().__init__(store, folder, clock)
        self.planner = Planner(store, clock, beginning(KEPT_MONTHS), ZoneInfo("Asia/Tokyo"))
        self.older = self.town.call()
        self.younger, self.recording, self.case_id = self.lay_out()

    def join(self) -> None:
        with self.store.write() as connection:
            call_joins.join(connection, *locked(connection, self.older, self.younger), self.clock())

    def keep_older(self, by: str) -> None:
        """Let a purpose, or a hold, keep the older call."""
        if by == "purpose":
            with self.store.write() as connection:
                purposes.give(connection, self.older, Purpose.LEGAL, None, self.clock())
            return
        with self.store.write() as connection:
            opened = self.cases.open_in(connection, CaseKind.LEGAL, "争い", self.officer)
            case_rows.add_call(connection, opened.id, self.older, self.officer.user_id, self.clock(), "申告")
        self.holds.place(self.officer, opened.id, "訴訟", "法務部", (self.clock() + timedelta(days=10)).date())

    def purge(self) -> None:
        """Erase the recording as a run does, by every period's end but a legal one's."""
        due_before = self.clock() + timedelta(days=KEPT_MONTHS * 31)
        self.letting_go.recordings(
            {self.recording: RULE},
            None,
            still_due=lambda connection, those: self.planner.still_due(connection, those, due_before),
        )

    def is_there(self) -> bool:
        with self.store.read() as connection:
            state = connection.scalar(select(recordings.c.state).where(recordings.c.id == self.recording))
        return bool(state == RecordingState.READY)


@pytest.mark.needs("mariadbd")
@pytest.mark.parametrize("by", ["hold", "purpose"])
def test_a_recording_that_moves_as_it_is_about_to_go_is_kept_by_what_keeps_its_call(
    mariadb_store: Store, tmp_path: Path, clock: HandClock, by: str
) -> None:
    meeting = Meeting(mariadb_store, tmp_path, clock)
    meeting.keep_older(by)
    with before_first(mariadb_store, ("FROM calls", "UPDATE recordings"), meeting.join) as met:
        meeting.purge()
    assert "FOR UPDATE" in met[0]
    assert meeting.is_there()


@pytest.mark.needs("mariadbd")
def test_the_call_that_a_recording_came_to_while_its_own_was_waited_for_is_locked_too(
    mariadb_store: Store, tmp_path: Path, clock: HandClock
) -> None:
    meeting = Meeting(mariadb_store, tmp_path, clock)
    touched = select(calls.c.id).where(calls.c.id == meeting.older).with_for_update(nowait=True)

    def touch() -> None:
        with mariadb_store.write() as connection:
            connection.execute(touched)

    with mariadb_store.write() as connection:
        with before_first(mariadb_store, ("FROM calls",), meeting.join):
            recording_keys.lock_month(connection, "2027-01")
        (refused,) = at_once([partial(run_and_leave, mariadb_store, touch)])
    assert isinstance(refused, OperationalError)
    touch()


@pytest.mark.needs("mariadbd")
@pytest.mark.parametrize("count", [12, pytest.param(300, marks=pytest.mark.soak)])
def test_a_hold_that_was_placed_keeps_whatever_its_call_became(
    mariadb_store: Store, tmp_path: Path, clock: HandClock, count: int
) -> None:
    race = Race(mariadb_store, tmp_path, clock)
    olders = [race.town.call() for _ in range(count)]
    pairs = [race.lay_out() for _ in range(count)]
    day = (clock() + timedelta(days=10)).date()

    def together(place: int) -> Sequence[Callable[[], object]]:
        call_id, recording_id, case_id = pairs[place]

        def join(connection: Connection) -> None:
            call_joins.join(connection, *locked(connection, olders[place], call_id), clock())

        works = (
            lambda: mariadb_store.write_again(join),
            lambda: race.holds.place(race.officer, case_id, "訴訟", "法務部", day),
            lambda: race.letting_go.recordings({recording_id: RULE}, None),
        )
        return [partial(run_and_leave, mariadb_store, work) for work in works]

    for place in range(count):
        assert at_once(together(place)) == [None, None, None]
    assert sum(race.judge(pairs)) == count
    with mariadb_store.read() as connection:
        for older, (younger, _, _) in zip(olders, pairs, strict=True):
            assert holds.of_call(connection, older)
            assert not holds.of_call(connection, younger)


def locked(connection: Connection, older: CallId, younger: CallId) -> tuple[CallId, CallId]:
    """Lock both calls, as who learns that they are one has done."""
    purging.lock_calls(connection, (older, younger))
    return older, younger


def run_and_leave(store: Store, work: Callable[[], object]) -> None:
    try:
        work()
    finally:
        store.leave()


def test_no_stone_says_that_the_text_of_a_part_was_erased(store: Store, tmp_path: Path, clock: HandClock) -> None:
    meeting = Meeting(store, tmp_path, clock)
    meeting.keep_older("hold")
    meeting.join()  # between the plan and the claim
    assert meeting.letting_go.texts({meeting.younger: RULE}, None) == []
    assert rows(store, text_tombstones) == []
