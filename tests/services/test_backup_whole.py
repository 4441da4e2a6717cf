"""Every byte of a backup is looked at: whatever is changed or taken away is found, and such a backup not put back."""

import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result

from plugin.cli import cli
from plugin.core.backup import read_manifest, signed_words, write_manifest
from plugin.core.staff import Role
from plugin.settings import load
from plugin.store.backing.adding import add_lines
from plugin.store.checkpoints import Signer
from plugin.store.keys import Keys
from plugin.store.schema import current_step, newest_step, run_steps
from plugin.wiring import House
from tests.kit.clock import HandClock
from tests.kit.command import Runner
from tests.kit.newest import lay
from tests.kit.staff import hire
from tests.kit.vaults import Archive


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `data` and a backup of it in `backups`, with its keys in `keys`."""
    folder, clock = tmp_path_factory.mktemp("backup"), HandClock()
    house = House(load(data_dir=folder / "data"), clock)
    lay(house.store)
    hire(house, Role.ADMIN, "kanri")
    Archive(house.store, folder / "data", clock).record(2)
    house.audits.whole.checkpoint()
    house.close()
    done = run(folder, "backup", "backups", "--keys", "keys")
    assert done.exit_code == 0, done.output
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "copy"
    shutil.copytree(made, copy)
    shutil.rmtree(copy / "data")
    return copy


def run(folder: Path, command: str, *words: str) -> Result:
    given = [str(folder / word) if word in ("backups", "keys") else word for word in words]
    return Runner().invoke(cli, [command, *given], env={"DENWABAN_DATA_DIR": str(folder / "data")})


def inside(folder: Path, pattern: str) -> Path:
    return next(iter(sorted((folder / "backups").glob(pattern))))


def bend(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)


@pytest.mark.parametrize(
    ("pattern", "word"),
    [
        ("2*/manifest.json", "signature: "),
        ("2*/manifest.sig", "signature: "),
        ("2*/recordings.list", "content: recordings.list"),
        ("2*/data/denwaban.db", "content: denwaban.db"),
        ("2*/data/checkpoints/*.jsonl", "content: checkpoints/"),
        ("pool/recordings/*/*.sealed", "content: recordings/"),
    ],
)
def test_one_bit_anywhere_is_found_and_a_file_that_is_gone_too(folder: Path, pattern: str, word: str) -> None:
    bend(inside(folder, pattern))
    looked = run(folder, "backup", "verify", "backups")
    assert looked.exit_code in (1, 2), looked.output
    assert word in looked.output or "input.manifest" in looked.output
    refused = run(folder, "restore", "backups", "--keys", "keys", "--as", "kanri")
    assert refused.exit_code in (1, 2)
    assert not (folder / "data").exists()
    inside(folder, pattern).unlink()
    assert run(folder, "backup", "verify", "backups").exit_code in (1, 2)


def test_a_damaged_recording_is_left_out_where_somebody_says_so(folder: Path) -> None:
    bend(inside(folder, "pool/recordings/*/*.sealed"))
    done = run(folder, "restore", "backups", "--keys", "keys", "--as", "kanri", "--although-damaged")
    assert done.exit_code == 0, done.output
    assert "WITHOUT A FILE: 1 recordings of the database" in done.output
    assert len(list((folder / "data" / "recordings").rglob("*.sealed"))) == 1


def test_a_key_that_is_missing_is_named(folder: Path) -> None:
    next((folder / "keys").glob("recordings-*")).unlink()
    said = run(folder, "backup", "verify", "backups", "--keys", "keys")
    assert said.exit_code == 1
    assert "key: recordings-" in said.output


def test_who_must_have_signed_it_can_be_said(folder: Path) -> None:
    key = run(folder, "backup", "verify", "backups").output.split("signed by ")[1][:64]
    assert run(folder, "backup", "verify", "backups", "--public-key", key).exit_code == 0
    said = run(folder, "backup", "verify", "backups", "--public-key", "0" * 64)
    assert (said.exit_code, "signature: " in said.output) == (1, True)


def test_a_backup_that_somebody_else_signed_is_not_put_back(folder: Path, tmp_path: Path) -> None:
    file, other = inside(folder, "2*/manifest.json"), Signer(Keys(tmp_path / "other"))
    made = read_manifest(file.read_bytes())  # with its own database, and without the checkpoints that would tell
    pieces = tuple(one for one in made.pieces if not one.path.startswith("checkpoints/"))
    file.write_bytes(write_manifest(replace(made, pieces=pieces)))
    shutil.rmtree(file.parent / "data" / "checkpoints")
    key_id, signature = other.sign_words(signed_words(file.read_bytes()))
    said = {"key_id": key_id, "public_key": other.public_key(), "signature": signature.hex()}
    file.with_name("manifest.sig").write_text(json.dumps(said))
    refused = run(folder, "restore", "backups", "--keys", "keys", "--as", "kanri")
    assert (refused.exit_code, "not signed by the site" in refused.output) == (2, True), refused.output
    assert not (folder / "data").exists()


def test_a_backup_of_a_newer_version_is_not_put_back(folder: Path, made: Path) -> None:
    shutil.copytree(made / "data", folder / "data")
    with closing(sqlite3.connect(folder / "data" / "denwaban.db")) as raw, raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    shutil.rmtree(folder / "backups")
    assert run(folder, "backup", "backups", "--keys", "keys").exit_code == 0
    shutil.rmtree(folder / "data")
    refused = run(folder, "restore", "backups", "--keys", "keys", "--as", "kanri")
    assert (refused.exit_code, "newer: 9999" in refused.output) == (1, True)


def test_a_backup_of_an_older_version_is_brought_to_this_ones_schema(tmp_path: Path) -> None:
    house = House(load(data_dir=tmp_path / "data"), HandClock())
    run_steps(house.store, "0034")
    with house.store.write() as connection:  # as that version did it
        connection.exec_driver_sql(
            "INSERT INTO users (id, login, name, password_hash, role, team, lang, active, created_at)"
            " VALUES ('u', 'kanri', '管理', '-', 'admin', '', 'ja', 1, 0)"
        )
    house.close()
    assert run(tmp_path, "backup", "backups", "--keys", "keys").exit_code == 0
    shutil.rmtree(tmp_path / "data")
    done = run(tmp_path, "restore", "backups", "--keys", "keys", "--as", "kanri")
    assert done.exit_code == 0, done.output
    again = House(load(data_dir=tmp_path / "data"), HandClock())
    assert current_step(again.store) == newest_step() != "0034"
    again.close()


def test_a_database_that_is_damaged_is_not_kept_as_a_backup(folder: Path, made: Path) -> None:
    shutil.copytree(made / "data", folder / "data")
    with closing(sqlite3.connect(folder / "data" / "denwaban.db")) as raw, raw:
        raw.execute("PRAGMA foreign_keys=OFF")
        raw.execute("UPDATE recordings SET call_id = 'nobody'")
    before = sorted(path.name for path in (folder / "backups").glob("2*"))
    refused = run(folder, "backup", "backups", "--keys", "keys")
    assert (refused.exit_code, "conflict.not_whole" in refused.output) == (2, True)
    assert sorted(path.name for path in (folder / "backups").glob("2*")) == before


def test_a_damaged_backup_keeps_no_other_one_from_being_made_or_put_back(folder: Path, made: Path) -> None:
    (good,) = [path.name for path in (folder / "backups").glob("2*")]
    shutil.copytree(made / "data", folder / "data")
    assert run(folder, "backup", "backups", "--keys", "keys").exit_code == 0
    shutil.rmtree(folder / "data")
    bad = max((folder / "backups").glob("2*"))
    (bad / "recordings.list").write_bytes(b"\xff no list")
    (bad / "manifest.json").write_bytes(b"{}")
    assert f"{bad.name}\tDAMAGED\n" in run(folder, "backup", "list", "backups").output
    assert run(folder, "restore", "backups", "--keys", "keys", "--as", "kanri").exit_code in (1, 2)
    sealed = inside(folder, "pool/recordings/*/*.sealed")
    bend(sealed)  # and one in the pool, which nothing but a look at it finds
    damaged = run(folder, "restore", "backups", "--name", good, "--keys", "keys", "--as", "kanri")
    assert (damaged.exit_code, "content: recordings/" in damaged.output) == (1, True)
    shutil.copytree(made / "data", folder / "data")
    again = run(folder, "backup", "backups", "--keys", "keys", "--keep-days", "1")
    assert (again.exit_code, "; 1 of them new, " in again.output) == (0, True)
    shutil.rmtree(folder / "data")
    assert run(folder, "restore", "backups", "--keys", "keys", "--as", "kanri").exit_code == 0


def test_a_restore_into_a_folder_that_cannot_be_written_changes_nothing(folder: Path) -> None:
    (folder / "data.restoring").write_bytes(b"a file in the way")
    refused = run(folder, "restore", "backups", "--keys", "keys", "--as", "kanri")
    assert (refused.exit_code, "conflict.cannot_restore" in refused.output) == (2, True)
    assert not (folder / "data").exists()


def test_lines_from_two_places_come_together_and_none_is_lost(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_bytes(b"\na\nb")
    assert add_lines(one, other) == 2
    assert other.read_bytes() == b"\na\nb"
    one.write_bytes(b"\na\nb\nc")
    assert add_lines(one, other) == 1
    assert other.read_bytes() == one.read_bytes()
    other.write_bytes(b"\na\nx")
    assert add_lines(one, other) == 2
    assert other.read_bytes() == b"\na\nx\nb\nc"
    assert add_lines(one, other) == 0
