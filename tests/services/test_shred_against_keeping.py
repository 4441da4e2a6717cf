"""A month's keys go at the instant at which a purpose, or a hold, comes to keep one of its recordings."""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import pytest

from plugin.core.access import Purpose
from plugin.core.approvals import ApprovalKind
from plugin.core.audit import Act, AuditFact
from plugin.core.errors import Conflict, SettingError
from plugin.core.ids import CallId, RecordingId
from plugin.core.recordings import RecordingState
from plugin.core.staff import Role, Staff
from plugin.store import audit, purposes
from plugin.store.engine import Clash, Connection, Store
from plugin.store.tables.audit import audit_lines
from tests.kit.clock import HandClock
from tests.kit.rows import rows
from tests.kit.sounds import tone
from tests.kit.vaults import Archive

_MONTH = "2027-11"
T = TypeVar("T")


class Race:
    """Months, each with a recording that somebody wants to keep while another destroys the month's keys."""

    def __init__(self, store: Store, folder: Path, clock: HandClock, count: int) -> None:
        self.archive, self.store = Archive(store, folder, clock), store
        made = []
        for _ in range(count):
            (one,) = self.archive.record()
            made.append(one)
            clock.move(days=31)
        self.archive.let_time_end()
        clock.move(days=31)
        self.pairs = [(self._month(one), one, self.archive.find(one).call_id) for one in made]
        people = [self.archive.hire(name, Role.PRIVACY) for name in ("hara", "mori")]
        self.approvals = {month: self._approved(month, people) for month, _, _ in self.pairs}

    def _month(self, one: RecordingId) -> str:
        lock = self.archive.lock(one)
        assert lock is not None
        return lock.month

    def _approved(self, month: str, people: Sequence[Staff]) -> str:
        asker, other = people
        what, approvals = self.archive.keyring.due(month), self.archive.approvals
        asked = approvals.ask(ApprovalKind.KEY_SHRED, month, what, "期間満了", asker)
        approvals.approve(asked.id, asked.content_hash, "確認", other)
        return asked.id

    def shred(self, month: str, _: RecordingId, __: CallId) -> None:
        """Destroy, unless it is kept."""
        try:
            self.archive.keyring.shred(month, self.approvals[month])
        except Conflict as error:
            assert error.reason == "still_kept"  # noqa: PT017  all else is a failure

    def keep(self, month: str, _: RecordingId, call_id: CallId) -> None:
        """Give the call a purpose, and a line of the audit with it."""

        def work(connection: Connection) -> None:
            purposes.give(connection, call_id, Purpose.LEGAL, None, self.archive.clock())
            fact = AuditFact(Act.CASE_CALL_ADDED, self.archive.clock(), call_id=call_id, subject=month)
            audit.append(connection, fact)

        self.store.write_again(work)

    def run(self) -> tuple[int, int]:
        """Run them; return how many were kept, and how many keys went before anybody kept anything."""
        line, failures = threading.Barrier(2), list[BaseException]()

        def go(one: Callable[[str, RecordingId, CallId], None]) -> None:
            try:
                for pair in self.pairs:
                    line.wait(120)
                    one(*pair)
            except BaseException as error:  # noqa: BLE001  told below
                failures.append(error)
                line.abort()
            finally:
                self.store.leave()

        both = [threading.Thread(target=go, args=(one,)) for one in (self.shred, self.keep)]
        for each in both:
            each.start()
        for each in both:
            each.join()
        assert failures == []
        return self._judge()

    def _judge(self) -> tuple[int, int]:
        lines = sorted(rows(self.store, audit_lines), key=lambda row: row.seq)
        begun = {row.seq: str(row.body) for row in lines if row.act == Act.KEY_SHREDDED}
        kept = went = 0
        for month, one, call_id in self.pairs:
            given = next(row.seq for row in lines if row.act == Act.CASE_CALL_ADDED and row.call_id == call_id)
            at = next((seq for seq, body in begun.items() if f'"{month}"' in body), None)
            assert at is None or at < given  # who was told later may not believe that it is kept
            if at is None:
                assert self.archive.sound(one)
            kept, went = kept + (at is None), went + (at is not None)
        return kept, went


@pytest.mark.parametrize("count", [10, pytest.param(300, marks=pytest.mark.soak)])
def test_who_was_told_that_a_recording_is_kept_finds_it_kept(
    store: Store, tmp_path: Path, clock: HandClock, count: int
) -> None:
    assert sum(Race(store, tmp_path, clock, count).run()) == count


class _AtTheSecondTry(Store):
    """Another writer gets in between once: what was done in the transaction is taken back, and it is run again."""

    between: Callable[[], object] | None = None

    def write_again(self, work: Callable[[Connection], T]) -> T:
        meanwhile, self.between = self.between, None
        if meanwhile is not None:
            try:
                with self.write() as connection:
                    work(connection)
                    raise Clash
            except Clash:
                meanwhile()
        return super().write_again(work)


def test_a_hold_that_comes_in_between_finds_every_key(sqlite_store: Store, tmp_path: Path, clock: HandClock) -> None:
    store = _AtTheSecondTry(str(sqlite_store.engine.url))
    archive = Archive(store, tmp_path, clock)
    (one,) = archive.record()
    archive.let_time_end()
    approval = archive.approved(_MONTH)
    store.between = lambda: archive.hold(one)
    with pytest.raises(Conflict, match="on_hold"):
        archive.keyring.shred(_MONTH, approval)
    assert archive.sound(one) == tone(1)
    assert (archive.keyring.is_begun(_MONTH), archive.keyring.go_on()) == (False, 0)
    store.close()


def test_keys_that_could_not_be_destroyed_are_at_the_next_start(
    sqlite_store: Store, tmp_path: Path, clock: HandClock
) -> None:
    archive = Archive(sqlite_store, tmp_path, clock)
    (one,) = archive.record()
    lock = archive.lock(one)
    assert lock is not None
    archive.let_time_end()
    approval = archive.approved(_MONTH)
    path = archive.folder / "keys" / f"recordings-{_MONTH}.1"
    path.rename(path.with_suffix(".away"))
    path.mkdir()  # what cannot be opened for writing, by nobody
    with pytest.raises(SettingError, match="key_file"):
        archive.keyring.shred(_MONTH, approval)
    path.rmdir()
    path.with_suffix(".away").rename(path)
    assert archive.acts("key.shredded") == ["key.shredded"]
    assert archive.keyring.go_on() == 1
    assert (archive.why_shut(one, lock), archive.find(one).state) == ("key_missing", RecordingState.EXPIRED)
    assert (archive.keyring.go_on(), archive.acts("key.shredded")) == (0, ["key.shredded"] * 2)
