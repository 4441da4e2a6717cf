"""What a page shows goes as soon as its session is over, wherever it ended; a step-up elsewhere is no end of it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from plugin.core.staff import Role
from tests.kit.browser import sign_in, visitor
from tests.kit.desk import Office
from tests.kit.site import Site
from tests.kit.staff import PASSWORD

pytestmark = pytest.mark.needs("chromium")
NAME = "佐藤"


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    with visitor(browser) as opened:
        yield opened


def desk_and_customer(context: BrowserContext, site: Site, office: Office) -> tuple[Page, Page]:
    """Open tanaka's desk with a call on it, and a page of the customer in another tab."""
    phone = office.phone("09012345678").ring().answer()
    office.house.desk.choose(office.tanaka, phone.call_id, office.hanako)
    desk = sign_in(context, site, "tanaka")
    expect(desk.locator("#link[data-link=live]")).to_be_visible()
    expect(desk.locator("#pops")).to_contain_text(NAME)
    desk.evaluate("sessionStorage.setItem('denwaban-open', 'x')")
    other = context.new_page()
    other.goto(f"{site.url}/calls/{phone.call_id}")
    expect(other.locator("#content")).to_contain_text(NAME)
    return desk, other


def gone(page: Page) -> None:
    page.wait_for_url("**/sign-in**")
    expect(page.locator("[name=login]")).to_be_visible()
    assert NAME not in page.content()
    assert page.evaluate("sessionStorage.length + localStorage.length") == 0


def test_all_tabs_are_cleared_when_the_session_is_ended_elsewhere(
    context: BrowserContext, site: Site, office: Office
) -> None:
    desk, other = desk_and_customer(context, site, office)
    other.goto(f"{site.url}/account")
    other.go_back()  # a page that a browser may keep as it was
    expect(other.locator("#content")).to_contain_text(NAME)
    site.house.accounts.end_sessions(office.tanaka.user_id, None)
    gone(desk)
    gone(other)  # which has no stream: the desk told it
    other.go_forward()  # to the page of the account, which is not shown again either
    gone(other)


def test_signing_out_in_one_tab_clears_the_others_also_of_who_has_no_desk(
    context: BrowserContext, site: Site, office: Office
) -> None:
    site.staff("kanri", "管理 花子", None, Role.ADMIN)
    first = sign_in(context, site, "kanri")
    second = context.new_page()
    second.goto(f"{site.url}/account")
    expect(first.locator("#content")).to_contain_text("kanri")
    second.locator(".bar-end summary").click()
    second.locator("form[action='/sign-out'] button").click()
    first.wait_for_url("**/sign-in**")
    assert "管理 花子" not in first.content()


def test_a_page_that_is_looked_at_again_looks_whether_its_session_lasts(
    context: BrowserContext, site: Site, office: Office
) -> None:
    site.staff("kanri", "管理 花子", None, Role.ADMIN)
    page = sign_in(context, site, "kanri")
    page.goto(f"{site.url}/account")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("#content")).to_contain_text("管理 花子")
    site.house.accounts.end_sessions(site.house.accounts.find("kanri").id, None)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_url("**/sign-in?next=%2Faccount")


def test_a_step_up_in_another_tab_leaves_the_desk_as_it_is(context: BrowserContext, site: Site, office: Office) -> None:
    desk, other = desk_and_customer(context, site, office)
    before = {cookie["name"]: cookie["value"] for cookie in context.cookies()}
    other.goto(f"{site.url}/prove?next=/account")
    other.fill("#password", PASSWORD)
    other.press("#password", "Enter")
    other.wait_for_url("**/account")
    after = {cookie["name"]: cookie["value"] for cookie in context.cookies()}
    assert before["denwaban"] != after["denwaban"]
    note = desk.locator("form[data-draft]").first
    note.locator("[name=request]").fill("配送日を変えたい")
    expect(note.locator("[data-draft-at]")).to_contain_text("保存")  # by the form that was drawn before
    phone = office.phone("08099998888").ring()
    expect(desk.locator(f"#tab-{phone.call_id}")).to_be_visible()  # and its stream goes on
