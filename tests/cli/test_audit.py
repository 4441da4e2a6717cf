"""`denwaban audit` on a site, and on a copy of one with nothing but the public key."""

import json
import os
import shutil
import sqlite3
from pathlib import Path

import pytest
from click.testing import Result

from plugin.cli import cli
from plugin.core.audit import Act, AuditFact, Remark, RemarkName
from plugin.settings import load
from plugin.store import audit
from plugin.wiring import House
from tests.kit.command import Runner
from tests.kit.newest import lay


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    house = House(load(data_dir=tmp_path / "data"))
    lay(house.store)
    for place in range(7):
        said = (Remark(RemarkName.CASE, "CASE-髙12"),) if place == 3 else ()
        with house.store.write() as connection:
            audit.append(connection, AuditFact(Act.LOOK_UP, house.clock(), outcome=f"words {place}", remarks=said))
    house.audits.whole.checkpoint()
    house.store.close()
    return tmp_path / "data"


def run(data_dir: Path | None, *words: str, binary: bytes = b"") -> Result:
    env = {"DENWABAN_DATA_DIR": str(data_dir)} if data_dir else {}
    return Runner().invoke(cli, ["audit", *words], input=binary, env=env)


def change(path: Path, sql: str) -> None:
    connection = sqlite3.connect(path)
    with connection:
        for trigger in ("audit_lines_no_update", "audit_lines_no_delete"):
            connection.execute(f"DROP TRIGGER IF EXISTS {trigger}")
        connection.execute(sql)
    connection.close()


def test_a_whole_audit_is_said_in_words_and_as_json(data_dir: Path) -> None:
    words = run(data_dir, "verify")
    assert (words.exit_code, words.output.splitlines()[-1]) == (0, "whole")
    said = json.loads(run(data_dir, "verify", "--json").output)
    assert (said["whole"], said["lines"], said["checkpoints"], said["proved_to"]) == (True, 7, 1, 7)
    assert said["findings"] == []


def test_a_crm_that_cannot_witness_is_said(data_dir: Path) -> None:
    refused = run(data_dir, "verify", "--witness")
    assert refused.exit_code == 2
    assert "crm_cannot_witness" in refused.output


def test_what_is_not_whole_exits_1(data_dir: Path) -> None:
    change(data_dir / "denwaban.db", "UPDATE audit_lines SET body = replace(body, 'words 2', 'words 9')")
    words = run(data_dir, "verify")
    assert words.exit_code == 1
    assert "edited: line 3: the text of this line was changed" in words.output
    machine = run(data_dir, "verify", "--json")
    assert machine.exit_code == 1
    assert json.loads(machine.output)["findings"] == [{"damage": "edited", "line": 3}]


@pytest.fixture
def copy(data_dir: Path, tmp_path: Path) -> tuple[Path, Path, str]:
    """A copy of the database and of the checkpoints, and the key; the site is gone."""
    key = run(data_dir, "key").output.strip()
    folder = tmp_path / "copy"
    folder.mkdir()
    with sqlite3.connect(data_dir / "denwaban.db") as connection:
        connection.execute("VACUUM INTO ?", (str(folder / "kept #1?.db"),))
    connection.close()
    shutil.copytree(data_dir / "checkpoints", folder / "checkpoints")
    shutil.rmtree(data_dir)
    return folder / "kept #1?.db", folder / "checkpoints", key


def offline(copy: tuple[Path, Path, str], **other: str) -> Result:
    database, checkpoints, key = copy
    given = {"database": str(database), "checkpoints": str(checkpoints), "public-key": key} | other
    words = [word for name, value in given.items() if value for word in (f"--{name}", value)]
    return run(None, "verify", *words)


def test_a_copy_is_looked_at_with_nothing_of_the_site(copy: tuple[Path, Path, str]) -> None:
    before = sorted(os.listdir(copy[0].parent))
    assert offline(copy).exit_code == 0
    assert sorted(os.listdir(copy[0].parent)) == before  # nothing is made beside it
    change(copy[0], "DELETE FROM audit_lines WHERE seq = 7")
    found = offline(copy)
    assert found.exit_code == 1
    assert "cut_off: line 7" in found.output
    assert offline(copy, **{"public-key": "0" * 64}).exit_code == 1


def test_what_cannot_be_looked_at_exits_2(copy: tuple[Path, Path, str], tmp_path: Path) -> None:
    assert offline(copy, **{"public-key": ""}).exit_code == 2
    assert offline(copy, checkpoints="").exit_code == 2
    assert offline(copy, **{"public-key": "abc"}).exit_code == 2
    other = tmp_path / "other.db"
    other.write_bytes(b"no database at all" * 100)
    assert offline(copy, database=str(other)).exit_code == 2
    empty = tmp_path / "empty.db"
    sqlite3.connect(empty).close()
    assert offline(copy, database=str(empty)).exit_code == 2


def test_a_proof_is_checked_without_a_site(data_dir: Path, tmp_path: Path) -> None:
    key = run(data_dir, "key").output.strip()
    proof, opened = tmp_path / "proof.json", tmp_path / "opened.json"
    proof.write_bytes(run(data_dir, "prove", "4").stdout_bytes)
    opened.write_bytes(run(data_dir, "prove", "4", "--open").stdout_bytes)
    assert run(data_dir, "prove", "8").exit_code == 2
    shutil.rmtree(data_dir)
    checked = run(None, "check", str(proof), "--public-key", key)
    assert (checked.exit_code, checked.output.splitlines()[-1]) == (0, "proved: line 4 of 7")
    assert '"words 3"' in checked.output
    assert "CASE" not in checked.output
    assert 'case: "CASE-髙12"' in run(None, "check", str(opened), "--public-key", key).output
    assert run(None, "check", str(proof), "--public-key", "1" * 64).exit_code == 1
    proof.write_bytes(proof.read_bytes().replace(b"words 3", b"words 2"))
    refused = run(None, "check", str(proof), "--public-key", key)
    assert refused.exit_code == 1
    assert refused.output.startswith("NOT PROVED")
