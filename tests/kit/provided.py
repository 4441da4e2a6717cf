"""A site to which people come by the company's identity provider."""

from pathlib import Path
from urllib.parse import urlsplit

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from plugin.core.provider import ProviderPerson
from plugin.core.staff import Role
from plugin.settings import load
from plugin.store import identities
from plugin.wiring import House
from tests.kit.newest import lay
from tests.kit.provider import CLIENT, SECRET, Provider
from tests.kit.staff import hire


def site(folder: Path, provider: Provider, **other: object) -> House:
    chosen = {"issuer": provider.issuer, "client_id": CLIENT, "client_secret": SECRET} | other
    built = House(load(data_dir=folder / "data", provider=chosen))
    lay(built.store)
    return built


def linked(house: House, role: Role = Role.OPERATOR, subject: str = "subject-1") -> str:
    user = hire(house, role)
    provider = house.settings.provider
    assert provider
    person = ProviderPerson(provider.issuer, subject, "", "", frozenset(), None)
    with house.store.write() as connection:
        identities.link(connection, person, user.id, house.clock())
    return user.id


def journey(browser: FlaskClient, provider: Provider, path: str = "/sign-in/provider?next=/account") -> TestResponse:
    sent = browser.get(path)
    assert sent.status_code == 303
    back = urlsplit(provider.authorize(sent.headers["Location"]))
    return browser.get(f"{back.path}?{back.query}")


def is_in(browser: FlaskClient) -> bool:
    return browser.get("/account").status_code == 200
