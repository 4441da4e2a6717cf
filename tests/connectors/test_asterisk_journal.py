"""What Asterisk wrote down of its calls is read as the calls that they were, in any zone and on any night."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.calls.asterisk import Journal, Records
from connectors.calls.asterisk.capture import DEFAULT_TRUNKS
from connectors.calls.asterisk.cdr import read_rows
from plugin.core.call_account import account, fold_all
from plugin.core.call_json import write_event
from plugin.core.errors import OutsideError
from tests.kit.captures import RECORDS

SINCE, UNTIL = datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 11, 24, tzinfo=UTC)
UTC_ZONE = ZoneInfo("UTC")
LEAKED = "09099998888"


def _journal(*, shows_numbers: bool = False, cdr: Path = RECORDS / "Master.csv", log: bool = True) -> Journal:
    queue_log = RECORDS / "queue_log" if log else None
    return Journal("pbx", Records(cdr, queue_log, UTC_ZONE, shows_numbers), DEFAULT_TRUNKS)


def _told(journal: Journal) -> dict[str, dict[str, Any]]:
    told = [account(call) for events in journal.calls(SINCE, UNTIL) for call in fold_all(events)]
    return {call["call_id"].removeprefix("pbx1-"): call for call in told}


@pytest.mark.parametrize(
    ("native", "offered", "answered_by", "outcome", "ended_by"),
    [
        ("1795429424.19", ["101", "103"], ["101", "103"], "answered", None),  # handed on by a key: seven rows
        ("1795429496.47", ["101", "103"], ["101", "103"], "answered", None),  # handed on blindly
        ("1795429538.62", ["101", "102", "103"], ["102"], "answered", "customer"),  # all phones rang
        ("1795429540.73", ["102"], ["102"], "answered", "agent"),  # behind a Local channel
        ("1795429530.64", ["103"], [], "voicemail", None),
        ("1795429550.67", ["101"], [], "busy", None),
        ("1795429552.69", ["103", "102"], [], "missed", None),
        ("1795430611.144", ["103"], ["103"], "answered", None),
    ],
)
def test_a_call_is_told_from_its_rows(
    native: str, offered: list[str], answered_by: list[str], outcome: str, ended_by: str | None
) -> None:
    call = _told(_journal())[native]
    said = (sorted(call["offered"]), call["answered_by"], call["outcome"], call["ended_by"])
    assert said == (sorted(offered), answered_by, outcome, ended_by)


def test_a_call_that_the_house_placed_is_told_with_its_number_and_its_agent() -> None:
    call = _told(_journal())["1795429610.1389"]
    assert (call["direction"], call["customer_number"], call["agent"]) == ("outbound", "09012345678", "101")
    assert (call["cli"], call["answered_by"]) == ("0300000101", ["customer"])


def test_calls_among_colleagues_and_consultations_are_no_calls() -> None:
    told = _told(_journal())
    assert "1795429710.1414" not in told
    assert len(told) == 13


def test_no_number_of_a_caller_is_believed_unless_the_site_says_that_records_hide_those_who_withheld() -> None:
    events = [event for call in _journal().calls(SINCE, UNTIL) for event in call]
    assert not any(LEAKED in write_event(event) for event in events)
    inbound = [call for call in _told(_journal()).values() if call["direction"] == "inbound"]
    assert {(call["customer_number"], call["withheld"]) for call in inbound} == {(None, "unknown")}
    shown = _told(_journal(shows_numbers=True))["1795430611.144"]
    assert (shown["customer_number"], shown["withheld"]) == ("0312345678", None)


def test_the_queue_is_known_with_and_without_its_log() -> None:
    for log in (True, False):
        assert _told(_journal(log=log))["1795429538.62"]["queue"] == "ringall"


def _of_queue(tmp_path: Path, *lines: str, shows_numbers: bool = True) -> dict[str, dict[str, Any]]:
    """What is told of a log's lines alone, each written as `seconds|channel|queue|agent|event|…`."""
    cdr, log = tmp_path / "Master.csv", tmp_path / "queue_log"
    cdr.touch()
    log.write_text("".join(f"{1_795_429_000 + int(one.partition('|')[0])}|{one.partition('|')[2]}\n" for one in lines))
    return _told(Journal("pbx", Records(cdr, log, UTC_ZONE, shows_numbers), DEFAULT_TRUNKS))


def test_a_call_that_stands_in_the_queues_log_alone_is_told_once_its_end_is_certain(tmp_path: Path) -> None:
    (tmp_path / "Master.csv").touch()
    told = _told(Journal("pbx", Records(tmp_path / "Master.csv", RECORDS / "queue_log", UTC_ZONE), DEFAULT_TRUNKS))
    assert sorted(told) == ["1795429538.62", "1795429540.73", "1795430609.142"]  # the others were handed on, or went on
    talk = told["1795429540.73"]
    assert (talk["queue"], talk["answered_by"], talk["outcome"]) == ("localq", ["Suzuki Taro"], "answered")
    assert (talk["ended_by"], talk["customer_number"], talk["withheld"]) == ("agent", None, "unknown")


def test_who_hung_up_waiting_is_told_with_the_phones_that_rang(tmp_path: Path) -> None:
    (call,) = _of_queue(
        tmp_path,
        "0|c.1|sales|NONE|ENTERQUEUE||0312345678|1",
        "9|c.1|sales|PJSIP/103|RINGNOANSWER|5000",
        "12|c.1|sales|NONE|ABANDON|1|1|12",
    ).values()
    said = (call["customer_number"], call["offered"], call["outcome"], call["ended_by"])
    assert said == ("0312345678", ["103"], "abandoned", "customer")


def test_a_crash_ends_what_the_queue_had_as_lost_and_nothing_else_does(tmp_path: Path) -> None:
    lines = [
        "0|c.1|sales|NONE|ENTERQUEUE||0312345678|1",
        "5|c.1|sales|Local/102@agents/n|CONNECT|5|c.2|900",
        "6|c.3|sales|NONE|ENTERQUEUE||103|1",  # a colleague
        "9|c.3|sales|NONE|ABANDON|1|1|3",
    ]
    assert _of_queue(tmp_path, *lines) == {}
    (call,) = _of_queue(tmp_path, *lines, "20|NONE|NONE|NONE|QUEUESTART|").values()
    assert (call["answered_by"], call["outcome"]) == (["102"], "lost")


@given(data=st.binary(max_size=200), at=st.integers(0, 1_800), cut=st.integers(0, 60))
def test_whatever_stands_in_a_queues_log_is_read_or_left_out(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, at: int, cut: int
) -> None:
    whole, folder = (RECORDS / "queue_log").read_bytes(), tmp_path_factory.mktemp("records")
    (folder / "Master.csv").touch()
    (folder / "queue_log").write_bytes(whole[:at] + data + whole[at + cut :])
    for events in Journal("pbx", Records(folder / "Master.csv", folder / "queue_log", UTC_ZONE), ()).calls(
        SINCE, UNTIL
    ):
        (call,) = fold_all(events)
        assert call.ended_at is not None
        assert call.ended_at >= call.started_at


def test_reading_again_gives_the_same_events_and_a_period_only_its_own() -> None:
    first, second = (_journal().calls(SINCE, UNTIL) for _ in range(2))
    assert first == second
    assert _journal().calls(UNTIL, UNTIL + timedelta(days=1)) == []


def _row(started: str, uid: str, duration_s: int = 60) -> str:
    cells = ["", "0312345678", "100", "x", '"" <1>', "PJSIP/trunk-1a", "PJSIP/101-1b", "Dial", "", started, started]
    cells += [started, str(duration_s), str(duration_s), "ANSWERED", "D", uid, "", "", uid, "1"]
    return ",".join('"' + cell.replace('"', '""') + '"' for cell in cells) + "\n"


@pytest.mark.parametrize("hour", [0, 1])
def test_the_hour_that_a_clock_shows_twice_is_told_by_the_unique_id(tmp_path: Path, hour: int) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    began = datetime(2026, 10, 25, 0 + hour, 30, tzinfo=UTC)  # 02:30 in summer time, or in winter time
    path = tmp_path / "Master.csv"
    path.write_text(_row("2026-10-25 02:30:00", f"pbx-{int(began.timestamp())}.7", duration_s=3_600))
    (row,) = read_rows(path, began - timedelta(days=1), berlin)
    assert (row.started_at, row.ended_at) == (began, began + timedelta(hours=1))


def test_a_long_file_is_read_from_its_end(tmp_path: Path) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    rows = [start + timedelta(minutes=10 * number) for number in range(20_000)]
    path = tmp_path / "Master.csv"
    path.write_text("".join(_row(at.strftime("%Y-%m-%d %H:%M:%S"), f"{int(at.timestamp())}.1") for at in rows))
    since = rows[-100] + timedelta(seconds=30)
    assert [row.started_at for row in read_rows(path, since, UTC_ZONE)] == rows[-100:]


def test_records_that_are_not_there_are_told(tmp_path: Path) -> None:
    with pytest.raises(OutsideError) as raised:
        _journal(cdr=tmp_path / "none.csv").calls(SINCE, UNTIL)
    assert raised.value.reason == "no_records"


@given(data=st.binary(max_size=300), at=st.integers(0, 4_000), cut=st.integers(0, 60))
def test_whatever_stands_in_a_file_is_read_or_left_out(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, at: int, cut: int
) -> None:
    whole = (RECORDS / "Master.csv").read_bytes()
    path = tmp_path_factory.mktemp("records") / "Master.csv"
    path.write_bytes(whole[:at] + data + whole[at + cut :])
    for events in _journal(cdr=path).calls(SINCE, UNTIL):
        for call in fold_all(events):
            assert call.ended_at is not None
            assert call.ended_at >= call.started_at
