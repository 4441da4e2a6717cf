"""What two people erased beside the audit stays erased: its stone stands outside, and erases an older copy anew."""

import threading
from pathlib import Path

import pytest
from sqlalchemy import delete, insert

from plugin.core.audit import Act, AuditFact, Remark, RemarkName
from plugin.core.retention import RemarkStone
from plugin.services.letting_go import Reapplied
from plugin.store import audit, purging, remark_erasure
from plugin.store.engine import Store
from plugin.store.tables.audit import audit_remarks
from plugin.store.tables.keeping import remark_tombstones
from tests.kit.clock import HandClock
from tests.kit.rows import rows
from tests.kit.vaults import Archive


@pytest.fixture
def archive(store: Store, tmp_path: Path, clock: HandClock) -> Archive:
    return Archive(store, tmp_path, clock)


def beside(archive: Archive, text: str) -> int:
    fact = AuditFact(Act.LOOK_UP, archive.clock(), remarks=(Remark(RemarkName.SEARCH, text),))
    with archive.store.write() as connection:
        return audit.append(connection, fact).seq


def erase(archive: Archive, seq: int) -> bool:
    with archive.store.write() as connection:
        return remark_erasure.erase(connection, seq, "search", "request", archive.clock())


def texts(archive: Archive) -> list[str]:
    return [row.text for row in rows(archive.store, audit_remarks)]


def outside(archive: Archive) -> list[str]:
    stones = (stone for batch in archive.tombstones.batches({}) for stone in batch.stones)
    return [stone.remark for stone in stones if isinstance(stone, RemarkStone)]


def test_what_was_erased_is_written_down_outside_once(archive: Archive) -> None:
    one, two = beside(archive, "佐藤"), beside(archive, "鈴木")
    assert erase(archive, one)
    assert not erase(archive, one)
    assert texts(archive) == ["鈴木"]
    stop = threading.Event()
    stop.set()
    assert archive.letting_go.settle_remarks(stop.is_set) == 0
    stop.clear()
    assert archive.letting_go.settle_remarks(stop.is_set) == 1
    assert archive.letting_go.settle_remarks(stop.is_set) == archive.letting_go.settle_left() == 0
    assert erase(archive, two)
    assert archive.letting_go.settle_left() == 1  # at a start
    assert outside(archive) == [f"{one}.search", f"{two}.search"]


def test_an_older_copy_is_erased_anew_and_the_chain_says_so(archive: Archive) -> None:
    seq = beside(archive, "佐藤")
    (kept,) = rows(archive.store, audit_remarks)
    erase(archive, seq)
    archive.letting_go.settle_left()
    forget(archive)
    with archive.store.write() as connection:
        connection.execute(insert(audit_remarks).values(**kept._mapping))
    assert archive.letting_go.reapply() == Reapplied(remarks=1)
    assert texts(archive) == []
    assert archive.acts("remark.erased") == ["remark.erased"]
    assert [row.remark for row in rows(archive.store, remark_tombstones) if row.settled_at] == [f"{seq}.search"]
    assert archive.letting_go.reapply() == Reapplied()


def test_another_line_of_the_same_number_keeps_its_own(archive: Archive) -> None:
    seq = beside(archive, "佐藤")
    erase(archive, seq)
    with archive.store.write() as connection:
        connection.execute(remark_tombstones.update().values(line_hash="0a" * 32))
        connection.execute(insert(audit_remarks).values(seq=seq, name="search", salt=b"0" * 16, text="別の行"))
    archive.letting_go.settle_left()
    forget(archive)
    assert archive.letting_go.reapply() == Reapplied()
    assert texts(archive) == ["別の行"]
    assert rows(archive.store, remark_tombstones) == []


def test_what_the_files_lost_is_written_anew(archive: Archive) -> None:
    seq = beside(archive, "佐藤")
    erase(archive, seq)
    archive.letting_go.settle_left()
    for file in (archive.folder / "checkpoints" / "tombstones").glob("*.jsonl"):
        file.unlink()
    assert archive.letting_go.mend() == 1
    assert outside(archive) == [f"{seq}.search"]


def forget(archive: Archive) -> None:
    """Let the database be one that knows nothing of what was erased."""
    with archive.store.write() as connection:
        connection.execute(delete(remark_tombstones))
        purging.forget_marks(connection, list(archive.tombstones.sizes()))
