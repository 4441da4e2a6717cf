"""Keys are counted, exchanged and destroyed: nothing that may be heard is lost, nothing that is shredded comes back."""

import os
import shutil
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from plugin.core.errors import Conflict, Denied, InputError, NotFound
from plugin.core.heard import Stretch
from plugin.core.ids import RecordingId, RedactionId, new_id
from plugin.core.recordings import RecordingState
from plugin.core.redaction import Audience, Clip, Form, Hush, RedactionState
from plugin.core.staff import Role
from plugin.services.keyring import KeyUse, Rotated
from plugin.store import derivatives, recording_keys, redactions
from plugin.store.engine import Store
from plugin.store.keys import Keys
from plugin.store.tables.recordings import recordings, shreddings
from plugin.store.vault import Lock
from tests.kit.clock import HandClock
from tests.kit.sounds import seal, tone
from tests.kit.vaults import Archive

MONTH = "2027-11"


@pytest.fixture
def archive(store: Store, tmp_path: Path, clock: HandClock) -> Archive:
    return Archive(store, tmp_path, clock)


def _moved(archive: Archive) -> list[Rotated]:
    told: list[Rotated] = []
    archive.keyring.rotate_recordings(told.append)
    return told


def test_the_list_says_what_hangs_on_each_key(archive: Archive) -> None:
    archive.record(3)
    archive.clock.move(days=31)
    archive.record(1)
    archive.keys.secret("audit")
    listed = {(use.name, use.is_there, use.used_by, use.is_over) for use in archive.keyring.all()}
    assert listed == {
        ("recordings-2027-11", True, 3, False),
        ("recordings-2027-12", True, 1, False),
        ("audit", True, None, False),
    }
    assert all(archive.keys.secret(use.name).value.hex() not in repr(use) for use in archive.keyring.all())


def test_a_missing_key_is_counted_and_leaves_the_rest_open(archive: Archive) -> None:
    (first,) = archive.record()
    archive.clock.move(days=31)
    second, _ = archive.record(2)
    assert archive.keyring.missing() == 0
    (archive.folder / "keys" / "recordings-2027-12.1").unlink()
    lock = archive.lock(second)
    assert lock is not None
    assert archive.why_shut(second, lock) == "key_missing"
    assert archive.keyring.missing() == 2
    assert KeyUse("recordings-2027-12", lock.key_id.partition(".")[2], False, 2, False) in archive.keyring.all()
    assert archive.sound(first) == tone(1)
    assert _moved(archive)[0].moved == 1
    assert archive.find(second).state is RecordingState.READY


def test_rotation_moves_every_recording_and_the_old_key_still_opens_old_copies(archive: Archive) -> None:
    made = archive.record(3)
    before = [archive.lock(one) for one in made]
    (moved,) = _moved(archive)
    assert (moved.month, moved.moved, moved.left) == (MONTH, 3, 0)
    for one, old in zip(made, before, strict=True):
        new = archive.lock(one)
        assert new is not None
        assert old is not None
        assert new.key_id == f"{MONTH}.{moved.key_id}" != old.key_id
        assert archive.sound(one) == archive.sound(one, old) == tone(1)
    assert archive.acts("key.") == ["key.rotated"]


def test_a_rotation_that_was_cut_off_goes_on_without_a_third_key(archive: Archive) -> None:
    made = archive.record(4)
    new = archive.keys.rotate(f"recordings-{MONTH}")
    lock = archive.lock(made[0])
    assert lock is not None
    with archive.store.write() as connection:
        one = recording_keys.not_under(connection, MONTH, f"{MONTH}.{new.id}", "", 1)[0]
        assert recording_keys.rewrap(connection, one, archive.vault.rewrapped(one.id, one.lock))
        assert not recording_keys.rewrap(connection, one, archive.vault.rewrapped(one.id, one.lock))
    (moved,) = _moved(archive)
    assert (moved.key_id, moved.moved) == (new.id, 3)
    assert {archive.sound(one) for one in made} == {tone(1)}
    (again,) = _moved(archive)
    assert (again.key_id.partition("-")[0], again.moved) == ("3", 4)


def test_an_exchanged_keyset_opens_nothing(archive: Archive) -> None:
    first, second = archive.record(2)
    one, two = archive.lock(first), archive.lock(second)
    assert one is not None
    assert two is not None
    assert archive.why_shut(first, two) == "corrupt"
    assert archive.why_shut(first, Lock(one.keyset[:8] + two.keyset[8:], one.key_id)) == "corrupt"
    assert archive.why_shut(first, Lock(two.keyset[:8] + one.keyset[8:], one.key_id)) == "corrupt"


def test_a_month_is_shredded_for_ever(archive: Archive) -> None:
    made = archive.record(3)
    archive.clock.move(days=31)
    (kept,) = archive.record()
    old = [(one, lock) for one in made if (lock := archive.lock(one))]
    shutil.copytree(archive.folder / "recordings", archive.folder / "backup")
    archive.keyring.rotate_recordings(lambda _: None)
    archive.clock.at += timedelta(days=366 - 20)  # 2027-11 is over, 2027-12 is not
    assert archive.keyring.shred(MONTH, archive.approved(MONTH)) == 3
    for one, lock in old:  # an older database and the files of then bring nothing back
        shutil.copytree(archive.folder / "backup", archive.folder / "recordings", dirs_exist_ok=True)
        assert archive.why_shut(one, lock) == "key_missing"
        found = archive.find(one)
        assert (found.state, found.reason, found.peaks) == (RecordingState.EXPIRED, "key_shredded", b"")
        assert (found.expired_at, found.length_ms) == (archive.clock(), 1000)
        assert archive.lock(one) is None
    assert archive.sound(kept) == tone(1)
    assert [path.name for path in (archive.folder / "keys").glob("recordings-*")] == [
        path.name for path in (archive.folder / "keys").glob("recordings-2027-12.*")
    ]
    assert archive.acts("recording.expired") == ["recording.expired"] * 3
    assert archive.acts("key.shredded") == ["key.shredded"] * 2
    with pytest.raises(NotFound):
        archive.keyring.due(MONTH)


def test_the_bytes_of_the_key_are_overwritten_where_they_lay(archive: Archive) -> None:
    archive.record()
    path = archive.folder / "keys" / f"recordings-{MONTH}.1"
    kept = archive.folder / "other-name"
    os.link(path, kept)  # the same bytes on the disk, seen under another name
    before = kept.read_bytes()
    assert archive.keys.destroy(f"recordings-{MONTH}") == 1
    assert not path.exists()
    assert len(kept.read_bytes()) == len(before)
    assert kept.read_bytes() != before


def test_a_month_that_runs_or_is_held_is_not_shredded(archive: Archive) -> None:
    one, two = archive.record(2)
    with pytest.raises(Conflict, match="month_runs"):
        archive.keyring.due(MONTH)
    archive.clock.at = archive.clock.at.replace(year=2027, month=12, day=1, hour=12)
    with pytest.raises(Conflict, match="month_runs"):  # its last import may still be under way
        archive.keyring.due(MONTH)
    archive.let_time_end()
    approval = archive.approved(MONTH)
    hold = archive.hold(two)
    with pytest.raises(Conflict, match="on_hold"):
        archive.keyring.shred(MONTH, approval)
    assert archive.sound(one) == archive.sound(two) == tone(1)
    archive.let_go(hold)
    assert archive.keyring.shred(MONTH, approval) == 2


@pytest.mark.parametrize("month", ["", "2027", "2027-13", "2027-1", "1999-01", "2027-11.1", "../2027-11"])
def test_what_is_no_month_is_refused(archive: Archive, month: str) -> None:
    with pytest.raises(InputError, match="month"):
        archive.keyring.due(month)


def test_nothing_is_destroyed_without_exactly_this_approval(archive: Archive) -> None:
    (one,) = archive.record()
    archive.let_time_end()
    what = archive.keyring.due(MONTH)
    assert what == {"month": MONTH, "recordings": 1}
    other = archive.approved(MONTH, {"month": MONTH, "recordings": 2})
    archive.clock.move(seconds=1)
    for approval in ("", "01KAPQ0000000000000000AAAA", other):
        with pytest.raises(Denied, match="not_approved"):
            archive.keyring.shred(MONTH, approval)
    assert archive.sound(one) == tone(1)
    assert not archive.keyring.is_begun(MONTH)
    assert archive.keyring.shred(MONTH, archive.approved(MONTH)) == 1


def test_what_comes_in_late_is_never_wrapped_in_a_month_that_is_over(archive: Archive) -> None:
    began = archive.clock()
    archive.record()
    archive.let_time_end()
    archive.keyring.shred(MONTH, archive.approved(MONTH))
    (late,) = archive.record(started_at=began)
    lock = archive.lock(late)
    assert lock is not None
    assert lock.month == f"{archive.clock():%Y-%m}" > MONTH
    assert archive.keys.newest(f"recordings-{MONTH}") is None
    assert archive.sound(late) == tone(1)


def test_an_older_database_that_comes_back_can_be_shredded_again(archive: Archive) -> None:
    one, _ = archive.record(2)
    lock = archive.lock(one)
    assert lock is not None
    archive.let_time_end()
    archive.keyring.shred(MONTH, archive.approved(MONTH))
    with archive.store.write() as connection:
        back = {"state": "ready", "keyset": lock.keyset, "key_id": lock.key_id, "reason": None, "expired_at": None}
        connection.execute(recordings.update().where(recordings.c.id == one).values(back))
    assert archive.keyring.missing() == 1
    archive.clock.move(minutes=1)
    assert archive.keyring.shred(MONTH, archive.approved(MONTH)) == 1
    assert archive.find(one).state is RecordingState.EXPIRED


WORK = """
import sys
from datetime import datetime
from pathlib import Path
from plugin.services.keyring import Keyring
from plugin.store.engine import Store
from tests.kit.clock import HandClock
from tests.kit.vaults import Archive

folder, url, now, what, left = sys.argv[1:]
clock = HandClock()
clock.at = datetime.fromisoformat(now)
archive = Archive(Store(url), Path(folder), clock)
steps = iter(range(int(left)))

def pause():
    if next(steps, None) is None:
        print("here", flush=True)
        sys.stdin.read()

parts = (archive.store, archive.keys, archive.vault, archive.letting_go, clock, archive.approvals, archive.still_kept)
keyring = Keyring(*parts, pause, step=2)
if what == "rotate":
    keyring.rotate_recordings(lambda _: None)
else:
    keyring.shred("2027-11", what)
"""


def _killed(archive: Archive, what: str, steps: int) -> None:
    """Let a process do it, and kill it when it has done so many steps."""
    url = f"sqlite:///{archive.store.engine.url.database}"
    words = [sys.executable, "-c", WORK, str(archive.folder), url, archive.clock().isoformat(), what, str(steps)]
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2], env={**os.environ}
    ) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline() == b"here\n"
        worker.send_signal(signal.SIGKILL)


@pytest.mark.parametrize("steps", [0, 1, 2])
def test_a_rotation_killed_anywhere_opens_everything_and_is_gone_on_with(
    sqlite_store: Store, tmp_path: Path, clock: HandClock, steps: int
) -> None:
    archive = Archive(sqlite_store, tmp_path, clock)
    made = archive.record(7)
    _killed(archive, "rotate", steps)
    assert {archive.sound(one) for one in made} == {tone(1)}
    fresh = Archive(sqlite_store, tmp_path, clock)
    told: list[Rotated] = []
    fresh.keyring.rotate_recordings(told.append)
    assert [(one.moved, one.key_id.partition("-")[0]) for one in told] == [(7 - 2 * (steps + 1), "2")]
    assert {archive.sound(one) for one in made} == {tone(1)}


@pytest.mark.parametrize("steps", [0, 2])
def test_a_shredding_killed_anywhere_is_gone_on_with_and_asks_nobody_again(
    sqlite_store: Store, tmp_path: Path, clock: HandClock, steps: int
) -> None:
    archive = Archive(sqlite_store, tmp_path, clock)
    made = archive.record(7)
    locks = [archive.lock(one) for one in made]
    archive.let_time_end()
    approval = archive.approved(MONTH)
    _killed(archive, approval, steps)
    assert archive.keyring.is_begun(MONTH)
    assert {archive.why_shut(one, lock) for one, lock in zip(made, locks, strict=True) if lock} == {"key_missing"}
    assert Archive(sqlite_store, tmp_path, clock).keyring.shred(MONTH, approval) == 7 - 2 * (steps + 1)
    assert {archive.find(one).state for one in made} == {RecordingState.EXPIRED}
    assert archive.acts("recording.expired") == ["recording.expired"] * 7
    with sqlite_store.read() as connection:
        assert connection.scalar(select(func.count()).where(shreddings.c.ended_at.is_not(None))) == 1


def test_keys_of_the_same_month_are_told_apart(tmp_path: Path) -> None:
    keys = Keys(tmp_path / "keys")
    first, second = keys.secret("recordings-2027-11"), keys.rotate("recordings-2027-11")
    assert [(name, one.id) for name, one in keys.all()] == [
        ("recordings-2027-11", first.id),
        ("recordings-2027-11", second.id),
    ]
    assert keys.has("recordings-2027-11", first.id)
    assert not keys.has("recordings-2027-1", first.id)
    assert not keys.has("recordings-2027-11", second.id.replace("2-", "1-"))


def _copy_of(archive: Archive, recording_id: RecordingId) -> RecordingId:
    """Let a clip have been made of the recording; return what the vault knows it by."""
    copy = RedactionId(new_id(archive.clock()))
    maker = archive.hire(f"maker{copy[-6:]}", Role.SUPERVISOR)
    clip = Clip("挨拶の手本", Audience.TRAINERS, "support", archive.clock() + timedelta(days=90))
    wanted = redactions.Wanted(
        copy, recording_id, None, clip, Stretch(0, 1000), (), Hush.SILENCE, maker.user_id, archive.clock()
    )
    lock = archive.lock(recording_id)
    assert lock is not None
    file = seal(archive.vault, RecordingId(copy), tone(1), lock.month)
    with archive.store.write() as connection:
        redactions.add(connection, wanted)
        kept = derivatives.Derivative(
            RecordingId(copy), copy, recording_id, Form.WAV, file.size_bytes, file.sha256, file.lock
        )
        derivatives.add(connection, kept)
    return RecordingId(copy)


def _made_of(archive: Archive, recording_id: RecordingId) -> tuple[derivatives.Derivative, ...]:
    with archive.store.read() as connection:
        return derivatives.of_recording(connection, recording_id)


def test_what_was_made_of_a_recording_moves_to_the_newer_key_with_it(archive: Archive) -> None:
    (one, other) = archive.record(2)
    copy = _copy_of(archive, one)
    assert [use.used_by for use in archive.keyring.all()] == [3]
    (moved,) = _moved(archive)
    assert (moved.moved, moved.left) == (3, 0)
    (made,) = _made_of(archive, one)
    assert made.lock.key_id == f"{MONTH}.{moved.key_id}"
    assert archive.sound(copy, made.lock) == tone(1)
    assert _made_of(archive, other) == ()


def test_what_was_made_of_a_recording_is_shredded_with_its_month(archive: Archive) -> None:
    (one,) = archive.record()
    copy = _copy_of(archive, one)
    (made,) = _made_of(archive, one)
    archive.let_time_end()
    archive.keyring.shred(MONTH, archive.approved(MONTH))
    assert _made_of(archive, one) == ()
    assert not archive.vault.place_of(copy, made.lock.keyset).exists()
    assert archive.why_shut(copy, made.lock) == "key_missing"
    with archive.store.read() as connection:
        found = redactions.find(connection, copy)
    assert found is not None
    assert (found.state, found.reason, found.peaks) == (RedactionState.GONE, "key_shredded", b"")
