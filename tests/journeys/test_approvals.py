"""Two people in two browsers: what one asks for shows up at the other by itself, and takes effect as he approves it."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from plugin.core.staff import Role
from tests.kit.browser import LOOKS, Look, overflows, ready, sign_in, violations, visitor
from tests.kit.site import Site

pytestmark = pytest.mark.needs("chromium")


def ask(page: Page, site: Site, user_id: str, reason: str = "来月から異動するため") -> None:
    page.goto(f"{site.url}/admin/users/{user_id}")
    page.select_option("#role", Role.SERVICE.value)
    page.fill("#reason", reason)
    page.locator("form[action$='/admin/users/" + user_id + "'] button").click()
    ready(page, ".notice.is-good")


def test_a_request_shows_up_by_itself_and_takes_effect(browser: Browser, site: Site) -> None:
    tanaka = site.staff("tanaka", "田中 太郎", "101")
    site.staff("kanri", "管理 花子", None, Role.ADMIN)
    site.staff("suzuki", "鈴木 次郎", None, Role.SUPERVISOR)
    with visitor(browser) as his, visitor(browser) as hers:
        decider, asker = sign_in(his, site, "suzuki"), sign_in(hers, site, "kanri")
        decider.goto(f"{site.url}/approvals")
        expect(decider.locator("#none")).to_be_visible()
        ask(asker, site, tanaka.id)
        request = decider.locator(".request")
        expect(request).to_contain_text("来月から異動するため")
        expect(request).to_contain_text("お客様対応担当")
        request.locator("[name=reason]").fill("本人と確認済み")
        ask(asker, site, tanaka.id, "異動が早まったため")  # a second one comes while he types
        expect(decider.locator(".request")).to_have_count(2)
        expect(decider.locator(".request [name=reason]").first).to_have_value("本人と確認済み")
        decider.locator(".request").first.locator("button[value=approve]").click()
        ready(decider, ".notice.is-good")
        assert site.house.accounts.find("tanaka").role is Role.SERVICE
        decider.locator(".request [name=reason]").fill("二度目")
        decider.locator(".request button[value=approve]").click()
        expect(decider.locator(".notice.is-bad")).to_contain_text("一致しません")  # he is no operator any more


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_its_pages_break_no_rule(browser: Browser, tmp_path: Path, look: Look) -> None:
    with Site(tmp_path) as site, visitor(browser, look) as context:
        tanaka = site.staff("tanaka", "田中 太郎", "101")
        site.staff("suzuki", "鈴木 次郎", None, Role.SUPERVISOR)
        site.staff("kanri", "管理 花子", None, Role.ADMIN)
        page = sign_in(context, site, "kanri")
        page.context.add_cookies([{"name": "denwaban-lang", "value": look.lang, "url": site.url}])
        ask(page, site, tanaka.id)
        for login in ("kanri", "suzuki"):
            page.context.clear_cookies()
            page = sign_in(context, site, login)
            page.locator(".bar-end summary").click()
            page.locator(f"[name=lang][value={look.lang}]").click()
            ready(page, f"html[lang={look.lang}] main")
            for path in ("/approvals", *((f"/admin/users/{tanaka.id}", "/admin/users") if login == "kanri" else ())):
                page.goto(site.url + path)
                assert violations(page) == [], path
                assert not overflows(page), path
