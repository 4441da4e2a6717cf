"""Signing in by the company's identity provider: the way there and back, whom it lets in, and every lie we know of."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from plugin.core.staff import Role
from plugin.services.accounts import Change
from plugin.settings import load
from plugin.wiring import House
from tests.kit import provider as lies
from tests.kit.newest import lay
from tests.kit.provided import is_in, journey, linked, site
from tests.kit.provider import CLIENT, SECRET, Claims, Provider
from tests.kit.staff import PASSWORD, app_of, browser_of, hire

ROLES = {"leads": "supervisor", "phones": "operator"}


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider() as started:
        yield started


@pytest.fixture
def house(tmp_path: Path, provider: Provider) -> Iterator[House]:
    built = site(tmp_path, provider)
    yield built
    built.close()


def test_a_known_person_comes_in_and_goes_on(house: House, provider: Provider) -> None:
    linked(house)
    browser = app_of(house).test_client()
    answer = journey(browser, provider)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account")
    assert is_in(browser)


def test_an_unknown_person_is_told_so_in_plain_words(house: House, provider: Provider) -> None:
    browser = app_of(house).test_client()
    answer = journey(browser, provider)
    assert answer.status_code == 403
    assert "まだ登録されていません" in answer.text
    assert not [code for code in provider.codes if code in answer.text]
    assert not is_in(browser)


def test_a_login_of_the_same_name_is_not_the_same_person(tmp_path: Path, provider: Provider) -> None:
    house = site(tmp_path, provider, roles=ROLES, takes_in=True)
    hire(house, login="sato")
    provider.person["groups"] = ["phones"]
    browser = app_of(house).test_client()
    assert journey(browser, provider).status_code == 403
    assert not is_in(browser)
    house.close()


@pytest.mark.parametrize(
    ("groups", "role", "said"),
    [
        (["phones"], Role.OPERATOR, ""),
        (["leads", "others"], Role.SUPERVISOR, ""),
        ("phones", Role.OPERATOR, ""),
        ([], None, "グループに入っていません"),
        (["others"], None, "グループに入っていません"),
        ([["phones"], 1, None], None, "グループに入っていません"),
        (["phones", "leads"], None, "2つ以上"),
    ],
)
def test_groups_give_one_role_or_none(
    tmp_path: Path, provider: Provider, groups: object, role: Role | None, said: str
) -> None:
    house = site(tmp_path, provider, roles=ROLES, takes_in=True)
    provider.person["groups"] = groups
    browser = app_of(house).test_client()
    answer = journey(browser, provider)
    if role:
        assert is_in(browser)
        assert house.accounts.find("sato").role is role
    else:
        assert said in answer.text
        assert house.accounts.all(None) == []
    house.close()


def test_who_left_the_group_is_out_everywhere(tmp_path: Path, provider: Provider) -> None:
    house = site(tmp_path, provider, roles=ROLES, takes_in=True)
    provider.person["groups"] = ["leads"]
    app = app_of(house)
    first, second = app.test_client(), app.test_client()
    journey(first, provider)
    assert is_in(first)
    provider.person["groups"] = []
    assert journey(second, provider).status_code == 403
    assert not is_in(first)
    provider.person["groups"] = ["phones"]
    journey(second, provider)
    assert house.accounts.find("sato").role is Role.OPERATOR
    house.close()


def test_a_closed_account_stays_closed(house: House, provider: Provider) -> None:
    house.accounts.change(linked(house), Change(active=False), None)
    browser = app_of(house).test_client()
    assert "停止されています" in journey(browser, provider).text
    assert not is_in(browser)


LIES: dict[str, Callable[[Claims], Claims]] = {
    "another issuer": lambda claims: claims | {"iss": "https://evil.example"},
    "no issuer": lambda claims: {name: value for name, value in claims.items() if name != "iss"},
    "for another client": lambda claims: claims | {"aud": "another"},
    "for us and another client": lambda claims: claims | {"aud": [CLIENT, "another"]},
    "asked for by another client": lambda claims: claims | {"azp": "another"},
    "over": lambda claims: claims | {"exp": int(time.time()) - 61},
    "without an end": lambda claims: {name: value for name, value in claims.items() if name != "exp"},
    "of long ago": lambda claims: claims | {"iat": int(time.time()) - 3600},
    "of the future": lambda claims: claims | {"iat": int(time.time()) + 300},
    "not yet": lambda claims: claims | {"nbf": int(time.time()) + 300},
    "of another sign-in": lambda claims: claims | {"nonce": "another"},
    "without a nonce": lambda claims: {name: value for name, value in claims.items() if name != "nonce"},
    "without a subject": lambda claims: {name: value for name, value in claims.items() if name != "sub"},
    "of a subject that is no text": lambda claims: claims | {"sub": {"$ne": ""}},
    "of nobody": lambda claims: claims | {"sub": ""},
    "with times that are no numbers": lambda claims: claims | {"exp": "9999999999"},
    "with times beyond all": lambda claims: claims | {"exp": 1e300},
}
FORGERIES = {
    "unsigned": lies.unsigned,
    "by the public key": lies.by_public_key,
    "by a stranger": lies.by_strangers_key,
    "with its own key": lies.with_own_key_in_it,
    "nothing": lambda claims, provider: "",
    "no token": lambda claims, provider: "a.b.c",
}


@pytest.mark.parametrize("lie", LIES)
def test_a_token_that_does_not_fit_opens_nothing(house: House, provider: Provider, lie: str) -> None:
    linked(house)
    provider.lies.claims = LIES[lie]
    browser = app_of(house).test_client()
    answer = journey(browser, provider)
    assert answer.status_code == 401
    assert "確認できませんでした" in answer.text
    assert not is_in(browser)


@pytest.mark.parametrize("lie", FORGERIES)
def test_a_forged_token_opens_nothing(house: House, provider: Provider, lie: str) -> None:
    linked(house)
    provider.lies.sign = FORGERIES[lie]
    browser = app_of(house).test_client()
    assert journey(browser, provider).status_code == 401
    assert not is_in(browser)


def test_a_clock_that_is_a_little_off_is_no_lie(house: House, provider: Provider) -> None:
    linked(house)
    provider.lies.claims = lambda claims: claims | {"iat": claims["iat"] + 30, "nbf": claims["iat"] + 30}
    browser = app_of(house).test_client()
    journey(browser, provider)
    assert is_in(browser)


def test_a_new_key_is_looked_for_once_in_a_while(house: House, provider: Provider) -> None:
    linked(house)
    app = app_of(house)
    journey(app.test_client(), provider)
    provider.rotate("second")
    refused = app.test_client()
    journey(refused, provider)
    asked = provider.asked.count("/keys")
    assert asked <= 2
    for _ in range(5):  # tokens of keys nobody knows do not make us ask again and again
        provider.lies.sign = lies.with_own_key_in_it
        journey(app.test_client(), provider)
    assert provider.asked.count("/keys") == asked


def test_a_code_and_a_state_count_once_and_in_their_own_browser(house: House, provider: Provider) -> None:
    linked(house)
    app = app_of(house)
    browser, thief = app.test_client(), app.test_client()
    back = urlsplit(provider.authorize(browser.get("/sign-in/provider").headers["Location"]))
    assert thief.get(f"{back.path}?{back.query}").status_code == 401  # without the cookie
    thief.get("/sign-in/provider")
    assert thief.get(f"{back.path}?{back.query}").status_code == 401  # with that of another journey
    state = parse_qs(back.query)["state"][0]
    assert browser.get(f"{back.path}?{back.query}").status_code == 303
    browser.set_cookie("denwaban-state", state)
    assert browser.get(f"{back.path}?{back.query}").status_code == 401
    mine = urlsplit(provider.authorize(browser.get("/sign-in/provider").headers["Location"]))
    used = parse_qs(back.query)["code"][0]
    state = parse_qs(mine.query)["state"][0]
    assert browser.get(f"{mine.path}?state={state}&code={used}&iss={provider.issuer}").status_code == 401


def test_an_answer_of_another_provider_is_refused(house: House, provider: Provider) -> None:
    linked(house)
    provider.lies.iss = "https://evil.example"
    browser = app_of(house).test_client()
    assert journey(browser, provider).status_code == 401
    sent = browser.get("/sign-in/provider")
    back = urlsplit(provider.authorize(sent.headers["Location"]))
    query = {name: values[0] for name, values in parse_qs(back.query).items()}
    unnamed = browser.get(f"{back.path}?state={query['state']}&code={query['code']}")
    assert unnamed.status_code == 401


@pytest.mark.parametrize("broken", ["/.well-known/openid-configuration", "/keys", "/token"])
def test_a_provider_that_is_away_is_said_in_words(house: House, provider: Provider, broken: str) -> None:
    linked(house)
    provider.lies.broken = {broken}
    browser = app_of(house).test_client()
    sent = browser.get("/sign-in/provider")
    if sent.status_code == 303:
        back = urlsplit(provider.authorize(sent.headers["Location"]))
        sent = browser.get(f"{back.path}?{back.query}")
    assert sent.status_code in (401, 502)
    assert "もう一度お試しください" in sent.text or "接続できません" in sent.text
    assert not is_in(browser)


def test_one_who_names_himself_otherwise_is_not_asked_at_all(house: House, provider: Provider) -> None:
    provider.lies.issuer_in_metadata = "https://evil.example"
    assert app_of(house).test_client().get("/sign-in/provider").status_code == 502


def test_another_sites_link_signs_nobody_in(house: House, provider: Provider) -> None:
    linked(house)
    browser = app_of(house).test_client()
    sent = browser.get("/sign-in/provider?next=/account", headers={"Sec-Fetch-Site": "cross-site"})
    assert (sent.status_code, sent.headers["Location"]) == (303, "/sign-in?next=%2Faccount")
    assert browser.get_cookie("denwaban-state") is None
    pressed = browser.get("/sign-in/provider?next=/account", headers={"Sec-Fetch-Site": "same-origin"})
    assert pressed.headers["Location"].startswith(provider.issuer)


def test_an_account_is_linked_by_its_owner_and_once(house: House, provider: Provider) -> None:
    app = app_of(house)
    tanaka, sato = hire(house), hire(house, login="suzuki")
    browser = browser_of(app, house, tanaka)
    path = "/sign-in/provider?for=link&next=/account"
    assert journey(browser, provider, path).headers["Location"] == "/account"
    assert "連携済み" in browser.get("/account").text
    other = browser_of(app, house, sato)
    assert "すでに別のもの" in journey(other, provider, path).text
    assert app.test_client().get(path).status_code == 303  # a stranger is led to sign in
    stranger = app.test_client()
    journey(stranger, provider)
    assert "tanaka" in stranger.get("/account").text


def test_a_journey_begun_by_one_does_not_link_another(house: House, provider: Provider) -> None:
    app = app_of(house)
    browser = browser_of(app, house, hire(house))
    back = urlsplit(provider.authorize(browser.get("/sign-in/provider?for=link").headers["Location"]))
    other = browser_of(app, house, hire(house, login="suzuki"))
    cookie = browser.get_cookie("denwaban-state")
    assert cookie
    other.set_cookie("denwaban-state", cookie.value)
    assert other.get(f"{back.path}?{back.query}").status_code == 401


def test_it_confirms_the_same_person_alone(house: House, provider: Provider) -> None:
    from datetime import timedelta

    user = house.accounts.user(linked(house), None)
    browser = browser_of(app_of(house), house, user, proved_ago=timedelta(hours=2))
    assert "会社のアカウントで確認" in browser.get("/prove").text
    path = "/sign-in/provider?for=prove&next=/approvals"
    assert "prompt=login" in browser.get(path).headers["Location"]
    provider.person["sub"] = "subject-2"
    assert journey(browser, provider, path).status_code == 401
    provider.person["sub"] = "subject-1"
    provider.lies.claims = lambda claims: claims | {"auth_time": int(time.time()) - 7200}
    assert journey(browser, provider, path).status_code == 401  # signed in there long ago
    provider.lies.claims = lambda claims: claims
    assert journey(browser, provider, path).headers["Location"] == "/approvals"
    cookie = browser.get_cookie("denwaban")
    assert cookie
    assert house.sessions.is_proved(house.sessions.whose(cookie.value, "127.0.0.1"))


def test_passwords_may_be_switched_off(tmp_path: Path, provider: Provider) -> None:
    house = House(
        load(
            data_dir=tmp_path / "data",
            local_sign_in=False,
            provider={"issuer": provider.issuer, "client_id": CLIENT, "client_secret": SECRET},
        )
    )
    lay(house.store)
    linked(house)
    browser = app_of(house).test_client()
    page = browser.get("/sign-in").text
    assert 'type="password"' not in page
    token = page.split('name="form-token" content="')[1].split('"')[0]
    answer = browser.post("/sign-in", data={"login": "tanaka", "password": PASSWORD, "form_token": token})
    assert answer.status_code == 401
    journey(browser, provider)
    assert is_in(browser)
    house.close()


def test_codes_that_the_provider_refuses_are_asked_of_it_only_so_often(house: House, provider: Provider) -> None:
    browser = app_of(house).test_client()
    for _ in range(99):
        house.sessions.take_address_try("127.0.0.1")
    said = []
    for _ in range(2):
        state = parse_qs(urlsplit(browser.get("/sign-in/provider").headers["Location"]).query)["state"][0]
        said.append(browser.get(f"/sign-in/provider/back?state={state}&code=none").status_code)
    assert said == [401, 429]
