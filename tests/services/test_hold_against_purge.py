"""A hold and a purge of the same recording at the same instant: whoever was told that it is kept finds it kept."""

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, select

from plugin.core.audit import Act
from plugin.core.cases import CaseKind
from plugin.core.ids import CallId, CaseId, RecordingId, new_id
from plugin.core.recordings import RecordingState
from plugin.core.staff import Role
from plugin.core.times import to_us
from plugin.services.approvals import Approvals
from plugin.services.cases import Cases
from plugin.services.holds import Holds
from plugin.services.letting_go import LettingGo
from plugin.store import cases
from plugin.store.checkpoints import Signer
from plugin.store.engine import Store
from plugin.store.keys import Keys
from plugin.store.tables.audit import audit_lines
from plugin.store.tables.recordings import recordings
from plugin.store.tombstone_files import TombstoneFiles
from plugin.store.vault import Vault
from tests.kit.clock import HandClock
from tests.kit.people import Town

TOKYO = ZoneInfo("Asia/Tokyo")
RULE = "complaint:365"


class Race:
    """Pairs of a hold and a purge, each pair at the same instant."""

    def __init__(self, store: Store, folder: Path, clock: HandClock) -> None:
        self.store, self.clock = store, clock
        keys = Keys(folder / "keys")
        outside = TombstoneFiles(folder / "tombstones", Signer(keys))
        vault = Vault(folder / "recordings", keys)
        self.letting_go = LettingGo(store, vault, folder, outside, clock, lambda: None)
        self.cases = Cases(clock, TOKYO)
        self.holds = Holds(store, clock, Approvals(store, clock, {}), TOKYO)
        self.town = Town(store, clock())
        self.officer = self.town.staff("hara", Role.PRIVACY)

    def lay_out(self) -> tuple[CallId, RecordingId, CaseId]:
        """Make a call with a recording, in a case."""
        call_id, recording_id = self.town.call(), RecordingId(new_id(self.clock()))
        row = {"call_id": call_id, "source": "pbx1", "native_key": recording_id, "kind": "all_call", "looks": 1}
        row |= {"started_at": to_us(self.clock()), "keyset": b"12345678rest", "key_id": "2027-01.1-0", "state": "ready"}
        with self.store.write() as connection:
            connection.execute(insert(recordings).values(id=recording_id, **row))
            opened = self.cases.open_in(connection, CaseKind.LEGAL, "争い", self.officer)
            cases.add_call(connection, opened.id, call_id, self.officer.user_id, self.clock(), "申告")
        return call_id, recording_id, opened.id

    def run(self, count: int) -> tuple[int, int]:
        """Run so many; return how many were kept and how many went before."""
        pairs = [self.lay_out() for _ in range(count)]
        day = (self.clock() + timedelta(days=10)).date()
        line, failures = threading.Barrier(2), list[BaseException]()

        def go(one: Callable[[CallId, RecordingId, CaseId], object]) -> None:
            try:
                for pair in pairs:
                    line.wait(120)
                    one(*pair)
            except BaseException as error:  # noqa: BLE001  told below
                failures.append(error)
                line.abort()
            finally:
                self.store.leave()

        def place(_: CallId, __: RecordingId, case_id: CaseId) -> None:
            self.holds.place(self.officer, case_id, "訴訟", "法務部", day)

        def purge(_: CallId, recording_id: RecordingId, __: CaseId) -> None:
            self.letting_go.recordings({recording_id: RULE}, None)

        both = [threading.Thread(target=go, args=(one,)) for one in (place, purge)]
        for each in both:
            each.start()
        for each in both:
            each.join()
        assert failures == []
        return self.judge(pairs)

    def judge(self, pairs: list[tuple[CallId, RecordingId, CaseId]]) -> tuple[int, int]:
        """Return how many were kept and how many went before, and demand that nothing went after it was held."""
        with self.store.read() as connection:
            states = {row.id: row.state for row in connection.execute(select(recordings.c.id, recordings.c.state))}
            lines = connection.execute(select(audit_lines.c.seq, audit_lines.c.act, audit_lines.c.body)).all()
        holds = [row for row in lines if row.act == Act.HOLD_PLACED]
        gone = {row.seq: str(row.body) for row in lines if row.act == Act.RECORDING_EXPIRED}
        assert len(holds) == len(pairs)
        kept = went = 0
        for (_, recording_id, _), placed in zip(pairs, sorted(holds, key=lambda row: row.seq), strict=True):
            at = next((seq for seq, body in gone.items() if recording_id in body), None)
            assert (at is None) == (states[recording_id] == RecordingState.READY)
            assert at is None or at < placed.seq  # who was told later may not believe that it is kept
            kept, went = kept + (at is None), went + (at is not None)
        return kept, went


@pytest.mark.parametrize("count", [60, pytest.param(1000, marks=pytest.mark.soak)])
def test_a_hold_that_was_placed_always_keeps(store: Store, tmp_path: Path, clock: HandClock, count: int) -> None:
    assert sum(Race(store, tmp_path, clock).run(count)) == count
