"""A password that somebody else typed opens nothing until its owner has chosen his own; how one changes it."""

import re
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from plugin.core.staff import Role
from plugin.services.accounts import NewUser
from plugin.wiring import House
from tests.kit.doors import OPEN, SOME_ID
from tests.kit.staff import PASSWORD, app_of, browser_of, hire

GIVEN = "typed by somebody else"
REACHED = {"password", "sign_in"}  # the rooms in which he chooses, or leaves


def post(browser: FlaskClient, path: str, **form: Any) -> TestResponse:
    token = re.search(r'name="form-token" content="(\w+)"', browser.get("/account/password").text)
    assert token
    return browser.post(path, data={**form, "form_token": token[1]})


def given(house: House) -> FlaskClient:
    app = app_of(house)
    house.accounts.add(NewUser("tanaka", "田中", Role.SUPERVISOR), GIVEN, None)
    browser = app.test_client()
    page = browser.get("/sign-in").text
    token = page.split('name="form-token" content="')[1].split('"')[0]
    entered = browser.post("/sign-in", data={"login": "tanaka", "password": GIVEN, "form_token": token})
    assert entered.status_code == 303
    return browser


def test_who_was_given_a_password_is_led_to_choose_and_then_in(house: House) -> None:
    browser = given(house)
    assert browser.get("/").headers["Location"] == "/account/password"
    page = browser.get("/account/password").text
    assert "パスワードの設定" in page
    assert 'name="old"' not in page
    assert "前と同じパスワード" in post(browser, "/account/password", new=GIVEN).text
    assert post(browser, "/account/password", new="short").status_code == 422
    assert post(browser, "/account/password", new=PASSWORD).headers["Location"] == "/"
    assert browser.get("/").status_code == 200
    again = app_of(house).test_client()
    page = again.get("/sign-in").text
    token = page.split('name="form-token" content="')[1].split('"')[0]
    assert again.post("/sign-in", data={"login": "tanaka", "password": GIVEN, "form_token": token}).status_code == 401


def test_nothing_else_opens_before(house: House) -> None:
    browser = given(house)
    token = re.search(r'name="form-token" content="(\w+)"', browser.get("/account/password").text)
    assert token
    opened, tried = [], 0
    for rule in browser.application.url_map.iter_rules():
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            if (method, rule.endpoint) in OPEN or rule.endpoint.partition(".")[0] in REACHED:
                continue
            path = re.sub(r"<[^>]*>", SOME_ID, rule.rule)
            with browser.open(path, method=method, headers={"X-Form-Token": token[1]}) as answer:
                led = answer.status_code == 303 and answer.headers["Location"] == "/account/password"
                tried += 1
                if not (led or answer.status_code in (401, 404)):
                    opened.append((method, rule.endpoint, answer.status_code))
    assert opened == []
    assert tried > 80


def test_scripts_are_told_the_reason(house: House) -> None:
    told = given(house).get("/desk/state", headers={"Accept": "application/json"})
    assert (told.status_code, told.json["reason"]) == (403, "must_choose")  # type: ignore[index]


def test_one_changes_ones_own_knowing_the_old_one(house: House) -> None:
    app = app_of(house)
    browser = browser_of(app, house, hire(house))
    wrong = browser.post("/account/password", data={"old": "not that one", "new": "a new long password"})
    assert (wrong.status_code, "現在のパスワードが正しくありません" in wrong.text) == (422, True)
    done = browser.post("/account/password", data={"old": PASSWORD, "new": "a new long password"})
    assert done.headers["Location"] == "/account?done=password"
    assert house.sessions.sign_in("tanaka", "a new long password", "127.0.0.1", "test").token
