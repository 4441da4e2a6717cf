"""The administrator's page of delivery: refused entries by reason, sent again or given up, and nothing personal."""

import pytest
from flask.testing import FlaskClient

from connectors.crm.local import LocalCrm
from plugin.core.customers import CrmCustomer
from plugin.core.ids import MessageId
from plugin.core.note import Sent, note_of
from plugin.core.outbox import MessageState
from plugin.core.staff import Role
from plugin.core.timeline import SummaryForm
from plugin.wiring import House
from tests.kit.ledgers import in_state
from tests.kit.people import Town
from tests.kit.staff import app_of, browser_of, hire


@pytest.fixture
def admin(house: House) -> FlaskClient:
    return browser_of(app_of(house), house, hire(house, Role.ADMIN, "admin"))


def _dead(house: House, count: int = 1) -> MessageId:
    town = Town(house.store, house.clock())
    sato = town.staff("sato")
    for number in range(count):
        call_id = town.call(town.customer(f"c{number + 1}", "山田 花子"), taken_by=sato)
        house.timeline.save(sato, call_id, SummaryForm(request="内緒の用件"))
    house.delivery.run()
    return in_state(house.store, MessageState.DEAD)[0].id


def test_a_quiet_site_says_so(admin: FlaskClient) -> None:
    assert "送信できなかった応対記録はありません" in admin.get("/admin/crm").text


def test_a_dead_letter_is_explained_and_sent_again(house: House, admin: FlaskClient) -> None:
    message_id = _dead(house)
    page = admin.get("/admin/crm").text
    assert "この顧客はCRMにありません" in page
    assert "no_such_customer" in page
    assert "satoさん" in page
    for secret in ("山田", "内緒", "12345678", "1234-5678"):
        assert secret not in page

    assert isinstance(house.crm, LocalCrm)
    house.crm.change([CrmCustomer("c1", name="山田 花子")])
    sent = admin.post(f"/admin/crm/{message_id}/replay")
    assert (sent.status_code, sent.headers["Location"]) == (303, "/admin/crm?done=replayed")
    assert house.delivery.run() == 1
    assert "送信できなかった応対記録はありません" in admin.get("/admin/crm?done=replayed").text
    assert admin.post(f"/admin/crm/{message_id}/replay").status_code == 404


def test_all_of_a_reason_are_sent_again_by_one_button(house: House, admin: FlaskClient) -> None:
    _dead(house, 3)
    assert isinstance(house.crm, LocalCrm)
    house.crm.change([CrmCustomer(f"c{number}") for number in (1, 2, 3)])
    assert admin.post("/admin/crm/replay", data={"reason": "timeout"}).status_code == 303
    assert len(in_state(house.store, MessageState.DEAD)) == 3
    assert admin.post("/admin/crm/replay", data={"reason": "no_such_customer"}).status_code == 303
    assert house.delivery.run() == 3


def test_one_is_given_up_with_a_reason_and_its_writer_sees_it(house: House, admin: FlaskClient) -> None:
    message_id = _dead(house)
    (dead,) = in_state(house.store, MessageState.DEAD)
    for why in ("", "x", "by_hand' OR 1=1"):
        assert admin.post(f"/admin/crm/{message_id}/close", data={"why": why}).status_code == 400
    assert admin.post(f"/admin/crm/{message_id}/close", data={"why": "by_hand"}).status_code == 303
    assert admin.post(f"/admin/crm/{message_id}/close", data={"why": "by_hand"}).status_code == 404
    assert "送信できなかった応対記録はありません" in admin.get("/admin/crm?done=closed").text
    sending = house.timeline.sendings([dead.call_id])[dead.call_id]
    assert note_of(None, None, sending).sent is Sent.CLOSED


def test_only_administrators_get_there(house: House, admin: FlaskClient) -> None:
    message_id = _dead(house)
    deeds = {f"{message_id}/replay": {}, f"{message_id}/close": {"why": "by_hand"}, "replay": {"reason": "timeout"}}
    for role in set(Role) - {Role.ADMIN}:
        browser = browser_of(app_of(house), house, hire(house, role, role.value))
        assert browser.get("/admin/crm").status_code == 403
        for path, form in deeds.items():
            assert browser.post(f"/admin/crm/{path}", data=form).status_code == 403
    assert app_of(house).test_client().get("/admin/crm").status_code in (302, 303, 401)
    assert len(in_state(house.store, MessageState.DEAD)) == 1


def test_a_post_from_elsewhere_changes_nothing(house: House, admin: FlaskClient) -> None:
    message_id = _dead(house)
    admin.environ_base["HTTP_X_FORM_TOKEN"] = "0" * 64
    for path in (f"{message_id}/replay", f"{message_id}/close", "replay"):
        assert admin.post(f"/admin/crm/{path}", data={"why": "by_hand", "reason": "x"}).status_code == 403
    assert len(in_state(house.store, MessageState.DEAD)) == 1


@pytest.mark.parametrize("message_id", ["x", "' OR 1=1", "%00", "は" * 26, "0" * 26])
def test_an_id_that_is_none_is_not_found(admin: FlaskClient, message_id: str) -> None:
    for deed in ("replay", "close"):
        assert admin.post(f"/admin/crm/{message_id}/{deed}", data={"why": "by_hand"}).status_code == 404


@pytest.mark.parametrize("reason", ["%00", "は", "'%20OR%201=1", "a" * 5000, "%ff", "no_such_customer%20"])
def test_any_reason_can_be_looked_for(house: House, admin: FlaskClient, reason: str) -> None:
    message_id = _dead(house)
    page = admin.get(f"/admin/crm?reason={reason}")
    assert page.status_code == 200
    assert f"/admin/crm/{message_id}/replay" not in page.text
