"""The pages about verification: what the rules mean, and who is locked out; each to those who answer for it alone."""

import pytest
from flask.testing import FlaskClient

from plugin.core.identity import FAILURE_WINDOW, Item
from plugin.core.policy_effect import Knower
from plugin.core.staff import Role
from plugin.store import failures
from plugin.web.texts import text
from plugin.wiring import House
from tests.kit.callers import STORED, keep
from tests.kit.people import Town
from tests.kit.staff import app_of, browser_of, hire


def browser(house: House, role: Role, lang: str = "ja") -> FlaskClient:
    return browser_of(app_of(house), house, hire(house, role, f"the-{role}", lang=lang))


def lock(house: House) -> str:
    customer = Town(house.store, house.clock()).customer("S1", "髙橋 美咲")
    with house.store.write() as connection:
        keep(house.answers, connection, customer, STORED, house.clock())
        for _ in range(5):
            assert failures.take_failure(connection, customer, 5, house.clock() - FAILURE_WINDOW)
            failures.note_failure(connection, customer, house.clock())
    return customer


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("role", [Role.ADMIN, Role.PRIVACY])
def test_the_policy_is_explained_in_words(house: House, role: Role, lang: str) -> None:
    page = browser(house, role, lang).get("/identity/policy").text
    for who in Knower:
        assert text(lang, f"policy.knower.{who}") in page
    family = page.partition(f'row">{text(lang, "policy.knower.family")}')[2].partition("</tr>")[0]
    assert text(lang, "policy.level.0") in family
    assert text(lang, "identity.item.birth_date") in family
    assert text(lang, "identity.item.passphrase") not in family
    person = page.partition(f'row">{text(lang, "policy.knower.customer")}')[2].partition("</tr>")[0]
    assert text(lang, "policy.level.2") in person
    assert "<meter" not in page


def test_customers_are_counted_when_asked(house: House) -> None:
    lock(house)
    Town(house.store, house.clock()).customer("S2")
    page = browser(house, Role.PRIVACY).get("/identity/policy?count=1").text
    assert [part.partition("</b>")[0] for part in page.split("<b>")[1:]][:3] == ["2", "1", "1"]
    assert "50.0%" in page


def test_a_supervisor_lifts_a_lock_out(house: House) -> None:
    boss, customer = browser(house, Role.SUPERVISOR), lock(house)
    page = boss.get("/identity/lock-outs").text
    assert f'href="/customers/{customer}"' in page
    assert "髙橋 美咲" in page
    assert boss.post("/identity/lock-outs", data={"customer": customer, "reason": ""}).status_code == 422
    lifted = boss.post("/identity/lock-outs", data={"customer": customer, "reason": "折り返しで確認"})
    assert (lifted.status_code, lifted.headers["Location"]) == (303, "/identity/lock-outs?done=lifted")
    assert text("ja", "lock_outs.none") in boss.get("/identity/lock-outs").text
    again = boss.post("/identity/lock-outs", data={"customer": customer, "reason": "もう一度"})
    assert again.status_code == 409
    for strange in ("", "x", "☎", "0" * 26 + "1"):
        assert boss.post("/identity/lock-outs", data={"customer": strange, "reason": "理由"}).status_code == 404


def test_nobody_else_gets_there(house: House) -> None:
    app = app_of(house)
    customer = lock(house)
    assert app.test_client().get("/identity/policy").status_code == 303
    for role in Role:
        one = browser_of(app, house, hire(house, role, f"other-{role}"))
        may_see = role in (Role.ADMIN, Role.PRIVACY)
        assert one.get("/identity/policy").status_code == (200 if may_see else 403)
        if role is Role.SUPERVISOR:
            continue
        assert one.get("/identity/lock-outs").status_code == 403
        assert one.post("/identity/lock-outs", data={"customer": customer, "reason": "急ぎ"}).status_code == 403


def test_every_item_and_proof_has_its_words(house: House) -> None:
    page = browser(house, Role.ADMIN).get("/identity/policy").text
    for item in Item:
        assert text("ja", f"identity.item.{item}") in page
