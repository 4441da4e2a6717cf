"""Every page an operator sees, in every look: axe finds nothing, and nothing sticks out of its window."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from plugin.core.calls import Outcome
from plugin.core.identity import FAILURE_WINDOW
from plugin.core.staff import Role
from plugin.store import failures
from tests.kit.browser import LOOKS, Look, cut_off, overflows, ready, sign_in, violations, visitor
from tests.kit.desk import Office, seat
from tests.kit.site import Phone, Site

pytestmark = pytest.mark.needs("chromium")


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Office, dict[str, str]]]:
    """A site with something in every list, and the addresses of its pages."""
    folder: Path = tmp_path_factory.mktemp("busy")
    with Site(folder) as site:
        office = Office(site)
        past = office.past_call_now("0312345678", office.hanako, "届かない商品について", promise="折り返しのお電話")
        for number in ("0459999999", "0677778888"):
            office.past_call(number, None)
        site.staff("hara", "原 直美", role=Role.PRIVACY)
        missed = office.phone("0312345678", native="missed").ring().end(Outcome.ABANDONED)
        office.house.desk.close(office.tanaka, missed.call_id)
        yield site, office, {"call": f"/calls/{past}", "look-up": "/look-up", "inbox": "/inbox"}


@contextmanager
def _ringing(office: Office) -> Iterator[Phone]:
    phone = office.phone("0312345678").ring()
    try:
        yield phone
    finally:
        phone.end(Outcome.ABANDONED)
        office.house.desk.close(office.tanaka, phone.call_id)


def _check(page: Page, what: str) -> None:
    assert violations(page) == [], what
    assert not overflows(page), f"{what}: wider than its window"
    assert cut_off(page) == [], what


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_no_page_breaks_wcag_2_2_aa(browser: Browser, busy: tuple[Site, Office, dict[str, str]], look: Look) -> None:
    site, office, pages = busy
    with visitor(browser, look) as context:
        office.speak(office.tanaka, look.lang)
        door = context.new_page()
        door.goto(f"{site.url}/sign-in")
        _check(door, "sign-in")
        page = sign_in(context, site, "tanaka")
        _check(page, "idle desk")
        with _ringing(office) as phone:
            page.wait_for_selector(".pop")
            _check(page, "ringing, a household")
            office.house.desk.choose(office.tanaka, phone.call_id, office.hanako)
            phone.answer()
            page.wait_for_selector(".state.phase-talking")
            page.locator(f"#call-{phone.call_id} [data-identity] [data-key=v]").click()
            page.wait_for_selector("[name=answer-name_kana]")
            _check(page, "verifying")
            office.verify(office.at_browser(office.tanaka), phone.call_id, office.hanako)
            page.wait_for_selector(".lock-1")
            _check(page, "verified")
            page.goto(f"{site.url}/customers/{office.hanako}")
            _check(page, "customer")
            for name, path in pages.items():
                page.goto(site.url + path)
                _check(page, name)
            page.goto(f"{site.url}/look-up")
            page.fill("[name=query]", "さとう")
            page.select_option("[name=reason]", "other")
            page.locator("main form .primary").click()
            ready(page, "#found")
            _check(page, "found")


def test_forced_colours_keep_every_state_readable(browser: Browser, busy: tuple[Site, Office, dict[str, str]]) -> None:
    site, office, _ = busy
    with visitor(browser, Look(forced_colors=True)) as context:
        page = sign_in(context, site, "tanaka")
        with _ringing(office):
            page.wait_for_selector(".pop")
            _check(page, "ringing in forced colours")
            border = page.locator(".state").evaluate("each => getComputedStyle(each).borderInlineStartWidth")
            assert border == "6px"
            assert page.locator(".state-word").inner_text().strip()


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_no_page_of_those_in_charge_of_verification_does(
    browser: Browser, busy: tuple[Site, Office, dict[str, str]], look: Look
) -> None:
    site, office, _ = busy
    with office.house.store.write() as connection:
        for _ in range(5):
            failures.take_failure(connection, office.taro, 5, office.house.clock() - FAILURE_WINDOW)
            failures.note_failure(connection, office.taro, office.house.clock())
    for login, paths in (
        ("mori", ["/identity/lock-outs", "/identity/mandates", f"/customers/{office.hanako}/mandates"]),
        ("hara", ["/identity/policy?count=1"]),
    ):
        with visitor(browser, look) as context:
            office.speak(seat(office.house.accounts.find(login)), look.lang)
            page = sign_in(context, site, login)
            for path in paths:
                page.goto(site.url + path)
                _check(page, path)


def test_the_panel_of_a_company_and_of_a_proxy_breaks_nothing(
    browser: Browser, busy: tuple[Site, Office, dict[str, str]]
) -> None:
    site, office, _ = busy
    phone = office.phone("0677778888").ring().answer()
    for look in (Look(width=360), Look("en", scheme="dark")):
        with visitor(browser, look) as context:
            office.speak(office.tanaka, look.lang)
            page = sign_in(context, site, "tanaka")
            page.goto(f"{site.url}/calls/{phone.call_id}/customers/{office.yamada}/identity")
            _check(page, "a company")
            page.goto(f"{site.url}/calls/{phone.call_id}/customers/{office.jiro}/identity")
            page.locator("[name=role][value=proxy]").first.click()
            page.wait_for_selector("[name=answer-name_kana]")
            _check(page, "a proxy")
            page.goto(f"{site.url}/calls/{phone.call_id}/customers/{office.hanako}/identity")
            page.locator("[name=role][value=self]").first.click()  # ends what the proxy began
            page.wait_for_selector("[data-state=in_progress]")
    phone.end()
    office.house.desk.close(office.tanaka, phone.call_id)
