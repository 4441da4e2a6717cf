"""`denwaban customers import`: what it prints, when it refuses, and that no value of a row is printed."""

from pathlib import Path

import pytest
from click.testing import Result

from plugin.cli import cli
from plugin.settings import load
from plugin.wiring import House
from tests.kit.command import Runner

LIST = "会員番号,氏名,携帯,備考,趣味\nS1,山田 花子,090-1111-2222,内緒,釣り\nS2,山田 太郎,,,\n"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Run":
    monkeypatch.setenv("DENWABAN_DATA_DIR", str(tmp_path / "data"))
    return Run(tmp_path)


class Run:
    """The command, in a site of its own."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "list.csv"

    def __call__(self, data: bytes, *more: str) -> Result:
        self.file.write_bytes(data)
        return Runner().invoke(cli, ["customers", "import", str(self.file), *more])

    def found(self) -> list[str]:
        house = House(load())
        try:
            return [candidate.customer.name for candidate in house.customers.candidates("+819011112222").candidates]
        finally:
            house.store.close()


def test_a_list_is_imported_and_found_by_its_numbers(run: Run) -> None:
    dry = run(LIST.encode("cp932"), "--dry-run")
    assert (dry.exit_code, "2 would be new" in dry.output) == (0, True)
    assert run.found() == []
    done = run(LIST.encode("cp932"))
    assert done.exit_code == 0
    assert "read as CP932" in done.output
    assert "  携帯 → mobile" in done.output
    assert "  備考 → memo" in done.output
    assert "left out: 趣味" in done.output
    assert "2 new, 0 changed, 0 the same\n2 brought over" in done.output
    assert run.found() == ["山田 花子"]
    assert "0 new, 0 changed, 2 the same\n0 brought over" in run(LIST.encode()).output


def test_a_bad_row_is_told_without_what_stands_in_it(run: Run) -> None:
    result = run(f"{LIST}S1,鈴木 一郎,,\n".encode())
    assert result.exit_code == 1
    assert "row 4: doubled_id (会員番号)" in result.output
    assert "nothing was stored" in result.output
    for value in ("鈴木", "山田", "090", "S1"):
        assert value not in result.output
    assert run.found() == []


@pytest.mark.parametrize(
    ("data", "more", "code", "said"),
    [
        (b"\x81", (), 1, "input.encoding"),
        (LIST.encode(), ("--map", "colour=備考"), 1, "unknown_target column=colour"),
        (LIST.encode(), ("--map", "備考"), 2, "TARGET=HEADER"),
    ],
)
def test_what_cannot_be_read_is_refused(run: Run, data: bytes, more: tuple[str, ...], code: int, said: str) -> None:
    result = run(data, *more)
    assert (result.exit_code, said in result.output) == (code, True)
