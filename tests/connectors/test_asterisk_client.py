"""The real client against an exchange on a real TCP port: signing in, pings, breaks, and captures in any chunking."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.calls.asterisk import Account, AsteriskStream, Finding, check
from connectors.calls.asterisk.capture import DEFAULT_TRUNKS
from connectors.calls.asterisk.client import Patience, Session
from plugin.core.call_account import account, fold_all
from plugin.core.calls import CallEvent, EndedBy, EventType, Outcome
from plugin.core.errors import OutsideError, Unavailable
from plugin.core.ports import StreamReport
from tests.kit.ami import FakeAmi, Play, sessions_of
from tests.kit.captures import EXPECTED, blocks, differences, raw

NAMES = sorted(EXPECTED)
QUICK = Patience(answer_s=5, ping_s=3, pong_s=3, read_s=0.02)
NOON = datetime(2026, 11, 23, 3, tzinfo=UTC)


class HandTicks:
    """Seconds that pass by waiting, and by `step` each time one looks."""

    def __init__(self, step: float = 0.0) -> None:
        self.now = 100.0
        self.step = step
        self.waits: list[float] = []
        self.then: Callable[[], object] = lambda: None

    def __call__(self) -> float:
        self.now += self.step
        return self.now

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds
        self.then()


class Listening:
    """A stream run until its `losses`-th loss, with all it told."""

    def __init__(self, account: Account, losses: int = 1, step: float = 0.0) -> None:
        self.ticks = HandTicks(step)
        self.reports: list[StreamReport] = []
        self.events: list[CallEvent] = []
        self._losses = losses
        self.stop = threading.Event()
        self._stream = AsteriskStream(
            "pbx",
            account,
            DEFAULT_TRUNKS,
            lambda: NOON,
            self._heard,
            patience=QUICK,
            ticks=self.ticks,
            wait=self.ticks.wait,
            chance=lambda: 1.0,
        )

    def _heard(self, report: StreamReport) -> None:
        self.reports.append(report)
        if sum(one.word == "lost" for one in self.reports) >= self._losses:
            self.stop.set()

    def run(self, take: Callable[[list[CallEvent]], None] | None = None) -> "Listening":
        self._stream.run(take or self.events.extend, self.stop.is_set)
        return self

    @property
    def words(self) -> list[str]:
        return [f"{one.word} {one.reason}".strip() for one in self.reports]


def _listen(plays: list[Play], losses: int = 0) -> Listening:
    with FakeAmi(plays) as exchange:
        return Listening(exchange.account, losses or len(plays)).run()


@pytest.mark.parametrize("name", NAMES)
def test_a_capture_served_over_tcp_is_told_right(name: str) -> None:
    told = _listen(sessions_of(raw(name)))
    assert differences(name, [account(call) for call in fold_all(told.events)]) == []


@given(name=st.sampled_from(NAMES), sizes=st.lists(st.integers(1, 9_000), min_size=1, max_size=8), twice=st.booleans())
def test_any_chunking_and_doubling_over_tcp_is_told_right(name: str, sizes: list[int], twice: bool) -> None:
    if sum(sizes) / len(sizes) < 200:
        sizes = [*sizes, 4_000]  # a whole capture byte by byte takes its time
    data = (
        b"".join(block * 2 for block in blocks(name))
        if twice and name not in ("reconnect", "pbx_restart")
        else raw(name)
    )
    told = _listen(sessions_of(data, sizes))
    assert differences(name, [account(call) for call in fold_all(told.events)]) == []


@pytest.mark.parametrize("challenge", [True, False])
def test_it_signs_in_by_challenge_or_plainly(challenge: bool) -> None:
    with FakeAmi([Play(b"", challenge=challenge)]) as exchange:
        Listening(exchange.account).run()
    login = next(action for action in exchange.said if action["Action"] == "Login")
    assert ("Secret" in login) is not challenge


def test_a_proxy_that_has_signed_in_for_us_is_heard() -> None:
    told = _listen([Play(sessions_of(raw("answered"))[0].data, proxy=True)])
    assert differences("answered", [account(call) for call in fold_all(told.events)]) == []


def test_a_wrong_secret_is_said_once_and_tried_again_slowly() -> None:
    with FakeAmi([Play(b""), Play(b"")]) as exchange:
        wrong = Account("127.0.0.1", exchange.account.port, "denwaban", "wrong")
        told = Listening(wrong)
        told.run()
    assert told.words == ["lost login_refused"]
    with pytest.raises(OutsideError) as refused, FakeAmi([Play(b"")]) as exchange:
        Session(Account("127.0.0.1", exchange.account.port, "denwaban", "wrong"), QUICK, HandTicks())
    assert refused.value.permanent
    assert "wrong" not in repr(wrong)


def test_a_door_that_is_no_exchange_is_told_so() -> None:
    assert _listen([Play(b"", greeting=b"HTTP/1.1 400 Bad Request\r\n\r\n")]).words == ["lost not_asterisk"]


def test_an_outage_is_told_once_and_its_end_once_with_growing_pauses() -> None:
    with FakeAmi([Play(b"")]) as exchange:
        told = Listening(exchange.account, losses=2)
        told.ticks.then = lambda: told.stop.set() if len(told.ticks.waits) > 200 else None
        told.run()
    assert told.words == ["connected", "lost closed"]
    begun = 100.0
    assert told.ticks.now - begun > 1 + 2 + 4 + 8 + 16 + 30


def test_a_silent_exchange_is_pinged_and_then_left() -> None:
    with FakeAmi([Play(b"", pings=False, closes=False)]) as exchange:
        told = Listening(exchange.account, step=0.2).run()
    assert told.words == ["connected", "lost silent"]
    assert [action["Action"] for action in exchange.said].count("Ping") == 2


def test_a_quiet_exchange_that_answers_pings_is_kept() -> None:
    with FakeAmi([Play(b"", closes=False)]) as exchange:
        told = Listening(exchange.account, step=0.2)

        def pings() -> int:
            return [action["Action"] for action in exchange.said].count("Ping")

        watch = threading.Thread(target=lambda: _until(lambda: pings() >= 4, told.stop))
        watch.start()
        told.run()
        watch.join(20)
    assert told.words == ["connected"]


def _until(true: Callable[[], bool], stop: threading.Event) -> None:
    for _ in range(2_000):
        if true():
            break
        stop.wait(0.01)
    stop.set()


def test_a_call_that_vanished_in_the_gap_is_lost() -> None:
    ringing, _ = sessions_of(raw("reconnect"))
    told = _listen([ringing, Play(b"", uptime_s=2_000)])
    (call,) = fold_all(told.events)
    assert (call.outcome, call.ended_by) == (Outcome.LOST, None)


@pytest.mark.parametrize("uptime_s", [3, None])  # None: it listens, and has not yet said that it is up
def test_a_call_that_the_exchange_took_down_with_it_is_lost_by_the_exchange(uptime_s: int | None) -> None:
    ringing, _ = sessions_of(raw("reconnect"))
    told = _listen([ringing, Play(b"", uptime_s=uptime_s)])
    (call,) = fold_all(told.events)
    assert (call.outcome, call.ended_by) == (Outcome.LOST, EndedBy.PBX)


def test_what_the_house_cannot_take_is_handed_on_again() -> None:
    taken: list[CallEvent] = []
    refusals = iter([True, True, False, True] + [False] * 1_000)

    def take(events: list[CallEvent]) -> None:
        if next(refusals):
            raise Unavailable("store", retry_after_s=0)
        taken.extend(events)

    with FakeAmi(sessions_of(raw("answered"), [3_000])) as exchange:
        Listening(exchange.account).run(take)
    assert differences("answered", [account(call) for call in fold_all(taken)]) == []
    assert len({event.id for event in taken}) == len(taken)


def test_a_stream_of_rubbish_ends_the_session_and_nothing_else() -> None:
    assert _listen([Play(b"x" * 200_000)]).words == ["connected", "lost bad_stream"]


def test_without_the_presentation_no_number_is_believed_and_the_site_is_told() -> None:
    told = _listen(
        sessions_of(raw("answered").replace(b"ChanVariable: CALLERID(num-pres)=allowed_not_screened\r\n", b""))
    )
    (call,) = fold_all(told.events)
    assert (call.customer_number, call.withheld, call.answered_by) == (None, "unknown", ("101",))
    assert told.words == ["connected", "finding no_presentation", "judged", "lost closed"]


def test_without_times_events_are_dated_when_they_come() -> None:
    lines = raw("direct").split(b"\r\n")
    told = _listen(sessions_of(b"\r\n".join(line for line in lines if not line.startswith(b"Timestamp:"))))
    assert "finding no_times" in told.words
    assert {event.occurred_at for event in told.events} == {NOON}


def test_the_check_names_what_is_missing() -> None:
    def found(*plays: Play, secret: str = "s3cret") -> list[Finding]:
        with FakeAmi(plays) as exchange:
            there = Account("127.0.0.1", exchange.account.port, "denwaban", secret)
            return [one.finding for one in check(there, DEFAULT_TRUNKS, QUICK, HandTicks())]

    lists = (
        b"Event: CoreShowChannel" + raw("resync_midcall").split(b"Event: CoreShowChannel", 1)[1].partition(b"###")[0]
    )
    assert found(Play(b""), secret="other") == [Finding.LOGIN_REFUSED]
    assert found(Play(b"", greeting=b"SSH-2.0-OpenSSH_9.2p1\r\n")) == [Finding.NOT_ASTERISK]
    assert found(Play(b"", allows_lists=False)) == [Finding.NO_LISTS]
    assert found(Play(b"")) == [Finding.NO_BOOTED, Finding.UNPROVEN]
    assert found(Play(b"", uptime_s=9)) == [Finding.UNPROVEN]
    assert found(Play(b"", uptime_s=9, listed=lists)) == []
    assert found(Play(b"", uptime_s=9, listed=lists.replace(b"num-pres", b"num-other"))) == [Finding.NO_PRESENTATION]
    nobody = check(Account("127.0.0.1", 1, "x", "y"), DEFAULT_TRUNKS, QUICK)
    assert [(one.finding, one.grave) for one in nobody] == [(Finding.UNREACHABLE, True)]


def test_an_event_of_each_kind_names_the_customers_channel() -> None:
    told = _listen(sessions_of(raw("hold")))
    assert {event.source_call_ids[0] for event in told.events} == {EXPECTED["hold"][0]["call_id"]}
    assert EventType.HELD in {event.type for event in told.events}
