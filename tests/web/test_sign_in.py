"""The way in: sign-in, sign-out, step-up, and what a stranger sees."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from plugin.core.staff import Role
from plugin.core.tokens import hash_of
from plugin.services.accounts import Change
from plugin.settings import Settings
from plugin.wiring import House
from tests.kit.clock import HandClock
from tests.kit.doors import token_of
from tests.kit.staff import PASSWORD, app_of, browser_of, hire


def test_a_person_signs_in_and_out(house: House) -> None:
    app = app_of(house)
    hire(house)
    browser = app.test_client()
    assert browser.get("/account").headers["Location"] == "/sign-in?next=/account"
    token = token_of(browser.get("/sign-in?next=/account").text)
    form = {"form_token": token, "login": " TANAKA ", "password": PASSWORD, "next": "/account"}
    answer = browser.post("/sign-in", data=form)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    page = browser.get("/account")
    assert page.status_code == 200
    assert "tanaka 太郎" in page.text
    kept = browser.get_cookie("denwaban")
    assert kept
    assert browser.post("/sign-out", data={"form_token": token_of(page.text)}).status_code == 303
    browser.set_cookie("denwaban", kept.value)
    assert browser.get("/account").status_code == 303  # the cookie alone is worth nothing any more


def test_unknown_login_and_wrong_password_read_the_same(house: House) -> None:
    app = app_of(house)
    hire(house)
    pages = []
    for login in ("tanaka", "nobody"):
        browser = app.test_client()
        token = token_of(browser.get("/sign-in").text)
        answer = browser.post("/sign-in", data={"form_token": token, "login": login, "password": "wrong"})
        assert answer.status_code == 401
        pages.append(answer.text.replace(login, "").replace(token, ""))
    assert pages[0] == pages[1]


def test_a_post_without_the_forms_token_is_refused(house: House) -> None:
    app = app_of(house)
    user = hire(house)
    stranger = app.test_client()
    assert stranger.post("/sign-in", data={"login": "tanaka", "password": PASSWORD}).status_code == 403
    browser = browser_of(app, house, user)
    token = browser.environ_base.pop("HTTP_X_FORM_TOKEN")
    assert browser.post("/sign-out").status_code == 403
    browser.environ_base["HTTP_X_FORM_TOKEN"] = "0" * 64
    assert browser.post("/sign-out").status_code == 403
    browser.environ_base["HTTP_X_FORM_TOKEN"] = token
    for name, value in (("Sec-Fetch-Site", "cross-site"), ("Origin", "https://evil.example"), ("Origin", "null")):
        assert browser.post("/sign-out", headers={name: value}).status_code == 403
    assert browser.post("/sign-out", headers={"Origin": "http://localhost"}).status_code == 303


def test_another_browsers_token_does_not_fit(house: House) -> None:
    app = app_of(house)
    user = hire(house)
    mine, his = browser_of(app, house, user), browser_of(app, house, user)
    mine.environ_base["HTTP_X_FORM_TOKEN"] = his.environ_base["HTTP_X_FORM_TOKEN"]
    assert mine.post("/sign-out").status_code == 403


def test_nobody_is_led_to_another_site(house: House) -> None:
    app = app_of(house)
    browser = browser_of(app, house, hire(house))
    for onward in (
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "/\t/evil.example",
        "javascript:1",
        "x",
    ):
        assert browser.get("/sign-in", query_string={"next": onward}).headers["Location"] == "/"
    assert browser.get("/sign-in?next=/account?a=1").headers["Location"] == "/account?a=1"


def test_a_closed_account_is_out_at_once(house: House) -> None:
    app = app_of(house)
    user = hire(house)
    browser = browser_of(app, house, user)
    assert browser.get("/account").status_code == 200
    house.accounts.change(user.id, Change(active=False), None)
    assert browser.get("/account").status_code == 303


def test_a_new_role_counts_from_the_next_request(house: House) -> None:
    app = app_of(house)
    user = hire(house)
    browser = browser_of(app, house, user)
    house.accounts.change(user.id, Change(role=Role.SUPERVISOR), None)
    assert "スーパーバイザー" in browser.get("/account").text


def test_a_session_ends_idle_and_at_its_end(house: House, clock: HandClock) -> None:
    app = app_of(house)
    user = hire(house)
    idle, busy = browser_of(app, house, user), browser_of(app, house, user)
    for _ in range(11):
        clock.move(hours=1)
        assert busy.get("/account").status_code == 200
    assert idle.get("/account").status_code == 303
    clock.move(hours=1)
    assert busy.get("/account").status_code == 303


def test_the_password_is_asked_again_and_opens_the_step_up(house: House, clock: HandClock) -> None:
    app = app_of(house)
    user = hire(house)
    browser = browser_of(app, house, user, proved_ago=timedelta(hours=2))

    def is_proved() -> bool:
        cookie = browser.get_cookie("denwaban")
        assert cookie
        return house.sessions.is_proved(house.sessions.whose(cookie.value, "127.0.0.1"))

    assert not is_proved()
    assert browser.post("/prove", data={"password": "wrong"}).status_code == 422
    assert not is_proved()
    answer = browser.post("/prove", data={"password": PASSWORD, "next": "/account"})
    assert answer.headers["Location"] == "/account"
    assert is_proved()
    clock.move(minutes=61)
    assert not is_proved()


def test_passkeys_that_are_none_open_nothing_and_are_counted(house: House) -> None:
    browser = app_of(house).test_client()
    token = token_of(browser.get("/sign-in").text)
    answers = ["", "x", "[]", "{}", '{"rawId": 1}', '{"rawId": "AAAA", "response": []}', "[" * 100_000, "\0"]
    for answer in [*answers, *["{}"] * (100 - len(answers))]:
        given = {"form_token": token, "token": "x", "answer": answer}
        assert browser.post("/sign-in/passkey", data=given).status_code == 401
    assert browser.post("/sign-in/passkey", data={"form_token": token}).status_code == 429


def test_language_and_appearance_are_kept(house: House) -> None:
    app = app_of(house)
    browser = browser_of(app, house, hire(house))
    assert '<html lang="ja" data-theme="auto">' in browser.get("/account").text
    browser.post("/preferences", data={"lang": "en"})
    browser.post("/preferences", data={"theme": "dark"})
    assert '<html lang="en" data-theme="dark">' in browser.get("/account").text
    assert browser.post("/preferences", data={"lang": "xx"}).status_code == 400
    assert browser.post("/preferences", data={"lang": "ja", "theme": "xx"}).status_code == 400
    assert 'lang="en"' in browser.get("/account").text  # half of it was right: none of it is kept


def test_every_answer_forbids_scripts_and_frames(house: House) -> None:
    app: Flask = app_of(house)
    browser = browser_of(app, house, hire(house))
    for path in ("/account", "/no-such-page", "/sign-in", "/static/tokens.css"):
        with browser.get(path) as answer:
            policy = answer.headers["Content-Security-Policy"]
            assert "unsafe" not in policy
            assert "object-src 'none'" in policy
            assert "base-uri 'none'" in policy
            assert "frame-ancestors 'none'" in policy
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert browser.get("/account").headers["Cache-Control"] == "no-store"


def test_machines_get_a_problem_and_people_a_page(house: House) -> None:
    browser = app_of(house).test_client()
    said = browser.get("/no-such-page", headers={"Accept": "application/json"})
    assert said.content_type == "application/problem+json"
    assert said.get_json()["code"] == "not_found"
    assert browser.get("/hooks/x/y/z").content_type == "application/problem+json"
    page = browser.get("/no-such-page")
    assert page.status_code == 404
    assert "ページが見つかりません" in page.text
    wrong = browser.delete("/sign-in", headers={"Accept": "application/json"})
    assert (wrong.status_code, wrong.get_json()["code"]) == (405, "method")
    assert "GET" in wrong.headers["Allow"]
    asked = browser.get("/account", headers={"Accept": "application/json"})
    assert (asked.status_code, asked.get_json()["code"]) == (401, "not_signed_in")


@pytest.fixture
def by_https(settings: Settings, clock: HandClock, newest_sqlite: Path) -> Iterator[House]:
    settings.data_dir.mkdir(mode=0o700)
    shutil.copyfile(newest_sqlite, settings.data_dir / "denwaban.db")
    built = House(settings.model_copy(update={"public_url": "https://desk.example.jp"}), clock)
    yield built
    built.close()


def test_by_https_every_cookie_is_bound_to_this_host_and_https_is_kept(by_https: House) -> None:
    app = app_of(by_https)
    hire(by_https)
    browser = app.test_client()
    there = {"base_url": "https://desk.example.jp"}
    page = browser.get("/sign-in", **there)
    form = {"form_token": token_of(page.text), "login": "tanaka", "password": PASSWORD}
    entered = browser.post("/sign-in", data=form, **there)
    token = token_of(browser.get("/account", **there).text)
    chosen = browser.post("/preferences", data={"form_token": token, "lang": "en", "theme": "dark"}, **there)
    answers = (page, entered, chosen)
    cookies = [cookie for answer in answers for cookie in answer.headers.getlist("Set-Cookie")]
    assert sorted(cookie.partition("=")[0] for cookie in cookies) == [
        "__Host-denwaban",
        "__Host-denwaban-guest",
        "__Host-denwaban-lang",
        "__Host-denwaban-theme",
    ]
    for cookie in cookies:
        assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert '<html lang="en" data-theme="dark">' in browser.get("/account", **there).text
    for answer in (*answers, browser.get("/nowhere", **there)):
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def test_a_new_sign_in_ends_the_session_it_takes_the_place_of(house: House) -> None:
    browser = browser_of(app_of(house), house, hire(house))
    former = browser.get_cookie("denwaban")
    assert former
    assert browser.post("/sign-in", data={"login": "tanaka", "password": PASSWORD}).status_code == 303
    fresh = browser.get_cookie("denwaban")
    assert fresh
    assert fresh.value != former.value
    assert browser.get("/account").status_code == 200
    browser.set_cookie("denwaban", former.value)
    assert browser.get("/account").status_code == 303


def test_a_session_elsewhere_is_ended_by_who_proves_himself(house: House) -> None:
    app, user = app_of(house), hire(house)
    browser, elsewhere = browser_of(app, house, user, proved_ago=timedelta(hours=2)), browser_of(app, house, user)
    other = elsewhere.get_cookie("denwaban")
    assert other
    session = {"session": hash_of(other.value)}
    assert browser.post("/account/sessions/end", data=session).headers["Location"] == "/prove?next=/account"
    assert elsewhere.get("/account").status_code == 200
    browser.post("/prove", data={"password": PASSWORD})
    assert browser.post("/account/sessions/end", data=session).headers["Location"] == "/account?done=ended"
    assert elsewhere.get("/account").status_code == 303


@pytest.mark.parametrize(
    ("form", "page"),
    [
        ("/account/sessions/end", "/account"),
        ("/account/factors/code/confirm", "/account/factors"),
        ("/account/factors/passkeys/drop", "/account/factors"),
        ("/account/factors/code", "/account/factors"),
    ],
)
def test_who_has_to_prove_himself_comes_to_the_page_of_his_form(house: House, form: str, page: str) -> None:
    browser = browser_of(app_of(house), house, hire(house), proved_ago=timedelta(hours=2))
    way = "/prove?next=" if form.startswith("/account/sessions") else "/prove?all=1&next="
    assert browser.post(form).headers["Location"] == way + page


def test_what_is_text_says_in_which_letters(house: House) -> None:
    browser = browser_of(app_of(house), house, hire(house))
    for path in ("/account", "/healthz", "/static/tokens.css", "/static/mark.svg", "/static/passkeys.js"):
        with browser.get(path) as answer:
            assert answer.headers["Content-Type"].endswith("; charset=utf-8"), path


def test_a_page_may_look_whether_its_session_lasts_without_making_it_last(house: House, clock: HandClock) -> None:
    app = app_of(house)
    browser, other = browser_of(app, house, hire(house)), browser_of(app, house, hire(house, login="sato"))
    own = {"Accept": "application/json"}
    assert browser.get("/session", headers=own).status_code == 204
    token = other.environ_base["HTTP_X_FORM_TOKEN"]
    assert browser.get("/session", headers={**own, "X-Form-Token": token}).status_code == 401  # another's page
    for _ in range(4):
        clock.move(hours=1)
        lasts = browser.get("/session", headers=own).status_code
    assert lasts == 401  # unused for four hours, however often it looked
    ended = browser.get("/sign-in")
    assert ended.headers["Clear-Site-Data"] == '"cache", "storage"'
