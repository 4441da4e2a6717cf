"""Entering a call by ARI: which talk is meant, what is asked, and what stands in the exchange afterwards."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from connectors.calls.asterisk import Account, AsteriskControl, Dialling
from connectors.calls.asterisk.ari.check import AriFinding, check_ari
from connectors.calls.asterisk.ari.line import AriAccount, AriLine
from connectors.calls.asterisk.ari.orders import AriOrders
from connectors.calls.asterisk.ari.stage import AriStage
from connectors.calls.asterisk.client import Patience
from plugin.core.calls import CallEvent, EventType, RecordingKind
from plugin.core.control import CallOrder, ControlAct
from plugin.core.errors import InputError, NotFound, OutsideError, Unavailable
from plugin.core.ports import StreamReport
from tests.ari_site.exchange import Channel, Exchange
from tests.ari_site.site import SECRET, USER, AriSite
from tests.kit.ami import FakeAmi, Play

TRUNKS = ("PJSIP/trunk*",)
HURRIED = Patience(answer_s=2.0, read_s=0.1)
CALL = "pbx1-1.1"


@pytest.fixture
def site() -> Iterator[AriSite]:
    with AriSite() as made:
        made.exchange.talk()
        yield made


def account(site: AriSite) -> AriAccount:
    return AriAccount(site.url, USER, SECRET)


def order(act: ControlAct, agent: str = "101", *call_ids: str) -> CallOrder:
    return CallOrder(act, call_ids or (CALL,), agent, "109")


def control(site: AriSite, ami: FakeAmi | None = None) -> AsteriskControl:
    manager = ami.account if ami else Account("127.0.0.1", 9, "", "")
    dialling = Dialling("PJSIP/{extension}", "from-internal", "", "JP")
    orders = AriOrders(account(site), "PJSIP/{extension}", TRUNKS)
    return AsteriskControl(manager, dialling, HURRIED, orders=orders, records=True)


class Ears:
    """What a stage handed on and told of itself."""

    def __init__(self) -> None:
        self.events: list[CallEvent] = []
        self.reports: list[StreamReport] = []
        self.refuses = 0
        self.heard = threading.Condition()

    def take(self, events: list[CallEvent]) -> None:
        if self.refuses:
            self.refuses -= 1
            raise Unavailable("store", retry_after_s=1)
        with self.heard:
            self.events += events
            self.heard.notify_all()


@contextmanager
def stage(site: AriSite) -> Iterator[Ears]:
    ears, over = Ears(), threading.Event()
    made = AriStage(
        *("pbx1", account(site), lambda: datetime.now(UTC), ears.reports.append),
        wait=lambda pause_s: _nap(over, pause_s),
    )
    thread = threading.Thread(target=made.run, args=(ears.take, over.is_set))
    thread.start()
    try:
        assert site.exchange.wait(site.exchange.is_heard)
        yield ears
    finally:
        over.set()
        thread.join(60)
        assert not thread.is_alive()


def _nap(over: threading.Event, pause_s: float) -> None:
    over.wait(min(pause_s, 0.05))


def rooms(pbx: Exchange) -> list[set[str]]:
    """The bridges that the stage made, with the kinds of who is inside."""
    return [{one.split("-")[1] for one in pbx.bridges[room]} for room in pbx.ours if room in pbx.bridges]


@pytest.mark.parametrize(("act", "whisper"), [(ControlAct.LISTEN, "none"), (ControlAct.WHISPER, "out")])
def test_a_supervisor_hears_the_operators_phone_once_he_takes_his_own(
    site: AriSite, act: ControlAct, whisper: str
) -> None:
    pbx = site.exchange
    with stage(site):
        control(site).order(order(act))
        assert pbx.wait(lambda: rooms(pbx) == [{"sup", "ear"}])
        (ear,) = [one for one in pbx.channels.values() if one.spied]
        assert (ear.spied, ear.whisper) == (f"{CALL}a", whisper)  # the agent's channel: `out` is what he hears
        (phone,) = [one for one in pbx.channels.values() if one.name.startswith("PJSIP/109-")]
        pbx.hang_up(phone.id)  # he puts down: nobody goes on listening
        assert pbx.wait(lambda: rooms(pbx) == [] and not any(one.spied for one in pbx.channels.values()))
        assert set(pbx.channels) == {CALL, f"{CALL}a"}  # and the talk was never touched


def test_the_end_of_the_talk_ends_the_listening(site: AriSite) -> None:
    pbx = site.exchange
    with stage(site):
        control(site).order(order(ControlAct.LISTEN))
        assert pbx.wait(lambda: rooms(pbx) == [{"sup", "ear"}])
        pbx.hang_up(f"{CALL}a")
        assert pbx.wait(lambda: set(pbx.channels) == {CALL} and rooms(pbx) == [])


def test_a_talk_that_is_over_when_he_takes_his_phone_leaves_nobody_in_silence(site: AriSite) -> None:
    pbx = site.exchange
    pbx.phones["PJSIP/109"] = False
    with stage(site):
        control(site).order(order(ControlAct.LISTEN))
        (phone,) = [one.id for one in pbx.channels.values() if one.name.startswith("PJSIP/109-")]
        pbx.hang_up(f"{CALL}a")
        pbx.take_phone(phone, "denwaban", f"listen,{CALL}a")
        assert pbx.wait(lambda: set(pbx.channels) == {CALL})


def test_what_was_left_alone_while_nobody_was_there_is_ended(site: AriSite) -> None:
    pbx = site.exchange
    pbx.channels["denwaban-sup-1"] = Channel("denwaban-sup-1", "PJSIP/109-00000009", app="denwaban")
    pbx.bridges["denwaban-room-1"] = {"denwaban-sup-1"}
    pbx.ours.add("denwaban-room-1")
    for kind in ("sup", "ear"):
        name = f"denwaban-{kind}-2"
        pbx.channels[name] = Channel(name, "PJSIP/108-00000008", app="denwaban", bridge="denwaban-room-2")
    pbx.bridges["denwaban-room-2"] = {"denwaban-sup-2", "denwaban-ear-2"}
    with stage(site):
        assert pbx.wait(lambda: "denwaban-sup-1" not in pbx.channels)
        assert {"denwaban-sup-2", "denwaban-ear-2"} <= set(pbx.channels)  # who still listens goes on


def test_who_takes_his_phone_as_the_listener_comes_back_is_let_in(site: AriSite) -> None:
    pbx = site.exchange
    pbx.phones["PJSIP/109"] = False
    control(site).order(order(ControlAct.LISTEN))  # his phone rings while nobody stands on the stage
    (phone,) = [one.id for one in pbx.channels.values() if one.name.startswith("PJSIP/109-")]

    def take() -> None:
        with pbx.changed:  # nothing is asked of the exchange between the two
            assert pbx.wait(pbx.is_heard)
            pbx.take_phone(phone, "denwaban", f"listen,{CALL}a")

    taking = threading.Thread(target=take)
    taking.start()
    with stage(site):
        taking.join(60)
        assert pbx.wait(lambda: rooms(pbx) == [{"sup", "ear"}])


def test_a_site_that_is_no_ari_is_told_and_asked_again(site: AriSite) -> None:
    elsewhere = AriAccount(site.url + "/elsewhere", USER, SECRET)
    reports: list[StreamReport] = []
    over = threading.Event()
    made = AriStage("pbx1", elsewhere, lambda: datetime.now(UTC), reports.append, wait=lambda _: over.set())
    made.run(lambda _: None, over.is_set)
    assert reports == [StreamReport("pbx1", "stage_lost", "not_ari")]


def test_it_comes_back_after_a_break_and_tells_each_once(site: AriSite) -> None:
    with stage(site) as ears:
        site.cut()
        assert site.exchange.wait(lambda: not site.exchange.is_heard())
        assert site.exchange.wait(site.exchange.is_heard)
    assert [report.word for report in ears.reports] == ["stage_connected", "stage_lost", "stage_connected"]


def test_a_recording_that_was_ordered_is_a_recording_of_the_call(site: AriSite) -> None:
    pbx = site.exchange
    with stage(site) as ears:
        control(site).order(order(ControlAct.RECORD))
        assert pbx.wait(lambda: [tape.state for tape in pbx.tapes.values()] == ["recording"])
        ears.refuses = 1  # the database is away for a moment
        pbx.hang_up(f"{CALL}a")
        with ears.heard:
            assert ears.heard.wait_for(lambda: len(ears.events) == 2, 60)
    started, ready = ears.events
    assert (started.type, ready.type) == (EventType.RECORDING_STARTED, EventType.RECORDING_READY)
    for event in ears.events:
        assert event.source_call_ids == (CALL,)
        assert event.recording is not None
        assert event.recording.kind is RecordingKind.TRIGGERED
    assert ready.recording is not None
    assert ready.recording.uri == f"ari:/{ready.recording.id}.wav"
    assert ready.recording.started_at is not None
    assert (ready.occurred_at - ready.recording.started_at).total_seconds() == 7


def test_a_pause_reaches_whatever_records(site: AriSite) -> None:
    pbx = site.exchange
    with stage(site) as ears, FakeAmi([Play(b"", dials="Error")] * 8) as ami:
        with pytest.raises(OutsideError, match="not_recorded"):
            control(site, ami).order(order(ControlAct.PAUSE))
        control(site).order(order(ControlAct.RECORD))
        assert pbx.wait(lambda: bool(pbx.tapes))
        for act in (ControlAct.PAUSE, ControlAct.RESUME):
            control(site, ami).order(order(act))
        (tape,) = pbx.tapes.values()
        assert tape.mutes == [True, False]
        with ears.heard:
            assert ears.heard.wait_for(lambda: len(ears.events) == 3, 60)
    told = [(event.type, event.recording.id) for event in ears.events[1:] if event.recording]
    assert told == [(EventType.RECORDING_PAUSED, tape.name), (EventType.RECORDING_RESUMED, tape.name)]
    muted = [said for said in ami.said if said["Action"] == "MixMonitorMute"]
    assert [(said["Channel"], said["Direction"], said["State"]) for said in muted[:2]] == [
        ("PJSIP/trunk-00000001", "both", "1"),
        ("PJSIP/101-00000002", "both", "1"),
    ]


def test_a_pause_is_one_though_nobody_stands_on_the_stage(site: AriSite) -> None:
    pbx = site.exchange
    with stage(site):
        control(site).order(order(ControlAct.RECORD))
        assert pbx.wait(lambda: bool(pbx.tapes))
    assert pbx.wait(lambda: not pbx.is_heard())
    with FakeAmi([Play(b"", dials="Error")] * 2) as ami:
        control(site, ami).order(order(ControlAct.PAUSE))
    assert [tape.mutes for tape in pbx.tapes.values()] == [[True]]


def test_to_take_over_puts_the_customers_channel_through(site: AriSite) -> None:
    with FakeAmi([Play(b"")]) as ami:
        control(site, ami).order(order(ControlAct.TAKE_OVER))
    said = {name: value for name, value in ami.said[-1].items() if name != "ActionID"}
    assert said == {
        "Action": "Redirect",
        "Channel": "PJSIP/trunk-00000001",
        "Context": "from-internal",
        "Exten": "109",
        "Priority": "1",
    }


def test_the_talk_is_found_behind_local_pairs_and_never_guessed(site: AriSite) -> None:
    pbx, orders = site.exchange, AriOrders(account(site), "PJSIP/{extension}", TRUNKS)
    pbx.channels["x1"] = Channel("x1", "PJSIP/102-00000005", number="102", linkedid=CALL)  # behind a Local pair
    pbx.channels["x2"] = Channel("x2", "PJSIP/102-00000006", number="102", linkedid="another")  # his second call
    pbx.channels["x3"] = Channel("x3", "PJSIP/103-00000007", "Ringing", "103", CALL)
    assert orders.find(order(ControlAct.LISTEN, "102"))[0].agent.id == "x1"
    for agent in ("103", "104", "09012345678", "trunk"):
        with pytest.raises(NotFound, match="call"):
            orders.find(order(ControlAct.LISTEN, agent))
    with pytest.raises(NotFound, match="call"):
        orders.find(order(ControlAct.LISTEN, "101", "pbx1-9.9"))


@pytest.mark.parametrize("extension", ["", "109&PJSIP/trunk", "109/n", "１０９", "1" * 41])
def test_no_extension_breaks_out_of_its_place(site: AriSite, extension: str) -> None:
    for act in (ControlAct.LISTEN, ControlAct.TAKE_OVER):
        with pytest.raises(InputError, match="extension"):
            control(site).order(CallOrder(act, (CALL,), "101", extension))


def test_a_phone_that_nobody_has_is_told(site: AriSite) -> None:
    with pytest.raises(InputError, match="extension"):
        control(site).order(CallOrder(ControlAct.LISTEN, (CALL,), "101", "999"))


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ((403, b"{}"), "not_allowed"),
        ((409, b"{}"), "not_now"),
        ((500, b"{}"), "ari_500"),
        ((302, b""), "ari_302"),
        ((200, b"<html>"), "bad_answer"),
        ((200, b'{"id": 1}'), "bad_answer"),
        ((200, b'[{"id": 1, "name": "x", "state": "Up", "caller": {"number": ""}}]'), "bad_answer"),
        ((200, b"[" * 100_000), "bad_answer"),
    ],
)
def test_an_answer_that_is_none_is_an_error_with_a_word(site: AriSite, answer: tuple[int, bytes], reason: str) -> None:
    site.answer = answer
    with pytest.raises(OutsideError, match=reason):
        control(site).order(order(ControlAct.LISTEN))


def test_a_wrong_password_is_told_and_nobody_there_is_certain(site: AriSite) -> None:
    wrong = AriOrders(AriAccount(site.url, USER, "wrong"), "PJSIP/{extension}", TRUNKS)
    with pytest.raises(OutsideError, match="login_refused") as refused:
        wrong.find(order(ControlAct.LISTEN))
    assert refused.value.permanent
    nowhere = AriLine(AriAccount("http://127.0.0.1:9/ari", USER, SECRET))
    with pytest.raises(OutsideError, match="unreachable") as certain:
        nowhere.post("channels")
    nowhere.close()
    assert "perhaps" not in certain.value.facts


def test_an_order_without_an_answer_may_have_been_done(site: AriSite) -> None:
    site.silent = True
    for does in (False, True):
        line = AriLine(account(site), within_s=0.3)
        with pytest.raises(OutsideError, match="silent") as silent:
            (line.post if does else line.get)("channels")
        line.close()
        assert silent.value.facts.get("perhaps", False) is does


def test_what_is_no_event_of_ours_is_passed_over(site: AriSite) -> None:
    with stage(site) as ears:
        for said in (
            {},
            {"type": "StasisStart"},
            {"type": "RecordingStarted", "recording": {"name": "x"}, "timestamp": ""},
        ):
            site.exchange._ears["denwaban"][0](said)
        pbx = site.exchange
        pbx.channels["s"] = Channel("s", "PJSIP/7-1", app="denwaban")
        pbx.take_phone("s", "denwaban", "rm,-rf")
        control(site).order(order(ControlAct.LISTEN))
        assert pbx.wait(lambda: rooms(pbx) == [{"sup", "ear"}])
    assert ears.events == []


def test_the_check_names_what_stands_in_the_way(site: AriSite) -> None:
    assert check_ari(account(site)) is AriFinding.NO_STAGE
    with stage(site):
        assert check_ari(account(site)) is None
    assert check_ari(AriAccount(site.url, USER, "wrong")) is AriFinding.LOGIN_REFUSED
    assert check_ari(AriAccount("http://127.0.0.1:9/ari", USER, SECRET)) is AriFinding.UNREACHABLE
    assert check_ari(AriAccount(site.url + "/elsewhere", USER, SECRET)) is AriFinding.NOT_ARI
    site.answer = (200, b'"no list"')
    assert check_ari(account(site)) is AriFinding.NOT_ARI
    site.answer = (403, b"{}")
    assert check_ari(account(site)) is AriFinding.NOT_ALLOWED
