"""`denwaban number` prints one JSON object for a number, and one for each line of a file, blank ones too."""

import json
from pathlib import Path

import pytest

from plugin.cli import cli
from tests.kit.command import Runner

FIELDS = ["raw", "kind", "e164", "valid", "extension", "withheld", "numbers", "mentions"]


def _run(*arguments: str) -> list[dict[str, object]]:
    done = Runner().invoke(cli, ["number", *arguments])
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.stdout_bytes.decode().split("\n")[:-1]]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("03-1234-5678 内線12", ["number", "+81312345678", True, "12", None]),
        ("-090-0123-4567", ["number", "+819001234567", False, None, None]),
        ("201", ["internal", None, False, "201", None]),
        ("公衆電話", ["withheld", None, False, None, "payphone"]),
        ("山田", ["unreadable", None, False, None, None]),
        ("", ["unreadable", None, False, None, None]),
    ],
)
def test_one_number(raw: str, said: list[object]) -> None:
    assert _run(raw) == [dict(zip(FIELDS, [raw, *said, [], []], strict=True))]


def test_what_a_field_would_keep_of_a_text() -> None:
    several, mention = _run("自宅 03-1234-5678 携帯090-1234-5678")[0], _run("旧 03-1234-5678")[0]
    assert (several["kind"], several["e164"]) == ("unreadable", None)
    assert (several["numbers"], several["mentions"]) == (["+81312345678", "+819012345678"], [])
    assert (mention["kind"], mention["numbers"], mention["mentions"]) == ("unreadable", [], ["+81312345678"])


def test_the_region_decides() -> None:
    assert _run("--region", "gb", "020 7946 0958")[0]["e164"] == "+442079460958"


def test_a_file_gives_an_object_a_line(tmp_path: Path) -> None:
    file = tmp_path / "numbers"
    file.write_bytes("\ufeff0312345678\r\n\n03\u2028-1234\x0b5678\n非通知\n".encode() + b"\xff\n201")
    found = _run("--file", str(file))
    assert [line["kind"] for line in found] == [
        "number",
        "unreadable",
        "unreadable",
        "withheld",
        "unreadable",
        "internal",
    ]
    assert found[1]["raw"] == ""


def test_wrong_use_is_told() -> None:
    assert Runner().invoke(cli, ["number"]).exit_code == 2
    assert Runner().invoke(cli, ["number", "1", "--region", "ZZ"]).exit_code == 2
