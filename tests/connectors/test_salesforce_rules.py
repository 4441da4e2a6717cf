"""What the Salesforce connector decides without an org: its options, what refusals mean, when the budget is spent."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.crm.salesforce.budget import Budget
from connectors.crm.salesforce.options import read_options
from connectors.crm.salesforce.refusals import Kind, kind_of, of_reply, of_row
from connectors.crm.salesforce.sign_in import audience_of
from connectors.crm.tempo import Tempo
from plugin.core.errors import OutsideError, SettingError


@pytest.fixture
def given_options(tmp_path: Path) -> dict[str, str]:
    key = tmp_path / "key.pem"
    key.write_text("key")
    key.chmod(0o600)
    return {
        "url": "https://acme.my.salesforce.com",
        "client_id": "3MVG9",
        "username": "denwaban@acme.example",
        "key_file": str(key),
    }


def test_options_are_read_with_their_defaults(given_options: dict[str, str]) -> None:
    options = read_options(given_options | {"call_field": "Anruf__c", "budget_percent": "50"})
    assert (options.url, options.by_jwt, options.budget_percent) == ("https://acme.my.salesforce.com", True, 50)
    assert (options.task.call, options.task.version) == ("Anruf__c", "Denwaban_Version__c")
    assert options.read_s + options.connect_s <= 30


@pytest.mark.parametrize(
    ("change", "reason", "setting"),
    [
        ({"url": ""}, "missing", "URL"),
        ({"url": "http://acme.my.salesforce.com"}, "invalid", "URL"),
        ({"url": "https://acme.my.salesforce.com/path"}, "invalid", "URL"),
        ({"url": "https://me:hush-hush@acme.my.salesforce.com"}, "invalid", "URL"),
        ({"client_id": ""}, "missing", "CLIENT_ID"),
        ({"username": ""}, "missing", "USERNAME"),
        ({"key_file": ""}, "missing", "KEY_FILE"),
        ({"key_file": "/nowhere/key.pem"}, "invalid", "KEY_FILE"),
        ({"certificate_file": "/nowhere/cert.pem"}, "invalid", "CERTIFICATE_FILE"),
        ({"api_version": "59.0"}, "invalid", "API_VERSION"),
        ({"api_version": "newest"}, "invalid", "API_VERSION"),
        ({"call_field": "Name FROM User"}, "invalid", "CALL_FIELD"),
        ({"read_timeout_s": "soon"}, "invalid", "READ_TIMEOUT_S"),
        ({"budget_percent": "0"}, "invalid", "BUDGET_PERCENT"),
        ({"password": "hush-hush"}, "unknown", "PASSWORD"),
    ],
)
def test_a_wrong_option_is_named_without_its_value(
    given_options: dict[str, str], change: dict[str, str], reason: str, setting: str
) -> None:
    with pytest.raises(SettingError) as refused:
        read_options(given_options | change)
    assert refused.value.reason == reason
    assert refused.value.facts["setting"] == f"DENWABAN_CRM_OPTIONS__{setting}"
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_that_others_may_read_is_refused(given_options: dict[str, str], mode: int) -> None:
    Path(given_options["key_file"]).chmod(mode)
    with pytest.raises(SettingError, match="open_to_others"):
        read_options(given_options)


def test_there_is_one_way_to_sign_in(given_options: dict[str, str], tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s")
    secret.chmod(0o600)
    with pytest.raises(SettingError, match="key_file is given too"):
        read_options(given_options | {"client_secret_file": str(secret)})
    alone = {"url": "acme.my.salesforce.com", "client_id": "x", "client_secret_file": str(secret)}
    assert not read_options(alone).by_jwt
    secret.chmod(0o644)
    with pytest.raises(SettingError, match="open_to_others"):
        read_options(alone)


def test_an_assertion_is_meant_for_where_the_org_lives() -> None:
    assert audience_of("https://acme.my.salesforce.com") == "https://login.salesforce.com"
    assert audience_of("https://acme--test.sandbox.my.salesforce.com") == "https://test.salesforce.com"


@pytest.mark.parametrize(
    ("status", "body", "kind", "permanent"),
    [
        (401, [{"errorCode": "INVALID_SESSION_ID", "message": "m"}], Kind.SESSION, False),
        (401, {"errorCode": "INVALID_SESSION_ID", "message": "m"}, Kind.SESSION, False),
        (401, None, Kind.SESSION, False),
        (300, ["/services/data/v64.0/sobjects/Task/1"], Kind.ADOPT, False),
        (400, {"error": "invalid_grant", "error_description": "d"}, Kind.STOP, True),
        (400, [{"errorCode": "INVALID_FIELD", "message": "m"}], Kind.STOP, True),
        (403, [{"errorCode": "API_DISABLED_FOR_ORG"}], Kind.STOP, True),
        (403, [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}], Kind.LATER, False),
        (404, None, Kind.STOP, True),
        (406, None, Kind.SOON, False),
        (420, None, Kind.SOON, False),
        (429, "slow down", Kind.SOON, False),
        (500, [{"errorCode": "UNKNOWN_EXCEPTION"}], Kind.SOON, False),
        (503, [{"errorCode": "SERVER_UNAVAILABLE"}], Kind.SOON, False),
        (400, [{"errorCode": "QUERY_TIMEOUT"}], Kind.SOON, False),
        (418, [{"errorCode": "山田 花子"}], Kind.STOP, True),
    ],
)
def test_what_a_reply_means(status: int, body: object, kind: Kind, permanent: bool) -> None:
    error = of_reply(status, body, None)
    assert (kind_of(error), error.permanent) == (kind, permanent)
    assert str(error).isascii()


@pytest.mark.parametrize(
    ("code", "kind", "permanent"),
    [
        ("UNABLE_TO_LOCK_ROW", Kind.SOON, False),
        ("STRING_TOO_LONG", Kind.QUARANTINE, True),
        ("FIELD_CUSTOM_VALIDATION_EXCEPTION", Kind.QUARANTINE, True),
        ("ENTITY_IS_DELETED", Kind.RETARGET, True),
        ("DUPLICATE_VALUE", Kind.ADOPT, True),
        ("STORAGE_LIMIT_EXCEEDED", Kind.STOP, True),
    ],
)
def test_what_a_row_s_error_means(code: str, kind: Kind, permanent: bool) -> None:
    error = of_row([{"statusCode": code, "message": "花子 080-3345-1290", "fields": ["Subject", "花子"]}])
    assert (kind_of(error), error.permanent, error.facts["fields"]) == (kind, permanent, "Subject")
    assert "花子" not in str(error)


def test_a_row_s_error_that_nobody_knows_is_for_a_person() -> None:
    assert of_row([{"statusCode": "NEVER_HEARD_OF"}]).permanent
    assert of_row(None).permanent


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["errorCode", "statusCode", "error", "message", "fields", "x"]), inner)
    ),
    max_leaves=12,
)


@given(status=st.integers(300, 599), body=_JSON)
def test_any_reply_has_a_meaning_and_shows_nothing(status: int, body: object) -> None:
    error = of_reply(status, body, None)
    assert kind_of(error) in Kind
    assert len(str(of_row(body))) < 500
    assert str(error).isascii()


class HandTime:
    def __init__(self) -> None:
        self.passed = 0.0

    def tempo(self) -> Tempo:
        return Tempo(passed_s=lambda: self.passed)


@pytest.fixture
def hand() -> HandTime:
    return HandTime()


def _refused(call: Callable[[], None]) -> OutsideError:
    with pytest.raises(OutsideError) as refused:
        call()
    return refused.value


def test_background_work_stops_at_its_share_and_asks_now_and_then(hand: HandTime) -> None:
    budget = Budget(80, hand.tempo())
    budget.spend(background=True)
    budget.read({"Sforce-Limit-Info": "api-usage=79999/100000"})
    budget.spend(background=True)
    budget.read({"Sforce-Limit-Info": "api-usage=80000/100000; per-app-api-usage=1/2(appName=x)"})
    assert budget.told is not None
    assert (budget.told.used, budget.told.most) == (80_000, 100_000)
    refused = _refused(lambda: budget.spend(background=True))
    assert (refused.reason, refused.permanent, refused.facts["retry_after_s"]) == ("api_budget", False, 900)
    budget.spend(background=False)
    hand.passed = 900.0
    budget.spend(background=True)  # this one asks
    assert _refused(lambda: budget.spend(background=True)).reason == "api_budget"
    budget.read({"Sforce-Limit-Info": "api-usage=100/100000"})
    budget.spend(background=True)


def test_an_org_whose_limit_is_reached_is_left_alone(hand: HandTime) -> None:
    budget = Budget(80, hand.tempo())
    budget.shut(OutsideError("request_limit_exceeded", retry_after_s=900))
    hand.passed = 800.0
    refused = _refused(lambda: budget.spend(background=False))
    assert (refused.reason, refused.facts["retry_after_s"]) == ("request_limit_exceeded", 100)
    hand.passed = 901.0
    budget.spend(background=False)


@given(st.text(max_size=60))
def test_any_limit_header_is_survived(text: str) -> None:
    budget = Budget(80, Tempo())
    budget.read({"Sforce-Limit-Info": text})
    budget.spend(background=True)
