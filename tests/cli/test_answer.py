"""`denwaban answer` says a line for each pair, whatever is in it; `denwaban keys` makes keys and shows none."""

from pathlib import Path

import pytest

from plugin.cli import cli
from plugin.store.keys import Keys
from tests.kit.command import Runner


def _run(*arguments: str) -> tuple[int, list[str]]:
    done = Runner().invoke(cli, ["answer", *arguments])
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
        "\ufeffdate\tS50.3.3\t1975-03-03\r\nname\t髙橋\t高橋\ncode\t0012\t12\nsecret\t\t\n\r\n\n".encode()
    )
    assert _run("--pairs", str(pairs)) == (0, ["match", "match", "no match", "no match"])


def test_a_table_may_have_its_heading(tmp_path: Path) -> None:
    pairs = tmp_path / "pairs"
    pairs.write_text("Type\tstored\tspoken\ncode\tA-1\ta1", "utf-8")
    assert _run("--pairs", str(pairs)) == (0, ["match"])


def test_hostile_text_is_compared_like_any_other(tmp_path: Path) -> None:
    hostile = ["x" * 1_000_000, "\x00", "\x1b[31m", "\u2028", "\x0b\x0c\x1c", "\u202e", "\ud7ff\U000e0001", "'; DROP"]
    pairs = tmp_path / "pairs"
    pairs.write_text("".join(f"secret\t{text}\t{text}{text}\n" for text in hostile), "utf-8", newline="\n")
    assert _run("--pairs", str(pairs)) == (0, ["no match"] * len(hostile))


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"colour\tred\tred", "its type is none of date, kana"),
        (b"Date\tS50.3.3\tS50.3.3", "its type is none of"),
        (b"\tS50.3.3\tS50.3.3", "its type is none of"),
        (b"date\tS50.3.3", "has 2 fields"),
        (b"", "has 1 fields"),
        (b"secret\ta\tb\tc", "has 4 fields"),
        (b"date,S50.3.3,S50.3.3", "has 1 fields"),
        (b"name\t\x8d\x82\x8b\xb4\t\x8d\x82", "is not in UTF-8"),
        (b"code\t\xff\tx", "is not in UTF-8"),
    ],
)
def test_a_line_that_is_no_pair_is_named_and_nothing_is_compared(tmp_path: Path, line: bytes, why: str) -> None:
    pairs = tmp_path / "pairs"
    pairs.write_bytes(b"date\tS50.3.3\t1975-03-03\n" + line + b"\ncode\t1\t1\n")
    done = Runner().invoke(cli, ["answer", "--pairs", str(pairs)])
    assert (done.exit_code, done.stdout) == (2, "")
    assert f"line 2: {why}" in done.stderr
    assert "line 1" not in done.stderr


def test_a_file_in_another_shape_is_told_in_a_few_lines(tmp_path: Path) -> None:
    pairs = tmp_path / "pairs"
    pairs.write_bytes("date\tS50\tS50\n".encode("utf-16") * 100)
    done = Runner().invoke(cli, ["answer", "--pairs", str(pairs)])
    assert (done.exit_code, done.stdout) == (2, "")
    assert "line 1: is not in UTF-8" in done.stderr
    assert len(done.stderr.splitlines()) < 30


def test_an_empty_file_holds_nothing_to_compare(tmp_path: Path) -> None:
    pairs = tmp_path / "pairs"
    pairs.write_bytes(b"")
    assert _run("--pairs", str(pairs)) == (0, [])
    assert _run("--pairs", str(tmp_path / "none"))[0] == 2
    assert _run("--pairs", str(tmp_path))[0] == 2


@pytest.mark.parametrize(
    "arguments", [[], ["--type", "date"], ["--type", "date", "x"], ["--type", "colour", "a", "b"], ["a", "b"]]
)
def test_half_a_question_is_refused(arguments: list[str]) -> None:
    assert _run(*arguments)[0] == 2


def test_a_newer_key_is_made_and_not_shown(tmp_path: Path) -> None:
    old = Keys(tmp_path / "keys").secret("answers")
    done = Runner().invoke(cli, ["keys", "rotate"], env={"DENWABAN_DATA_DIR": str(tmp_path)})
    new = Keys(tmp_path / "keys").secret("answers")
    assert (done.exit_code, done.stdout) == (0, f"new key: {new.id}\n")
    assert new != old
    assert Keys(tmp_path / "keys").secret_by_id("answers", old.id) == old
