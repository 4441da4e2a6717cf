"""Reports, cases, holds and evidence in a real browser: no page breaks WCAG, and a complaint becomes no case."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from plugin.core.cases import CaseKind
from plugin.core.harassment import Conduct, Findings
from plugin.core.times import local_day
from plugin.services.case_work import NewCase
from plugin.services.harassment import Verdict
from tests.kit.browser import Look, cut_off, overflows, sign_in, violations, visitor
from tests.kit.clock import HandClock
from tests.kit.desk import Office
from tests.kit.site import Site

pytestmark = pytest.mark.needs("chromium")
WORDS = "「家まで行くぞ」と3回言われました。\n20分ほど同じ要求が続きました。"


class Shift(Office):
    """A threat that became a case with a hold, a shout that nobody has judged, the first number on the line again."""

    def __init__(self, site: Site, clock: HandClock) -> None:
        super().__init__(site, clock)
        self.site, rooms = site, self.house.keeping.harassment
        threat = self.phone("0455556666").ring().answer().end()
        self.phone("0455556666").ring().answer().end()
        shout = self.phone("0677778888").ring().answer().end()
        clock.move(minutes=10)
        last = local_day(clock(), self.house.settings.tz) + timedelta(days=90)
        bad = Findings(is_fair=False, is_bearable=False, harms=True)
        verdict = Verdict(bad, "ありがとうございます。", "配送をめぐる脅迫", last, True, False, True)
        report = rooms.report(self.tanaka, threat.call_id, Conduct.THREAT, WORDS)
        self.case = rooms.confirm(self.mori, report.id, verdict)
        self.shout = rooms.report(self.tanaka, shout.call_id, Conduct.ABUSE, "大声で罵られた")
        self.reported = threat.call_id
        new = NewCase(CaseKind.COMPLAINT, "配送の遅れへの苦情", "本人から再度の申し出", last, (shout.call_id,))
        self.matter = f"/cases/{self.house.keeping.case_work.open(self.mori, new).id}"
        self.phone("0455556666").ring().answer()


@pytest.fixture(scope="module")
def shift(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shift]:
    clock = HandClock()
    with Site(tmp_path_factory.mktemp("shift"), clock) as site:
        yield Shift(site, clock)


@pytest.mark.parametrize("look", [Look(), Look("en", 360, "dark")], ids=str)
def test_no_page_breaks_wcag_2_2_aa(browser: Browser, shift: Shift, look: Look) -> None:
    judged, case = f"/harassment/reports/{shift.shout.id}", f"/cases/{shift.case.id}"
    for staff, paths in (
        (shift.tanaka, ("/", f"/calls/{shift.reported}/harassment")),
        (shift.mori, ("/harassment", judged, case, "/holds", f"{case}/evidence", "/cases", "/cases/new", shift.matter)),
    ):
        with visitor(browser, look) as context:
            shift.speak(staff, look.lang)
            page = sign_in(context, shift.site, staff.login)
            for path in paths:
                _check(page, shift, path)


def _check(page: Page, shift: Shift, path: str) -> None:
    page.goto(shift.site.url + path)
    page.wait_for_load_state("load")
    assert violations(page) == [], path
    assert not overflows(page), f"{path}: wider than its window"
    assert cut_off(page) == [], path


def test_a_complaint_is_no_case_and_says_so_where_one_judges(browser: Browser, shift: Shift) -> None:
    with visitor(browser) as context:
        shift.speak(shift.mori, "ja")
        page = sign_in(context, shift.site, "mori")
        page.locator(".bar-places summary", has_text="案件").click()
        page.locator(".bar-places").get_by_role("link", name="迷惑行為").click()
        page.get_by_role("link", name="判断する").click()
        for question in ("fair", "bearable", "harms"):
            page.locator(f"[name={question}][value=yes]").check()
        page.get_by_label("報告した人への回答").fill("ご意見として承りました。")
        page.get_by_role("button", name="迷惑行為として案件にする").click()
        expect(page.get_by_role("alert")).to_contain_text("通常のご意見・苦情です")
        expect(page.get_by_label("報告した人への回答")).to_have_value("ご意見として承りました。")
        page.get_by_role("button", name="通常のご意見・苦情として終える").click()
        expect(page.get_by_role("status").first).to_contain_text("報告を終えました")
