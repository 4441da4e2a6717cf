"""The way in and the administrator's pages in a real browser: in every look, without a script, without a fault."""

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from plugin.core.staff import Role
from tests.kit.browser import LOOKS, Look, cut_off, overflows, ready, sign_in, violations, visitor
from tests.kit.site import Site
from tests.kit.staff import PASSWORD

pytestmark = pytest.mark.needs("chromium")
FORCED = Look(forced_colors=True)


def _speak(context: BrowserContext, site: Site, look: Look) -> None:
    context.add_cookies([{"name": "denwaban-lang", "value": look.lang, "url": site.url}])
    admin = site.house.accounts.find("admin")
    with site.house.store.write() as connection:
        connection.exec_driver_sql("UPDATE users SET lang = ? WHERE id = ?", (look.lang, admin.id))


def _faults(page: Page, where: str) -> list[str]:
    return [f"{where}: {fault}" for fault in violations(page)] + ([f"{where}: too wide"] if overflows(page) else [])


@pytest.mark.parametrize("look", [*LOOKS, FORCED], ids=str)
def test_no_page_breaks_the_rules_of_access_in_any_look(browser: Browser, site: Site, look: Look) -> None:
    site.staff("admin", "山田 花子", "201", Role.ADMIN)
    operator = site.staff("tanaka", "田中 太郎", "202")
    with visitor(browser, look) as context:
        _speak(context, site, look)
        page = context.new_page()
        page.goto(f"{site.url}/sign-in")
        faults = _faults(page, "sign-in")
        page.fill("[name=login]", "admin")
        page.fill("[name=password]", "not the password")
        page.click("main form button")
        ready(page, "[role=alert]")
        faults += _faults(page, "wrong password")
        page.fill("[name=password]", PASSWORD)
        page.click("main form button")
        ready(page, ".bar-end summary").click()
        expect(page.locator(".bar-end .menu-card")).to_be_visible()
        faults += _faults(page, "menu")
        for path in ("/account", "/prove", "/admin/users", f"/admin/users/{operator.id}", "/admin/health", "/nowhere"):
            page.goto(site.url + path)
            faults += _faults(page, path) + [f"{path}: {place} is cut off" for place in cut_off(page)]
    assert faults == []


def test_language_and_appearance_are_chosen_by_hand_and_stay(browser: Browser, site: Site) -> None:
    site.staff("admin", "山田 花子", "201", Role.ADMIN)
    with visitor(browser) as context:
        page = sign_in(context, site, "admin")
        light = _ground(page)
        page.locator(".bar-end summary").click()
        page.get_by_role("button", name="ダーク").click()
        ready(page, "html[data-theme=dark]")
        assert _ground(page) != light
        page.locator(".bar-end summary").click()
        page.get_by_role("button", name="English").click()
        ready(page, "html[lang=en] .bar-end summary").click()
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("status")).to_contain_text("You are signed out.")
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def _ground(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.documentElement).backgroundColor"))


def test_everything_is_reached_by_keyboard(browser: Browser, site: Site) -> None:
    site.staff("admin", "山田 花子", "201", Role.ADMIN)
    with visitor(browser) as context:
        page = context.new_page()
        page.goto(f"{site.url}/sign-in?next=/account")
        expect(page.locator("[name=login]")).to_be_focused()
        page.keyboard.type("admin")
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(f"{site.url}/account")
        page.keyboard.press("Tab")
        expect(page.locator(".skip")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("#content")).to_be_focused()
