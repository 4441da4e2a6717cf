"""A step-up changes the session's token and nothing else of it; what one proves oneself by changes after all of it."""

import re
from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest
from flask.testing import FlaskClient

from plugin.core.errors import Denied, NotSignedIn
from plugin.core.factors import PROVES, Factor, Means, missing
from plugin.core.ids import UserId
from plugin.core.staff import Proofs, Role, Staff
from plugin.core.times import to_us
from plugin.wiring import House
from tests.kit.clock import HandClock
from tests.kit.staff import PASSWORD, app_of, browser_of, hire
from tests.kit.together import at_once

HERE = "127.0.0.1"


def cookie_of(browser: FlaskClient) -> str:
    cookie = browser.get_cookie("denwaban")
    assert cookie
    return cookie.value


def form_token(browser: FlaskClient) -> str:
    found = re.search(r'name="form-token" content="(\w+)"', browser.get("/account").text)
    assert found
    return found[1]


def enrol(house: House, clock: HandClock, staff: Staff) -> pyotp.TOTP:
    app = pyotp.TOTP(house.entering.factors.begin_code(staff).secret)
    house.entering.factors.confirm_code(staff, code(app, clock))
    clock.move(seconds=30)
    return app


def code(app: pyotp.TOTP, clock: HandClock) -> str:
    return app.generate_otp(to_us(clock()) // 30_000_000)


def test_the_former_token_opens_nothing_and_all_that_hangs_on_the_session_stays(house: House) -> None:
    app, user = app_of(house), hire(house)
    browser = browser_of(app, house, user)
    thief = app.test_client()
    thief.set_cookie("denwaban", cookie_of(browser))
    former, drawn = cookie_of(browser), form_token(browser)
    staff = house.sessions.whose(former, HERE)
    assert thief.get("/account").status_code == 200
    browser.post("/prove", data={"password": PASSWORD})
    assert cookie_of(browser) != former
    assert thief.get("/account").status_code == 303
    with pytest.raises(NotSignedIn):
        house.sessions.whose(former, HERE)
    assert house.sessions.still(staff).session_hash == staff.session_hash  # a stream that is open
    assert [each.hash for each in house.sessions.own(staff)] == [staff.session_hash]
    other_tab = app.test_client()  # the same jar, a page from before
    other_tab.set_cookie("denwaban", cookie_of(browser))
    kept = other_tab.post("/preferences", data={"lang": "en", "form_token": drawn})
    assert kept.status_code == 303
    assert form_token(browser) == drawn


def test_of_two_windows_that_confirm_at_once_one_changes_the_token(house: House) -> None:
    app_of(house)
    opened = house.sessions.sign_in(hire(house).login, PASSWORD, HERE, "test")
    staff, fresh = house.sessions.whose(opened.token, HERE), []
    wrong = at_once([lambda: fresh.append(house.sessions.prove(staff, PASSWORD, opened.token))] * 3)
    assert wrong == [None] * 3
    (token,) = [each for each in fresh if each]
    assert house.sessions.whose(token, HERE).session_hash == staff.session_hash


def test_a_refused_password_does_not_cost_the_session(house: House) -> None:
    browser = browser_of(app_of(house), house, hire(house))
    former = cookie_of(browser)
    refused = browser.post("/account/password", data={"old": PASSWORD, "new": "short"})
    assert refused.status_code == 422
    assert cookie_of(browser) != former
    assert browser.get("/account").status_code == 200


def test_what_is_missing_is_asked_for_and_no_more() -> None:
    clock = HandClock()
    now, old = clock(), clock() - timedelta(minutes=16)
    one = Staff(UserId(""), "", "", Role.OPERATOR, "", None, "ja", "", "")
    two = replace(one, has_factor=True)
    assert missing(one, now) == {Means.KNOWN}
    assert missing(replace(one, proofs=Proofs(now)), now) == set()
    assert missing(replace(two, proofs=Proofs(now)), now) == {Means.HELD}
    assert missing(replace(two, proofs=Proofs(None, now)), now) == {Means.KNOWN}
    assert missing(replace(two, proofs=Proofs(old, now)), now) == {Means.KNOWN}
    assert missing(replace(two, proofs=Proofs(now, now)), now) == set()
    assert PROVES[Factor.PASSKEY] == set(Means)


def test_factors_change_after_both_were_given(house: House, clock: HandClock) -> None:
    browser = browser_of(app_of(house), house, hire(house))
    app = enrol(house, clock, house.sessions.whose(cookie_of(browser), HERE))
    clock.move(minutes=16)
    for path in ("/account/factors/code/drop", "/account/factors/recovery-codes", "/account/factors/passkeys/begin"):
        assert browser.post(path).headers["Location"].startswith("/prove?all=1&next=")
    assert browser.get("/account/password").headers["Location"].startswith("/prove?all=1&next=")
    asked = {"all": "1", "next": "/account/factors"}
    by_code = browser.post("/prove", data={**asked, "code": code(app, clock)})
    assert (by_code.status_code, 'name="code"' in by_code.text) == (200, False)  # the other one alone is asked now
    with pytest.raises(Denied, match="step_up_in_full"):
        house.entering.factors.drop_code(house.sessions.whose(cookie_of(browser), HERE))
    assert browser.post("/prove", data={**asked, "password": "wrong"}).status_code == 422
    assert browser.post("/prove", data={**asked, "password": PASSWORD}).headers["Location"] == "/account/factors"
    assert browser.post("/account/factors/code/drop").headers["Location"] == "/account/factors?done=code_dropped"


def test_a_new_password_takes_the_second_factor_too(house: House, clock: HandClock) -> None:
    browser = browser_of(app_of(house), house, hire(house))
    app = enrol(house, clock, house.sessions.whose(cookie_of(browser), HERE))
    clock.move(minutes=16)
    given = {"old": PASSWORD, "new": "a new long password"}
    assert browser.post("/account/password", data=given).headers["Location"].startswith("/prove?all=1&next=")
    browser.post("/prove", data={"code": code(app, clock)})
    assert browser.post("/account/password", data=given).headers["Location"] == "/account?done=password"


def test_nothing_given_is_no_proof(house: House) -> None:
    browser = browser_of(app_of(house), house, hire(house), proved_ago=timedelta(hours=2))
    assert browser.post("/prove", data={"next": "/account"}).status_code == 422
    assert not house.sessions.is_proved(house.sessions.whose(cookie_of(browser), HERE))


ACCOUNTS = ("", "/active", "/password", "/factors/reset", "/sessions/end", "/recovery")


def test_accounts_change_after_a_step_up_alone(house: House) -> None:
    app, tanaka = app_of(house), hire(house)
    browser = browser_of(app, house, hire(house, Role.ADMIN, "admin"), proved_ago=timedelta(hours=2))
    before = house.accounts.all(None)
    page = browser.get("/admin/users").text
    assert 'href="/prove?next=/admin/users"' in page
    assert 'name="password"' not in page
    form = {"login": "neu", "name": "新", "role": "operator", "password": PASSWORD, "active": "0", "what": "password"}
    one = f"/admin/users/{tanaka.id}"
    for path in ("/admin/users", *(one + each for each in ACCOUNTS)):
        way = "/admin/users" if path == "/admin/users" else one
        assert browser.post(path, data=form).headers["Location"] == f"/prove?next={way}", path
    assert browser.get(one).headers["Location"] == f"/prove?next={one}"
    assert house.accounts.all(None) == before
    browser.post("/prove", data={"password": PASSWORD})
    assert browser.post(f"{one}/active", data=form).status_code == 303
    assert not house.accounts.user(tanaka.id, None).active
