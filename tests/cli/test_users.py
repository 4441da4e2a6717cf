"""`denwaban user` makes the first administrator and mends accounts."""

from pathlib import Path

import pytest
from click.testing import Result

from plugin.cli import cli
from plugin.core.staff import Duty, Staff
from plugin.services.staff import SignedIn
from plugin.settings import load
from plugin.wiring import House
from tests.kit.command import Runner

ONCE = "the password works once, within 72 hours: then another is chosen"


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


def run(data_dir: Path, *words: str, typed: str = "") -> Result:
    return Runner().invoke(cli, ["user", *words], input=typed, env={"DENWABAN_DATA_DIR": str(data_dir)})


def test_the_first_administrator_is_made_by_a_command(data_dir: Path) -> None:
    added = run(
        data_dir,
        *("add", "Admin", "--name", "山田 花子", "--role", "admin", "--extension", "201", "--team", "受付"),
        "--password-stdin",
        typed="correct horse battery\n",
    )
    assert (added.exit_code, added.output) == (0, f"added admin (admin); {ONCE}\n")
    assert run(data_dir, "list").output == "admin\tadmin\t201\t受付\topen\t山田 花子\n"
    house = House(load(data_dir=data_dir))
    assert _enter(house, "correct horse battery").name == "山田 花子"
    run(data_dir, "set-password", "admin", "--password-stdin", typed="another long password\n")
    assert _enter(house, "another long password").duty is Duty.CHOOSE
    house.store.close()


def _enter(house: House, password: str) -> Staff:
    opened = house.sessions.begin("admin", password, "127.0.0.1", "test")
    assert isinstance(opened, SignedIn)
    return house.sessions.whose(opened.token, "127.0.0.1")


def test_the_password_is_asked_for_twice(data_dir: Path) -> None:
    typed = "correct horse battery\n" * 2
    added = run(data_dir, "add", "sato", "--name", "佐藤", "--role", "operator", typed=typed)
    assert added.exit_code == 0
    assert "correct horse" not in added.output


@pytest.mark.parametrize(
    ("words", "typed", "said"),
    [
        (["add", "sato", "--name", "佐藤", "--role", "operator"], "short\n", "at least 12 characters"),
        (["add", "sato", "--name", "佐藤", "--role", "operator"], "password1234\n", "easy to guess"),
        (["add", "s o", "--name", "佐藤", "--role", "operator"], "correct horse battery\n", "a login has"),
        (["add", "boss", "--name", "佐藤", "--role", "operator"], "correct horse battery\n", "another account"),
        (["set-password", "nobody"], "correct horse battery\n", "no account"),
    ],
)
def test_what_is_wrong_is_said_in_words(data_dir: Path, words: list[str], typed: str, said: str) -> None:
    first = ("add", "boss", "--name", "長", "--role", "admin", "--password-stdin")
    assert run(data_dir, *first, typed="correct horse battery\n").exit_code == 0
    result = run(data_dir, *words, "--password-stdin", typed=typed)
    assert result.exit_code == 1
    assert said in result.output


def test_the_last_administrator_cannot_be_closed(data_dir: Path) -> None:
    run(data_dir, "add", "boss", "--name", "長", "--role", "admin", "--password-stdin", typed="correct horse battery\n")
    result = run(data_dir, "deactivate", "boss")
    assert result.exit_code == 1
    assert "last administrator" in result.output
