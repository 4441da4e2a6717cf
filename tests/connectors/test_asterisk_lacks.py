"""What an account is not told is found out from a whole call, and from nothing less."""

import pytest

from connectors.calls.asterisk import AsteriskStream, Finding
from connectors.calls.asterisk.capture import DEFAULT_TRUNKS
from connectors.calls.asterisk.client import Patience
from connectors.calls.asterisk.findings import check
from connectors.calls.asterisk.tracker import Tracker
from connectors.calls.asterisk.wire import Reader
from plugin.core.ports import StreamReport
from plugin.core.times import from_us
from tests.kit.ami import FakeAmi, Play
from tests.kit.captures import as_told_to, raw

ALL = "system,call,agent,dialplan,user"


def _found(blocks: list[bytes]) -> frozenset[Finding] | None:
    tracker = Tracker("pbx", DEFAULT_TRUNKS, lambda: from_us(0))
    for message in Reader().feed(b"".join(blocks)):
        tracker.take(message)
    return tracker.lacks


@pytest.mark.parametrize(
    ("read", "filtered", "variables", "lacks"),
    [
        (ALL, (), None, set()),
        ("system,call,agent,user", (), None, {Finding.NO_DIALPLAN}),
        ("system,call,dialplan,user", (), None, {Finding.NO_AGENT}),
        (ALL, ("VarSet",), None, {Finding.NO_VARIABLES}),
        (ALL, ("Newexten",), None, {Finding.NO_STEPS}),
        (ALL, ("BridgeEnter",), None, {Finding.NO_BRIDGES}),
        (ALL, (), "num-pres", {Finding.NO_DID}),
        ("call", ("BridgeEnter",), "num-pres", {Finding.NO_DIALPLAN, Finding.NO_BRIDGES, Finding.NO_DID}),
    ],
)
def test_what_is_not_told_is_found(
    read: str, filtered: tuple[str, ...], variables: str | None, lacks: set[Finding]
) -> None:
    assert _found(as_told_to("answered", read=read, filtered=filtered, variables=variables)) == frozenset(lacks)


def test_a_call_that_we_came_late_to_proves_nothing() -> None:
    assert _found(as_told_to("answered", read="call", filtered=("Newchannel",))) is None
    assert _found([raw("resync_midcall")]) is None


def test_a_mended_account_is_found_to_be_well() -> None:
    tracker = Tracker("pbx", DEFAULT_TRUNKS, lambda: from_us(0))
    for part in (as_told_to("answered", read="call"), as_told_to("direct", read=ALL)):
        for message in Reader().feed(b"".join(part)):
            tracker.take(message)
    assert tracker.lacks == frozenset[Finding]()


def test_the_stream_tells_what_it_found_and_once() -> None:
    data = b"".join(as_told_to("answered", read="system,call,dialplan", filtered=("VarSet",))[1:])
    told: list[StreamReport] = []

    def hear(report: StreamReport) -> None:
        told.append(report)

    with FakeAmi([Play(data, uptime_s=9)]) as exchange:
        stream = AsteriskStream(
            "pbx", exchange.account, DEFAULT_TRUNKS, lambda: from_us(0), hear, patience=Patience(read_s=0.02)
        )
        stream.run(lambda _events: None, lambda: any(one.word == "lost" for one in told))
    assert [(one.word, one.reason) for one in told if one.word in ("finding", "judged")] == [
        ("finding", "no_agent"),
        ("finding", "no_variables"),
        ("judged", "no_agent,no_variables"),
    ]


def test_the_check_names_what_a_listener_heard_beside_what_it_finds_itself() -> None:
    with FakeAmi([Play(b"", uptime_s=9)]) as exchange:
        found = check(exchange.account, DEFAULT_TRUNKS, heard=("no_agent", "no_word_of_ours"))
    assert [result.finding for result in found] == [Finding.UNPROVEN, Finding.NO_AGENT]
