"""`denwaban answer` says a line for each pair, whatever is in it; `denwaban keys` makes keys and shows none."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from plugin.cli import cli
from plugin.store.keys import Keys


def _run(*arguments: str) -> tuple[int, list[str]]:
    done = CliRunner().invoke(cli, ["answer", *arguments])
    return done.exit_code, done.stdout.splitlines()


@pytest.mark.parametrize(
    ("kind", "stored", "spoken", "said"),
    [
        ("date", "S50.3.3", "1975年3月3日", "match"),
        ("date", "S50.3.3", "50.3.3", "no match"),
        ("kana", "オオノ", "おーの", "match"),
        ("secret", "-x", "-X", "match"),
        ("code", "", "", "no match"),
    ],
)
def test_a_pair(kind: str, stored: str, spoken: str, said: str) -> None:
    assert _run("--type", kind, "--", stored, spoken) == (0, [said])


def test_a_file_of_pairs(tmp_path: Path) -> None:
    pairs = tmp_path / "pairs"
    pairs.write_bytes(
        "\ufeffdate\tS50.3.3\t1975-03-03\r\nname\t髙橋\t高橋\ncode\t0012\t12\nsecret\t\t\n".encode()
        + b"code\t\xff\tx\n"
    )
    assert _run("--pairs", str(pairs)) == (0, ["match", "match", "no match", "no match", "no match"])


def test_a_line_that_is_no_pair_is_named(tmp_path: Path) -> None:
    pairs = tmp_path / "pairs"
    pairs.write_text("date\tS50.3.3\t1975-03-03\ncolour\tred\tred\n", "utf-8")
    done = CliRunner().invoke(cli, ["answer", "--pairs", str(pairs)])
    assert done.exit_code == 2
    assert "line 2" in done.output


@pytest.mark.parametrize(
    "arguments", [[], ["--type", "date"], ["--type", "date", "x"], ["--type", "colour", "a", "b"], ["a", "b"]]
)
def test_half_a_question_is_refused(arguments: list[str]) -> None:
    assert _run(*arguments)[0] == 2


def test_a_newer_key_is_made_and_not_shown(tmp_path: Path) -> None:
    old = Keys(tmp_path / "keys").secret("answers")
    done = CliRunner().invoke(cli, ["keys", "rotate"], env={"DENWABAN_DATA_DIR": str(tmp_path)})
    new = Keys(tmp_path / "keys").secret("answers")
    assert (done.exit_code, done.stdout) == (0, f"new key: {new.id}\n")
    assert new != old
    assert Keys(tmp_path / "keys").secret_by_id("answers", old.id) == old
