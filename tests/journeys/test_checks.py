"""A recording check between two desks in a real browser: asked on the call, answered in words, read on the desk."""

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from plugin.core.ids import CallId
from tests.kit.browser import LOOKS, Look, overflows, ready, sign_in, violations, visitor
from tests.kit.desk import Office
from tests.kit.listening import bring_in
from tests.kit.site import Site
from tests.kit.sounds import tone

pytestmark = pytest.mark.needs("chromium")
QUESTION = "「送料は無料」とご案内していましたか？\n<b>本日中</b>にお知りになりたいそうです。"
ANSWER = "はい。1分10秒ごろ、無料とご案内しています。"


@pytest.fixture
def past(site: Site, office: Office) -> CallId:
    """A recorded call of hanako's that a colleague took."""
    call_id = office.past_call_now("09012345678", office.hanako, "送料について")
    bring_in(site.house, call_id, tone(20))
    return call_id


def _asker(context: BrowserContext, site: Site, office: Office) -> Page:
    """Suzuki's desk, with hanako verified on the line."""
    page = sign_in(context, site, "suzuki")
    phone = office.phone("09012345678", "102").ring().answer()
    office.verify(office.at_browser(office.suzuki), phone.call_id, office.hanako)
    return page


def _ask(page: Page, site: Site, past: CallId) -> None:
    page.goto(f"{site.url}/calls/{past}")
    expect(page.locator("main")).to_contain_text("送料について")  # the written record stands above
    page.fill("[name=question]", QUESTION)
    page.locator("[name=question] ~ * button, form:has([name=question]) button").click()
    expect(page.locator("#checks .check-line")).to_contain_text("本日中")


def test_a_question_goes_to_a_supervisor_and_its_answer_comes_back_to_the_desk(
    browser: Browser, site: Site, office: Office, past: CallId
) -> None:
    with visitor(browser) as here, visitor(browser) as there:
        board = sign_in(there, site, "mori")
        board.goto(f"{site.url}/checks")
        expect(board.locator("#waiting")).to_contain_text("0件")
        page = _asker(here, site, office)
        _ask(page, site, past)
        board.locator("#waiting .check-line a").click()  # it came by itself
        expect(ready(board, ".check-question")).to_have_text(QUESTION)
        expect(board.locator("main b")).to_have_count(0)
        board.get_by_role("button", name="引き受ける").click()
        page.goto(site.url)
        strip = ready(page, ".desk-check")
        expect(strip).to_contain_text("確認中")
        board.fill("[name=answer]", ANSWER)
        board.get_by_role("button", name="回答する").click()
        expect(strip).to_contain_text(ANSWER)  # without a reload
        page.goto(f"{site.url}/calls/{past}")
        expect(page.locator("#checks")).to_contain_text(ANSWER)
        page.goto(site.url)
        mark = ready(page, "#answered-mark")
        expect(mark).to_contain_text("1件")
        page.keyboard.press("k")  # from wherever the call has led
        expect(page.locator(".desk-check h2")).to_be_focused()
        page.locator(".desk-check").get_by_role("button", name="確認しました").click()
        expect(page.locator(".desk-check")).to_have_count(0)
        expect(mark).to_be_hidden()


def test_of_two_supervisors_the_second_is_told_in_words(
    browser: Browser, site: Site, office: Office, past: CallId
) -> None:
    site.staff("abe", "阿部 健", role=office.mori.role)
    with visitor(browser) as here, visitor(browser) as one, visitor(browser) as other:
        _ask(_asker(here, site, office), site, past)
        pages = [sign_in(one, site, "mori"), sign_in(other, site, "abe")]
        for page in pages:
            page.goto(f"{site.url}/checks")
            page.locator("#waiting .check-line a").click()
            ready(page, "button:has-text('引き受ける')")
        for page in pages:
            page.get_by_role("button", name="引き受ける").click()
        expect(pages[0].locator("[name=answer]")).to_be_visible()
        expect(pages[1].locator("h1")).to_contain_text("ほかの人が対応")


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_its_pages_are_open_to_all(browser: Browser, site: Site, office: Office, past: CallId, look: Look) -> None:
    for who in (office.mori, office.suzuki):
        office.speak(who, look.lang)
    with visitor(browser, look) as here, visitor(browser, look) as there:
        page = _asker(here, site, office)
        page.goto(f"{site.url}/calls/{past}")
        ready(page, "[name=question]")
        assert violations(page) == []
        assert not overflows(page)
        _ask(page, site, past)
        board = sign_in(there, site, "mori")
        board.goto(f"{site.url}/checks")
        assert violations(board) == []
        board.locator("#waiting .check-line a").click()
        ready(board, "main form button").click()
        ready(board, "[name=answer]")
        board.locator("summary").last.click()
        assert violations(board) == []
        assert not overflows(board)
        board.fill("[name=answer]", ANSWER)
        board.locator("form:has([name=answer]) button").click()
        board.wait_for_url("**/checks")
        assert not overflows(board)
        page.goto(site.url)
        expect(ready(page, ".desk-check")).to_contain_text(ANSWER)
        assert violations(page) == []
        assert not overflows(page)
