"""The provider is away and it is the one way in: how an administrator gets in, and what shows that he did."""

import json
import re
from pathlib import Path

from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from plugin.cli import cli
from plugin.core.provider import ProviderPerson
from plugin.core.staff import Role
from plugin.settings import flat, load
from plugin.store import identities
from plugin.store import staff as rows
from plugin.store.schema import upgrade
from plugin.store.tables.audit import audit_lines
from plugin.wiring import House
from tests.kit.staff import app_of, hire

AWAY = "https://idp.invalid"
GIVEN, OWN = "typed at the server", "a password of his own"


def house_of(folder: Path, *, local: bool) -> House:
    provider = {"issuer": AWAY, "client_id": "denwaban", "client_secret": "x"}
    return House(load(data_dir=folder, provider=provider, local_sign_in=local))


def send(browser: FlaskClient, page: str, path: str, **form: str) -> TestResponse:
    token = re.search(r'name="form-token" content="(\w+)"', browser.get(page).text)
    assert token
    return browser.post(path, data={**form, "form_token": token[1]})


def enter(browser: FlaskClient, password: str) -> TestResponse:
    return send(browser, "/sign-in", "/sign-in", login="kanri", password=password)


def test_an_administrator_gets_in_by_the_server_and_everybody_sees_it(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    house = house_of(folder, local=False)
    upgrade(house.store)
    house.audits.settings_watch.note(flat(house.settings))
    user = hire(house, Role.ADMIN, "kanri")
    with house.store.write() as connection:
        rows.rewrite_password(connection, user.id, "")  # as the provider took him in
        identities.link(connection, ProviderPerson(AWAY, "s", "", "", frozenset(), None), user.id, house.clock())
    assert app_of(house).test_client().get("/sign-in/provider").status_code == 502
    words, env = ["user", "set-password", "kanri", "--password-stdin"], {"DENWABAN_DATA_DIR": str(folder)}
    run = CliRunner().invoke(cli, words, input=f"{GIVEN}\n", env=env)
    assert run.exit_code == 0, run.output
    assert enter(app_of(house).test_client(), GIVEN).status_code == 401  # it is not a way in yet
    house.close()
    house = house_of(folder, local=True)
    house.audits.settings_watch.note(flat(house.settings))
    browser = app_of(house).test_client()
    assert enter(browser, GIVEN).status_code == 303
    assert send(browser, "/account/password", "/account/password", new=OWN).status_code == 303
    assert browser.get("/admin/users").status_code == 200
    with house.store.read() as connection:
        lines = [json.loads(row.body) for row in connection.execute(select(audit_lines.c.body))]
    said = {(line["act"], line["purpose"], line["address"]) for line in lines}
    assert ("staff.user_changed", "password", "command line") in said
    assert any(act == "settings.changed" for act, _, _ in said)
    (shown,) = house.accounts.by_machine(house.sessions.whose(cookie_of(browser), "127.0.0.1"))
    assert (shown.user.login, shown.what) == ("kanri", "password")
    house.close()


def cookie_of(browser: FlaskClient) -> str:
    cookie = browser.get_cookie("denwaban")
    assert cookie
    return cookie.value
