"""Lists of past calls: read as phone systems export them, row by row; what cannot be read is told without its value."""

import os
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.calls.past_file import open_list
from plugin.core.calls import Call, Direction, Outcome
from plugin.core.errors import InputError
from plugin.core.fold import fold
from plugin.core.past_calls import BadLine, PastRow
from tests.kit.clock import HandClock

NOW = HandClock()()
TOKYO = ZoneInfo("Asia/Tokyo")
HEAD = "開始日時,終了日時,通話時間,方向,相手番号,回線番号,窓口,担当者,結果\n"
ROW = "2026/11/20 9:05:03,2026/11/20 9:08:10,3:00,着信,090-1234-5678,0120-000-111,サポート,101,応答\n"


def _rows(folder: Path, text: str, encoding: str = "utf-8", *mapping: tuple[str, str]) -> list[PastRow | BadLine]:
    file = folder / "calls.csv"
    file.write_bytes(text.encode(encoding))
    return list(open_list(file, "csv", TOKYO, "JP", NOW, mapping).rows())


def _call(folder: Path, text: str) -> Call:
    (row,) = _rows(folder, text)
    assert isinstance(row, PastRow), row
    return fold(row.events)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
def test_a_row_is_a_whole_call(tmp_path: Path, encoding: str) -> None:
    (row,) = _rows(tmp_path, HEAD + ROW, encoding)
    assert isinstance(row, PastRow)
    call = fold(row.events)
    assert row.line == 2
    assert call.started_at == datetime(2026, 11, 20, 0, 5, 3, tzinfo=UTC)
    assert call.ended_at == datetime(2026, 11, 20, 0, 8, 10, tzinfo=UTC)
    assert call.answered_at == datetime(2026, 11, 20, 0, 5, 10, tzinfo=UTC)
    assert (call.direction, call.outcome, call.answered_by) == (Direction.INBOUND, Outcome.ANSWERED, ("101",))
    assert (call.customer_number, call.our_number, call.queue) == ("090-1234-5678", "0120-000-111", "サポート")


def test_what_both_ends_are_called_says_who_the_customer_is(tmp_path: Path) -> None:
    text = "日時;発信者番号;着信番号;発着信;通話秒数\n2026-11-20T09:00:00+09:00;0120000111;09012345678;発信;60\n"
    call = _call(tmp_path, text)
    assert (call.direction, call.customer_number, call.our_number) == (Direction.OUTBOUND, "09012345678", "0120000111")
    assert call.outcome is Outcome.ANSWERED


def test_day_and_time_of_day_may_stand_apart_and_cells_span_lines(tmp_path: Path) -> None:
    text = "日付\t開始時刻\t方向\t相手番号\tメモ\n"
    text += '2026年11月20日\t9時05分\t着信\t非通知\t"一\n二"\n2026/11/21\t10:00\t着信\t\t\n'
    first, second = _rows(tmp_path, text)
    assert isinstance(first, PastRow)
    assert isinstance(second, PastRow)
    assert fold(first.events).started_at == datetime(2026, 11, 20, 0, 5, tzinfo=UTC)
    assert fold(first.events).outcome is Outcome.MISSED
    assert (first.line, second.line) == (3, 4)


@pytest.mark.parametrize(
    ("started", "way", "result", "wanted"),
    [
        ("2026/11/20(金) 9:05", "入電", "無応答", ("00:05", Direction.INBOUND, Outcome.MISSED)),
        ("2026年11月20日（金） 午後1時05分", "INCOMING_CALL", "完了", ("04:05", Direction.INBOUND, Outcome.ANSWERED)),
        ("2026/11/20 午前12:05", "OUTGOING_CALL", "着信拒否", ("15:05", Direction.OUTBOUND, Outcome.MISSED)),
        ("2026/11/20 午後12:05:09", "架電", "キャンセル", ("03:05", Direction.OUTBOUND, Outcome.ABANDONED)),
    ],
)
def test_words_and_times_as_exports_have_them(
    tmp_path: Path, started: str, way: str, result: str, wanted: tuple[str, Direction, Outcome]
) -> None:
    call = _call(tmp_path, f"着信日時,通話種別,相手番号,応答結果\n{started},{way},0312345678,{result}\n")
    assert (f"{call.started_at:%H:%M}", call.direction, call.outcome) == wanted


def test_the_same_row_twice_is_one_call_and_an_id_says_which(tmp_path: Path) -> None:
    first, again = _rows(tmp_path, HEAD + ROW + ROW)
    assert isinstance(first, PastRow)
    assert isinstance(again, PastRow)
    assert first.events == again.events
    text = "ID,開始,方向,番号\n7,2026/11/20 9:00,着信,0312345678\n"
    (row,) = _rows(tmp_path, text, "utf-8", ("id", "ID"), ("number", "番号"))
    assert isinstance(row, PastRow)
    assert row.events[0].source_call_ids == ("7",)


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ("", "", ""),
        (",,,着信,0312345678,,,,\n", "開始日時", "empty"),
        ("昨日,,,着信,0312345678,,,,\n", "開始日時", "time"),
        ("2026/11/20 午後13:00,,,着信,0312345678,,,,\n", "開始日時", "time"),
        ("2026/13/40 9:00,,,着信,0312345678,,,,\n", "開始日時", "time"),
        ("2026/11/27 9:00,,,着信,0312345678,,,,\n", "開始日時", "future"),
        ("2026/11/20 9:00,2026/11/20 8:59,,着信,0312345678,,,,\n", "終了日時", "time_order"),
        ("2026/11/20 9:00,2026/11/20 9:01,10:00,着信,0312345678,,,,\n", "終了日時", "time_order"),
        ("2026/11/20 9:00,,ながい,着信,0312345678,,,,\n", "通話時間", "length"),
        ("2026/11/20 9:00,,999999999,着信,0312345678,,,,\n", "通話時間", "length"),
        ("2026/11/20 9:00,,,横,0312345678,,,,\n", "方向", "unknown_word"),
        ("2026/11/20 9:00,,,着信,佐藤,,,,\n", "相手番号", "unreadable"),
        ("2026/11/20 9:00,,,着信,0312345678,,,,たぶん\n", "結果", "unknown_word"),
        ("2026/11/20 9:00,,,着信,0312345678,,,a\x07b,\n", "担当者", "bad_text"),
        ("2026/11/20 9:00,,,着信,0312345678,,," + "x" * 65 + ",\n", "担当者", "too_long"),
        ("2026/11/20 9:00,,,着信,0312345678,,,,,,,\n", "開始日時", "too_many_cells"),
    ],
)
def test_a_bad_row_is_told_by_line_column_and_reason(tmp_path: Path, row: str, column: str, reason: str) -> None:
    found = [one for one in _rows(tmp_path, HEAD + ROW + row + ROW) if isinstance(one, BadLine)]
    assert found == ([BadLine(3, column, reason)] if reason else [])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("\n\n", "empty"),
        ("a,b,c\n", "no_start_column"),
        ("開始,方向\n", "no_number_column"),
        ("開始,相手番号\n", "no_direction_column"),
        ("開始,開始日時,方向,相手番号\n", "doubled_target"),
        ("x" * 65 + ",開始\n", "long_header"),
        (",".join(f"c{n}" for n in range(300)), "too_many_columns"),
        ('開始,方向,相手番号\n"2026', "quotes"),
    ],
)
def test_a_list_that_cannot_be_read_at_all_says_why(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(InputError) as caught:
        _rows(tmp_path, text)
    assert caught.value.reason == reason


def test_an_encoding_that_it_is_not_in_is_told(tmp_path: Path) -> None:
    (tmp_path / "calls.csv").write_bytes(b"\x81\xff\x81" * 10)
    with pytest.raises(InputError, match="encoding"):
        open_list(tmp_path / "calls.csv", "csv", TOKYO, "JP", NOW)
    (tmp_path / "calls.csv").write_bytes((HEAD + ROW).encode("cp932"))
    with pytest.raises(InputError, match="encoding"):
        open_list(tmp_path / "calls.csv", "csv", TOKYO, "JP", NOW, (), "utf-8-sig")


@pytest.mark.parametrize(
    ("text", "encoding", "told"),
    [
        (HEAD + ROW * 3 + ROW.replace("101", '"101', 1) + ROW, "utf-8", "input.quotes line=5"),
        (HEAD + ROW + ROW.replace("101", "1" * 200_000, 1), "utf-8", "input.long_cell line=3"),
        (HEAD + ROW * 4000 + "\udcff" + ROW, "utf-8", "input.encoding line=4002"),
        (HEAD + ROW * 4000 + "\udc81\udcff" + ROW, "cp932", "input.encoding line=4002"),
        (HEAD + ROW + "\udcff", "utf-16", "input.encoding line=3"),
    ],
)
def test_what_ends_the_reading_is_told_by_its_line(tmp_path: Path, text: str, encoding: str, told: str) -> None:
    sound, _, broken = text.partition("\udcff")
    data = sound.replace("\udc81", "").encode(encoding)
    if broken or "\udcff" in text:
        data += (b"\x81" if encoding == "cp932" else b"") + b"\xff" + broken.encode(encoding)
    (tmp_path / "calls.csv").write_bytes(data)
    with pytest.raises(InputError) as caught:
        list(open_list(tmp_path / "calls.csv", "csv", TOKYO, "JP", NOW).rows())
    assert str(caught.value) == told


def test_what_is_no_file_that_can_be_read_twice_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(InputError, match="no_plain_file"):
            open_list(path, "csv", TOKYO, "JP", NOW)


def test_a_file_that_grows_between_two_readings_is_no_list(tmp_path: Path) -> None:
    file = tmp_path / "calls.csv"
    file.write_text(HEAD + ROW)
    found = open_list(file, "csv", TOKYO, "JP", NOW)
    reading = found.rows()
    assert isinstance(next(reading), PastRow)
    with file.open("a") as more:
        more.write(ROW)
    with pytest.raises(InputError, match="changed"):
        list(reading)
    with pytest.raises(InputError, match="changed"):
        next(found.rows())


def test_an_hour_that_there_was_not_is_refused_and_one_that_was_twice_is_the_one_that_fits(tmp_path: Path) -> None:
    def read(*rows: str) -> list[PastRow | BadLine]:
        file = tmp_path / "calls.csv"
        file.write_text("\n".join(["開始日時,終了日時,方向,相手番号", *rows]))
        return list(open_list(file, "csv", ZoneInfo("America/New_York"), "US", NOW).rows())

    assert read("2026-03-08 02:30,,着信,2125550100") == [BadLine(2, "開始日時", "no_such_time")]
    (row,) = read("2026-11-01 01:50,2026-11-01 01:10,着信,2125550100")
    assert isinstance(row, PastRow)
    call = fold(row.events)
    assert call.ended_at is not None
    assert (call.ended_at - call.started_at).total_seconds() == 20 * 60


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200) | st.lists(st.text(max_size=12), max_size=9).map(lambda cells: ",".join(cells).encode()))
def test_any_bytes_are_calls_bad_rows_or_an_error_of_ours(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "any.csv").write_bytes(HEAD.encode() + data)
    try:
        found = list(open_list(tmp_path / "any.csv", "csv", TOKYO, "JP", NOW).rows())
    except InputError as error:
        assert error.reason  # noqa: PT017  one of the two ends that are allowed
    else:
        assert all(isinstance(one, PastRow | BadLine) for one in found)
