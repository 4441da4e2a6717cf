"""The signed webhook lets in what is proved and well-formed, and answers everything else by its own errors."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connectors.calls.registry import HOOKS, open_hook
from connectors.calls.webhook import MOST_EVENTS, SignedWebhook
from plugin.core.call_json import write_event
from plugin.core.calls import CallEvent
from plugin.core.deliveries import Delivery, SourceSite
from plugin.core.errors import InputError, NotSignedIn, SettingError
from tests.connectors.hook_contracts import HookContract, Sender
from tests.kit.clock import HandClock
from tests.kit.deliveries import Said
from tests.kit.events import answered_call
from tests.kit.hooks import SECRET, signed

NOW = HandClock()()
EVENTS = answered_call().events
# The example of the specification's own library.
LEAST_OPTIONS = {"twilio": {"account_sid": "AC" + "0" * 32}}
SPEC_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class _Hook:
    """The hook of a source with these secrets; what stands in its path is nothing, unless a test says so."""

    def __init__(self, *secrets: str) -> None:
        self._hook = SignedWebhook(SourceSite("pbx1", secrets or (SECRET,)))

    def read(self, body: bytes, headers: dict[str, str], now: datetime, token: str = "") -> list[CallEvent]:
        return list(self._hook.read(Delivery(body, headers, token), now).events)


def test_a_signed_delivery_has_no_token_in_its_path() -> None:
    with pytest.raises(NotSignedIn, match="path"):
        _Hook().read(b"[]", signed(b"[]", NOW), NOW, "x" * 40)


def test_one_event_and_an_array_are_read() -> None:
    one = write_event(EVENTS[0]).encode()
    assert _Hook().read(one, signed(one, NOW), NOW) == [EVENTS[0]]
    many = f"[{','.join(map(write_event, EVENTS))}]".encode()
    assert _Hook().read(many, signed(many, NOW), NOW) == EVENTS
    assert _Hook().read(b"[]", signed(b"[]", NOW), NOW) == []


def test_the_signature_is_that_of_the_specification() -> None:
    body = b'{"test": 2432232314}'
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    now = NOW.fromtimestamp(1614265330, NOW.tzinfo)
    with pytest.raises(InputError, match="missing"):  # proved, though no event of ours
        _Hook(SPEC_SECRET).read(body, headers, now)
    with pytest.raises(NotSignedIn, match="signature"):
        _Hook(SECRET).read(body, headers, now)


@pytest.mark.parametrize("used", ["the old secret of ours", "the new secret of ours"])
def test_two_secrets_stand_beside_each_other_while_one_is_changed(used: str) -> None:
    headers = signed(b"[]", NOW, used)
    headers["webhook-signature"] = f"v1a,x v1,AAAA {headers['webhook-signature']}"
    assert _Hook("the new secret of ours", "the old secret of ours").read(b"[]", headers, NOW) == []


@pytest.mark.parametrize("off_s", [-301, 301])
def test_a_delivery_out_of_its_time_is_refused(off_s: int) -> None:
    late = NOW.fromtimestamp(NOW.timestamp() + off_s, NOW.tzinfo)
    with pytest.raises(NotSignedIn, match="too_old"):
        _Hook().read(b"[]", signed(b"[]", NOW), late)


def test_a_delivery_within_its_time_is_taken() -> None:
    for off_s in (-300, 300):
        other = NOW.fromtimestamp(NOW.timestamp() + off_s, NOW.tzinfo)
        assert _Hook().read(b"[]", signed(b"[]", NOW), other) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("webhook-id", "another"),
        ("webhook-id", ""),
        ("webhook-id", "é"),
        ("webhook-timestamp", "1"),
        ("webhook-timestamp", "-1"),
        ("webhook-timestamp", "٣"),
        ("webhook-timestamp", "9" * 5000),
        ("webhook-timestamp", "1e9"),
        ("webhook-signature", ""),
        ("webhook-signature", "v1,"),
        ("webhook-signature", "v1,é"),
        ("webhook-signature", "v1,!!!"),
        ("webhook-signature", "v2,AAAA"),
        ("webhook-signature", "v1," * 9000),
        ("webhook-signature", None),
    ],
)
def test_a_proof_that_does_not_fit_is_refused(name: str, value: str | None) -> None:
    headers = signed(b"[]", NOW)
    if value is None:
        del headers[name]
    else:
        headers[name] = value
    with pytest.raises(NotSignedIn):
        _Hook().read(b"[]", headers, NOW)


@pytest.mark.parametrize("secrets", [(), ("",)])
def test_a_source_without_a_secret_lets_nothing_in(secrets: tuple[str, ...]) -> None:
    with pytest.raises(NotSignedIn):
        SignedWebhook(SourceSite("pbx1", secrets)).read(Delivery(b"[]", signed(b"[]", NOW, "")), NOW)


@pytest.mark.parametrize("secret", ["whsec_***", "whsec_", "whsec_c2hvcnQ=", "changeme", " "])
def test_a_secret_that_is_no_base64_or_guessed_at_once_is_a_wrong_setting(secret: str) -> None:
    with pytest.raises(SettingError) as caught:
        SignedWebhook(SourceSite("pbx1", (SECRET, secret)))
    assert caught.value.reason == "secret"
    assert secret not in str(caught.value).replace("whsec_ must", "").split()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not_json"),
        (b"\xff\xfe", "not_json"),
        (b"{", "not_json"),
        (b"\xef\xbb\xbf[]", "not_json"),
        ("[]".encode("utf-16"), "not_json"),
        (b"[NaN]", "not_json"),
        (b"9" * 5000, "not_json"),
        (b"null", "wrong_type"),
        (b"[" * 100_000, "too_deep"),
        (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, "too_deep"),
        (json.dumps([{}] * (MOST_EVENTS + 1)).encode(), "too_many"),
        (b"[{}]", "missing"),
        (b'[{"id": "1", "id": "2"}]', "doubled"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(body: bytes, reason: str) -> None:
    with pytest.raises(InputError) as caught:
        _Hook().read(body, signed(body, NOW), NOW)
    assert caught.value.reason == reason


def test_one_wrong_event_refuses_its_whole_delivery() -> None:
    body = f"[{write_event(EVENTS[0])},{{}}]".encode()
    with pytest.raises(InputError, match="missing"):
        _Hook().read(body, signed(body, NOW), NOW)


@pytest.mark.parametrize("name", ["occurred_at", "started_at", "ended_at", "gaps"])
def test_what_is_told_of_next_week_is_refused(name: str) -> None:
    told: dict[str, Any] = json.loads(write_event(EVENTS[0]))
    at = "2026-12-23T08:00:00+09:00"
    pauses = [{"started_at": at, "ended_at": None}]
    said = {name: at} if name == "occurred_at" else {"recording": {"id": "r", name: pauses if name == "gaps" else at}}
    told["data"] |= said
    body = json.dumps(told).encode()
    with pytest.raises(InputError, match="time"):
        _Hook().read(body, signed(body, NOW), NOW)


@given(st.binary(max_size=300), st.dictionaries(st.text(max_size=20), st.text(max_size=50), max_size=4), st.booleans())
@example(b"[" * 300, {}, True)
def test_any_bytes_and_headers_are_events_or_an_error_of_ours(
    body: bytes, headers: dict[str, str], proved: bool
) -> None:
    given_headers = headers | (signed(body, NOW) if proved else {})
    try:
        events = _Hook().read(body, given_headers, NOW)
    except (InputError, NotSignedIn) as error:
        assert error.reason  # noqa: PT017  the two ends that are allowed
    else:
        assert all(isinstance(event, CallEvent) for event in events)


class TestSigned(HookContract):
    """The generic webhook under the same contract as every other source; any type of body, which must be JSON."""

    @pytest.fixture
    def sender(self) -> Sender:
        story = [
            Said((event.occurred_at - NOW).total_seconds(), "json", write_event(event).encode()) for event in EVENTS
        ]

        def prove(body: bytes, headers: Mapping[str, str]) -> Delivery:
            return Delivery(body, {**headers, **signed(body, NOW)})

        def disprove(true: Delivery) -> list[Delivery]:
            return [replace(true, body=true.body + b" "), replace(true, token="x" * 40)]

        settings = {"kind": "webhook", "secrets": [SECRET]}
        return Sender(settings, story, prove, (SECRET,), "id", typed=False, disprove=disprove)


def test_no_kind_of_hook_lets_anything_in_without_a_secret() -> None:
    for kind in HOOKS:
        hook = open_hook(kind, SourceSite("x", zone=ZoneInfo("Asia/Tokyo"), options=LEAST_OPTIONS.get(kind, {})))
        for token in ("", "x" * 40):
            with pytest.raises(NotSignedIn):
                hook.read(Delivery(b"", {}, token), NOW)
