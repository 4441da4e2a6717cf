"""The listener process: real captures from an exchange over TCP into a real database; outages told once."""

import json
import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from connectors.calls.asterisk import AsteriskStream, Finding
from connectors.calls.asterisk.capture import DEFAULT_TRUNKS
from connectors.calls.asterisk.client import Patience
from plugin.core.call_account import account
from plugin.core.call_json import read_call
from plugin.core.calls import CallEvent
from plugin.core.errors import OutsideError, Unavailable
from plugin.core.ports import StreamReport
from plugin.listen import SETTLE, Gaps, Listener, report
from plugin.services.back_fill import BackFill
from plugin.settings import load
from plugin.store.sign import Holder, path_of
from plugin.store.tables.calls import calls
from plugin.store.unheard import Unheard
from plugin.wiring import House
from tests.kit.ami import SECRET, USER, FakeAmi, Play, sessions_of
from tests.kit.captures import EXPECTED, blocks, differences, raw
from tests.kit.clock import HandClock
from tests.kit.newest import lay

NAMES = sorted(EXPECTED)
LEAKED = "09099998888"
PATIENCE = Patience(answer_s=60, read_s=0.02)


class Site:
    """A house that listens to one exchange until its streams were lost so often."""

    def __init__(self, house: House, exchange: FakeAmi, losses: int) -> None:
        self.stop = threading.Event()
        self._losses = losses
        self._house = house
        stream = AsteriskStream(
            "pbx", exchange.account, DEFAULT_TRUNKS, house.clock, self._heard, patience=PATIENCE, wait=lambda _s: None
        )
        self._listener = Listener({"pbx": stream}, house.calls.take, house.unheard, house.store.close)

    def _heard(self, told: StreamReport) -> None:
        report(told)
        self._losses -= told.word == "lost"
        if self._losses == 0:
            self.stop.set()

    def run(self) -> bool:
        return self._listener.run(self.stop)


def _listen(house: House, data: bytes) -> None:
    plays = sessions_of(data, [1_500, 700, 9_000])
    with FakeAmi(plays) as exchange:
        assert Site(house, exchange, len(plays)).run()


def _kept(house: House) -> list[dict[str, object]]:
    with house.store.read() as connection:
        found = connection.execute(select(calls.c.record).order_by(calls.c.started_at)).scalars().all()
    return [account(read_call(record)) for record in found]


@pytest.mark.parametrize("name", NAMES)
def test_a_capture_is_kept_right_in_the_database(house: House, name: str) -> None:
    _listen(house, raw(name))
    assert differences(name, _kept(house)) == []


def test_a_capture_with_every_message_doubled_and_heard_twice_is_kept_once(house: House) -> None:
    for _ in range(2):
        _listen(house, b"".join(block * 2 for block in blocks("ringall")))
    assert differences("ringall", _kept(house)) == []


def test_the_number_of_a_withheld_caller_is_in_no_log_and_on_no_page_of_the_database(
    house: House, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG), capture_logs() as lines:
        _listen(house, raw("withheld"))
    house.close()
    folder: Path = house.settings.data_dir
    pages = {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert any(b"1795388270.416" in page for page in pages.values())
    assert [name for name, page in pages.items() if LEAKED.encode() in page] == []
    said = caplog.text + json.dumps(lines) + "".join(capfd.readouterr())
    assert "listen.connected" in said
    assert LEAKED not in said


class PlayedStream:
    """A stream that hands on what it is given to hand on."""

    def __init__(self, play: Callable[[Callable[[list[CallEvent]], None]], None]) -> None:
        self._play = play

    def run(self, take: Callable[[list[CallEvent]], None], stop: Callable[[], bool]) -> None:
        self._play(take)


def test_a_database_that_is_away_is_told_once_and_its_return_once(tmp_path: Path) -> None:
    answers = iter([False, True, True, True, False, False])

    def take(_events: list[CallEvent]) -> None:
        if next(answers):
            raise Unavailable("database", retry_after_s=1)

    def play(hand_on: Callable[[list[CallEvent]], None]) -> None:
        for _ in range(6):
            try:
                hand_on([])
            except Unavailable:
                continue

    left: list[str] = []
    with capture_logs() as lines:
        assert Listener({"pbx": PlayedStream(play)}, take, Unheard(tmp_path), lambda: left.append("left")).run(
            threading.Event()
        )
    assert [line["event"] for line in lines] == ["listen.store_lost", "listen.store_back"]
    assert left == ["left"]


def test_what_an_exchange_says_while_the_site_is_moved_outlives_the_restart(house: House) -> None:
    holder = Holder(path_of(str(house.store.engine.url.database)), "db/new", house.clock())
    with capture_logs() as lines:
        _listen(house, raw("answered"))
    assert _kept(house) == []
    assert [line["event"] for line in lines].count("listen.store_lost") == 1
    assert "listen.kept" in {line["event"] for line in lines}
    holder.end()
    listener = Listener({}, house.calls.take, house.unheard, house.store.close)
    assert listener.run(threading.Event())
    assert differences("answered", _kept(house)) == []


def test_a_stream_that_breaks_ends_the_process_so_that_it_begins_anew(tmp_path: Path) -> None:
    def broken(_hand_on: Callable[[list[CallEvent]], None]) -> None:
        raise ZeroDivisionError

    stop = threading.Event()
    with capture_logs() as lines:
        assert not Listener({"pbx": PlayedStream(broken)}, lambda _events: None, Unheard(tmp_path), lambda: None).run(
            stop
        )
    assert stop.is_set()
    assert [(line["event"], line["source"]) for line in lines] == [("listen.failed", "pbx")]


def test_the_streams_of_a_site_are_its_sources_of_that_kind(tmp_path: Path, clock: HandClock) -> None:
    sources = {
        "pbx1": {"kind": "asterisk", "username": "denwaban", "password": "x", "ari_url": "http://127.0.0.1:9/ari"},
        "cloud": {"kind": "webhook", "secrets": ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]},
    }
    house = House(load(data_dir=tmp_path, sources=sources), clock)
    lay(house.store)
    assert list(house.phones.streams(report)) == ["pbx1", "pbx1 stage"]
    house.close()


def test_the_check_of_a_site_names_each_exchange_and_what_it_lacks(tmp_path: Path, clock: HandClock) -> None:
    with FakeAmi([Play(b"", uptime_s=9)]) as exchange:
        good = {"kind": "asterisk", "port": exchange.account.port, "username": USER, "password": SECRET}
        sources = {"east": good, "west": good | {"port": 1}, "cloud": {"kind": "webhook"}}
        house = House(load(data_dir=tmp_path, sources=sources), clock)
        said = {name: [result.finding for result in house.phones.check_stream(name)] for name in ("east", "west")}
    assert said == {"east": [Finding.UNPROVEN], "west": [Finding.UNREACHABLE]}


class KeptCalls(BackFill):
    """Records of one phone system that are read, or cannot be."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, timedelta]] = []
        self.fails: Exception | None = None

    @property
    def sources(self) -> tuple[str, ...]:
        return ("pbx",)

    def fill(self, source: str, since: datetime, until: datetime) -> int:
        self.asked.append((source, until - since))
        if self.fails is not None:
            raise self.fails
        return 1


def test_a_gap_is_filled_a_minute_after_its_end_and_only_that_gap(clock: HandClock) -> None:
    records = KeptCalls()
    gaps = Gaps(records, clock)
    gaps.heard(StreamReport("other", "connected"))
    gaps.heard(StreamReport("pbx", "connected"))
    gaps.fill_due()
    assert records.asked == []
    clock.at += SETTLE
    for _ in range(2):
        gaps.fill_due()
    assert [period >= timedelta(days=3) for _, period in records.asked] == [True]
    clock.move(hours=2)
    gaps.heard(StreamReport("pbx", "lost", "closed"))
    clock.move(hours=1)
    gaps.heard(StreamReport("pbx", "connected"))
    clock.at += SETTLE
    gaps.fill_due()
    assert timedelta(hours=1) < records.asked[-1][1] < timedelta(hours=2)


def test_that_the_stage_of_ari_comes_and_goes_is_no_gap_in_what_was_heard(clock: HandClock) -> None:
    records = KeptCalls()
    gaps = Gaps(records, clock)
    gaps.heard(StreamReport("pbx", "connected"))
    clock.at += SETTLE
    gaps.fill_due()
    with capture_logs() as lines:
        for word in ("stage_lost", "stage_connected"):
            told = StreamReport("pbx", word)
            report(told)
            gaps.heard(told)
            clock.at += SETTLE
            gaps.fill_due()
    assert len(records.asked) == 1
    assert [(line["event"], line["log_level"]) for line in lines] == [
        ("listen.stage_lost", "warning"),
        ("listen.stage_connected", "info"),
    ]


def test_a_gap_that_cannot_be_filled_is_told_once_and_filled_with_the_next(clock: HandClock) -> None:
    records = KeptCalls()
    gaps, records.fails = Gaps(records, clock), OutsideError("no_records")
    gaps.heard(StreamReport("pbx", "connected"))
    clock.at += SETTLE
    with capture_logs() as lines:
        for _ in range(3):
            gaps.fill_due()
    assert [line["event"] for line in lines] == ["back_fill.failed"]
    records.fails = None
    gaps.heard(StreamReport("pbx", "connected"))
    clock.at += SETTLE
    gaps.fill_due()
    assert records.asked[-1][1] > timedelta(days=3)
