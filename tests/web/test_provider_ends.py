"""A session that ended at the identity provider ends here at once; and every way of pretending that one did."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from plugin.wiring import House
from tests.kit import provider as lies
from tests.kit.provided import is_in, journey, linked, site
from tests.kit.provider import Provider
from tests.kit.staff import app_of, browser_of, hire

Tell = Callable[[str], int]


@pytest.fixture(scope="module")
def started() -> Iterator[Provider]:
    with Provider() as started:
        yield started


@pytest.fixture
def provider(started: Provider) -> Provider:
    started.lies = lies.Lies()
    started.person = {"sub": "subject-1", "name": "佐藤 花子", "preferred_username": "sato"}
    return started


@pytest.fixture
def house(tmp_path: Path, provider: Provider) -> Iterator[House]:
    built = site(tmp_path, provider)
    yield built
    built.close()


@pytest.fixture
def tell(house: House) -> Tell:
    return partial(post, app_of(house))


def post(app: Flask, token: str) -> int:
    answer = app.test_client().post("/sign-in/provider/logout", data={"logout_token": token})
    assert "no-store" in answer.headers["Cache-Control"]
    return answer.status_code


def come_in(house: House, provider: Provider, session: str = "") -> FlaskClient:
    provider.lies.claims = lambda claims: claims | ({"sid": session} if session else {})
    browser = app_of(house).test_client()
    journey(browser, provider)
    assert is_in(browser)
    return browser


def test_all_sessions_of_the_person_end_and_his_streams_look(house: House, provider: Provider, tell: Tell) -> None:
    user_id = linked(house)
    first, second = come_in(house, provider), come_in(house, provider)
    by_password = browser_of(app_of(house), house, house.accounts.user(user_id, None))
    other = browser_of(app_of(house), house, hire(house, login="suzuki"))
    ear = house.bus.listen(user_id)
    assert tell(provider.ended()) == 200
    assert ear.wait(5)
    ear.close()
    assert [is_in(each) for each in (first, second, by_password, other)] == [False, False, False, True]


def test_one_session_there_ends_what_was_begun_from_it_alone(house: House, provider: Provider, tell: Tell) -> None:
    linked(house)
    one, two = come_in(house, provider, "one"), come_in(house, provider, "two")
    assert tell(provider.ended(sub=None, sid="one")) == 200
    assert [is_in(one), is_in(two)] == [False, True]
    assert tell(provider.ended(sub="subject-2", sid="two")) == 200  # another person's session is not his
    assert is_in(two)
    assert tell(provider.ended(sid="two")) == 200
    assert not is_in(two)


def test_where_there_is_nothing_to_end_all_is_well(house: House, provider: Provider, tell: Tell) -> None:
    assert tell(provider.ended(sub="nobody here")) == 200
    assert tell(provider.ended(sub=None, sid="no session of ours")) == 200


EVENT = "http://schemas.openid.net/event/backchannel-logout"
WRONG: dict[str, dict[str, object]] = {
    "another issuer": {"iss": "https://evil.example"},
    "for another": {"aud": "another"},
    "for us and another": {"aud": ["denwaban", "another"]},
    "of no time": {"iat": None},
    "of long ago": {"iat": 1_000_000_000},
    "over": {"exp": 1_000_000_000},
    "without an end": {"exp": None},
    "without a name": {"jti": None},
    "with a name that is no text": {"jti": 5},
    "of a sign-in": {"nonce": "any"},
    "of no event": {"events": None},
    "of another event": {"events": {"http://example.com/other": {}}},
    "of an event that is no object": {"events": {EVENT: "x"}},
    "of nobody": {"sub": None},
    "of a subject that is no text": {"sub": {"$ne": ""}},
    "of a session that is no text": {"sid": ["one"]},
}


def test_a_saying_that_does_not_fit_ends_nothing(house: House, provider: Provider, tell: Tell) -> None:
    linked(house)
    browser = come_in(house, provider, "one")
    told = {wrong: tell(provider.ended(**other)) for wrong, other in WRONG.items()}
    assert told == dict.fromkeys(WRONG, 400)
    assert is_in(browser)


FORGED: dict[str, Callable[..., str]] = {
    "unsigned": lies.unsigned,
    "by the public key": lies.by_public_key,
    "by a stranger": lies.by_strangers_key,
    "with its own key": lies.with_own_key_in_it,
}


def test_a_forged_saying_ends_nothing(house: House, provider: Provider, tell: Tell) -> None:
    linked(house)
    browser = come_in(house, provider)
    for lie, sign in FORGED.items():
        provider.lies.sign = sign
        assert tell(provider.ended()) == 400, lie
    assert is_in(browser)


def test_a_saying_counts_once(house: House, provider: Provider, tell: Tell) -> None:
    linked(house)
    said = provider.ended()
    assert tell(said) == 200
    browser = come_in(house, provider)
    assert tell(said) == 400
    assert is_in(browser)


def test_what_is_no_token_is_refused_and_counted(house: House, tell: Tell) -> None:
    for _ in range(96):
        house.sessions.take_address_try("127.0.0.1")
    assert [tell(token) for token in ("", "a.b.c", "x" * 20_000, "é.ü.ö", "")] == [400] * 4 + [429]


def test_such_a_saying_signs_nobody_in(house: House, provider: Provider) -> None:
    linked(house)
    said = provider.ended()
    provider.lies.sign = lambda claims, provider: said
    browser = app_of(house).test_client()
    assert journey(browser, provider).status_code == 401


def test_a_site_without_a_provider_has_no_such_door(tmp_path: Path) -> None:
    from plugin.settings import load
    from plugin.store.schema import upgrade

    house = House(load(data_dir=tmp_path / "data"))
    upgrade(house.store)
    assert post(app_of(house), "x") == 404
    house.close()
