"""The main job, told once in a real browser: from the ring to the entry on the CRM's timeline.

`Story(...).tell()` insists on every step; `look(name)` is called where a picture is worth taking.
"""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from playwright.sync_api import Page, Response, expect

from plugin.core.calls import EventType
from plugin.core.ids import CallId
from plugin.core.timeline import TimelineEntry
from plugin.core.times import local_day
from plugin.demo.script import LINES, Scene
from plugin.demo.speech import CALLER, OPERATOR
from plugin.store import audit, recordings
from plugin.wiring import now
from tests.kit.browser import ready
from tests.kit.processes import wait_for
from tests.kit.stage import Staged, StagedCall

LOGIN = "suzuki"  # service staff, extension 102
CUSTOMER = "S10021"
NAME = "髙橋 美咲"
LEVEL_1 = {"birth_date": "昭和58年4月12日", "postal_code": "160-0023", "contract_number": "K4471-0921"}
LEVEL_2 = {"passphrase": "ひまわり"}
WRITTEN = "大阪の集荷センターで滞留していた"  # in the newest past call's note
PROMISED = "配送状況を確認し、本日18時までに折り返しお電話する"
SCENE = Scene(
    name="story",
    number="090-1234-5678",
    withheld=None,
    queue="サポート",
    line=LINES["サポート"],
    agents=("102",),
    answers="102",
    rings_s=2,
    talks_s=60,
    voice=((OPERATOR, "さくらつうはん、すずきでございます。"), (CALLER, "おりかえしがまだなんですが。")),
)
NOTE = {
    "topic": "配送",
    "disposition": "要対応",
    "request": "昨日の折り返しがまだとのお申し出。出張前に到着日を知りたい。",
    "response": "折り返しの遅れをお詫び。再手配の状況を配送会社に確認する。",
    "promise": PROMISED,
    "next_step": "配送会社の回答を待って折り返し",
}


class Story:
    """The story on one desk; `page` is signed in as LOGIN and shows it."""

    def __init__(self, site: Staged, page: Page, look: Callable[[str, Page], None] = lambda *_: None) -> None:
        self._site = site
        self._page = page
        self._look = look
        self._pop = page.locator(".pop")

    def tell(self) -> None:
        """Walk through all of it."""
        call = self._site.call(SCENE)
        self._ring(call)
        past = self._verify_and_open_the_history()
        self._verify_further_and_listen(past)
        link = self._hang_up(call)
        self._write_down()
        self._stands_on_the_timeline(link)

    def _ring(self, call: StagedCall) -> None:
        page, pop = self._page, self._pop
        expect(page.locator("#link[data-link=live]")).to_be_visible()
        recorded = len(list(self._site.stage.recordings_dir.iterdir()))
        wait_for(lambda: self._acts().count("recording.imported") == recorded)
        call.until(EventType.RINGING)
        expect(pop).to_be_visible()
        expect(pop.locator(".state")).to_contain_text("着信中")
        expect(pop.locator(".state")).to_contain_text("090-1234-5678")
        expect(pop.locator(".candidate")).to_have_count(1)
        expect(pop.locator(".candidate")).to_contain_text(NAME)
        expect(pop.locator(".lock")).to_contain_text("未確認")
        expect(pop.locator(".past")).to_have_count(3)
        expect(pop.locator(".past").first).to_contain_text("配送")
        expect(pop.locator(".past-words")).to_have_count(0)
        expect(pop.locator("[data-identity]")).to_have_count(0)
        self._tells_nothing()
        self._look("ringing", page)
        call.until(EventType.ANSWERED)
        expect(pop.locator(".state")).to_contain_text("通話中")
        self._look("answered", page)
        page.keyboard.press("1")
        expect(pop.locator(".candidate-chosen")).to_contain_text(NAME)
        self._tells_nothing()

    def _verify_and_open_the_history(self) -> Page:
        page, pop = self._page, self._pop
        expect(pop.locator("[data-identity][data-state=locked]")).to_be_visible()
        page.keyboard.press("v")
        self._answer(LEVEL_1, "verifying")
        expect(pop.locator(".lock")).to_contain_text("レベル1")
        expect(pop.locator(".past-words").first).to_contain_text(WRITTEN)
        past = pop.locator(".past").first.locator(".past-when").get_attribute("href")
        other = page.context.new_page()
        other.goto(f"{self._site.url}{past}")
        expect(other.locator("main")).to_contain_text(WRITTEN)
        expect(other.locator("a[href^='/recordings/']")).to_have_count(0)  # level 1 opens no audio, so no way is shown
        recording = f"/recordings/{self._recording_of(str(past).rsplit('/', 1)[-1])}"
        for place in (f"{recording}/audio", recording):
            refused = page.request.get(f"{self._site.url}{place}", headers={"Range": "bytes=0-99"})
            assert refused.status in (403, 404), place
            assert b"RIFF" not in refused.body()
        assert "listen.granted" not in self._acts()
        return other

    def _recording_of(self, call_id: str) -> str:
        house = self._site.house
        with house.store.read() as connection:
            (kept,) = recordings.of_calls(connection, (CallId(call_id),))[CallId(call_id)]
        return kept.id

    def _verify_further_and_listen(self, other: Page) -> None:
        self._answer(LEVEL_2)
        expect(self._pop.locator(".lock")).to_contain_text("レベル2")
        other.reload()
        other.locator("a[href^='/recordings/']").click()
        other.get_by_label("お客様のご依頼").check()
        assert "listen.granted" not in self._acts()
        assert other.locator("[data-player]").count() == 0
        other.locator("main form button.primary").click()
        ready(other, "[data-player]")
        assert "listen.granted" in self._acts()
        assert "listen.started" not in self._acts()
        heard: list[Response] = []
        other.on("response", lambda each: heard.append(each) if each.url.endswith("/audio") else None)
        other.keyboard.press("k")
        wait_for(lambda: float(other.locator("[data-seek]").input_value()) > 1500)
        assert [(each.status, each.headers["content-range"][:8]) for each in heard[:1]] == [(206, "bytes 0-")]
        acts = self._acts()
        assert acts.index("listen.granted") < acts.index("listen.started")
        self._look("player", other)
        other.keyboard.press("k")
        wait_for(lambda: "listen.heard" in self._acts())
        other.locator("form[action$='/stop'] button").click()
        expect(other.locator("[data-player]")).to_have_count(0)
        wait_for(lambda: "listen.revoked" in self._acts())
        other.close()

    def _hang_up(self, call: StagedCall) -> str:
        call.until(EventType.RECORDING_READY)
        expect(self._pop.locator(".state")).to_contain_text("応対記録")
        own = self._pop.locator(".actions a[href^='/recordings/']")
        expect(own).to_be_visible()
        return f"{self._site.url}{own.get_attribute('href')}"

    def _write_down(self) -> None:
        page, pop = self._page, self._pop
        page.keyboard.press("n")
        for name, text in NOTE.items():
            pop.locator(f"[name={name}]").fill(text)
        pop.locator("[name=promise_due_on]").fill(local_day(now(), self._site.house.settings.tz).isoformat())
        expect(pop.locator("[data-draft-at]")).to_contain_text("下書き保存")
        page.keyboard.press("Control+Enter")
        expect(pop.locator(".sent")).to_contain_text("保存")
        expect(pop.locator(".sent")).to_contain_text("CRMに送信済み")
        self._look("sent", page)

    def _stands_on_the_timeline(self, link: str) -> None:
        wait_for(lambda: len(self._entries()) == 1)
        (entry,) = self._entries()
        assert entry.link == link
        assert (entry.author, entry.disposition) == ("鈴木 健一", "要対応")
        page = self._page
        self._pop.locator(".older a").click()
        expect(page).to_have_url(re.compile("/customers/"))
        mine = page.locator(".entries li").filter(has_text=PROMISED)
        expect(mine).to_have_count(1)
        expect(mine.get_by_role("link")).to_have_attribute("href", urlsplit(link).path)
        self._look("customer", page)
        proved = self._site.command("audit", "verify")
        assert (proved.returncode, proved.stdout.splitlines()[-1]) == (0, "whole"), proved.stdout

    def _answer(self, items: dict[str, str], picture: str = "") -> None:
        panel = self._pop.locator("[data-identity]")
        for name, text in items.items():
            panel.locator(f"[name=answer-{name}]").fill(text)
        if picture:
            self._look(picture, self._page)
        panel.get_by_role("button", name="照合する").click()

    def _tells_nothing(self) -> None:
        shown = self._page.content()
        assert WRITTEN not in shown
        assert "/audio" not in shown

    def _entries(self) -> list[TimelineEntry]:
        return [each for each in self._site.house.crm.timeline_of(CUSTOMER, 50) if PROMISED in each.text]

    def _acts(self) -> list[str]:
        with self._site.house.store.read() as connection:
            return [line.act for line, _ in audit.lines(connection, 0, audit.HIGHEST)]


def enter(page: Page, site: Staged, login: str = LOGIN) -> None:
    """Sign in through the form; the desk follows."""
    account = site.account(login)
    page.goto(f"{site.url}/sign-in")
    page.fill("[name=login]", account.login)
    page.fill("[name=password]", account.password)
    page.locator("form[action='/sign-in'] button").click()
    page.wait_for_url(f"{site.url}/")
