"""`denwaban keys` says what hangs on each key and destroys none without two people and the month typed once more."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import insert

from plugin.cli import cli
from plugin.core.errors import SettingError
from plugin.core.ids import CallId, RecordingId, new_id
from plugin.core.staff import Role, Staff
from plugin.core.times import to_us
from plugin.settings import load
from plugin.store.tables.recordings import recordings
from plugin.wiring import House
from tests.kit.command import Runner
from tests.kit.newest import lay
from tests.kit.people import Town
from tests.kit.sounds import seal, tone

PAST = "2025-03"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(load(data_dir=tmp_path / "data"))
    lay(made.store)
    yield made
    made.close()


def run(house: House, *words: str, typed: str = "") -> Result:
    env = {"DENWABAN_DATA_DIR": str(house.settings.data_dir)}
    return Runner().invoke(cli, ["keys", *words], input=typed, env=env)


def record(house: House, month: str) -> RecordingId:
    at = datetime(2024, 3, 1, tzinfo=UTC)
    recording_id, call_id = RecordingId(new_id(at)), Town(house.store, at).call()
    lock = seal(house.vault, recording_id, tone(1), month).lock
    row = {"call_id": CallId(call_id), "source": "pbx", "native_key": recording_id, "kind": "all_call", "looks": 1}
    with house.store.write() as connection:
        row |= {"id": recording_id, "state": "ready", "started_at": to_us(at)}
        connection.execute(insert(recordings).values(**row, keyset=lock.keyset, key_id=lock.key_id))
    return recording_id


def test_the_list_names_keys_and_shows_none(house: House) -> None:
    record(house, PAST)
    record(house, "2099-01")
    (house.settings.data_dir / "keys" / "recordings-2099-01.1").unlink()
    secret = house.keys.secret(f"recordings-{PAST}")
    shown = run(house, "list")
    assert shown.exit_code == 0
    assert f"recordings-{PAST}\t{secret.id}\tits month is over\t1 recording\n" in shown.output
    assert "\tMISSING\t1 recording\n" in shown.output
    assert secret.value.hex() not in shown.output


def test_keys_are_exchanged_by_a_command(house: House) -> None:
    record(house, "2099-01")
    assert run(house, "rotate", "recordings").output.startswith("2099-01: 1 moved to 2-")
    assert run(house, "rotate").output.startswith("new key: 1-")
    assert run(house, "rotate", "answers").output.startswith("new key: 2-")
    assert run(house, "rotate", "audit").exit_code == 2


def test_two_people_and_a_typed_month_destroy_a_months_keys(house: House) -> None:
    record(house, PAST)
    Town(house.store, house.clock()).staff("hara", Role.PRIVACY)
    other = Town(house.store, house.clock()).staff("mori", Role.ADMIN)
    assert run(house, "shred", PAST).output.startswith("recordings that hang on the keys of 2025-03: 1\n")
    asked = run(house, "shred", PAST, "--ask-as", "hara", "--reason", "保存期間満了")
    assert asked.exit_code == 0
    approval_id = asked.output.split()[-1]
    assert "nobody approved" in run(house, "shred", PAST, "--approved", approval_id, typed=f"{PAST}\n").output
    _approve(house, approval_id, other)
    wrong = run(house, "shred", PAST, "--approved", approval_id, typed="2025-04\n")
    assert (wrong.exit_code, "nothing was done" in wrong.output) == (1, True)
    done = run(house, "shred", PAST, "--approved", approval_id, typed=f"{PAST}\n")
    assert done.exit_code == 0
    assert "keys destroyed; recordings marked as expired: 1" in done.output
    assert not os.path.lexists(house.settings.data_dir / "keys" / f"recordings-{PAST}.1")


def _approve(house: House, approval_id: str, by: Staff) -> None:
    (waiting,) = house.approvals.board(by).waiting
    assert waiting.approval.id == approval_id
    house.approvals.approve(approval_id, waiting.approval.content_hash, "確認", by)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["2099-01"], "may still be heard"),
        (["2099-1"], "written like 2027-11"),
        (["2024-01"], "neither a key nor a recording"),
        ([PAST, "--ask-as", "nobody", "--reason", "x"], "no account with this login"),
        ([PAST, "--ask-as", "sato", "--reason", "x"], "only privacy officers"),
        ([PAST, "--ask-as", "hara"], "say why"),
    ],
)
def test_what_is_refused_is_said_in_words(house: House, words: list[str], said: str) -> None:
    record(house, PAST)
    town = Town(house.store, house.clock())
    town.staff("sato", Role.SUPERVISOR)
    town.staff("hara", Role.PRIVACY)
    result = run(house, "shred", *words)
    assert (result.exit_code, said in result.output) == (1, True), result.output
    assert (house.settings.data_dir / "keys" / f"recordings-{PAST}.1").exists()


def test_the_doctor_and_the_health_page_say_that_a_key_is_missing(house: House) -> None:
    record(house, "2099-01")
    assert all(vital.subject != "recordings" for vital in house.health.look())
    (house.settings.data_dir / "keys" / "recordings-2099-01.1").unlink()
    (vital,) = [vital for vital in house.health.look() if vital.subject == "recordings"]
    assert (vital.word, vital.n) == ("key_missing", 1)
    shown = Runner().invoke(cli, ["doctor"], env={"DENWABAN_DATA_DIR": str(house.settings.data_dir)})
    assert "mend  recordings: 1 recordings cannot be opened because their key is missing" in shown.output


def test_a_sealed_folder_without_its_secret_is_told_by_the_doctor(house: House, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s" * 40 + "\n")
    sealed = load(data_dir=house.settings.data_dir, keys_dir=tmp_path / "keys", keys_secret_file=tmp_path / "secret")
    made = House(sealed).keys.secret("audit")
    env = {"DENWABAN_DATA_DIR": str(sealed.data_dir), "DENWABAN_KEYS_DIR": str(tmp_path / "keys")}
    shown = Runner().invoke(cli, ["doctor"], env=env).output
    assert "mend  keys: setting.keys_secret" in shown
    well = Runner().invoke(cli, ["doctor"], env={**env, "DENWABAN_KEYS_SECRET": "s" * 40}).output
    assert "ok    keys" in well
    assert made.value.hex() not in shown + well


@pytest.mark.parametrize("content", ["short", ""])
def test_a_secret_that_could_be_guessed_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "secret").write_text(content)
    chosen = load(data_dir=tmp_path, keys_secret_file=tmp_path / "secret")
    with pytest.raises(SettingError, match="KEYS_SECRET_FILE"):
        House(chosen).keys.all()
    with pytest.raises(SettingError, match="cannot be read"):
        House(load(data_dir=tmp_path, keys_secret_file=tmp_path / "none")).keys.all()
