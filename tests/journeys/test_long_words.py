"""Names of forty characters and queues as long as sentences: whoever else stands in the line keeps his room."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from plugin.core.customers import CrmCustomer
from plugin.core.staff import Role
from plugin.core.timeline import SummaryForm
from tests.kit.browser import Look, cut_off, overflows, sign_in, violations, visitor
from tests.kit.desk import HANAKO, Office, seat
from tests.kit.site import Site

pytestmark = pytest.mark.needs("chromium")
KANJI = "寿限無寿限無五劫擦切海砂利水魚水行末雲来末風来末食寝処住処藪裏柑子長介長久命長"
LATIN = "Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh-Wriothesley"
LOOKS = (Look(), Look("en", 360, "dark"), Look(width=768))
# How far the widest table or list of the page sticks out of the room that it has.
_STICKS_OUT = "Math.max(0, ...[...document.querySelectorAll('.table-room, .pop, main .card')].map(\
 (each) => each.scrollWidth - each.clientWidth))"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder: Path = tmp_path_factory.mktemp("long")
    with Site(folder) as served:
        office = Office(served)
        served.customers(replace(HANAKO, name=KANJI), CrmCustomer("9", name=LATIN, numbers=HANAKO.numbers))
        served.staff("kanri", "管理 太郎", role=Role.ADMIN)
        promise = SummaryForm("delivery", "solved", "届かない", promise="折り返しお電話" * 8)
        kanji, latin = (
            seat(served.staff(f"9{place}", name[::-1], f"9{place}")) for place, name in enumerate((KANJI, LATIN))
        )
        for who in (office.tanaka, kanji, latin):
            past = office.phone("0312345678", who.extension or "").ring().answer()
            served.house.desk.choose(who, past.call_id, office.hanako)
            past.end()
            served.house.timeline.save(who, past.call_id, promise)
            served.house.desk.close(who, past.call_id)
        office.phone("0312345678").ring()
        yield served


def _check(page: Page, what: str) -> None:
    assert violations(page) == [], what
    assert not overflows(page), what
    assert page.evaluate(_STICKS_OUT) == 0, what


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_nothing_is_pushed_out_by_a_long_name(browser: Browser, site: Site, look: Look) -> None:
    for login, paths in (("tanaka", ("/", "/inbox")), ("kanri", ("/admin/users",))):
        site.house.accounts.set_lang(seat(site.house.accounts.find(login)), look.lang)
        with visitor(browser, look) as context:
            page = sign_in(context, site, login)
            for path in paths:
                page.goto(site.url + path)
                page.locator("main .table, main .promise").first.wait_for()
                _check(page, f"{login} {path}")
                for said in page.locator(".promise-what").all():
                    assert said.bounding_box()["width"] >= 100, path  # type: ignore[index]  # it is seen


def test_the_bar_of_a_supervisor_with_a_long_name_is_seen_whole_at_every_width(browser: Browser, site: Site) -> None:
    site.staff("boss", KANJI[::-1], role=Role.SUPERVISOR)
    with visitor(browser) as context:
        page = sign_in(context, site, "boss")
        page.locator("#link[data-link=live]").wait_for()
        for width in (1280, 1249, 1248, 1024, 800, 769, 768):
            page.set_viewport_size({"width": width, "height": 800})
            assert cut_off(page) == [], width
            assert not overflows(page), width
