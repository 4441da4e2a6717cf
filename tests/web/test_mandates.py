"""The pages of mandates, and the panel for proxies and company staff: nothing tells that there is a mandate."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from plugin.core.identity import Item
from plugin.core.ids import new_id
from plugin.core.staff import Role
from plugin.store.tables.customers import customers
from plugin.web.texts import text
from plugin.wiring import House
from tests.kit.callers import RIGHT, STORED, keep
from tests.kit.panel import PARTIAL, Desk, desk_of, staff_of
from tests.kit.people import Town
from tests.kit.staff import app_of, browser_of, hire

FORM = {
    "name": "湊 直人",
    "scope": "history",
    "until": "2027-03-31",
    "basis": "委任状の原本",
    "answer-name_kana": "ミナト ナオト",
    "answer-birth_date": "1985-11-03",
    "answer-passphrase": "やまゆり",
}
TOLD = {name: value for name, value in FORM.items() if name.startswith("answer-")}


@pytest.fixture
def desk(house: House) -> Desk:
    return desk_of(house)


@pytest.fixture
def boss(house: House) -> FlaskClient:
    return browser_of(app_of(house), house, hire(house, Role.SUPERVISOR, "boss"))


def _act(page: str) -> str:
    found = re.search(r'action="([^"]+/judge)"', page)
    assert found
    return found[1]


def _shape(page: str) -> str:
    return re.sub(r"[0-9A-Z]{26}|[0-9a-f]{64}|\d\d:\d\d|ends-in=\"\d+\"", "", page)


def _approve(house: House) -> None:
    second = browser_of(app_of(house), house, hire(house, Role.PRIVACY, "second"))
    page = second.get("/approvals").text
    for shown in ("湊 直人", "髙橋 美咲", "2027-03-31", text("ja", "identity.item.passphrase"), "委任状の原本"):
        assert shown in page
    assert not any(value in page for value in TOLD.values())
    (request,) = re.findall(r'name="approval" value="([^"]+)"', page)
    (seen,) = re.findall(r'name="seen" value="([^"]+)"', page)
    told = {"approval": request, "seen": seen, "reason": "照合した", "answer": "approve"}
    assert second.post("/approvals", data=told).headers["Location"] == "/approvals?done=approved"


def test_a_mandate_is_registered_used_and_ended(house: House, desk: Desk, boss: FlaskClient) -> None:
    at = f"/customers/{desk.customer}/mandates"
    before = desk.begin("proxy")
    assert boss.post(at, data=FORM).headers["Location"] == f"{at}?done=registered"
    page = boss.get(at).text
    assert "湊 直人" in page
    assert text("ja", "mandates.waits") in page
    waits = desk.browser.get(desk.at, headers=PARTIAL).text
    assert _shape(before) == _shape(waits)
    _approve(house)
    page = boss.get(at).text
    assert text("ja", "mandates.waits") not in page
    assert not any(value in page for name, value in TOLD.items() if name != "answer-name")
    assert "髙橋 美咲" in boss.get("/identity/mandates").text
    after = desk.browser.get(desk.at, headers=PARTIAL).text
    assert _shape(before) == _shape(after)
    assert text("ja", "identity.said.mandate") not in after
    passed = desk.browser.post(_act(after), data=TOLD, headers=PARTIAL).text
    assert 'data-state="verified"' in passed
    assert text("ja", "identity.said.mandate") in passed
    assert "湊 直人" not in passed
    mandate = re.search(rf'action="{at}/([0-9A-Z]{{26}})"', page)
    assert mandate
    assert boss.post(f"{at}/{mandate[1]}", data={"reason": ""}).status_code == 422
    assert boss.post(f"{at}/{mandate[1]}", data={"reason": "取り消し"}).headers["Location"] == f"{at}?done=ended"
    assert 'data-state="verified"' not in desk.browser.get(desk.at, headers=PARTIAL).text
    assert text("ja", "mandates.state.ended") in boss.get(at).text


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 200}, "name"),
        ({"scope": "everything"}, "scope"),
        ({"basis": " "}, "basis"),
        ({"until": "soon"}, "valid_until"),
        ({"until": "9999-12-31"}, "valid_until"),
        ({"answer-passphrase": ""}, "too_few"),
        ({"answer-birth_date": "50.3.3"}, "answer"),
    ],
)
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_what_is_wrong_is_told_and_no_answer_comes_back(
    house: House, desk: Desk, change: dict[str, str], reason: str, lang: str
) -> None:
    boss = browser_of(app_of(house), house, hire(house, Role.PRIVACY, "priv", lang=lang))
    answer = boss.post(f"/customers/{desk.customer}/mandates", data=FORM | change)
    assert answer.status_code == 422
    words = text(lang, f"mandates.wrong.{reason}", n=3, own=1, item=text(lang, "identity.item.birth_date"))
    assert words in answer.text
    assert "やまゆり" not in answer.text
    assert "1985-11-03" not in answer.text


def test_a_customer_is_found_by_his_number(house: House, desk: Desk, boss: FlaskClient) -> None:
    with house.store.write() as connection:
        connection.execute(update(customers).where(customers.c.id == desk.customer).values(code="C-9"))
    assert f"/customers/{desk.customer}/mandates" in boss.post("/identity/mandates", data={"code": "C-9"}).text
    assert text("ja", "mandates.nobody") in boss.post("/identity/mandates", data={"code": "C-99"}).text
    assert boss.post("/identity/mandates", data={"code": "☎\0" * 400}).status_code == 200


def test_nobody_else_gets_there(house: House, desk: Desk) -> None:
    app = app_of(house)
    paths = ("/identity/mandates", f"/customers/{desk.customer}/mandates")
    for role in set(Role) - {Role.SUPERVISOR, Role.PRIVACY}:
        one = browser_of(app, house, hire(house, role, f"other-{role}"))
        assert [one.get(path).status_code for path in paths] == [403, 403]
        assert one.post(paths[1], data=FORM).status_code == 403
        assert one.post(f"{paths[1]}/{'0' * 26}", data={"reason": "x"}).status_code == 403
    boss = browser_of(app, house, hire(house, Role.SUPERVISOR, "chief"))
    for strange in ("x", "☎", new_id(house.clock())):
        assert boss.get(f"/customers/{strange}/mandates").status_code == 404
        assert boss.post(f"/customers/{strange}/mandates", data=FORM).status_code == 404
        assert boss.post(f"{paths[1]}/{strange}", data={"reason": "x"}).status_code == 404


def test_a_companys_contact_is_chosen_and_verified(house: House) -> None:
    user = hire(house, Role.SERVICE)
    town = Town(house.store, house.clock())
    company, contact = town.customer("ORG", "山田商事株式会社"), town.customer("P1", "山田 次郎")
    with house.store.write() as connection:
        connection.execute(update(customers).where(customers.c.id == company).values(kind="organisation"))
        connection.execute(update(customers).where(customers.c.id == contact).values(organisation="ORG"))
        keep(house.answers, connection, contact, STORED, house.clock())
        keep(house.answers, connection, company, {Item.CONTRACT_NUMBER: "B-7700"}, house.clock())
    call = town.call(taken_by=staff_of(user), ended=False)
    browser = browser_of(app_of(house), house, user)
    at = f"/calls/{call}/customers/{company}/identity"
    page = browser.get(at, headers=PARTIAL).text
    assert 'value="self"' not in page
    assert "山田 次郎" in page
    page = browser.post(at, data={"role": "company", "contact": contact}, headers=PARTIAL).text
    assert 'name="company-contract_number"' in page
    assert 'name="answer-name_kana"' in page
    said = {f"answer-{item.value}": value for item, value in RIGHT.items()}
    wrong = browser.post(_act(page), data=said, headers=PARTIAL)
    assert wrong.status_code == 422
    right = browser.post(_act(page), data=said | {"company-contract_number": "b7700"}, headers=PARTIAL)
    assert 'data-state="verified"' in right.text
    assert "山田 次郎 様" in right.text
    for strange in ("x", "☎", new_id(house.clock())):
        assert browser.post(at, data={"role": "company", "contact": strange}).status_code == 404
    assert browser.post(at, data={"role": "self"}).status_code == 400
