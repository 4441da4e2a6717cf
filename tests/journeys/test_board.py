"""An alert between two desks in a real browser: one key asks for help, the board shows it, help is on its way."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from plugin.core.alerts import AlertReason
from plugin.core.staff import Role
from tests.kit.browser import LOOKS, Look, overflows, ready, sign_in, violations, visitor
from tests.kit.control import Obedient
from tests.kit.desk import Office
from tests.kit.site import SOURCE, Site

pytestmark = pytest.mark.needs("chromium")


def test_one_key_brings_help(browser: Browser, site: Site, office: Office) -> None:
    control = Obedient()
    site.house.phones.controls[SOURCE] = control
    site.staff("boss", "上田 直子", "109", role=Role.SUPERVISOR)
    with visitor(browser) as here, visitor(browser) as there, visitor(browser) as elsewhere:
        desk, board, leader = (
            sign_in(here, site, "tanaka"),
            sign_in(there, site, "boss"),
            sign_in(elsewhere, site, "mori"),
        )
        board.goto(f"{site.url}/board")
        expect(ready(board, "#link")).to_have_attribute("data-link", "live")
        office.phone("09012345678").ring().answer()
        expect(ready(desk, ".pop .button[data-key=a]")).to_be_visible()
        desk.keyboard.press("a")
        line = board.locator(".alert-line")
        expect(line).to_contain_text("田中 美咲")
        expect(line).to_contain_text("090-1234-5678")
        expect(board.locator("#voice")).to_contain_text("田中 美咲")
        expect(leader.locator("#alerts")).to_contain_text("1件")  # on her own desk, whatever she does there
        desk.locator(".cry").get_by_role("button", name="カスハラ").click()
        expect(line.locator(".badge").first).to_have_text("カスハラ")
        board.keyboard.press("t")
        expect(desk.locator(".cry")).to_contain_text("上田 直子さんが対応します")
        expect(leader.locator("#alerts")).to_be_empty()
        board.keyboard.press("l")
        expect(board.locator("#said")).to_contain_text("あなたの電話を呼び出しています")
        assert [(order.act, order.extension) for order in control.ordered] == [("listen", "109")]
        line.get_by_role("button", name="電話を代わる").click()
        expect(board.locator("#said")).to_contain_text("もう一度押すと")
        line.get_by_role("button", name="電話を代わる").click()
        expect(board.locator("#said")).to_contain_text("つないでいます")
        assert len(control.ordered) == 2
        board.keyboard.press("d")
        expect(board.locator(".alert-line")).to_have_count(0)
        expect(desk.locator(".cry")).to_be_empty()


def test_who_only_listens_says_why_and_proves_who_he_is(browser: Browser, site: Site, office: Office) -> None:
    site.house.phones.controls[SOURCE] = Obedient()
    site.staff("boss", "上田 直子", "109", role=Role.SUPERVISOR)
    with visitor(browser) as there:
        board = sign_in(there, site, "boss")
        office.phone("09012345678").ring().answer()
        board.goto(f"{site.url}/board")
        talk = ready(board, ".talk")
        expect(talk).to_contain_text("田中 美咲")
        expect(talk).not_to_contain_text("佐藤")
        talk.locator("summary").click()
        talk.get_by_role("button", name="聞く").click()
        expect(talk.locator("select:invalid")).to_have_count(1)  # a purpose is required
        talk.locator("select").select_option("quality")
        talk.get_by_role("button", name="聞く").click()
        expect(board.locator("#said")).to_contain_text("呼び出しています")


def _raise(office: Office) -> None:
    phone = office.phone("09012345678").ring().answer()
    office.house.alerts.cry(office.tanaka, phone.call_id, AlertReason.HARASSMENT)
    other = office.phone("0312345678", "102").ring().answer()
    taken = office.house.alerts.cry(office.suzuki, other.call_id)
    office.house.alerts.take(office.mori, taken.id)


def _desk(page: Page, site: Site) -> None:
    expect(ready(page, ".cry .notice")).to_be_visible()


def _board(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/board")
    expect(ready(page, ".alert-line")).to_have_count(2)


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_it_reads_well_in_every_look(browser: Browser, site: Site, office: Office, look: Look) -> None:
    site.house.phones.controls[SOURCE] = Obedient()
    site.staff("boss", "上田 直子", "109", role=Role.SUPERVISOR)
    _raise(office)
    shown: list[tuple[str, Callable[[Page, Site], None]]] = [("tanaka", _desk), ("boss", _board)]
    for login, go in shown:
        office.speak(office.tanaka if login == "tanaka" else office.mori, look.lang)
        with visitor(browser, look) as context:
            page = sign_in(context, site, login)
            go(page, site)
            assert violations(page) == []
            assert not overflows(page)
