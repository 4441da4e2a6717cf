"""An old copy of the database is put back: told for ever and no damage where it was done openly, damage where not."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from plugin.core.audit import Act, AuditFact
from plugin.core.audit_check import Damage, Finding
from plugin.core.errors import Conflict
from plugin.core.times import to_us
from plugin.services.audit import Audit, Verdict, is_proved
from plugin.store import audit as rows
from plugin.store.checkpoints import Checkpoints
from plugin.store.engine import Store
from plugin.store.keys import Keys
from tests.kit.clock import HandClock

WHO = "u" * 26


class Past:
    """A site whose chain was copied at line 12, and had 20 lines, signed at 10, 12 and 20, when it was lost."""

    def __init__(self, store: Store, folder: Path, clock: HandClock) -> None:
        self.clock, self.checkpoints = clock, Checkpoints(folder / "checkpoints", Keys(folder / "keys"))
        self.store = store
        self.audit = Audit(store, self.checkpoints, clock)
        self.append(10, sign=True)
        self.append(2, sign=True)
        self.copy = folder / "copy.db"
        with closing(sqlite3.connect(folder / "denwaban.db")) as before, closing(sqlite3.connect(self.copy)) as copy:
            before.backup(copy)
        self.append(8, sign=True)
        self.store = Store(f"sqlite:///{self.copy}")
        self.audit = Audit(self.store, self.checkpoints, clock)

    def append(self, count: int, act: Act = Act.LOOK_UP, *, sign: bool = False) -> None:
        for _ in range(count):
            self.clock.move(seconds=7)
            with self.store.write() as connection:
                rows.append(connection, AuditFact(act, self.clock(), user_id=WHO, outcome="done"))
        if sign:
            assert self.audit.checkpoint() == 1

    def restore_openly(self) -> Verdict:
        self.append(1, Act.RESTORED)
        self.audit.sign_restored(self.clock())
        return self.audit.verify()


@pytest.fixture
def past(sqlite_store: Store, tmp_path: Path, clock: HandClock) -> Iterator[Past]:
    made = Past(sqlite_store, tmp_path, clock)
    yield made
    made.store.close()


def test_what_was_put_back_openly_is_told_for_ever_and_is_no_damage(past: Past) -> None:
    verdict = past.restore_openly()
    assert verdict.findings == ()
    (one,) = verdict.restored
    assert (one.seq, one.at_us, one.user_id, one.lost_to) == (13, to_us(past.clock()), WHO, 20)
    assert verdict.proved_to == 13
    past.append(15, sign=True)  # by then the chain is longer than what was lost
    later = past.audit.verify()
    assert (later.findings, later.restored, later.lines, later.proved_to) == ((), (one,), 28, 28)


def test_a_copy_put_back_unsaid_is_damage_and_is_never_signed(past: Past) -> None:
    past.append(1)
    assert Finding(Damage.CUT_OFF, 14) in past.audit.verify().findings
    with pytest.raises(Conflict, match="audit_cut_off"):
        past.audit.checkpoint()


def test_a_line_that_nobody_signed_sets_nothing_aside(past: Past) -> None:
    past.append(1, Act.RESTORED)  # whoever has the database can write that
    assert past.audit.verify().findings == (Finding(Damage.CUT_OFF, 13),)
    with pytest.raises(Conflict, match="audit_cut_off"):
        past.audit.checkpoint()


def test_a_line_that_is_older_than_what_was_signed_sets_nothing_aside(past: Past) -> None:
    past.clock.at -= timedelta(seconds=7 * 6)  # before line 20 was signed
    past.restore_openly()
    assert past.audit.verify().findings != ()


def test_whoever_cuts_the_end_off_after_a_restore_is_found_like_any_other(past: Past) -> None:
    past.restore_openly()
    past.append(3, sign=True)
    path = str(past.store.engine.url.database)
    past.store.close()
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute("DROP TRIGGER audit_lines_no_delete")
        raw.execute("DELETE FROM audit_lines WHERE seq > 14")
        raw.execute("UPDATE audit_head SET seq = 14, hash = (SELECT hash FROM audit_lines WHERE seq = 14)")
    assert past.audit.verify().findings == (Finding(Damage.CUT_OFF, 15),)


def test_an_older_copy_put_back_after_it_takes_the_first_restore_away_too(past: Past) -> None:
    past.restore_openly()
    past.append(3, sign=True)
    with closing(sqlite3.connect(past.copy)) as raw, raw:  # stands for the copy of line 12, once more
        for trigger in ("audit_lines_no_delete", "audit_lines_no_update"):
            raw.execute(f"DROP TRIGGER {trigger}")
        raw.execute("DELETE FROM audit_lines WHERE seq > 12")
        raw.execute("UPDATE audit_head SET seq = 12, hash = (SELECT hash FROM audit_lines WHERE seq = 12)")
    verdict = past.restore_openly()
    assert verdict.findings == ()
    assert [(one.seq, one.lost_to) for one in verdict.restored] == [(13, 20)]


def test_lines_before_and_after_are_proved_by_checkpoints_that_saw_them(past: Past) -> None:
    past.restore_openly()
    past.append(9, sign=True)
    key = past.audit.public_key()
    assert [past.audit.prove(seq).checkpoint.seq for seq in (9, 12, 13, 20)] == [10, 12, 13, 22]
    assert all(is_proved(past.audit.prove(seq), key) for seq in (9, 12, 13, 20))
