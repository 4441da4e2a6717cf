"""The administrator's pages in a real browser: every look, live progress, run now and pause, and without any script."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from connectors.crm.local import LocalCrm
from plugin.core.errors import OutsideError
from plugin.core.ports import Budget
from plugin.core.runs import Finding, RunOutcome
from plugin.core.staff import Role
from plugin.core.timeline import SummaryForm, TimelineEntry
from plugin.services.leadership import Leadership
from plugin.services.runs import Slot
from plugin.store import budgets, runs
from plugin.worker import Job, jobs_of, run
from tests.kit.browser import LOOKS, Look, overflows, sign_in, violations, visitor
from tests.kit.desk import seat
from tests.kit.people import Town
from tests.kit.site import Site

pytestmark = pytest.mark.needs("chromium")

PAGES = ("/admin/jobs", "/admin/jobs/sync", "/admin/crm", "/admin/health")


class RefusingCrm(LocalCrm):
    """A CRM that refuses every second entry for good, and does not answer to the others."""

    def put(self, entries: Sequence[TimelineEntry]) -> list[str | OutsideError]:
        errors = [OutsideError("string_too_long", permanent=True, fields="Subject"), OutsideError("timeout")]
        return [errors[place % 2] for place in range(len(entries))]


class Busy:
    """A site in which something runs, something fails, something rests and something was refused."""

    def __init__(self, site: Site) -> None:
        self.site, self.house = site, site.house
        self.house.crm = RefusingCrm(data_dir=self.house.settings.data_dir, options={})
        self.admin = seat(site.staff("admin", "山本 恵", role=Role.ADMIN))
        self.lead = Leadership(self.house.store, self.house.clock, None)
        assert self.lead.take()
        assert self.house.ledger.begin([job.plan for job in jobs_of(self.house)], {}, self.lead)
        self._past()
        self.slot = self._running()
        self.house.jobs.pause(self.admin, "collect_recordings")
        self._refused()

    def _past(self) -> None:
        now = self.house.clock()
        with self.house.store.write() as connection:
            for number in range(40, 0, -1):
                at = now - timedelta(minutes=5 * number)
                for job in ("sync", "audit_checkpoint"):
                    run_id = runs.start(connection, job, at)
                    runs.progress(connection, run_id, number)
                    error = "unavailable.store" if (number == 1) == (job == "audit_checkpoint") else None
                    runs.end(connection, run_id, at + timedelta(seconds=number), error if number < 4 else None)
            budgets.put(connection, "local", Budget(74_000, 100_000, now))

    def _running(self) -> Slot:
        after = self.house.clock() + timedelta(minutes=5)
        slot = self.house.ledger.take_slot("sync", after, self.lead.lease)
        assert slot is not None
        self.progress(slot, 12_400)
        with self.house.store.write() as connection:
            runs.find(connection, slot.run_id, Finding("field_missing", "Contact.Fax"))
        return slot

    def progress(self, slot: Slot, done: int) -> None:
        with self.house.store.write() as connection:
            runs.progress(connection, slot.run_id, done, 50_000)

    def _refused(self) -> None:
        town = Town(self.house.store, self.house.clock())
        sato = town.staff("sato")
        for number in range(4):
            call_id = town.call(town.customer(f"c{number}"), taken_by=sato)
            self.house.timeline.save(sato, call_id, SummaryForm(request="用件"))
        self.house.delivery.run()


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Busy]:
    with Site(tmp_path_factory.mktemp("jobs")) as site:
        yield Busy(site)


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_no_page_of_administrators_breaks_wcag_2_2_aa(browser: Browser, busy: Busy, look: Look) -> None:
    with visitor(browser, look) as context:
        busy.house.accounts.set_lang(busy.admin, look.lang)
        page = sign_in(context, busy.site, "admin")
        for path in PAGES:
            page.goto(busy.site.url + path)
            if path == "/admin/crm":
                page.locator(".letter-close summary").first.click()
                boxes = [each.bounding_box() for each in page.locator(".letter").all()]
                assert len({(box["x"], box["width"]) for box in boxes if box}) == 1 < len(boxes)  # each below the other
            assert violations(page) == [], path
            assert not overflows(page), f"{path}: wider than its window"


def test_forced_colours_keep_the_drawing(browser: Browser, busy: Busy) -> None:
    with visitor(browser, Look(forced_colors=True)) as context:
        page = sign_in(context, busy.site, "admin")
        page.goto(f"{busy.site.url}/admin/jobs")
        assert violations(page) == []
        bar, floor = (page.locator(css).first for css in (".bar-done", ".card"))
        ground = floor.evaluate("each => getComputedStyle(each).backgroundColor")
        assert bar.evaluate("each => getComputedStyle(each).fill") != ground


@pytest.fixture
def site_of_jobs(tmp_path: Path) -> Iterator[Site]:
    with Site(tmp_path) as served:
        yield served


@contextmanager
def _working(site: Site, work: Callable[[Callable[[], bool]], int]) -> Iterator[None]:
    """A real worker beside the site, whose sync is `work`."""
    stop = threading.Event()
    jobs = [Job("sync", 3600.0, work, slotted=True), Job("deliver", 0.2, lambda _: 0)]
    thread = threading.Thread(target=run, args=(site.house, stop, jobs))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(60)
    assert not thread.is_alive()


def test_a_run_asked_for_in_the_browser_is_taken_up_and_shown_while_it_goes_on(
    browser: Browser, site_of_jobs: Site
) -> None:
    site_of_jobs.staff("admin", "山本 恵", role=Role.ADMIN)
    began, may_end = threading.Semaphore(0), threading.Semaphore(0)

    def work(stop: Callable[[], bool]) -> int:
        began.release()
        while not may_end.acquire(timeout=0.05):
            if stop():
                break
        return 321

    with _working(site_of_jobs, work), visitor(browser) as context:
        page = sign_in(context, site_of_jobs, "admin")
        page.goto(f"{site_of_jobs.url}/admin/jobs")
        card = page.locator("#job-sync")
        assert began.acquire(timeout=60)
        expect(card.locator(".badge")).to_have_text("実行中")
        loaded = page.evaluate("performance.timeOrigin")
        may_end.release()
        expect(card.locator(".badge")).to_have_text("正常")
        expect(card).to_contain_text("321件")
        button = card.get_by_role("button", name="CRMとの同期を今すぐ実行")
        button.focus()
        assert page.evaluate("performance.timeOrigin") == loaded, "the page was loaded anew"
        button.click()
        expect(page.get_by_role("status").filter(has_text="実行を依頼しました")).to_be_visible()
        assert began.acquire(timeout=60)
        expect(card.locator(".badge")).to_have_text("実行中")
        may_end.release()
        expect(card.locator(".badge")).to_have_text("正常")
        _pause_and_resume(page)
    done = [one.outcome for one in site_of_jobs.house.ledger.newest("sync", 9)]
    assert done == [RunOutcome.DONE, RunOutcome.DONE]


def _pause_and_resume(page: Page) -> None:
    page.get_by_role("button", name="CRMとの同期を一時停止").click()
    expect(page.locator("#paused-sync")).to_contain_text("山本 恵さんが")
    expect(page.locator("#job-sync .badge")).to_have_text("一時停止中")
    page.get_by_role("button", name="CRMとの同期を再開").click()
    expect(page.locator("#paused-sync")).to_have_count(0)


def test_progress_moves_while_the_focus_stays(browser: Browser, busy: Busy) -> None:
    with visitor(browser) as context:
        busy.house.accounts.set_lang(busy.admin, "ja")
        page = sign_in(context, busy.site, "admin")
        page.goto(f"{busy.site.url}/admin/jobs")
        expect(page.locator("#job-sync")).to_contain_text("12,400 / 50,000件")
        page.locator("#job-tidy button").first.focus()
        busy.progress(busy.slot, 31_000)
        expect(page.locator("#job-sync")).to_contain_text("31,000 / 50,000件")
        assert page.locator("#job-tidy button").first.evaluate("each => document.activeElement === each")
        busy.progress(busy.slot, 12_400)


def test_a_session_that_ended_leads_to_sign_in(browser: Browser, busy: Busy) -> None:
    with visitor(browser) as context:
        page = sign_in(context, busy.site, "admin")
        page.goto(f"{busy.site.url}/admin/jobs")
        busy.house.accounts.end_sessions(busy.admin.user_id, None)
        page.wait_for_url("**/sign-in**")


def test_without_a_script_everything_can_be_done(browser: Browser, site_of_jobs: Site) -> None:
    busy = Busy(site_of_jobs)  # its own: a letter is closed for good
    context = browser.new_context(java_script_enabled=False, locale="ja-JP")
    try:
        page = sign_in(context, busy.site, "admin")
        page.goto(f"{busy.site.url}/admin/jobs")
        page.get_by_role("button", name="古い記録の整理を今すぐ実行").click()
        expect(page.locator("#job-tidy .badge")).to_have_text("まもなく実行")
        page.get_by_role("button", name="古い記録の整理を一時停止").click()
        expect(page.locator("#paused-tidy")).to_be_visible()
        page.get_by_role("button", name="古い記録の整理を再開").click()
        page.goto(f"{busy.site.url}/admin/crm")
        before = page.locator(".letter").count()
        page.locator(".letter-close summary").first.click()
        page.locator(".letter select").first.select_option("not_needed")
        page.locator(".letter .danger").first.click()
        expect(page.locator(".letter")).to_have_count(before - 1)
    finally:
        context.close()
