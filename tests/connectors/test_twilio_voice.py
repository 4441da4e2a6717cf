"""Twilio's voice callbacks: the contract of hooks, the signature, and legs that become calls in whatever order."""

import base64
import hashlib
import hmac
import itertools
import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qsl, urlencode

import pytest

from connectors.calls.twilio import TwilioHook
from plugin.core.calls import (
    CUSTOMER,
    AgentRef,
    Call,
    CallEvent,
    CallState,
    Direction,
    EndedBy,
    EventType,
    Outcome,
    RecordingKind,
)
from plugin.core.deliveries import Delivery, SourceSite
from plugin.core.errors import InputError, NotSignedIn, SettingError
from plugin.core.fold import fold
from plugin.core.numbers import WithheldReason
from plugin.core.recordings import uri_without_number
from tests.connectors.hook_contracts import HookContract, Sender
from tests.kit.clock import HandClock
from tests.kit.deliveries import read_story

ACCOUNT = "AC00000000000000000000000000000001"
TOKEN, BEFORE = "0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210"
ADDRESS = "https://desk.example.jp/hooks/pbx1"
OPTIONS = {"account_sid": ACCOUNT, "onward": "https://www.example.jp/voice.xml"}
SITE = SourceSite("pbx1", (TOKEN, BEFORE), address=ADDRESS, options=OPTIONS)
NOW = HandClock()()
FORM = {"content-type": "application/x-www-form-urlencoded"}
PARENT, CHILD = "CA0000000000000000000000000000000a", "CA0000000000000000000000000000000b"


def _mark(text: str, token: str) -> str:
    return base64.b64encode(hmac.digest(token.encode(), text.encode(), "sha1")).decode()


def signed(body: bytes, headers: Mapping[str, str], token: str = TOKEN, address: str = ADDRESS) -> Delivery:
    """Sign as Twilio documents it, written down a second time: names in order, each with its value."""
    if headers["content-type"].startswith(FORM["content-type"]):
        pairs = sorted(set(parse_qsl(body.decode("latin-1"), keep_blank_values=True, errors="replace")))
        text, query = address + "".join(name + value for name, value in pairs), ""
    else:
        query = f"bodySHA256={hashlib.sha256(body).hexdigest()}"
        text = f"{address}?{query}"
    return Delivery(body, {**headers, "x-twilio-signature": _mark(text, token)}, query=query)


class TestTwilio(HookContract):
    @pytest.fixture
    def sender(self) -> Sender:
        settings = {"kind": "twilio", "secrets": [TOKEN, BEFORE], "options": {**OPTIONS, "address": ADDRESS}}
        return Sender(
            settings,
            read_story("twilio_inbound"),
            signed,
            (TOKEN, BEFORE),
            "CallSid",
            unreadable=frozenset({400, 401}),
            disprove=_unsigned,
        )


def _unsigned(true: Delivery) -> list[Delivery]:
    wrong = ["", "é", "AAAA", signed(true.body, FORM, token="f" * 32).headers["x-twilio-signature"]]
    guesses = [replace(true, headers={**FORM, "x-twilio-signature": mark}) for mark in wrong]
    more = [replace(true, query="a=b"), replace(true, body=true.body + b"&a=b"), replace(true, token="x" * 40)]
    return [*guesses, *more, replace(true, headers={**true.headers, "content-type": "application/json"})]


def _fields(**more: str) -> dict[str, str]:
    return {"AccountSid": ACCOUNT, "CallSid": PARENT, "CallStatus": "ringing", "Direction": "inbound"} | more


def _read(**more: str) -> tuple[CallEvent, ...]:
    return _read_by(SITE, **more)


def _read_by(site: SourceSite, **more: str) -> tuple[CallEvent, ...]:
    body = urlencode(_fields(**{"From": "+819012345678", "To": "+815031234567", **more})).encode()
    return TwilioHook(site).read(signed(body, FORM), NOW).events


def _told(story: str) -> list[CallEvent]:
    hook = TwilioHook(SITE)
    taken = [
        hook.read(signed(one.body, one.headers), NOW + timedelta(seconds=one.after_s)) for one in read_story(story)
    ]
    return [event for one in taken for event in one.events]


def test_the_example_of_a_signature_worked_out_by_hand_is_taken() -> None:
    # printf '%s' 'https://desk.example.jp/hooks/pbx1?a=1AccountSidAC…CallSidCA1CallStatusringing…' | openssl dgst -sha1
    body = f"CallStatus=ringing&CallSid=CA1&AccountSid={ACCOUNT}&To=%2B8150&From=anonymous".encode()
    text = f"{ADDRESS}?a=1AccountSid{ACCOUNT}CallSidCA1CallStatusringingFromanonymousTo+8150"
    headers = {**FORM, "x-twilio-signature": _mark(text, BEFORE)}
    assert len(TwilioHook(SITE).read(Delivery(body, headers, query="a=1"), NOW).events) == 1


@pytest.mark.parametrize("told", ["https://desk.example.jp:443/hooks/pbx1", "https://desk.example.jp/hooks/pbx1"])
@pytest.mark.parametrize("signs", ["https://desk.example.jp:443/hooks/pbx1", "https://desk.example.jp/hooks/pbx1"])
def test_a_port_that_goes_without_saying_may_be_signed_or_not(told: str, signs: str) -> None:
    hook = TwilioHook(replace(SITE, options={**OPTIONS, "address": told}))
    body = urlencode(_fields(From="anonymous")).encode()
    assert hook.read(signed(body, FORM, address=signs), NOW).events


def test_an_address_of_its_own_behind_a_proxy_is_what_is_signed() -> None:
    hook = TwilioHook(replace(SITE, options={**OPTIONS, "address": "https://calls.example.net/t"}))
    body = urlencode(_fields()).encode()
    with pytest.raises(NotSignedIn, match="signature"):
        hook.read(signed(body, FORM), NOW)
    assert hook.read(signed(body, FORM, address="https://calls.example.net/t"), NOW).events


def test_a_json_body_is_proved_by_its_hash_in_the_address() -> None:
    body = b'{"AccountSid": "%s", "CallSid": "CA1", "CallStatus": "ringing"}' % ACCOUNT.encode()
    true = signed(body, {"content-type": "application/json"})
    assert TwilioHook(SITE).read(true, NOW).events
    with pytest.raises(NotSignedIn, match="signature"):
        TwilioHook(SITE).read(replace(true, body=body + b" "), NOW)


def _call(story: str) -> Call:
    return fold(_told(story))


def test_a_call_that_an_operator_takes_in_the_browser() -> None:
    call = _call("twilio_inbound")
    assert (call.direction, call.customer_number, call.our_number) == (
        Direction.INBOUND,
        "+819012345678",
        "+815031234567",
    )
    assert (call.state, call.outcome, call.answered_by) == (CallState.ENDED, Outcome.ANSWERED, ("megumi",))
    assert call.source_call_ids == (PARENT, CHILD)
    (recording,) = call.recordings
    assert recording.uri == (
        f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Recordings/RE0000000000000000000000000000000c.wav"
    )
    assert recording.kind is RecordingKind.ALL_CALL


def test_the_first_word_of_a_call_sends_twilio_on_to_the_sites_own_twiml() -> None:
    hook, (first, *others) = TwilioHook(SITE), read_story("twilio_inbound")
    reply = hook.read(signed(first.body, first.headers), NOW).reply
    assert reply.content_type == "text/xml"
    assert "<Redirect>https://www.example.jp/voice.xml</Redirect>" in reply.text
    replies = [hook.read(signed(one.body, one.headers), NOW + timedelta(days=1)).reply.text for one in others]
    assert [text.endswith("<Response/>") for text in replies] == [False, False, True, False, False, False]


def test_an_operator_who_dials_in_the_browser_makes_an_outbound_call() -> None:
    call = _call("twilio_outbound")
    assert (call.direction, call.customer_number, call.placed_by) == (Direction.OUTBOUND, "+819012345678", "megumi")
    assert (call.answered_by, call.outcome) == ((CUSTOMER,), Outcome.ANSWERED)


def test_an_order_by_the_api_calls_the_customer() -> None:
    ends = {"Direction": "outbound-api", "From": "+815031234567", "To": "+819012345678"}
    told = [*_read(**ends), *_read(CallStatus="in-progress", **ends), *_read(CallStatus="completed", **ends)]
    call = fold(told)
    assert (call.direction, call.customer_number, call.our_number) == (
        Direction.OUTBOUND,
        "+819012345678",
        "+815031234567",
    )
    assert (call.answered_by, call.outcome) == ((CUSTOMER,), Outcome.ANSWERED)


@pytest.mark.parametrize("story", ["twilio_inbound", "twilio_outbound"])
def test_the_end_stays_the_end_and_any_single_callback_may_be_lost(story: str) -> None:
    told = _told(story)
    whole = fold(told)
    for lost in range(len(told)):
        call = fold(told[:lost] + told[lost + 1 :])
        assert call.customer_number == whole.customer_number
        assert call.outcome in (whole.outcome, None)
    chance = random.Random(4)
    for _ in range(40):
        assert fold(chance.sample(told, len(told))) == whole
    late = _read(
        CallStatus="in-progress", CallSid=whole.source_call_ids[0], Timestamp="Sun, 22 Nov 2026 23:09:09 +0000"
    )
    assert fold([*told, *late]).state is CallState.ENDED


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        ("anonymous", WithheldReason.REFUSED),
        ("Anonymous", WithheldReason.REFUSED),
        ("Restricted", WithheldReason.REFUSED),
        ("+266696687", WithheldReason.REFUSED),
        ("266696687", WithheldReason.REFUSED),
        ("+7378742833", WithheldReason.REFUSED),
        ("+2562533", WithheldReason.REFUSED),
        ("+7748283", WithheldReason.REFUSED),
        ("unknown", WithheldReason.UNKNOWN),
        ("+8656696", WithheldReason.UNKNOWN),
        ("+86282452253", WithheldReason.UNAVAILABLE),
        ("", WithheldReason.UNKNOWN),
        ("sip:anonymous@anonymous.invalid;user=phone", WithheldReason.REFUSED),
    ],
)
def test_a_withheld_caller_is_told_in_words_and_on_the_keys(sent: str, reason: WithheldReason) -> None:
    call = fold(_read(From=sent))
    assert (call.customer_number, call.withheld, call.direction) == (None, reason, Direction.INBOUND)


def test_a_withheld_callers_recording_keeps_its_address_whose_ids_are_no_numbers() -> None:
    address = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Recordings/RE01234567890123456789012345678901"
    assert uri_without_number(address, (PARENT,)) == address
    assert uri_without_number(f"{address}/09012345678", (PARENT,)) is None


@pytest.mark.parametrize(
    ("status", "outcome", "ended_by"),
    [
        ("completed", Outcome.MISSED, None),  # Twilio took it, and nobody else did
        ("busy", Outcome.BUSY, None),
        ("no-answer", Outcome.MISSED, None),
        ("canceled", Outcome.ABANDONED, EndedBy.CUSTOMER),
        ("failed", Outcome.FAILED, None),
    ],
)
def test_every_end_has_its_outcome(status: str, outcome: Outcome, ended_by: EndedBy | None) -> None:
    call = fold(_read(CallStatus=status))
    assert (call.state, call.outcome, call.ended_by) == (CallState.ENDED, outcome, ended_by)


def test_two_browsers_ring_and_one_takes_it() -> None:
    def leg(sid: str, to: str, status: str, second: int) -> tuple[CallEvent, ...]:
        at = f"Sun, 22 Nov 2026 23:00:{second:02} +0000"
        return _read(CallSid=sid, ParentCallSid=PARENT, To=to, CallStatus=status, Timestamp=at)

    told = [*_read(), *leg("CA1", "client:a", "ringing", 1), *leg("CA2", "sip:102@x.sip.twilio.com", "ringing", 1)]
    told += [*leg("CA2", "sip:102@x.sip.twilio.com", "in-progress", 5), *leg("CA1", "client:a", "canceled", 5)]
    for order in itertools.islice(itertools.permutations(told), 60):
        call = fold(order)
        assert {offer.agent: offer.outcome for offer in call.offers} == {
            "a": Outcome.ANSWERED_ELSEWHERE,
            "102": Outcome.ANSWERED,
        }
        assert call.answered_by == ("102",)


def test_a_number_that_the_site_names_is_an_operators() -> None:
    site = replace(SITE, options={**OPTIONS, "agents": "client:*, +81701112222*"})
    (event,) = _read_by(site, CallSid=CHILD, ParentCallSid=PARENT, To="+817011122223")
    assert event.agent is not None
    assert (event.type, event.agent.key, event.customer_number) == (EventType.RINGING, "+817011122223", None)


@pytest.mark.parametrize(
    ("options", "secrets"),
    [
        ({}, (TOKEN,)),
        ({"account_sid": "AC1"}, (TOKEN,)),
        ({**OPTIONS, "address": "http://desk.example.jp/hooks/pbx1"}, (TOKEN,)),
        ({**OPTIONS, "address": "https://desk.example.jp/hooks/pbx1?a=b"}, (TOKEN,)),
        ({**OPTIONS, "onward": "javascript:alert(1)"}, (TOKEN,)),
        ({**OPTIONS, "colour": "red"}, (TOKEN,)),
        (OPTIONS, ("short",)),
    ],
)
def test_wrong_settings_are_told_without_their_values(options: dict[str, str], secrets: tuple[str, ...]) -> None:
    with pytest.raises(SettingError) as caught:
        TwilioHook(SourceSite("pbx1", secrets, address=ADDRESS, options=options))
    assert not any(word in str(caught.value) for word in ("short", "red", "alert", "a=b", TOKEN))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("AccountSid", "AC00000000000000000000000000000002"),
        ("CallStatus", "sung"),
        ("CallStatus", ""),
        ("CallSid", ""),
        ("Timestamp", "yesterday"),
        ("Timestamp", "Mon, 30 Nov 2026 00:00:00 +0000"),
        ("SequenceNumber", "-1"),
        ("CallDuration", "9" * 19),
    ],
)
def test_what_nobody_documented_is_refused_by_name(field: str, value: str) -> None:
    with pytest.raises(InputError) as caught:
        _read(**{"CallStatus": "completed", field: value})
    assert caught.value.facts["field"] == field


@pytest.mark.parametrize(
    ("word", "told"),
    [("deleted", [EventType.RECORDING_FAILED]), ("paused", []), ("stopped", []), ("processing", [])],
)
def test_what_else_becomes_of_a_recording_is_no_mistake_and_takes_nothing_back(
    word: str, told: list[EventType]
) -> None:
    recording = {
        "AccountSid": ACCOUNT,
        "CallSid": PARENT,
        "RecordingSid": "RE1",
        "RecordingUrl": "https://api.twilio.com/RE1",
    }
    events: list[list[CallEvent]] = []
    for status in ("completed", word):
        body = urlencode({**recording, "RecordingStatus": status}).encode()
        events.append(list(TwilioHook(SITE).read(signed(body, FORM), NOW).events))
    assert [event.type for event in events[1]] == told
    (kept,) = fold(events[0] + events[1]).recordings
    assert kept.uri == "https://api.twilio.com/RE1.wav"


def test_a_long_sip_address_is_kept_by_who_is_meant() -> None:
    host = f"edge-{'1' * 60}.example.com;transport=tls;x-account=77"
    (event,) = _read(From=f"sip:sato@{host}", To="+819012345678")
    assert (event.direction, event.agent) == (Direction.OUTBOUND, AgentRef(extension="sato"))
    site = replace(SITE, options={**OPTIONS, "agents": "client:*"})
    (event,) = _read_by(site, From=f"sip:+819012345678@{host}", To=f"sip:desk@{host}")
    assert (event.customer_number, event.our_number) == ("sip:+819012345678", "sip:desk")
    (hidden,) = _read_by(site, From=f"sip:x@{'a' * 60}.invalid")
    assert (hidden.customer_number, hidden.withheld) == (None, WithheldReason.REFUSED)


@pytest.mark.parametrize("end", [f"client:{'a' * 65}", f"sip:{'1' * 65}@example.com", f"sip:x@{'a' * 260}"])
def test_an_end_of_nobody_is_refused(end: str) -> None:
    with pytest.raises(InputError, match="too_long"):
        _read(To=end)
