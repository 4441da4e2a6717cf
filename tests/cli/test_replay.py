"""`denwaban replay` prints a capture's calls in the form of expected.json, and nothing that a caller withheld."""

import json
from pathlib import Path

import pytest
from click.testing import Result

from plugin.cli import cli
from tests.kit.captures import EXPECTED, FOLDER, differences, raw
from tests.kit.command import Runner


def _replay(*arguments: str) -> Result:
    return Runner().invoke(cli, ["replay", *arguments])


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_capture_is_printed_as_it_was(name: str) -> None:
    done = _replay(str(FOLDER / f"{name}.ami"), "--json")
    assert done.exit_code == 0
    assert differences(name, json.loads(done.stdout)) == []


@pytest.mark.parametrize("form", [("--json",), ()])
def test_a_withheld_number_is_not_printed(form: tuple[str, ...]) -> None:
    done = _replay(str(FOLDER / "withheld.ami"), *form)
    assert "refused" in done.output
    assert "09099998888" not in done.output


def test_the_trunks_are_said_by_pattern(tmp_path: Path) -> None:
    file = tmp_path / "other.ami"
    file.write_bytes(raw("answered").replace(b"PJSIP/trunk", b"SIP/ntt-east"))
    assert json.loads(_replay(str(file), "--json").stdout) == []
    told = json.loads(_replay(str(file), "--json", "--trunk", "PJSIP/x*", "--trunk", "SIP/ntt-*").stdout)
    assert differences("answered", told) == []


def test_what_is_no_capture_is_said_and_not_printed(tmp_path: Path) -> None:
    file = tmp_path / "sound.wav"
    file.write_bytes(bytes(range(256)) * 40)
    done = _replay(str(file), "--json")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "input.not_a_capture" in done.stderr


def test_a_line_for_each_call_where_no_json_is_asked_for() -> None:
    done = _replay(str(FOLDER / "ringall.ami"))
    assert done.output == "pbx1-1795388467.476 inbound 09012345678: answered, talked with 102\n"
