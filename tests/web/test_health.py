"""What machines ask of a site, and who may see its figures."""

from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from plugin.settings import load
from plugin.wiring import House
from tests.kit.staff import app_of


def test_a_site_in_order_is_alive_and_ready(house: House) -> None:
    browser = app_of(house).test_client()
    assert browser.get("/healthz").text == "ok\n"
    assert browser.get("/readyz").get_json() == {"ready": True}


def test_a_site_behind_its_schema_is_alive_but_not_ready(house: House) -> None:
    with house.store.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    browser = app_of(house).test_client()
    assert browser.get("/healthz").status_code == 200
    answer = browser.get("/readyz")
    assert (answer.status_code, answer.get_json()) == (503, {"ready": False, "reason": "schema_behind"})


def test_a_site_without_its_database_is_not_ready(tmp_path: Path) -> None:
    nowhere = House(load(data_dir=tmp_path / "data", database_url="mysql+pymysql://nobody@127.0.0.1:1/none"))
    answer = app_of(nowhere).test_client().get("/readyz")
    assert (answer.status_code, answer.get_json()["reason"]) == (503, "database_down")


def test_a_page_says_so_while_the_database_is_away(tmp_path: Path) -> None:
    nowhere = House(load(data_dir=tmp_path / "data", database_url="mysql+pymysql://nobody@127.0.0.1:1/none"))
    browser = app_of(nowhere).test_client()
    browser.set_cookie("denwaban", "some token")
    answer = browser.get("/account")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "ただいま処理できません" in answer.text


def figures(browser: FlaskClient, **headers: str) -> int:
    return browser.get("/metrics", headers=headers).status_code


def test_figures_are_for_this_machine_or_for_the_token(house: House, tmp_path: Path) -> None:
    browser = app_of(house).test_client()
    browser.get("/sign-in")
    page = browser.get("/metrics").text
    assert 'denwaban_requests_total{method="GET",status="200",view="sign_in.form"}' in page
    assert 'denwaban_health{subject="database"' in page
    assert figures(browser, **{"X-Forwarded-For": "203.0.113.5"}) == 404
    browser.environ_base["REMOTE_ADDR"] = "203.0.113.5"
    assert figures(browser) == 404


@pytest.mark.parametrize(("given", "status"), [("Bearer right", 200), ("Bearer wrong", 404), ("", 404), ("ü", 404)])
def test_a_token_opens_the_figures_from_anywhere_and_is_then_needed_here_too(
    house: House, given: str, status: int
) -> None:
    house.settings = load(data_dir=house.settings.data_dir, metrics_token="right")
    assert figures(app_of(house).test_client(), Authorization=given) == status
