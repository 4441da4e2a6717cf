"""`denwaban calls import`: past calls come in once, pop nowhere, and no value of a row is printed."""

from pathlib import Path

import pytest
from click.testing import Result

from plugin.cli import cli
from plugin.core.history import HistoryOf
from plugin.core.staff import Role
from plugin.settings import load
from plugin.store.schema import upgrade
from plugin.store.tables.audit import audit_lines
from plugin.store.tables.calls import call_events, calls, pops
from plugin.wiring import House
from tests.kit.command import Runner
from tests.kit.events import answered_call
from tests.kit.rows import rows
from tests.kit.staff import hire

LIST = (
    "通話ID,開始日時,終了日時,方向,相手番号,担当者,結果,備考\n"
    "a,2026/11/01 9:00,2026/11/01 9:03,着信,09012345678,101,応答,内緒\n"
    "b,2026/11/02 9:00,2026/11/02 9:00:20,着信,非通知,,不在,\n"
    "a,2026/11/01 9:00,2026/11/01 9:03,着信,09012345678,101,応答,内緒\n"
)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DENWABAN_DATA_DIR", str(tmp_path / "data"))
    house = House(load())
    upgrade(house.store)
    hire(house, Role.OPERATOR, "tanaka", "101")
    house.close()
    written = tmp_path / "calls.csv"
    written.write_text(LIST, "cp932")
    return written


def _run(file: Path, *more: str) -> Result:
    return Runner().invoke(cli, ["calls", "import", str(file), *more])


def test_past_calls_come_in_once_and_pop_nowhere(file: Path) -> None:
    dry = _run(file, "--dry-run")
    assert (dry.exit_code, "3 calls would be taken" in dry.output) == (0, True)
    house = House(load())
    assert rows(house.store, calls) == []
    first, again = _run(file), _run(file)
    assert "2 new, 1 known before" in first.output
    assert "0 new, 3 known before" in again.output
    assert "left out: 備考" in first.output
    kept = {row.e164: row for row in rows(house.store, calls)}
    assert {row.outcome for row in kept.values()} == {"answered", "missed"}
    assert kept[None].withheld == "refused"
    assert [row.state for row in rows(house.store, pops)] == ["closed"]
    (user,) = [row.user_id for row in rows(house.store, pops)]
    assert house.calls.pops_of(user) == ()
    assert len(house.history.newest([HistoryOf(None, "+819012345678", 10)])[0]) == 1
    assert [row.act for row in rows(house.store, audit_lines)].count("calls.imported") == 2
    house.close()


def test_a_bad_row_keeps_all_out_unless_it_is_to_be_skipped(file: Path) -> None:
    file.write_text(LIST + "c,2026/11/03 9:00,,着信,秘密の人,,,\n", "utf-8")
    refused = _run(file)
    assert refused.exit_code == 1
    assert "line 5: unreadable (相手番号)" in refused.output
    assert "秘密" not in refused.output
    skipped = _run(file, "--skip-bad")
    assert (skipped.exit_code, "2 new" in skipped.output) == (0, True)


def test_a_list_that_cannot_be_read_is_told_in_words_by_its_line_and_moves_no_terminal(file: Path) -> None:
    file.write_text(LIST.replace("備考", '"備\x1b]0;a\x07\n考"') + 'c,"2026/11/03 9:00,着信\n', "utf-8")
    refused = _run(file)
    assert refused.exit_code == 1
    assert "calls.csv: input.quotes line=6\na quote that begins on this line is not closed" in refused.output
    assert "left out: 備 ]0;a  考\n" in refused.output
    house = House(load())
    assert rows(house.store, calls) == []
    house.close()


def test_a_call_that_its_phone_system_told_of_stays_as_it_is(file: Path) -> None:
    house = House(load())
    house.calls.take(answered_call("a").events)
    before = rows(house.store, calls), rows(house.store, call_events)
    told = _run(file, "--source", "pbx1")
    assert "1 new, 2 known before" in told.output
    after = rows(house.store, calls), rows(house.store, call_events)
    assert [row for row in after[0] if row in before[0]] == before[0]
    assert [row for row in after[1] if row in before[1]] == before[1]
    house.close()


@pytest.mark.parametrize(
    "more", [("--zone", "Tokyo"), ("--source", "a b"), ("--map", "started"), ("--map", "colour=開始日時")]
)
def test_what_is_asked_wrongly_is_told(file: Path, more: tuple[str, str]) -> None:
    assert _run(file, *more).exit_code in (1, 2)
