"""Callers who cannot answer, in a real browser: a code, a call-back, two people, each from the ring to the history."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from plugin.core.identity import Item, Level
from tests.kit.browser import LOOKS, Look, overflows, sign_in, violations, visitor
from tests.kit.desk import RIGHT, Office
from tests.kit.site import Phone, Site

pytestmark = pytest.mark.needs("chromium")
HOUSEHOLD = {item: RIGHT[item] for item in (Item.NAME_KANA, Item.BIRTH_DATE)}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with Site(tmp_path, messages="folder", messages_name="みなと通販") as served:
        yield served


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    with visitor(browser) as opened:
        yield opened


def _code(site: Site) -> str:
    newest = max((site.house.settings.data_dir / "messages").iterdir())
    found = re.search(r"\d{6}(?=[（ ])", newest.read_text("utf-8"))
    assert found
    return found[0]


def _begin(page: Page, office: Office, phone: Phone) -> Locator:
    """Choose hanako for the call, and begin to verify her by keys alone."""
    office.house.desk.choose(office.tanaka, phone.call_id, office.hanako)
    pop = page.locator(f"#call-{phone.call_id}")
    expect(pop.locator("[data-identity][data-state=locked]")).to_be_visible()
    page.keyboard.press("v")
    expect(pop.locator("[data-identity][data-state=in_progress]")).to_be_visible()
    return pop


def _say(pop: Locator) -> None:
    for item, said in HOUSEHOLD.items():
        pop.locator(f"[name=answer-{item.value}]").fill(said)


def test_a_code_by_keys_from_the_ring_to_the_history(context: BrowserContext, site: Site, office: Office) -> None:
    page = sign_in(context, site, "tanaka")
    page.wait_for_selector("#link[data-link=live]")
    pop = _begin(page, office, office.phone("0312345678").ring().answer())
    _say(pop)
    pop.locator("summary", has_text="確認コードを送る").focus()
    page.keyboard.press("Enter")
    expect(pop.locator("text=末尾 78 の携帯電話").first).to_be_visible()
    assert "9012345678" not in page.content().replace("-", "")
    pop.locator("button", has_text="SMSで送る").focus()
    page.keyboard.press("Enter")
    told = pop.locator(".fallback-judge [name=code]")
    expect(told).to_be_focused()
    expect(pop.locator(".fallback .badge", has_text="送信済み")).to_be_visible()
    code = _code(site)
    page.keyboard.type(f"{(int(code) + 1) % 1_000_000:06d}")
    page.keyboard.press("Enter")
    expect(pop.locator(".fallbacks", has_text="コードが一致しませんでした")).to_be_visible()
    expect(told).to_have_value("")
    told.fill(code)
    page.keyboard.press("Enter")
    expect(pop.locator(".fallbacks .badge", has_text="確認コード：済")).to_be_visible()
    for item, said in HOUSEHOLD.items():
        expect(pop.locator(f"[name=answer-{item.value}]")).to_have_value(said)
    pop.locator("button", has_text="照合する").press("Enter")
    expect(pop.locator("[data-identity][data-state=verified]")).to_be_visible()


def test_a_call_back_by_hand(context: BrowserContext, site: Site, office: Office) -> None:
    page = sign_in(context, site, "tanaka")
    page.wait_for_selector("#link[data-link=live]")
    incoming = office.phone("0312345678").ring().answer()
    pop = _begin(page, office, incoming)
    pop.locator("summary", has_text="登録番号へ折り返す").click()
    pop.locator("button", has_text="自分で発信する").click()
    expect(pop.locator(".fallback-number")).to_have_text("090-1234-5678")
    incoming.end()
    ours = office.phone("09012345678")
    ours.dial()
    tab = page.locator(f"#tab-{ours.call_id}")
    expect(tab).to_be_visible()
    tab.click()
    back = _begin(page, office, ours)
    expect(back.locator(".fallback-line")).to_contain_text("呼び出しています")
    ours.customer_answers()
    expect(back.locator(".fallback-line")).to_contain_text("つながっています")
    back.locator("button", has_text="折り返しとして確認").press("Enter")
    expect(back.locator(".fallbacks .badge", has_text="折り返し（本人の携帯）：済")).to_be_visible()
    _say(back)
    back.locator("button", has_text="照合する").click()
    expect(back.locator("[data-identity][data-state=verified]")).to_be_visible()


def test_two_people(context: BrowserContext, browser: Browser, site: Site, office: Office) -> None:
    page = sign_in(context, site, "tanaka")
    page.wait_for_selector("#link[data-link=live]")
    phone = office.phone("0312345678").ring().answer()
    pop = _begin(page, office, phone)
    pop.locator("summary", has_text="スーパーバイザーに例外を申請する").click()
    pop.locator("[name=why][value=hardship]").check()
    pop.locator("[name=words]").fill("聴覚の事情で口頭のご回答が難しい")
    pop.locator("button", has_text="承認を申請").click()
    expect(pop.locator(".fallbacks")).to_contain_text("スーパーバイザーの承認を待っています")
    with visitor(browser) as other:
        lead = sign_in(other, site, "mori")
        lead.goto(f"{site.url}/approvals")
        expect(lead.locator(".request")).to_contain_text("聴覚の事情")
        expect(lead.locator(".request")).to_contain_text("佐藤 花子")
        lead.locator(".request [name=reason]").fill("お声で本人と分かる")
        lead.locator("button[value=approve]").click()
        expect(lead.locator("main")).to_contain_text("承認しました。")
        lead.goto(f"{site.url}/overrides")
        expect(lead.locator("article")).to_contain_text("聴覚の事情")
    expect(pop.locator("[data-identity][data-state=verified]")).to_be_visible()
    expect(pop.locator(".fallbacks")).to_contain_text("例外として確認")
    expect(pop.locator(".lock-0")).to_contain_text("例外（本人確認なし）")
    page.goto(f"{site.url}/calls/{phone.call_id}")
    expect(page.locator("main")).to_contain_text("例外として確認：田中 美咲 が申請、森 恵 が承認")
    standing = office.house.identity.standing(office.at_browser(office.tanaka), phone.call_id, office.hanako)
    assert standing is not None
    assert standing.level is Level.HISTORY
    assert standing.is_overridden


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_it_holds_in_every_look(browser: Browser, site: Site, office: Office, look: Look) -> None:
    office.speak(office.tanaka, look.lang)
    with visitor(browser, look) as context:
        page = sign_in(context, site, "tanaka")
        phone = office.phone("0312345678").ring().answer()
        office.house.desk.choose(office.tanaka, phone.call_id, office.hanako)
        page.goto(f"{site.url}/calls/{phone.call_id}/customers/{office.hanako}/identity")
        page.locator("button[value=self]").click()
        expect(page.locator(".fallbacks")).to_be_visible()
        for summary in page.locator(".fallback > summary").all():
            summary.click()
        page.locator("button[value=sms]").click()
        expect(page.locator(".fallback-judge")).to_be_visible()
        assert violations(page) == []
        assert not overflows(page)
