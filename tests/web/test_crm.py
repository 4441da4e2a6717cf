"""The administrator's page of the CRM: dead letters with words for their reason, sent again by hand, and the syncs."""

import pytest
from flask.testing import FlaskClient

from connectors.crm.local import LocalCrm
from plugin.core.customers import CrmCustomer
from plugin.core.ids import MessageId, new_id
from plugin.core.staff import Role
from plugin.core.timeline import SummaryForm
from plugin.wiring import House
from tests.kit.people import Town
from tests.kit.staff import app_of, browser_of, hire


@pytest.fixture
def admin(house: House) -> FlaskClient:
    return browser_of(app_of(house), house, hire(house, Role.ADMIN, "admin"))


def _dead(house: House) -> MessageId:
    town = Town(house.store, house.clock())
    sato = town.staff("sato")
    call_id = town.call(town.customer("c1", "山田 花子"), taken_by=sato)
    house.timeline.save(sato, call_id, SummaryForm(request="内緒の用件"))
    house.delivery.run()
    (dead,) = house.delivery.dead_letters()
    return dead.id


def test_a_quiet_site_says_so(admin: FlaskClient) -> None:
    page = admin.get("/admin/crm").text
    assert "送信できなかった応対記録はありません" in page
    assert "まだ同期していません" in page


def test_a_dead_letter_is_explained_and_sent_again(house: House, admin: FlaskClient) -> None:
    message_id = _dead(house)
    house.sync.run()
    page = admin.get("/admin/crm").text
    assert "この顧客はCRMにありません" in page
    assert "no_such_customer" in page
    for secret in ("山田", "内緒", "090"):
        assert secret not in page

    assert isinstance(house.crm, LocalCrm)
    house.crm.change([CrmCustomer("c1", name="山田 花子")])
    sent = admin.post(f"/admin/crm/{message_id}/replay")
    assert (sent.status_code, sent.headers["Location"]) == (303, "/admin/crm?done=replayed")
    assert house.delivery.run() == 1
    assert "送信できなかった応対記録はありません" in admin.get("/admin/crm?done=replayed").text
    assert admin.post(f"/admin/crm/{message_id}/replay").status_code == 404


def test_only_administrators_get_there(house: House, admin: FlaskClient) -> None:
    message_id = _dead(house)
    for role in set(Role) - {Role.ADMIN}:
        browser = browser_of(app_of(house), house, hire(house, role, role.value))
        assert browser.get("/admin/crm").status_code == 403
        assert browser.post(f"/admin/crm/{message_id}/replay").status_code == 403
    assert app_of(house).test_client().get("/admin/crm").status_code in (302, 303, 401)
    assert len(house.delivery.dead_letters()) == 1


@pytest.mark.parametrize("message_id", ["x", "' OR 1=1", "%00", "は" * 26, new_id.__name__])
def test_an_id_that_is_none_is_not_found(admin: FlaskClient, message_id: str) -> None:
    assert admin.post(f"/admin/crm/{message_id}/replay").status_code == 404
