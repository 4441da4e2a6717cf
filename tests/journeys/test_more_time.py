"""The time for a check: counted down, told to screen readers, and extended by a key that keeps what was typed."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.kit.browser import sign_in, visitor
from tests.kit.desk import Office
from tests.kit.site import Site

pytestmark = pytest.mark.needs("chromium")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with Site(tmp_path) as running:
        yield running


def test_the_last_minute_is_told_and_a_key_gives_more(browser: Browser, site: Site) -> None:
    office = Office(site)
    call = office.phone("0312345678").ring().answer()
    with visitor(browser) as context:
        page = sign_in(context, site, "tanaka")
        page.clock.install(time="2026-11-23T08:00:00+09:00")
        page.goto(f"{site.url}/calls/{call.call_id}/customers/{office.hanako}/identity")
        page.clock.pause_at("2026-11-23T09:00:00+09:00")  # from here on time moves when this test says so
        page.locator("[data-key=v]").click()
        panel = page.locator("[data-identity][data-state=in_progress]")
        expect(panel).to_be_visible()
        page.fill("[name=answer-name_kana]", "さとうはなこ")
        page.clock.run_for(2_000)
        expect(page.locator("[role=timer]")).to_have_text(re.compile(r"^\d+:\d\d$"))
        voice = page.locator(".identity-voice")
        ends_in_s = int(panel.get_attribute("data-ends-in") or "0")
        page.clock.fast_forward((ends_in_s - 61) * 1000)
        page.clock.run_for(3_000)
        expect(panel).to_have_class("identity card is-ending")
        expect(voice).to_have_text("本人確認の残り時間は1分です。お電話がつながっていれば、Eキーで延長できます。")
        page.locator("[data-identity-focus]").focus()
        page.keyboard.press("e")
        expect(voice).to_have_text("時間を延長しました。")
        expect(panel).to_have_class("identity card")
        expect(page.locator("[name=answer-name_kana]")).to_have_value("さとうはなこ")
