"""The drill: a backup while calls come in, the data folder lost, the backup put back. All is there, and no more."""

import os
import shutil
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from plugin.cli import cli
from plugin.core.audit import Act, AuditFact, Remark, RemarkName
from plugin.core.recordings import RecordingState
from plugin.core.staff import Role
from plugin.services.erasure import Ground
from plugin.store import audit
from plugin.store.backing.place import Place
from plugin.store.tables.approvals import approvals
from plugin.store.tables.audit import audit_lines, audit_remarks
from plugin.store.tables.backup import backups
from plugin.store.tables.delivery import jobs
from plugin.store.tables.recordings import recordings
from plugin.store.tables.staff import sessions
from tests.kit.backups import Site
from tests.kit.clock import HandClock
from tests.kit.command import Runner
from tests.kit.people import Town
from tests.kit.rows import rows

SECRET = "a secret of the keys, at least 32 letters long"


@pytest.fixture
def site(tmp_path: Path, clock: HandClock) -> Iterator[Site]:
    made = Site(tmp_path, clock)
    yield made
    made.house.close()


def test_all_is_there_again_after_the_data_folder_was_lost(site: Site) -> None:
    over = threading.Event()
    town = Town(site.house.store, site.clock())

    def ring() -> None:
        while not over.is_set():
            town.call()
        site.house.store.leave()

    phones = threading.Thread(target=ring)
    phones.start()
    try:
        site.back_up()
    finally:
        over.set()
        phones.join()
    rang = site.calls()
    site.lose()
    done = site.restore("--reason", "ディスク故障")
    assert done.exit_code == 0, done.output
    archive = site.again()
    assert 3 <= site.calls() <= rang
    assert {one: archive.sound(one) for one in site.sounds} == site.sounds
    assert [row.revoked_at is None for row in rows(site.house.store, sessions)] == [False]
    assert {row.name: row.paused_by for row in rows(site.house.store, jobs)} == {
        "deliver": site.admin.id,
        "sync": site.admin.id,
        "tidy": None,
    }
    assert [row.state for row in rows(site.house.store, approvals)] == ["withdrawn"]
    verdict = site.house.audits.whole.verify()
    assert verdict.findings == ()
    assert [one.user_id for one in verdict.restored] == [site.admin.id]


def test_what_was_erased_after_the_backup_does_not_come_back_and_neither_do_the_backups_keep_it(site: Site) -> None:
    first = site.back_up()
    purged, *others = site.sounds
    assert len(site.house.keeping.letting_go.recordings({purged: "complaint:30"}, None)) == 1
    pool = site.target / "pool" / "recordings"
    assert len(list(pool.rglob("*.sealed"))) == 3
    site.back_up()
    assert len(list(pool.rglob("*.sealed"))) == 2  # the older backup has it no more either
    assert site.run("backup", "verify", str(site.target), "--name", first).output.endswith("\nwhole\n")
    site.lose()
    done = site.restore("--name", first)
    assert done.exit_code == 0, done.output
    assert "erased anew, as the tombstones say: 1\n" in done.output
    archive = site.again()
    assert archive.find(purged).state is RecordingState.EXPIRED
    assert {one: archive.sound(one) for one in others} == {one: site.sounds[one] for one in others}
    assert len(list((site.data / "recordings").rglob("*.sealed"))) == 2
    assert [row.id for row in rows(site.house.store, recordings) if row.keyset is None] == [purged]
    assert site.house.audits.whole.verify().findings == ()


def test_a_remark_that_two_people_erased_after_the_backup_does_not_come_back(site: Site) -> None:
    seq = beside(site, "佐藤 花子")
    first = site.back_up()
    erase(site, seq)
    assert site.house.keeping.letting_go.settle_remarks(threading.Event().is_set) == 1
    site.back_up()
    site.lose()
    done = site.restore("--name", first)
    assert done.exit_code == 0, done.output
    assert "erased anew, as the tombstones say: 1\n" in done.output
    site.again()
    assert "佐藤 花子" not in [row.text for row in rows(site.house.store, audit_remarks)]
    assert site.house.audits.whole.verify().findings == ()
    (line,) = [row for row in rows(site.house.store, audit_lines) if row.act == Act.REMARK_ERASED]
    assert line.seq > seq


def beside(site: Site, text: str) -> int:
    """Write a line with a text beside it, and return its number."""
    fact = AuditFact(Act.LOOK_UP, site.clock(), remarks=(Remark(RemarkName.SEARCH, text),))
    with site.house.store.write() as connection:
        return audit.append(connection, fact).seq


def erase(site: Site, seq: int) -> None:
    """Let two people erase what stands beside the line."""
    asker, second = (Town(site.house.store, site.clock()).staff(f"{name}{seq}", Role.PRIVACY) for name in ("a", "b"))
    asked = site.house.audits.erasures.ask(asker, seq, "search", Ground.REQUEST, "本人の求め")
    site.house.approvals.approve(asked.id, asked.content_hash, "確認した", second)


def test_tombstones_that_outlived_the_loss_count_for_a_backup_that_knows_of_none(site: Site, tmp_path: Path) -> None:
    site.back_up()
    (purged, *_others) = site.sounds
    assert len(site.house.keeping.letting_go.recordings({purged: "complaint:30"}, None)) == 1
    kept = tmp_path / "another disk"
    shutil.copytree(site.data / "checkpoints", kept)
    site.lose()
    env = {"DENWABAN_DATA_DIR": str(site.data), "DENWABAN_CHECKPOINTS_DIR": str(kept)}
    words = ["restore", str(site.target), "--as", "kanri", "--keys", str(site.keys)]
    done = Runner().invoke(cli, words, env=env)
    assert done.exit_code == 0, done.output
    assert site.again().find(purged).state is RecordingState.EXPIRED
    assert len(list((site.data / "recordings").rglob("*.sealed"))) == 2


def test_a_restore_says_loudly_that_the_tombstones_are_behind_the_database(site: Site) -> None:
    one, *_ = site.sounds
    site.archive.letting_go.recordings({one: "complaint:365"}, None)
    (file,) = (site.data / "checkpoints" / "tombstones").glob("*.jsonl")
    file.unlink()
    site.back_up()
    site.lose()
    done = site.restore()
    assert (done.exit_code, "TOMBSTONES WERE BEHIND: 1 of what" in done.stdout) == (0, True)
    back = site.again()
    assert back.letting_go.harmed() == []
    assert [stone.recording_id for batch in back.tombstones.batches({}) for stone in batch.stones] == [one]  # type: ignore[union-attr]


def test_a_backup_that_failed_and_one_that_was_looked_at_are_written_down(site: Site) -> None:
    assert site.run("backup", str(site.data / "inside")).exit_code == 2
    failed = site.run("doctor").output
    assert "backup: The one of" in failed
    assert "failed (inside)" in failed
    name = site.back_up()
    assert "backup: Nobody has looked yet" in site.run("doctor").output
    assert site.run("backup", "verify", str(site.target)).exit_code == 0
    seen = site.run("doctor").output
    assert f"backup: {name} was looked at on" in seen
    assert "検証しました" in seen


def test_a_backup_beside_one_that_runs_is_no_failure_of_either(site: Site) -> None:
    site.back_up()
    with Place(site.target).alone():
        assert site.run("backup", str(site.target)).exit_code == 2
    said = site.run("doctor").output
    assert "backup: Nobody has looked yet" in said
    assert "backup: The one of" not in said


def test_lines_of_the_audit_that_were_signed_and_lost_are_told_and_are_no_damage(site: Site, tmp_path: Path) -> None:
    site.back_up()
    site.archive.record(2)
    site.clock.move(days=400)  # the clock of the machine that takes its place is behind
    assert site.house.audits.whole.checkpoint() == 1
    with site.house.store.read() as connection:
        lost_to = connection.exec_driver_sql("SELECT seq FROM audit_head").scalar()
    kept = tmp_path / "another disk"
    shutil.copytree(site.data / "checkpoints", kept)
    site.lose()
    env = {"DENWABAN_DATA_DIR": str(site.data), "DENWABAN_CHECKPOINTS_DIR": str(kept)}
    done = Runner().invoke(cli, ["restore", str(site.target), "--as", "kanri", "--keys", str(site.keys)], env=env)
    assert done.exit_code == 0, done.output
    said = Runner().invoke(cli, ["audit", "verify"], env=env)
    assert said.exit_code == 0, said.output
    assert f"by {site.admin.id}; lines " in said.output
    assert f" to {lost_to} at least were signed before, and went" in said.output


def test_a_second_backup_copies_only_what_is_new(site: Site) -> None:
    site.back_up()
    before = {path: path.stat().st_mtime_ns for path in (site.target / "pool").rglob("*.sealed")}
    site.archive.record(1)
    second = site.run("backup", "make", str(site.target), "--keys", str(site.keys))
    assert "recordings: 4, " in second.output
    assert "; 1 of them new, " in second.output
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_keys_that_were_destroyed_leave_the_copy_of_the_keys_and_are_not_asked_for(site: Site) -> None:
    site.back_up()
    month = f"{site.archive.clock() + timedelta(days=365):%Y-%m}"
    assert len(list(site.keys.glob(f"recordings-{month}.*"))) == 1
    site.archive.let_time_end()
    site.archive.keyring.shred(month, site.archive.approved(month))
    site.back_up()
    assert list(site.keys.glob(f"recordings-{month}.*")) == []
    done = site.run("backup", "verify", str(site.target), "--keys", str(site.keys))
    assert done.exit_code == 0, done.output
    site.lose()
    assert site.restore().exit_code == 0
    assert {row.state for row in rows(site.again().store, recordings)} == {"expired"}


@pytest.mark.parametrize(
    ("keys", "word"),
    [("elsewhere/backups", "not_apart"), ("elsewhere/backups/keys", "not_apart"), ("elsewhere", "not_apart")],
)
def test_keys_are_never_put_where_the_rest_lies(site: Site, keys: str, word: str) -> None:
    done = site.run("backup", str(site.target), "--keys", str(site.folder / keys))
    assert done.exit_code == 2
    assert f"conflict.{word}" in done.output
    assert not site.target.exists()


def test_a_backup_is_never_put_into_the_site_itself_and_takes_no_key_along(site: Site) -> None:
    refused = site.run("backup", str(site.data / "backups"))
    assert (refused.exit_code, "conflict.inside" in refused.output) == (2, True)
    before = os.getpriority(os.PRIO_PROCESS, 0)
    done = site.run("backup", str(site.target))
    assert "keys: NOT in this backup" in done.output
    assert os.getpriority(os.PRIO_PROCESS, 0) == before  # its last line is written as everybody else's
    secrets = [path.read_bytes() for path in (site.data / "keys").iterdir()]
    assert len(secrets) >= 2
    copied = b"".join(path.read_bytes() for path in site.target.rglob("*") if path.is_file())
    assert not any(secret in copied for secret in secrets)
    site.lose()
    assert "conflict.keys_missing" in site.restore(keys=False).output


def test_recordings_on_a_disk_of_their_own_are_followed_and_no_backup_goes_there(site: Site) -> None:
    disk = site.folder / "disk" / "recordings"
    disk.parent.mkdir()
    (site.data / "recordings").rename(disk)
    (site.data / "recordings").symlink_to(disk)
    done = site.run("backup", str(site.target), "--keys", str(site.keys))
    assert (done.exit_code, f"followed: recordings is a link to {disk.resolve()}" in done.stdout) == (0, True)
    for inside in (disk / "backups", disk.parent):
        refused = site.run("backup", str(inside), "--keys", str(site.keys))
        assert (refused.exit_code, "inside" in refused.stderr) == (2, True)
    site.lose()
    assert site.restore().exit_code == 0
    back = site.again()
    assert {one: back.sound(one) for one in site.sounds} == site.sounds


def test_a_disk_that_is_not_mounted_makes_no_backup_without_recordings(site: Site) -> None:
    (site.data / "recordings").rename(site.folder / "away")
    (site.data / "recordings").symlink_to(site.folder / "nowhere")
    refused = site.run("backup", str(site.target), "--keys", str(site.keys))
    assert (refused.exit_code, "link_broken" in refused.stderr) == (2, True)


def test_what_is_copied_already_is_not_copied_by_a_link_again_and_a_link_further_down_is_named(site: Site) -> None:
    deep = site.data / "recordings" / "deep"
    deep.symlink_to(site.folder)
    done = site.run("backup", str(site.target), "--keys", str(site.keys))
    assert "LEFT OUT: 1 links that were not followed, the first: recordings/deep" in done.stdout
    for leads_to in (site.folder, site.data / "recordings"):
        again = site.data / "again"
        again.symlink_to(leads_to)
        refused = site.run("backup", str(site.target), "--keys", str(site.keys))
        again.unlink()
        assert (refused.exit_code, "link_twice" in refused.stderr) == (2, True)


@pytest.mark.parametrize("path", ["pool", "pool/recordings"])
def test_a_pool_that_leads_to_the_sites_own_recordings_costs_none_of_them(site: Site, path: str) -> None:
    link = site.target / path
    link.parent.mkdir(parents=True)
    link.symlink_to(site.data if path == "pool" else site.data / "recordings")
    refused = site.run("backup", str(site.target), "--keys", str(site.keys), "--keep-days", "1")
    assert (refused.exit_code, "link_in_target" in refused.stderr) == (2, True)
    assert {one: site.archive.sound(one) for one in site.sounds} == site.sounds


def test_what_a_site_says_of_its_backups_is_what_it_kept_of_them(site: Site) -> None:
    old = site.back_up()
    done = site.run("backup", str(site.target), "--keys", str(site.keys), "--keep-days", "1")
    assert (done.exit_code, f"dropped: {old}" in done.stdout) == (0, True)
    with site.house.store.read() as connection:
        assert list(connection.scalars(select(backups.c.name))) == [path.name for path in site.target.glob("2*")]


def test_keys_are_sealed_under_the_sites_secret_where_it_has_one(site: Site) -> None:
    site.house.close()
    env = {"DENWABAN_DATA_DIR": str(site.data), "DENWABAN_KEYS_SECRET": SECRET}
    done = Runner().invoke(cli, ["backup", str(site.target), "--keys", str(site.keys)], env=env)
    assert done.exit_code == 0, done.output
    assert "NOT sealed" not in done.output
    assert {len(path.read_bytes()) for path in site.keys.iterdir()} == {60}
    site.lose()
    assert "setting.keys_secret" in site.restore().output
    words = ["restore", str(site.target), "--as", "kanri", "--keys", str(site.keys)]
    assert Runner().invoke(cli, words, env=env).exit_code == 0


def test_nothing_is_put_over_anything(site: Site) -> None:
    site.back_up()
    refused = site.restore()
    assert (refused.exit_code, "conflict.not_empty" in refused.output) == (2, True)
    site.lose()
    assert "not_found.login" in site.run("restore", str(site.target), "--as", "nobody", "--keys", str(site.keys)).output
    assert sorted(path.name for path in site.folder.iterdir()) == ["elsewhere", "safe"]
    assert site.restore().exit_code == 0


def test_a_restore_that_was_cut_off_left_nothing_that_the_next_one_minds(site: Site) -> None:
    site.back_up()
    site.lose()
    remains = site.data.with_name("data.restoring")
    (remains / "recordings").mkdir(parents=True)
    (remains / "denwaban.db").write_bytes(b"half")
    assert site.restore().exit_code == 0
    assert not remains.exists()
    assert {one: site.again().sound(one) for one in site.sounds} == site.sounds
