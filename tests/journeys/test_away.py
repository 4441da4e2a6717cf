"""The desk while its server is away: nothing typed is lost, it says what is the matter, and recovers by itself."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, expect

from tests.kit.browser import overflows, sign_in, violations, visitor
from tests.kit.desk import Office
from tests.kit.processes import wait_for
from tests.kit.site import Phone, Site

pytestmark = pytest.mark.needs("chromium")


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    with visitor(browser) as opened:
        yield opened


@pytest.fixture
def phone(office: Office) -> Phone:
    """Hanako's call, in which tanaka talks with her."""
    phone = office.phone("09012345678").ring().answer()
    office.house.desk.choose(office.tanaka, phone.call_id, office.hanako)
    return phone


@pytest.fixture
def page(context: BrowserContext, site: Site, phone: Phone) -> Page:
    """Tanaka's desk, with the questions to hanako open."""
    page = sign_in(context, site, "tanaka")
    expect(page.locator("#link[data-link=live]")).to_be_visible()
    page.keyboard.press("v")
    expect(page.locator("[name=answer-birth_date]")).to_be_visible()
    return page


def test_what_is_typed_and_pressed_while_the_server_is_away_stays_and_is_kept_once_it_is_back(
    page: Page, context: BrowserContext, site: Site, office: Office, phone: Phone
) -> None:
    note = page.locator(f"#note-{phone.call_id}")
    context.set_offline(True)
    page.locator("[name=answer-birth_date]").fill("昭和55年4月1日")
    page.locator("[name=answer-contract_number]").fill("K4471-0921")
    page.get_by_role("button", name="照合する").click()
    expect(page.locator("[data-identity-away]")).to_contain_text("入力した内容は残っています")
    note.locator("[name=request]").fill("届かない")
    expect(note.locator("[data-draft-at]")).to_contain_text("未保存")
    note.locator("[type=submit]").click()
    expect(note.locator("[data-error]")).to_contain_text("まだ保存されていません")
    page.locator("[data-key='0']").click()
    expect(page.locator("#notice")).to_contain_text("接続が戻ると")
    assert violations(page) == []
    context.set_offline(False)
    expect(page.locator("#link[data-link=live]")).to_be_visible()
    expect(page.locator("#notice")).to_be_hidden()
    expect(page.locator("[data-identity-away]")).to_be_hidden()
    expect(note.locator("[data-error]")).to_contain_text("もう一度")
    kept = site.house.timeline.draft_of(office.tanaka, phone.call_id)
    assert kept is not None
    assert "届かない" in kept.body
    expect(page.locator("[name=answer-birth_date]")).to_have_value("昭和55年4月1日")
    page.locator("[name=answer-name_kana]").fill("さとうはなこ")
    page.get_by_role("button", name="照合する").click()
    expect(page.locator("[data-identity][data-state=verified]")).to_be_visible()


def test_what_stands_before_the_server_and_answers_for_it_costs_no_draft_and_no_desk(page: Page, phone: Phone) -> None:
    note = page.locator(f"#note-{phone.call_id}")
    gateway = {"status": 502, "content_type": "text/html", "body": "<title>502 Bad Gateway</title>"}
    page.route("**/draft", lambda route: route.fulfill(**gateway), times=1)
    page.route("**/judge", lambda route: route.fulfill(**gateway), times=1)
    page.locator("[name=answer-birth_date]").fill("昭和55年4月1日")
    page.get_by_role("button", name="照合する").click()
    expect(page.locator("[data-identity-away]")).to_be_visible()
    note.locator("[name=request]").fill("届かない")
    expect(note.locator("[data-draft-at]")).to_contain_text("未保存")
    expect(note.locator("[data-draft-at]")).to_contain_text("下書き保存")


def test_leaving_a_page_that_alone_knows_what_was_typed_is_asked_about(
    page: Page, context: BrowserContext, site: Site, office: Office, phone: Phone
) -> None:
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    context.set_offline(True)
    page.locator("[name=request]").fill("届かない")
    expect(page.locator("[data-draft-at]")).to_contain_text("未保存")
    page.get_by_role("link", name="対応待ち").click(no_wait_after=True)
    wait_for(lambda: bool(page.evaluate("true") and asked))
    assert asked == ["beforeunload"]
    expect(page.locator("[name=request]")).to_have_value("届かない")
    page.set_viewport_size({"width": 360, "height": 800})
    assert not overflows(page)
    context.set_offline(False)
    expect(page.locator("[data-draft-at]")).to_contain_text("下書き保存")
    page.get_by_role("link", name="対応待ち").click()
    page.wait_for_url("**/inbox")
    assert asked == ["beforeunload"]
    assert site.house.timeline.draft_of(office.tanaka, phone.call_id) is not None
