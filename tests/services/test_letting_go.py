"""What is let go of is gone whole: row, file, what hangs on it. A hold keeps it, and no old copy brings it back."""

import shutil
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, select, update

from plugin.core.access import Purpose
from plugin.core.errors import Conflict
from plugin.core.ids import CallId, RecordingId, new_id
from plugin.core.recordings import RecordingState
from plugin.core.retention import TextStone, Tombstone
from plugin.core.times import to_us
from plugin.services.keyring import Keyring
from plugin.services.letting_go import Reapplied
from plugin.store import call_joins, purging, purposes, text_erasure
from plugin.store.engine import Connection, Store
from plugin.store.tables.calls import assignments, drafts, summaries
from plugin.store.tables.keeping import (
    call_purposes,
    cases,
    hold_calls,
    holds,
    text_tombstones,
    tombstone_marks,
    tombstones,
)
from plugin.store.tables.recordings import grants, markers, recording_checks, recordings, transcript_segments
from plugin.store.tombstone_files import Harm, Harmed
from tests.kit.clock import HandClock
from tests.kit.people import Town
from tests.kit.rows import rows
from tests.kit.traces import left_of
from tests.kit.vaults import Archive

RULE = "complaint:365"


@pytest.fixture
def archive(store: Store, tmp_path: Path, clock: HandClock) -> Archive:
    return Archive(store, tmp_path, clock)


def sealed(archive: Archive) -> list[str]:
    return sorted(path.name for path in (archive.folder / "recordings").rglob("*.sealed"))


def hold(archive: Archive, call_id: CallId) -> str:
    """Let a live hold keep the call."""
    at, by = archive.clock(), Town(archive.store, archive.clock()).staff(f"p{len(rows(archive.store, cases))}")
    case, made = new_id(at), new_id(at)
    told = {"opened_by": by.user_id, "opened_at": to_us(at), "kind": "legal", "title": "-", "number": case[-16:]}
    kept = {"case_id": case, "reason": "-", "asked_by": "-", "placed_by": by.user_id, "review_on": "2027-01-01"}
    with archive.store.write() as connection:
        connection.execute(insert(cases).values(id=case, **told))
        connection.execute(insert(holds).values(id=made, placed_at=to_us(at), **kept))
        connection.execute(insert(hold_calls).values(hold_id=made, call_id=call_id))
    return made


def hang(archive: Archive, recording_id: RecordingId) -> None:
    """Let there be a transcript, a marker, a grant."""
    at = archive.clock()
    user = Town(archive.store, at).staff(recording_id[-8:]).user_id
    of_it = {"id": new_id(at), "recording_id": recording_id}
    basis = {"session_hash": "s", "purpose": "complaint", "basis_kind": "case", "basis": "C-1", "user_id": user}
    until = {"granted_at": to_us(at), "expires_at": to_us(at + timedelta(hours=1))}
    with archive.store.write() as connection:
        said = {"from_ms": 0, "to_ms": 900, "speaker": "caller", "words": "はい"}
        connection.execute(insert(transcript_segments).values(**of_it, **said))
        connection.execute(insert(markers).values(**of_it, user_id=user, at_ms=1, words="ここ", set_at=to_us(at)))
        connection.execute(insert(grants).values(token_hash=recording_id, recording_id=recording_id, **basis, **until))


def test_a_recording_goes_with_all_that_hangs_on_it_and_leaves_a_tombstone(archive: Archive) -> None:
    one, two = archive.record(2)
    for each in (one, two):
        hang(archive, each)
    before, names = archive.find(one), sealed(archive)
    (stone,) = archive.letting_go.recordings({one: RULE}, None)
    assert stone == Tombstone(
        one, before.call_id, RULE, archive.clock(), None, before.sha256, before.size_bytes, 1000, stone.files
    )
    assert [Path(name).name for name in stone.files] == [name for name in names if name.startswith(one)]
    gone = archive.find(one)
    assert (gone.state, gone.reason, gone.expired_at) == (RecordingState.EXPIRED, RULE, archive.clock())
    assert (gone.peaks, gone.length_ms) == (b"", 1000)
    assert archive.lock(one) is None
    assert sealed(archive) == [name for name in names if name.startswith(two)]
    for table in (transcript_segments, markers):
        assert [row.recording_id for row in rows(archive.store, table)] == [two]
    assert {row.recording_id: row.revoked_at is None for row in rows(archive.store, grants)} == {one: False, two: True}
    assert archive.sound(two)
    assert archive.letting_go.recordings({one: RULE}, None) == []
    assert archive.acts("recording.expired") == ["recording.expired"]


def test_a_live_hold_keeps_sound_and_text(archive: Archive) -> None:
    one, two = archive.record(2)
    kept, free = (archive.find(each).call_id for each in (one, two))
    made = hold(archive, kept)
    write(archive, kept, free)
    assert [stone.recording_id for stone in archive.letting_go.recordings({one: RULE, two: RULE}, None)] == [two]
    assert [stone.call_id for stone in archive.letting_go.texts({kept: RULE, free: RULE}, None)] == [free]
    assert archive.sound(one)
    assert words(archive) == {kept: "折り返しを希望", free: ""}
    with archive.store.write() as connection:
        connection.execute(update(holds).where(holds.c.id == made).values(released_at=to_us(archive.clock())))
    assert len(archive.letting_go.recordings({one: RULE}, None)) == 1
    assert len(archive.letting_go.texts({kept: RULE}, None)) == 1
    assert words(archive) == {kept: "", free: ""}


def write(archive: Archive, *call_ids: CallId) -> None:
    author = Town(archive.store, archive.clock()).staff(new_id(archive.clock())[-8:]).user_id
    said = {"topic": "repair", "disposition": "solved", "request": "折り返しを希望", "response": "", "promise": ""}
    by = {"author_id": author, "saved_at": to_us(archive.clock()), "version": 1, "entry_version": 1}
    with archive.store.write() as connection:
        for call_id in call_ids:
            connection.execute(insert(summaries).values(call_id=call_id, next_step="", **said, **by))


def words(archive: Archive) -> dict[str, str]:
    return {row.call_id: row.request for row in rows(archive.store, summaries)}


def test_the_facts_of_a_call_stay_when_its_text_goes_and_what_is_written_later_goes_again(archive: Archive) -> None:
    (one,) = archive.record()
    call_id = archive.find(one).call_id
    write(archive, call_id)
    assert len(archive.letting_go.texts({call_id: "complaint:1825"}, None)) == 1
    assert left_of(archive.store, "折り返しを希望") == []
    (left,) = rows(archive.store, summaries)
    assert (left.topic, left.disposition, left.version) == ("repair", "solved", 2)
    with archive.store.write() as connection:
        connection.execute(update(summaries).values(request="もう一度"))
    archive.clock.move(days=1)
    assert len(archive.letting_go.texts({call_id: "complaint:1900"}, None)) == 1
    (stone,) = rows(archive.store, text_tombstones)
    assert (stone.rule, words(archive)) == ("complaint:1900", {call_id: ""})
    assert archive.sound(one)


def test_an_older_copy_of_the_database_learns_what_is_gone_before_anything_is_served(
    sqlite_store: Store, tmp_path: Path, clock: HandClock
) -> None:
    archive = Archive(sqlite_store, tmp_path, clock)
    one, two, three = archive.record(3)
    call_id = archive.find(two).call_id
    write(archive, call_id)
    older = tmp_path / "older"
    sqlite_store.close()  # which carries the log over
    shutil.copytree(tmp_path / "recordings", older / "recordings")
    shutil.copy(tmp_path / "denwaban.db", older)
    archive.letting_go.recordings({one: RULE, two: RULE}, None)
    archive.letting_go.texts({call_id: RULE}, None)
    assert archive.letting_go.reapply() == Reapplied()
    sqlite_store.close()
    for name in ("denwaban.db", "denwaban.db-wal", "denwaban.db-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    shutil.copy(older / "denwaban.db", tmp_path)
    shutil.copytree(older / "recordings", tmp_path / "recordings", dirs_exist_ok=True)
    back = Archive(Store(f"sqlite:///{tmp_path / 'denwaban.db'}"), tmp_path, clock)
    hang(back, one)
    hold(back, back.find(two).call_id)  # which was let go of later: what is gone is gone
    assert back.sound(one)
    clock.move(days=1)
    assert back.letting_go.reapply() == Reapplied(2, 1)
    assert back.letting_go.reapply() == Reapplied()
    for each in (one, two):
        found = back.find(each)
        assert (found.state, found.reason) == (RecordingState.EXPIRED, RULE)
        assert found.expired_at == clock() - timedelta(days=1)
    assert [name.partition("-")[0] for name in sealed(back)] == [three]
    assert rows(back.store, transcript_segments) == []
    assert words(back) == {call_id: ""}
    assert len(rows(back.store, tombstones)) == 2
    assert back.sound(three)
    back.store.close()


def test_what_is_written_after_an_erasure_stays_however_often_its_line_is_read(archive: Archive) -> None:
    town = Town(archive.store, archive.clock())
    call_id, author = town.call(), town.staff("author").user_id
    write(archive, call_id)
    archive.letting_go.texts({call_id: "complaint:1825"}, None)
    archive.clock.move(minutes=1)
    now = to_us(archive.clock())
    said = {"act": "confirm", "customer_id": None, "user_id": author, "reason": "本人の申告", "decided_at": now}
    with archive.store.write() as connection:
        connection.execute(update(summaries).values(request="続きのご相談", saved_at=now))
        connection.execute(insert(drafts).values(call_id=call_id, user_id=author, body="{}", saved_at=now))
        connection.execute(insert(assignments).values(id=new_id(archive.clock()), call_id=call_id, **said))
    (file,) = (archive.folder / "checkpoints" / "tombstones").glob("*.jsonl")
    file.write_bytes(file.read_bytes() * 2)  # the signed line once more
    assert archive.letting_go.reapply() == Reapplied()
    for known in (0, file.stat().st_size + 9):  # all is read where the file is shorter than it was
        with archive.store.write() as connection:
            connection.execute(update(tombstone_marks).values(known_bytes=known, chain=""))
        assert archive.letting_go.reapply() == Reapplied()
    assert words(archive) == {call_id: "続きのご相談"}
    assert [(row.body, row.saved_at) for row in rows(archive.store, drafts)] == [("{}", now)]
    assert [row.reason for row in rows(archive.store, assignments)] == ["本人の申告"]
    archive.letting_go.texts({call_id: "complaint:1900"}, None)
    with archive.store.write() as connection:
        purging.forget_marks(connection, [file.name])
    archive.letting_go.reapply()
    assert [(stone.rule, stone.purged_at) for stone in rows(archive.store, text_tombstones)] == [
        ("complaint:1900", now)
    ]


def test_what_is_asked_of_a_recording_after_an_erasure_and_answered_stays(archive: Archive) -> None:
    (one,) = archive.record()
    call_id, town = archive.find(one).call_id, Town(archive.store, archive.clock())
    asker, then = town.staff("asker").user_id, to_us(archive.clock())
    archive.clock.move(minutes=1)
    now = to_us(archive.clock())
    told = {"recording_id": one, "asked_by": asker, "state": "settled", "expires_at": now}
    known = {"question": "価格は", "answer": "千円", "asked_at": then, "settled_at": then}
    late = {"question": "", "answer": "後の答え", "asked_at": then, "settled_at": now}  # the question went before
    fresh = {"question": "いつ", "answer": None, "asked_at": now, "settled_at": None}
    with archive.store.write() as connection:
        for row in (known, late, fresh):
            connection.execute(insert(recording_checks).values(id=new_id(archive.clock()), **told, **row))
        text_erasure.apply_again(connection, [TextStone(call_id, RULE, archive.clock() - timedelta(seconds=1), None)])
    left = {(row.question, row.answer) for row in rows(archive.store, recording_checks)}
    assert left == {("", None), ("", "後の答え"), ("いつ", None)}


@pytest.mark.parametrize("is_settled", [True, False])
def test_a_call_tells_what_was_erased_of_the_one_that_is_a_part_of_it(archive: Archive, is_settled: bool) -> None:
    town = Town(archive.store, archive.clock())
    older, younger = town.call(), town.call()
    write(archive, older, younger)
    if is_settled:
        archive.letting_go.texts({younger: RULE}, None)
    else:
        with archive.store.write() as connection:  # and there the process died
            text_erasure.erase(connection, {younger: RULE}, None, archive.clock())
    with archive.store.write() as connection:
        call_joins.join(connection, older, younger, archive.clock())
    assert archive.letting_go.settle_left() == (0 if is_settled else 1)
    assert {row.call_id: row.rule for row in rows(archive.store, text_tombstones)} == {older: RULE, younger: RULE}
    (batch,) = archive.tombstones.batches({})
    assert [stone.call_id for stone in batch.stones if isinstance(stone, TextStone)] == [younger]
    with archive.store.write() as connection:
        purging.forget_marks(connection, [batch.written.file])
    assert archive.letting_go.reapply() == Reapplied()
    assert words(archive)[older] == "折り返しを希望"  # the older call's own, which no rule erased


def test_nothing_is_erased_by_a_line_that_this_site_did_not_sign(archive: Archive) -> None:
    one, two = archive.record(2)
    archive.letting_go.recordings({one: RULE}, None)
    (file,) = (archive.folder / "checkpoints" / "tombstones").glob("*.jsonl")
    file.write_bytes(file.read_bytes() + file.read_bytes().replace(one.encode(), two.encode()) + b'\n{"torn')
    assert archive.letting_go.reapply() == Reapplied(forged=1)
    assert archive.sound(two)
    archive.letting_go.recordings({two: RULE}, None)  # behind the torn end
    with archive.store.write() as connection:
        connection.execute(delete(tombstones).where(tombstones.c.recording_id == two))
        connection.execute(update(recordings).where(recordings.c.id == two).values(state=RecordingState.PENDING))
        purging.forget_marks(connection, [file.name])
    assert archive.letting_go.reapply() == Reapplied(1, forged=1)
    assert archive.find(two).state is RecordingState.EXPIRED  # and is fetched from nowhere any more


def test_what_was_cut_off_is_brought_to_its_end(archive: Archive) -> None:
    one, two = archive.record(2)
    with archive.store.write() as connection:  # and there the process died
        purging.let_go(connection, {one: RULE}, None, archive.clock(), archive.vault.name_of)
    assert len(sealed(archive)) == 2
    assert archive.letting_go.settle_left() == 1
    assert archive.letting_go.settle_left() == 0
    assert [name.partition("-")[0] for name in sealed(archive)] == [two]
    (batch,) = archive.tombstones.batches({})
    assert [stone.recording_id for stone in batch.stones if isinstance(stone, Tombstone)] == [one]
    assert archive.letting_go.reapply() == Reapplied()


def files_outside(archive: Archive) -> list[Path]:
    return sorted((archive.folder / "checkpoints" / "tombstones").glob("*.jsonl"))


def spoil(file: Path, how: Harm) -> None:
    known = file.read_bytes()
    if how is Harm.MISSING:
        file.unlink()
    elif how is Harm.SHORT:
        file.write_bytes(known[: known.rindex(b"\n")])
    else:
        first, second = known.split(b"\n")[1:]
        file.write_bytes(b"\n".join((b"", second, first)))


@pytest.mark.parametrize("how", list(Harm))
def test_a_file_outside_that_is_not_what_it_was_is_told_until_it_is_mended(
    sqlite_store: Store, tmp_path: Path, clock: HandClock, how: Harm
) -> None:
    archive = Archive(sqlite_store, tmp_path, clock)
    one, two, three = archive.record(3)
    call_id = archive.find(one).call_id
    write(archive, call_id)
    archive.letting_go.recordings({one: RULE}, None)
    archive.letting_go.texts({call_id: RULE}, None)
    (file,) = files_outside(archive)
    assert archive.letting_go.harmed() == []
    spoil(file, how)
    for _ in range(2):  # nor does a start, which reads it anew, take it for whole
        assert archive.letting_go.harmed() == [Harmed(file.name, how)]
        assert archive.letting_go.reapply() == Reapplied()
    clock.move(days=40)
    archive.letting_go.recordings({two: RULE}, None)  # into another file
    assert archive.letting_go.harmed() == [Harmed(file.name, how)]
    lost = {Harm.MISSING: 2, Harm.SHORT: 1, Harm.ALTERED: 0}[how]
    assert archive.letting_go.mend() == lost
    assert archive.letting_go.harmed() == []
    assert archive.letting_go.mend() == 0
    told = [stone for batch in archive.tombstones.batches({}) for stone in batch.stones]
    of_calls = {stone.call_id for stone in told if isinstance(stone, Tombstone | TextStone)}
    assert of_calls == {call_id, archive.find(two).call_id}
    assert len(told) == 3
    assert archive.sound(three)


def test_what_is_appended_to_a_file_that_was_cut_short_makes_it_no_whole_one(archive: Archive) -> None:
    one, two, three = archive.record(3)
    archive.letting_go.recordings({one: RULE}, None)
    (file,) = files_outside(archive)
    spoil(file, Harm.SHORT)
    archive.letting_go.recordings({two: RULE, three: RULE}, None)
    for _ in range(2):
        assert [each.harm for each in archive.letting_go.harmed()] == [Harm.ALTERED]
        archive.letting_go.reapply()
    assert archive.letting_go.mend() == 1
    assert archive.letting_go.harmed() == []


def test_keys_of_a_month_are_not_destroyed_while_a_purpose_keeps_a_recording(archive: Archive) -> None:
    one, _ = archive.record(2)
    archive.let_time_end()
    at = to_us(archive.clock() - timedelta(days=500))
    row = {"id": new_id(archive.clock()), "call_id": archive.find(one).call_id, "purpose": "legal", "since_at": at}
    with archive.store.write() as connection:
        connection.execute(insert(call_purposes).values(row))
    with pytest.raises(Conflict, match="still_kept") as told:
        archive.keyring.due("2027-11")
    assert told.value.facts["recordings"] == 1
    archive.clock.move(days=600)
    assert archive.keyring.due("2027-11")["recordings"] == 2


@pytest.mark.parametrize("given", ["purpose", "hold"])
def test_what_came_to_be_kept_since_it_was_looked_at_is_asked_where_the_keys_go(archive: Archive, given: str) -> None:
    one, _ = archive.record(2)
    archive.let_time_end()
    approval, call_id, looks = archive.approved("2027-11"), archive.find(one).call_id, []

    def give() -> None:
        if given == "hold":
            hold(archive, call_id)
        else:
            with archive.store.write() as connection:
                purposes.give(connection, call_id, Purpose.LEGAL, None, archive.clock())
        archive.store.leave()

    def still_kept(connection: Connection, month: str) -> int:
        found = archive.still_kept(connection, month)
        looks.append(found)
        if len(looks) == 1:  # between the look and the transaction in which the keys go
            giver = threading.Thread(target=give)
            giver.start()
            giver.join()
        return found

    parts = (archive.store, archive.keys, archive.vault, archive.letting_go, archive.clock, archive.approvals)
    with pytest.raises(Conflict, match="on_hold" if given == "hold" else "still_kept"):
        Keyring(*parts, still_kept, lambda: None).shred("2027-11", approval)
    assert archive.sound(one)
    assert looks[0] == 0


def test_keys_of_a_month_with_a_live_hold_are_not_destroyed(archive: Archive) -> None:
    one, _ = archive.record(2)
    archive.let_time_end()
    hold(archive, archive.find(one).call_id)
    with pytest.raises(Conflict, match="on_hold"):
        archive.keyring.due("2027-11")
    with archive.store.write() as connection:
        connection.execute(update(holds).values(released_at=to_us(archive.clock())))
    assert archive.keyring.shred("2027-11", archive.approved("2027-11")) == 2
    with archive.store.read() as connection:
        assert set(connection.scalars(select(tombstones.c.rule))) == {"key_shredded"}
