"""`denwaban back-fill` files what a phone system wrote down, once, and says how much."""

import json
from pathlib import Path

import pytest
from click.testing import Result

from plugin.cli import cli
from plugin.settings import load
from plugin.store.schema import upgrade
from plugin.wiring import House
from tests.kit.captures import RECORDS
from tests.kit.command import Runner


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = {"kind": "asterisk", "zone": "UTC", "cdr": str(RECORDS), "queue_log": str(RECORDS / "queue_log")}
    monkeypatch.setenv("DENWABAN_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("DENWABAN_SOURCES", json.dumps({"pbx": kept, "post": {"kind": "webhook", "secrets": ["x"]}}))
    house = House(load())
    upgrade(house.store)
    house.close()


def _fill(*arguments: str) -> Result:
    return Runner().invoke(cli, ["back-fill", *arguments])


@pytest.mark.usefixtures("site")
def test_a_period_is_filed_once() -> None:
    period = ("pbx", "--since", "2026-11-23", "--until", "2026-11-23T10:30")
    assert [_fill(*period).output for _ in range(2)] == ["8 calls\n", "0 calls\n"]


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize(
    "arguments", [("post", "--since", "2026-11-23"), ("none", "--since", "2026-11-23"), ("pbx", "--since", "yesterday")]
)
def test_what_cannot_be_done_is_said(arguments: tuple[str, ...]) -> None:
    done = _fill(*arguments)
    assert done.exit_code == 2
    assert done.output.startswith("denwaban: ")
