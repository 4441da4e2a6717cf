"""Zammad's interface, sipgate.io and Placetel: the contract of hooks, and what is each one's own."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from connectors.calls.placetel import PlacetelHook
from connectors.calls.push import SipgateHook, ZammadHook
from plugin.core.call_json import read_event, write_event
from plugin.core.calls import CUSTOMER, Call, CallEvent, CallState, Direction, EndedBy, Outcome
from plugin.core.deliveries import Delivery, SourceSite
from plugin.core.errors import InputError, NotSignedIn, SettingError
from plugin.core.fold import fold
from plugin.core.numbers import WithheldReason
from plugin.core.ports import CallHook
from tests.connectors.hook_contracts import HookContract, Sender
from tests.kit.clock import HandClock
from tests.kit.deliveries import read_story

TOKEN = "kD3vQ9xT7bN2mW8rY5pL1sJ6hF4gC0aZ"
BEFORE = "an-older-token-that-is-still-good-0001"
SIGNING = "a secret of Placetel's own settings"
SITE = SourceSite("pbx1", (TOKEN, BEFORE), address="https://desk.example.jp/hooks/pbx1")
NOW = HandClock()()


def _by_token(body: bytes, headers: Mapping[str, str]) -> Delivery:
    return Delivery(body, headers, TOKEN)


def _signed(body: bytes, headers: Mapping[str, str]) -> Delivery:
    mark = hmac.new(SIGNING.encode(), body, hashlib.sha256).hexdigest()
    return Delivery(body, {**headers, "x-placetel-signature": mark}, TOKEN)


class TestZammad(HookContract):
    @pytest.fixture
    def sender(self) -> Sender:
        settings = {"kind": "zammad", "secrets": [TOKEN, BEFORE]}
        return Sender(settings, read_story("zammad_inbound"), _by_token, (TOKEN, BEFORE), "callId", in_parts=True)


class TestSipgate(HookContract):
    @pytest.fixture
    def sender(self) -> Sender:
        settings = {"kind": "sipgate", "secrets": [TOKEN, BEFORE]}
        return Sender(settings, read_story("sipgate_inbound"), _by_token, (BEFORE,), "callId")


class TestPlacetel(HookContract):
    @pytest.fixture
    def sender(self) -> Sender:
        settings = {"kind": "placetel", "secrets": [TOKEN], "options": {"signing_secret": SIGNING}}
        return Sender(
            settings, read_story("placetel_inbound"), _signed, (TOKEN, SIGNING), "call_id", disprove=_unsigned
        )


def _unsigned(true: Delivery) -> list[Delivery]:
    bare = {name: value for name, value in true.headers.items() if name != "x-placetel-signature"}
    wrong = ["", "0" * 64, "é", hmac.new(b"other", true.body, hashlib.sha256).hexdigest()]
    guesses = [Delivery(true.body, bare, true.token)]
    guesses += [Delivery(true.body, {**bare, "x-placetel-signature": mark}, true.token) for mark in wrong]
    return [*guesses, Delivery(true.body + b"&a=b", true.headers, true.token)]


def _call(hook: CallHook, story: str) -> Call:
    said = read_story(story)
    taken = [hook.read(_by_token(one.body, one.headers), NOW + timedelta(seconds=one.after_s)) for one in said]
    return fold(event for one in taken for event in one.events)


def test_who_was_rung_and_who_took_it_are_the_same_people() -> None:
    call = _call(ZammadHook(SITE), "zammad_inbound")
    outcomes = {offer.agent: offer.outcome for offer in call.offers}
    assert outcomes == {"佐藤 恵": Outcome.ANSWERED_ELSEWHERE, "鈴木 一": Outcome.ANSWERED}
    assert (call.customer_number, call.our_number, call.queue) == ("+819012345678", "+81120000111", "support")
    assert (call.outcome, call.answered_by) == (Outcome.ANSWERED, ("鈴木 一",))


def test_an_outbound_call_is_the_customers_to_answer() -> None:
    call = _call(ZammadHook(SITE), "zammad_outbound")
    assert (call.direction, call.customer_number, call.placed_by) == (Direction.OUTBOUND, "+819012345678", "佐藤 恵")
    assert call.answered_by == (CUSTOMER,)


def test_sipgate_names_people_by_its_own_ids() -> None:
    call = _call(SipgateHook(SITE), "sipgate_inbound")
    assert {offer.agent for offer in call.offers} == {"w0", "w1"}
    assert call.answered_by == ("w1",)


def test_a_forwarded_call_is_one_call() -> None:
    call = _call(SipgateHook(SITE), "sipgate_forwarded")
    assert call.source_call_ids == ("1000000000000000001", "1000000000000000002")
    assert (call.state, call.answered_by, call.outcome) == (CallState.ENDED, ("w1",), Outcome.ANSWERED)
    assert [offer.agent for offer in call.offers] == ["w0", "w1"]


def _zammad(**fields: str) -> Call:
    told = {"event": "newCall", "from": "anonymous", "to": "81120000111", "direction": "in", "callId": "c"} | fields
    body = "&".join(f"{name}={value}" for name, value in told.items()).encode()
    headers = {"content-type": "application/x-www-form-urlencoded; charset=UTF-8"}
    return fold(ZammadHook(SITE).read(Delivery(body, headers, TOKEN), NOW).events)


@pytest.mark.parametrize(
    ("cause", "direction", "outcome", "ended_by"),
    [
        ("normalClearing", "in", Outcome.ANSWERED, None),  # also where its answer was never told
        ("busy", "in", Outcome.BUSY, None),
        ("cancel", "in", Outcome.ABANDONED, EndedBy.CUSTOMER),
        ("cancel", "out", Outcome.MISSED, EndedBy.AGENT),
        ("noAnswer", "in", Outcome.MISSED, None),
        ("congestion", "in", Outcome.FAILED, None),
        ("notFound", "out", Outcome.FAILED, None),
        ("voicemail", "in", Outcome.VOICEMAIL, None),
        ("somethingNew", "in", Outcome.MISSED, None),
    ],
)
def test_every_cause_has_its_outcome(cause: str, direction: str, outcome: Outcome, ended_by: EndedBy | None) -> None:
    call = _zammad(event="hangup", cause=cause, direction=direction)
    assert (call.state, call.outcome, call.ended_by) == (CallState.ENDED, outcome, ended_by)


def test_a_voice_mail_that_answers_is_nobody_who_talks() -> None:
    call = _zammad(event="answer", user="voicemail")
    assert (call.answered_by, call.outcome) == ((), Outcome.VOICEMAIL)


@pytest.mark.parametrize(
    ("sent", "number"),
    [("819012345678", "+819012345678"), ("09012345678", "09012345678"), ("102", "102"), ("1234567", "1234567")],
)
def test_a_number_without_plus_gets_it_and_others_stay(sent: str, number: str) -> None:
    assert _zammad(**{"from": sent}).customer_number == number


def test_an_id_of_sixty_four_letters_and_more_is_taken() -> None:
    assert _zammad(callId="a1" * 90).source_call_ids == ("a1" * 90,)


def test_sipgate_is_asked_for_answer_and_hangup_by_the_newest_token() -> None:
    hook, (new, *later) = SipgateHook(SITE), read_story("sipgate_inbound")
    reply = hook.read(Delivery(new.body, new.headers, BEFORE), NOW).reply
    here = f'"{SITE.address}/{TOKEN}"'
    assert reply.text == f'<?xml version="1.0" encoding="UTF-8"?><Response onAnswer={here} onHangup={here}/>'
    assert reply.content_type == "application/xml"
    for said in later:
        assert hook.read(_by_token(said.body, said.headers), NOW).reply.text.endswith("<Response/>")


def test_placetels_own_example_of_a_signature_is_taken() -> None:
    body = (
        b"call_id=4a4cbb39578170aed9a2761a7bec8c7e704a541f52291ef603d6f5f152980c3c"
        b"&event=CallAccepted&from=0123456789&to=0987654321"
    )
    mark = "c4f823c5b8806432fe2b83b1fc2ee714422e0cdfb4b5129152a7d0bbcd7792d0"
    headers = {"content-type": "application/x-www-form-urlencoded", "x-placetel-signature": mark}
    for options in ({"signing_secret": "12345"}, {"signing_secret": "new", "signing_secret_before": "12345"}):
        hook = PlacetelHook(SourceSite("pbx1", (TOKEN,), options=options))
        assert len(hook.read(Delivery(body, headers, TOKEN), NOW).events) == 1
        with pytest.raises(NotSignedIn, match="signature"):
            hook.read(Delivery(body, {**headers, "x-placetel-signature": ""}, TOKEN), NOW)


def test_placetel_tells_of_an_answer_by_the_length_of_the_talk() -> None:
    call = _call(PlacetelHook(SITE), "placetel_outbound")
    assert call.answered_by == (CUSTOMER,)
    assert call.answered_at is not None
    assert call.ended_at is not None
    assert call.ended_at - call.answered_at == timedelta(seconds=20)
    assert call.placed_by == "7777abcdefg@fpbx.de"


def test_a_call_between_two_telephones_of_the_house_is_internal() -> None:
    body = b"event=OutgoingCall&from=7777a@fpbx.de&to=7777b@fpbx.de&call_id=c&direction=out"
    headers = {"content-type": "application/x-www-form-urlencoded"}
    call = fold(PlacetelHook(SITE).read(Delivery(body, headers, TOKEN), NOW).events)
    assert (call.direction, call.customer_number) == (Direction.INTERNAL, None)


def test_a_withheld_caller_is_the_same_word_for_every_one_of_them() -> None:
    assert _zammad().customer_number == "anonymous"  # which the service reads as what it is
    assert _zammad().withheld in (None, WithheldReason.REFUSED)


@pytest.mark.parametrize("secret", ["short", "x" * 31, "ü" * 40, "x" * 201, "a b" * 20])
def test_a_token_that_could_be_guessed_is_a_wrong_setting(secret: str) -> None:
    with pytest.raises(SettingError) as caught:
        ZammadHook(SourceSite("pbx1", (TOKEN, secret)))
    assert secret not in str(caught.value)


def test_an_option_that_nobody_knows_is_a_wrong_setting() -> None:
    with pytest.raises(SettingError, match="unknown"):
        SipgateHook(SourceSite("pbx1", (TOKEN,), options={"signing_secret": "x"}))


@pytest.mark.parametrize("fields", [{"event": "sung"}, {"direction": "up"}, {"callId": ""}, {"direction": ""}])
def test_what_nobody_documented_is_refused_by_name(fields: dict[str, str]) -> None:
    with pytest.raises(InputError) as caught:
        _zammad(**fields)
    assert caught.value.facts["field"] in {*fields}


# ── what sipgate's own pages tell of a call handed on: a delivery a line, `after_s event callId userId cause`

JOURNEYS = {
    "handed on, and both hang up": (
        """0 newCall 1 w0
        5 answer 1 w0
        20 newCall 2 w1
        25 answer 2 w1
        26 hangup 1 - normalClearing
        90 hangup 2 - normalClearing""",
        (90, Outcome.ANSWERED, ("w0", "w1")),
    ),
    "handed on, and still talking": (
        """0 newCall 1 w0
        5 answer 1 w0
        20 newCall 2 w1
        25 answer 2 w1
        26 hangup 1 - normalClearing""",
        (None, None, ("w0", "w1")),
    ),
    "handed on, and the new part is told late": (
        """0 newCall 1 w0
        5 answer 1 w0
        26 hangup 1 - normalClearing
        27 answer 2 w1
        28 newCall 2 w1
        60 hangup 2 - normalClearing""",
        (60, Outcome.ANSWERED, ("w0", "w1")),
    ),
    "the colleague does not take it": (
        """0 newCall 1 w0
        5 answer 1 w0
        20 newCall 2 w1
        45 hangup 2 - cancel
        80 hangup 1 - normalClearing""",
        (80, Outcome.ANSWERED, ("w0",)),
    ),
    "busy, and forwarded": (
        """0 newCall 1 w0
        3 hangup 1 w0 forwarded
        3 newCall 2 w1
        9 answer 2 w1
        70 hangup 2 - normalClearing""",
        (70, Outcome.ANSWERED, ("w1",)),
    ),
    "a device of a part leaves, and the other talks on": (
        """0 newCall 1 w0
        5 answer 1 w0
        6 newCall 2 w1
        7 hangup 1 w1 forwarded
        8 hangup 2 - noAnswer
        40 hangup 1 - normalClearing""",
        (40, Outcome.ANSWERED, ("w0",)),
    ),
    "the same, before it is over": (
        """0 newCall 1 w0
        5 answer 1 w0
        6 newCall 2 w1
        7 hangup 1 w1 forwarded
        8 hangup 2 - noAnswer""",
        (None, None, ("w0",)),
    ),
    "forwarded to one who is busy": (
        """0 newCall 1 w0
        3 hangup 1 - forwarded
        4 newCall 2 w1
        40 hangup 2 - busy""",
        (40, Outcome.BUSY, ()),
    ),
}


@pytest.mark.parametrize("joined", ["origCallId", "originalCallId"])
@pytest.mark.parametrize("journey", JOURNEYS)
def test_a_call_is_over_once_every_part_of_it_is(journey: str, joined: str) -> None:
    lines, wanted = JOURNEYS[journey]
    events: list[CallEvent] = []
    for line in lines.splitlines():
        after_s, event, call, user, *cause = line.split()
        fields = {"event": event, "callId": call, joined: "1", "direction": "in", "from": "819012345678"}
        fields |= {"userId": user.strip("-"), "cause": "".join(cause)}
        body, headers = urlencode(fields).encode(), {"content-type": "application/x-www-form-urlencoded"}
        at = NOW + timedelta(seconds=float(after_s))
        events += SipgateHook(SITE).read(Delivery(body, headers, TOKEN), at).events
    for told in (events, events[::-1], events * 2):
        record = fold(read_event(json.loads(write_event(event)), "pbx1") for event in told)
        ended_s = None if record.ended_at is None else (record.ended_at - NOW).total_seconds()
        assert (ended_s, record.outcome, record.answered_by) == wanted
        assert [offer.agent for offer in record.offers] == ["w0", "w1"]
        if wanted[2] != ("w0",):
            assert record.offers[0].ended_at is not None  # who handed it on is out of it


def test_a_form_in_parts_is_read_as_the_maker_shows_it() -> None:
    fields = {"event": "newCall", "from": "819012345678", "to": "0312345678", "direction": "in", "callId": "é-1"}
    parts = [
        f'--x y\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n' for name, text in fields.items()
    ]
    body = "".join(
        [*parts, '--x y\r\nContent-Disposition: form-data; name="user[]"\r\n\r\n佐藤\r\n', "--x y--\r\n"]
    ).encode()
    headers = {"content-type": 'multipart/form-data; boundary="x y"'}
    call = fold(ZammadHook(SITE).read(Delivery(body, headers, TOKEN), NOW).events)
    assert (call.source_call_ids, call.customer_number, call.offers[0].agent) == (("é-1",), "+819012345678", "佐藤")
    for wrong, kind in [
        (body.replace("佐藤".encode(), "佐藤".encode("shift_jis")), headers["content-type"]),
        (body.replace(b'name="callId"', b'name="callId"; filename="a"'), headers["content-type"]),
        (body.replace(b"--x y--", b""), headers["content-type"]),
        (body, "multipart/form-data"),
        (body, "multipart/mixed; boundary=x"),
        (body.replace(b'form-data; name="callId"', b"form-data"), headers["content-type"]),
    ]:
        with pytest.raises(InputError):
            ZammadHook(SITE).read(Delivery(wrong, {"content-type": kind}, TOKEN), NOW)
    with pytest.raises(InputError, match="multipart"):
        SipgateHook(SITE).read(Delivery(body, headers, TOKEN), NOW)


@pytest.mark.parametrize(
    ("caller", "called", "direction", "wanted"),
    [
        ("101", "102", "in", (Direction.INTERNAL, None)),
        ("101", "110", "out", (Direction.OUTBOUND, "110")),
        ("09012345678", "102", "in", (Direction.INBOUND, "09012345678")),
        ("0312345678", "18409012345678", "out", (Direction.OUTBOUND, "18409012345678")),
        ("0312345678", "1860312345678", "out", (Direction.OUTBOUND, "1860312345678")),
        ("0312345678", "18602345678", "out", (Direction.OUTBOUND, "+18602345678")),  # Connecticut
    ],
)
def test_whose_number_is_whose(caller: str, called: str, direction: str, wanted: tuple[Direction, str | None]) -> None:
    call = _zammad(**{"from": caller, "to": called, "direction": direction})
    assert (call.direction, call.customer_number) == wanted


@pytest.mark.parametrize("word", ["rejected", ""])
def test_placetels_hang_up_is_an_end_whatever_it_is_called(word: str) -> None:
    body = f"event=HungUp&from=022129191999&to=022129191998&direction=in&call_id=c&type={word}".encode()
    headers = {"content-type": "application/x-www-form-urlencoded"}
    call = fold(PlacetelHook(SITE).read(Delivery(body, headers, TOKEN), NOW).events)
    assert (call.state, call.outcome) == (CallState.ENDED, Outcome.MISSED)


# ── what senders leave as it is, and what they send beside it


def test_letters_that_a_sender_did_not_encode_are_read() -> None:
    body = "event=newCall&from=819012345678&to=81120000111&direction=in&callId=c&user[]=佐藤 恵".encode()
    headers = {"content-type": "application/x-www-form-urlencoded"}
    call = fold(ZammadHook(SITE).read(Delivery(body, headers, TOKEN), NOW).events)
    assert [offer.agent for offer in call.offers] == ["佐藤 恵"]
    with pytest.raises(InputError, match="not_form"):
        ZammadHook(SITE).read(Delivery(body.decode().encode("shift_jis"), headers, TOKEN), NOW)


def _zammad_json(**fields: object) -> Call:
    told = {"event": "newCall", "from": "819012345678", "to": "81120000111", "direction": "in", "callId": "c"} | fields
    delivery = Delivery(json.dumps(told).encode(), {"content-type": "application/json"}, TOKEN)
    return fold(ZammadHook(SITE).read(delivery, NOW).events)


@pytest.mark.parametrize("more", [True, 1.5, {"a": 1}, [{"a": 1}], None])
def test_what_nobody_asks_for_may_have_any_type(more: object) -> None:
    assert _zammad_json(recorded=more).customer_number == "+819012345678"


@pytest.mark.parametrize("field", ["from", "user", "callId"])
@pytest.mark.parametrize("wrong", [True, 1.5, {"a": 1}, ["a", {"a": 1}]])
def test_what_is_asked_for_must_be_text(field: str, wrong: object) -> None:
    with pytest.raises(InputError) as caught:
        _zammad_json(**{field: wrong})
    assert (caught.value.reason, caught.value.facts["field"]) == ("wrong_type", field)


def test_a_mailbox_among_those_who_are_rung_is_nobody() -> None:
    assert [offer.agent for offer in _zammad_json(user=["佐藤 恵", "voicemail"]).offers] == ["佐藤 恵"]


def test_each_telephone_that_placetel_names_talked() -> None:
    events: list[CallEvent] = []
    headers = {"content-type": "application/x-www-form-urlencoded"}
    for after_s, more in enumerate(["IncomingCall", "CallAccepted&peer=a@fpbx.de", "CallAccepted&peer=b@fpbx.de"] * 2):
        body = f"from=09012345678&to=0312345678&call_id=c&event={more}".encode()
        events += PlacetelHook(SITE).read(Delivery(body, headers, TOKEN), NOW + timedelta(seconds=after_s)).events
    assert len({event.id for event in events}) == 3
    first_told = {event.id: event for event in reversed(events)}  # the door keeps the first of two
    assert fold(first_told.values()).answered_by == ("a@fpbx.de", "b@fpbx.de")
