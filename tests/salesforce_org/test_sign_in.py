"""Who an org lets in, and in which words it refuses the others."""

from datetime import timedelta

import pytest
import requests

from tests.kit.clock import HandClock
from tests.salesforce_org import Org
from tests.salesforce_org.faults import busy, dead_session
from tests.salesforce_org.oauth import JWT_BEARER, make_app
from tests.salesforce_org.visitor import Visitor, assertion


@pytest.mark.parametrize(
    ("claims", "error"),
    [
        ({"iss": "3MVG9other"}, "invalid_client_id"),
        ({"sub": "somebody@example.com"}, "invalid_grant"),
        ({"aud": "https://example.com"}, "invalid_grant"),
        ({"exp": "0"}, "invalid_grant"),
        ({"exp": "soon"}, "invalid_grant"),
    ],
)
def test_wrong_claims_are_refused(org: Org, visitor: Visitor, claims: dict[str, str], error: str) -> None:
    answer = visitor.token(grant_type=JWT_BEARER, assertion=assertion(org, org.now(), claims))
    assert (answer.status_code, answer.json()["error"]) == (400, error)


def test_an_assertion_signed_with_another_key_is_refused(org: Org, visitor: Visitor) -> None:
    signed = assertion(org, org.now())
    org.sign_in.app.certificate_pem = make_app("other@example.com", org.now(), number=2).certificate_pem
    answer = visitor.token(grant_type=JWT_BEARER, assertion=signed)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_an_assertion_for_too_long_or_by_a_wrong_clock_is_refused(org: Org, visitor: Visitor) -> None:
    early = assertion(org, org.now(), life_s=600)
    assert visitor.token(grant_type=JWT_BEARER, assertion=early).status_code == 400
    right = assertion(org, org.now())
    org.skew = timedelta(minutes=10)
    assert visitor.token(grant_type=JWT_BEARER, assertion=right).status_code == 400


def test_client_credentials(org: Org, visitor: Visitor) -> None:
    app = org.app
    form = {"grant_type": "client_credentials", "client_id": app.consumer_key, "client_secret": app.consumer_secret}
    assert visitor.token(**form).json()["instance_url"] == org.url
    assert visitor.token(**form | {"client_secret": "x"}).json()["error"] == "invalid_client"
    org.sign_in.is_dead = True
    assert visitor.token(**form).json()["error"] == "invalid_grant"
    org.sign_in.is_dead, org.app.client_credentials = False, False
    assert visitor.token(**form).json()["error"] == "invalid_grant"


def test_a_user_without_the_app_is_not_let_in(org: Org, visitor: Visitor) -> None:
    org.app.is_approved = False
    answer = visitor.token(grant_type=JWT_BEARER, assertion=assertion(org, org.now()))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_app_access")


def test_a_session_ends_by_time_and_by_hand(org: Org, visitor: Visitor, clock: HandClock) -> None:
    assert visitor.send("GET", "/limits").status_code == 200
    clock.move(hours=1, minutes=59)
    assert visitor.send("GET", "/limits").status_code == 200
    clock.move(hours=2)
    ended = visitor.send("GET", "/limits")
    assert ended.status_code == 401
    assert ended.json() == [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]
    visitor.sign_in()
    org.sign_in.end_sessions()
    assert visitor.send("GET", "/limits").status_code == 401


def test_a_dead_session_may_also_be_told_as_one_object(org: Org, visitor: Visitor) -> None:
    org.faults.add(dead_session(shape="dict"))
    assert visitor.send("GET", "/limits").json()["errorCode"] == "INVALID_SESSION_ID"
    assert visitor.send("GET", "/limits").status_code == 200


def test_without_a_session_only_the_versions_are_told(org: Org, visitor: Visitor) -> None:
    del visitor.http.headers["Authorization"]
    told = visitor.http.get(f"{org.url}/services/data/", timeout=30).json()
    assert {"label", "url", "version"} == set(told[0])
    assert visitor.send("GET", "/sobjects").status_code == 401


def test_an_unknown_version_is_not_there_and_an_old_one_is_gone(org: Org, visitor: Visitor) -> None:
    assert visitor.http.get(f"{org.url}/services/data/v99.0/sobjects", timeout=30).status_code == 404
    gone = visitor.http.get(f"{org.url}/services/data/v20.0/sobjects", timeout=30)
    assert (gone.status_code, gone.json()[0]["errorCode"]) == (410, "UNSUPPORTED_API_VERSION")


def test_the_daily_allowance(org: Org, visitor: Visitor, clock: HandClock) -> None:
    org.limits.daily, org.limits.used = 100, 99
    assert visitor.send("GET", "/limits").headers["Sforce-Limit-Info"] == "api-usage=100/100"
    over = visitor.send("GET", "/limits")
    assert (over.status_code, over.json()[0]["errorCode"]) == (403, "REQUEST_LIMIT_EXCEEDED")
    assert over.headers["Sforce-Limit-Info"] == "api-usage=100/100"
    clock.move(days=1)
    visitor.sign_in()
    assert visitor.send("GET", "/limits").json()["DailyApiRequests"] == {"Max": 100, "Remaining": 99}


def test_a_busy_org_says_when_to_come_back(org: Org, visitor: Visitor) -> None:
    org.faults.add(busy(429, on="limits", retry_after_s=7))
    assert visitor.send("GET", "/sobjects").status_code == 200
    answer = visitor.send("GET", "/limits")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")


def test_an_org_with_tls_answers_nothing_in_the_clear(org: Org, visitor: Visitor) -> None:
    plain = visitor.http.get(f"{org.proxy}/services/data/v64.0/limits", timeout=30)
    assert (plain.status_code, plain.json()[0]["errorCode"]) == (403, "HTTPS_REQUIRED")


def _break_an_org() -> None:
    with Org() as org, Visitor(org) as visitor:
        org.sign_in.app = None  # type: ignore[assignment]
        with pytest.raises(requests.exceptions.ConnectionError):
            visitor.token(grant_type="client_credentials")


def test_a_defect_of_the_simulator_fails_its_test() -> None:
    with pytest.raises(AssertionError, match="broke"):
        _break_an_org()


def test_public_names_lead_to_the_org_through_its_port(org: Org, visitor: Visitor) -> None:
    visitor.http.proxies = {"https": org.proxy}
    form = {"grant_type": JWT_BEARER, "assertion": assertion(org, org.now())}
    answer = visitor.http.post("https://login.salesforce.com/services/oauth2/token", data=form, timeout=30)
    assert answer.json()["instance_url"] == "https://denwaban.my.salesforce.com"
