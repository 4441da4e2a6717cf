"""The privacy officer's pages in a real browser, in every look: axe finds nothing, nothing sticks out, keys suffice."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from plugin.core.access import Purpose
from plugin.core.customers import LookUpReason
from plugin.core.staff import Role
from plugin.store import audit
from tests.kit.browser import LOOKS, Look, cut_off, overflows, sign_in, violations, visitor
from tests.kit.desk import Office
from tests.kit.site import Site

pytestmark = pytest.mark.needs("chromium")


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Office, dict[str, str]]]:
    """A site in which people looked, searched and were refused; and the addresses of its pages."""
    folder: Path = tmp_path_factory.mktemp("watched")
    with Site(folder) as site:
        office = Office(site)
        officer = site.staff("ogawa", "小川 恵", role=Role.PRIVACY)
        house = site.house
        past = office.past_call_now("0312345678", office.hanako, "届かない商品について", promise="折り返しのお電話")
        house.call_pages.call(office.mori, past, Purpose.COMPLAINT)
        house.customers.look_up(office.tanaka, "さとう はなこ", LookUpReason.CALL_BACK)
        house.customers.look_up(office.mori, "＝1＋1とても長い検索語" * 6, LookUpReason.OTHER)
        house.audits.whole.checkpoint()
        house.audits.pages.look_at_all()
        house.customers.look_up(office.tanaka, "090-1234-5678", LookUpReason.UNKNOWN_NUMBER)
        with house.store.read() as connection:
            seqs = [line.seq for line, remarks in audit.lines(connection, 0, audit.HIGHEST) if remarks]
        assert seqs
        pages = {
            "lines": "/audit",
            "one customer": f"/audit?customer={office.hanako}",
            "nothing": "/audit?since=2199-01-01",
            "one line": f"/audit/lines/{seqs[1]}",
            "sheet": f"/audit/customers/{office.hanako}",
            "wrong": "/audit?who=nobody",
        }
        assert officer.active
        yield site, office, pages


def check(page: Page, what: str) -> None:
    assert violations(page) == [], what
    assert not overflows(page), f"{what}: wider than its window"
    assert cut_off(page) == [], what


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_no_page_of_the_audit_breaks_wcag_2_2_aa(
    browser: Browser, watched: tuple[Site, Office, dict[str, str]], look: Look
) -> None:
    site, _, pages = watched
    with visitor(browser, look) as context:
        page = sign_in(context, site, "ogawa")
        page.wait_for_selector("#chain-head")
        page.locator(".bar-end summary").click()
        page.locator(f"[name=lang][value={look.lang}]").click()
        page.wait_for_selector(f"html[lang={look.lang}] #chain-head")
        for name, path in pages.items():
            page.goto(site.url + path)
            check(page, name)


def test_everything_is_reached_by_keys(browser: Browser, watched: tuple[Site, Office, dict[str, str]]) -> None:
    site, office, _ = watched
    with visitor(browser) as context:
        page = sign_in(context, site, "ogawa")
        page.wait_for_selector("#lines-head")
        page.locator("#whose").focus()
        page.keyboard.type("C-1024")
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/audit?*customer={office.hanako}*")
        page.locator(".line-body a[href^='/audit/customers/']").first.focus()
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/audit/customers/{office.hanako}")
        assert "佐藤 花子" in page.locator("h1 + p").inner_text()
        page.evaluate("window.print = () => { document.title = 'printed'; }")
        page.locator("[data-print]").focus()
        page.keyboard.press("Enter")
        assert page.title() == "printed"
