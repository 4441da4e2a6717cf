"""Shared numbers, missed calls, seats and waiting calls in a real browser: no page breaks WCAG, in both languages."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from plugin.core.sharing import SharingKind
from plugin.core.staff import Role
from plugin.core.timeline import SummaryForm
from tests.kit.browser import Look, overflows, sign_in, violations, visitor
from tests.kit.clock import HandClock
from tests.kit.desk import Office, seat
from tests.kit.site import Site

pytestmark = pytest.mark.needs("chromium")


class Shift(Office):
    """An afternoon: a number that ended a moment ago rings, some were missed, a queue waits, a seat is taken."""

    def __init__(self, site: Site, clock: HandClock) -> None:
        super().__init__(site, clock)
        self.site, house = site, self.house
        self.kanri = seat(site.staff("kanri", "管理 太郎", role=Role.ADMIN))
        seats = house.entering.seats
        for extension, label in (("300", "窓際の席"), ("301", "入口の席")):
            seats.put(self.kanri, extension, label, f"PJSIP/soft-{extension}\nagent-{extension}", is_shared=True)
        seats.watch(self.kanri, "サポート", self.mori.user_id, on=True)
        seats.watch(self.kanri, "サポート", self.tanaka.user_id, on=True)
        for native, number in (("m1", "0312345678"), ("m2", "0312345678"), ("m3", "0677778888"), ("m4", "05012345678")):
            self.phone(number, "102", native=native).ring().end()
        withheld = self.phone(None, "102", native="m5", withheld="refused").ring()
        withheld.end()
        clock.move(minutes=10)
        missed = house.numbers.missed.waiting(self.tanaka).lines
        house.numbers.missed.claim(self.suzuki, missed[0].call_id)
        house.numbers.missed.claim(self.tanaka, missed[1].call_id)
        self.done = self.phone("09012345678", native="done").ring().answer()
        self.done.end()
        house.timeline.save(self.tanaka, self.done.call_id, SummaryForm("delivery", "solved", "配送日の変更"))
        reason = "ご家族全員が使う番号と伺った"
        house.numbers.sharings.say(self.tanaka, self.done.call_id, SharingKind.HOUSEHOLD, reason)
        clock.move(minutes=2)
        self.rings = self.phone("09012345678", native="rings").ring()
        self.waits = self.phone("0312345678", "102", native="waits").ring()


@pytest.fixture(scope="module")
def shift(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shift]:
    clock = HandClock()
    with Site(tmp_path_factory.mktemp("shift"), clock) as site:
        yield Shift(site, clock)


def _check(page: Page, shift: Shift, path: str, shots: Path | None, name: str) -> None:
    page.goto(shift.site.url + path)
    page.wait_for_load_state("load")
    if shots:
        page.screenshot(path=shots / f"{name}.png", full_page=True)
    assert violations(page) == [], path
    assert not overflows(page), f"{path}: wider than its window"


@pytest.mark.parametrize("look", [Look(), Look("en", 360, "dark")], ids=str)
def test_no_page_breaks_wcag_2_2_aa(browser: Browser, shift: Shift, look: Look) -> None:
    look_at(browser, shift, look)


def look_at(browser: Browser, shift: Shift, look: Look, shots: Path | None = None) -> None:
    """Look at every page; `shots` is a folder for pictures of them."""
    number = f"/calls/{shift.done.call_id}/number"
    for login, paths in {
        "tanaka": ("/", "/inbox", "/seat", number),
        "mori": ("/", "/numbers"),
        "kanri": ("/admin/phones",),
    }.items():
        with visitor(browser, look) as context:
            shift.speak({"tanaka": shift.tanaka, "mori": shift.mori, "kanri": shift.kanri}[login], look.lang)
            page = sign_in(context, shift.site, login)
            for path in paths:
                name = f"{login}-{path.strip('/').replace('/', '_')[:20] or 'desk'}-{look}"
                _check(page, shift, path, shots, name)


def test_a_missed_call_is_taken_on_and_done_with(browser: Browser, shift: Shift) -> None:
    with visitor(browser) as context:
        shift.speak(shift.tanaka, "ja")
        page = sign_in(context, shift.site, "tanaka")
        page.goto(f"{shift.site.url}/inbox")
        lines = page.locator(".missed-line")
        before = lines.count()
        page.get_by_role("button", name="対応する").first.click()
        expect(page.locator(".missed-mine")).to_have_count(2)
        page.locator(".missed-mine").first.get_by_role("button", name="対応済み").click()
        expect(lines).to_have_count(before - 1)
        page.locator(".all-done summary").click()
        page.locator(".all-done").get_by_role("button").click()
        expect(page.locator(".missed-line")).to_have_count(1)  # a colleague is on it


def test_a_seat_is_taken_and_left(browser: Browser, shift: Shift) -> None:
    with visitor(browser) as context:
        shift.speak(shift.tanaka, "ja")
        page = sign_in(context, shift.site, "tanaka")
        page.goto(f"{shift.site.url}/seat")
        page.get_by_role("button", name="着席する").first.click()
        expect(page.get_by_text("内線 300 に着席中")).to_be_visible()
        page.get_by_role("button", name="離席する").click()
        expect(page.get_by_role("button", name="離席する")).to_have_count(0)
