"""Commands that something breaks off: they say it in words, with exit code 2, and with no text of anybody."""

from pathlib import Path

import pytest
from click.testing import Result

from plugin.cli import cli
from plugin.cli.ends import in_words
from tests.kit.command import Runner


@pytest.fixture(autouse=True)
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "site"
    monkeypatch.setenv("DENWABAN_DATA_DIR", str(folder))
    return folder


def _run(*words: str) -> Result:
    found = Runner().invoke(cli, list(words))
    assert isinstance(found.exception, SystemExit | None), found.exception
    return found


@pytest.mark.parametrize("words", [("user", "list"), ("audit", "verify"), ("purge", "--dry-run"), ("serve",)])
def test_a_database_that_is_none_is_told_and_is_no_finding(site: Path, words: tuple[str, ...]) -> None:
    site.mkdir()
    (site / "denwaban.db").write_bytes(b"nothing of ours " * 600)
    told = _run(*words)
    assert (told.exit_code, told.output) == (
        2,
        "denwaban: the database is damaged, or is none: put a backup back (docs/operations.md)\n",
    )


@pytest.mark.parametrize("words", [("user", "list"), ("audit", "verify"), ("backup", "make", "{tmp}")])
def test_a_database_that_is_away_is_told_without_its_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.setenv("DENWABAN_DATABASE_URL", "mysql+pymysql://somebody:word@127.0.0.1:1/house")
    told = _run(*(word.format(tmp=tmp_path / "backups") for word in words))
    assert told.exit_code == 2
    assert "the database does not answer" in told.output
    assert not {"somebody", "127.0.0.1", "house"} & set(told.output.split())


def test_a_folder_that_is_a_file_is_named(site: Path) -> None:
    site.write_text("")
    assert _run("user", "list").output == f"denwaban: {site}: File exists\n"
    assert _run("backup", "list", str(site.parent / "none")).exit_code == 2


@pytest.mark.parametrize(("text", "line"), [(b"lang = 'ja'\nzone = [=", " line=2"), (b"\xff\xfe", "")])
def test_settings_that_are_no_toml_are_told_by_their_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: bytes, line: str
) -> None:
    (tmp_path / "site.toml").write_bytes(text)
    monkeypatch.setenv("DENWABAN_SETTINGS", str(tmp_path / "site.toml"))
    told = _run("user", "list")
    assert (told.exit_code, told.output) == (
        2,
        f"denwaban: setting.not_toml{line} setting=DENWABAN_SETTINGS\n",
    )


def test_of_an_error_that_nobody_foresaw_only_kind_and_place_are_told() -> None:
    try:
        int("09012345678 山田")
    except ValueError as error:
        told = in_words(error)
    assert told.startswith("internal: ValueError at cli/test_ends.py:")
    assert "0901234" not in told
