"""The desk inside another site's page, in a real browser: sign in, ring, choose; the page opens the record by its id.

The page is on another site (`localhost`) than we are (127.0.0.1); in one test the browser blocks third-party cookies.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Frame, FrameLocator, Page, expect
from sqlalchemy import update

from plugin.core.ids import CustomerId
from plugin.store.tables.customers import customers
from tests.kit.browser import Look, overflows, violations, visitor
from tests.kit.desk import HANAKO, TARO, Office
from tests.kit.host import HostSite
from tests.kit.site import Site
from tests.kit.staff import PASSWORD

pytestmark = pytest.mark.needs("chromium")
RECORD = "003xx0000012345AAA"
LISTENS = '<script>told=[];addEventListener("message", e => told.push(e.data))</script>'
NARROW = [Look("ja", 320), Look("ja", 400, "dark"), Look("en", 320, "dark"), Look("en", 400)]


@pytest.fixture
def host() -> Iterator[HostSite]:
    with HostSite() as started:
        yield started


@pytest.fixture
def site(tmp_path: Path, host: HostSite) -> Iterator[Site]:
    with Site(tmp_path, embed_origins=[host.origin]) as served:
        host.show(served.url)
        yield served


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    with visitor(browser) as opened:
        yield opened


def _sign_in(window: Page, login: str) -> None:
    """Sign in in our own window, or go on where somebody is; it closes by itself."""
    if window.locator("[name=login]").count():
        window.fill("[name=login]", login)
        window.fill("[name=password]", PASSWORD)
    with window.expect_event("close"):
        window.locator("main form button").click()


def _enter(page: Page, login: str = "tanaka") -> FrameLocator:
    """Sign in in the window that the frame opens; return the frame."""
    frame = page.frame_locator("iframe")
    with page.expect_popup() as opened:
        frame.locator("#sign-in").click()
    window = opened.value
    window.wait_for_load_state("load")
    _sign_in(window, login)
    expect(frame.locator("#link[data-link=live]")).to_be_visible()
    return frame


def _at_the_desk(context: BrowserContext, host: HostSite, path: str = "/") -> tuple[Page, FrameLocator]:
    """Open the other site's page and sign in in its frame; return both."""
    page = context.new_page()
    page.goto(host.origin + path)
    return page, _enter(page)


def _told(page: Page, kind: str) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = page.evaluate("window.told")
    return [one for one in told if one["type"] == f"denwaban:{kind}"]


def _wait_told(page: Page, kind: str, count: int = 1) -> list[dict[str, Any]]:
    page.wait_for_function(
        "([type, n]) => window.told.filter((one) => one.type === type).length >= n", arg=[f"denwaban:{kind}", count]
    )
    found = _told(page, kind)
    assert len(found) == count
    return found


def test_sign_in_ring_choose_and_the_page_gets_the_record(
    context: BrowserContext, site: Site, host: HostSite, office: Office
) -> None:
    page, frame = _at_the_desk(context, host)
    assert _wait_told(page, "ready")[0] == {"origin": site.url, "type": "denwaban:ready", "version": 1}
    _wait_told(page, "signed-in")
    phone = office.phone("0312345678").ring()
    expect(frame.locator(".candidate")).to_have_count(2)
    assert _wait_told(page, "ringing")[0]["call"] == phone.call_id
    assert _told(page, "pop") == []
    frame.locator(f"#candidate-{phone.call_id}-{office.taro} button").click()
    popped = _wait_told(page, "pop")[0]
    assert (popped["record"], popped["by"]) == (TARO.external_id, "choice")
    phone.answer()
    _wait_told(page, "answered")
    frame.locator("[name=request]").fill("届かない商品について")
    expect(frame.locator("[data-draft-at]")).to_contain_text("下書き保存")
    phone.end()
    _wait_told(page, "ended")
    said = json.dumps(page.evaluate("window.told"), ensure_ascii=False)
    for secret in ("佐藤", "0312345678", "+8131", "届かない"):
        assert secret not in said
    assert {one["origin"] for one in page.evaluate("window.told")} == {site.url}


def test_the_only_candidates_record_opens_at_once_and_not_again_after_a_reload(
    context: BrowserContext, site: Site, host: HostSite, office: Office
) -> None:
    page, frame = _at_the_desk(context, host)
    office.phone("09012345678").ring()
    popped = _wait_told(page, "pop")[0]
    assert (popped["record"], popped["by"]) == (HANAKO.external_id, "only_candidate")
    page.reload()
    expect(frame.locator(".candidate")).to_have_count(1)  # the partitioned cookie gave the session back
    _wait_told(page, "ringing")
    assert _told(page, "pop") == []


def test_what_stands_beside_the_panel_is_sent_inside_the_frame(
    context: BrowserContext, host: HostSite, office: Office
) -> None:
    _, frame = _at_the_desk(context, host)
    phone = office.phone("09012345678").ring()
    frame.locator(".candidate button").click()
    phone.answer()
    frame.locator("[data-identity] [data-key=v]").click()
    beside = frame.locator("[data-fallbacks]")
    beside.locator("summary", has_text="登録番号へ折り返す").click()
    beside.locator("[name=by_hand]").click()
    expect(beside).to_contain_text("お使いの電話機から、次の番号へ発信してください")
    expect(frame.locator("[name=answer-name_kana]")).to_be_visible()


def test_a_caller_is_verified_and_a_note_saved_inside_the_frame(
    context: BrowserContext, site: Site, host: HostSite, office: Office
) -> None:
    page, frame = _at_the_desk(context, host)
    phone = office.phone("09012345678").ring()
    frame.locator(".candidate button").click()
    phone.answer()
    frame.locator("[data-identity] [data-key=v]").click()
    for name, value in (("name_kana", "サトウハナコ"), ("birth_date", "1980-04-01"), ("contract_number", "K44710921")):
        frame.locator(f"[name=answer-{name}]").fill(value)
    frame.locator("[data-identity] [data-identity-form] .primary").click()
    expect(frame.locator(".lock-1")).to_be_visible()
    phone.end()
    note = frame.locator(".note")
    note.locator("[name=topic]").fill("配送")
    note.locator("[name=request]").fill("届かない")
    note.locator("[type=submit]").click()
    expect(frame.locator(".sent .badge").first).to_be_visible()
    with page.expect_popup() as opened:
        frame.locator(".who-else a[data-key=s]").click()
    expect(opened.value.locator("[name=query]")).to_be_visible()  # in a window of ours, under its own cookie


def test_signing_out_ends_the_frame_and_a_revoked_session_ends_at_once(
    context: BrowserContext, site: Site, host: HostSite, office: Office
) -> None:
    page, frame = _at_the_desk(context, host)
    frame.locator("#sign-out").click()
    expect(frame.locator("#sign-in")).to_be_visible()
    frame = _enter(page)  # signed in in our own window still: one click
    own = site.house.sessions.own(office.tanaka)
    inside = next(each for each in own if each.embed_origin)
    assert inside.embed_origin == host.origin
    site.house.sessions.end(office.tanaka, inside.hash)
    site.house.bus.publish((office.tanaka.user_id,))
    expect(frame.locator("#link[data-link=ended]")).to_be_visible()
    expect(frame.locator("#desk > *")).to_have_count(0)
    frame.locator("#link a").click()
    expect(frame.locator("#sign-in")).to_be_visible()


def test_where_third_party_cookies_are_blocked_the_whole_of_it_works(
    browser: Browser, tmp_path: Path, site: Site, host: HostSite, office: Office
) -> None:
    folder = tmp_path / "browser"
    (folder / "Default").mkdir(parents=True)
    blocking = {"profile": {"cookie_controls_mode": 1, "block_third_party_cookies": True}}
    (folder / "Default" / "Preferences").write_text(json.dumps(blocking), "utf-8")
    with HostSite() as probe:
        inner = f"http://127.0.0.1:{probe.origin.rpartition(':')[2]}/"
        probe.put(
            "/", '<script>document.cookie = "x=1; SameSite=None; Secure"; document.title = document.cookie</script>'
        )
        host.put("/probe", f'<iframe src="{inner}"></iframe>')
        context = browser.browser_type.launch_persistent_context(
            str(folder), executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"], locale="ja-JP"
        )
        page = context.new_page()
        page.goto(inner)
        assert page.title() == "x=1"
        page.goto(f"{host.origin}/probe")
        assert page.frame_locator("iframe").locator("html").evaluate("document.title") == ""  # blocked in a frame
        page.goto(host.origin)
        frame = _enter(page)
        phone = office.phone("0312345678").ring()
        frame.locator(f"#candidate-{phone.call_id}-{office.hanako} button").click()
        assert _wait_told(page, "pop")[0]["record"] == HANAKO.external_id
        context.clear_cookies()  # a browser that kept nothing at all
        page.reload()
        expect(frame.locator("#sign-in")).to_be_visible()
        context.close()


def _is_record(site: Site, customer_id: CustomerId) -> None:
    """Let the customer be a record of the org."""
    with site.house.store.write() as connection:
        connection.execute(update(customers).where(customers.c.id == customer_id).values(external_id=RECORD))


def test_the_lightning_component_opens_the_record_and_the_panel(
    context: BrowserContext, site: Site, host: HostSite, office: Office
) -> None:
    page, frame = _at_the_desk(context, host, "/lwc")
    _is_record(site, office.taro)
    phone = office.phone("0312345678").ring()
    frame.locator(f"#candidate-{phone.call_id}-{office.taro} button").click()
    page.wait_for_function("window.done.length >= 2")
    assert page.evaluate("window.done") == [
        {"opened": "7", "autoFocus": False},
        {"type": "standard__recordPage", "attributes": {"recordId": RECORD, "actionName": "view"}},
    ]
    page.evaluate("component.disconnectedCallback()")
    frame.locator(f"#candidate-{phone.call_id}-{office.hanako} button").click()
    expect(frame.locator(f"#candidate-{phone.call_id}-{office.hanako}.candidate-chosen")).to_be_visible()
    assert len(page.evaluate("window.done")) == 2


def test_the_softphone_pops_the_record_by_its_id(
    context: BrowserContext, site: Site, host: HostSite, office: Office
) -> None:
    page, frame = _at_the_desk(context, host, "/apex")
    _is_record(site, office.hanako)
    office.phone("09012345678").ring()
    expect(frame.locator(".candidate")).to_have_count(1)
    page.wait_for_function("window.done.length >= 2")
    assert page.evaluate("window.done") == [
        {"visible": True},
        {"type": "sobject", "params": {"recordId": RECORD}},
    ]


@pytest.mark.parametrize("path", ["/lwc", "/apex"])
def test_what_opens_records_listens_to_us_alone_and_to_ids_alone(
    context: BrowserContext, site: Site, host: HostSite, path: str
) -> None:
    page = context.new_page()
    page.goto(host.origin + path)
    expect(page.frame_locator("iframe").locator("#sign-in")).to_be_visible()
    forged = {"type": "denwaban:pop", "version": 1, "call": "x", "record": RECORD, "by": "choice"}
    page.evaluate("said => postMessage(said, '*')", forged)  # from the page itself, or any frame of another site
    inner = page.frames[1]
    assert inner.url.startswith(site.url)
    for said in ({**forged, "version": 2}, {**forged, "record": "../../setup"}, {**forged, "record": None}, None, "x"):
        inner.evaluate("([said, to]) => parent.postMessage(said, to)", [said, host.origin])
    inner.evaluate("([said, to]) => parent.postMessage(said, to)", [{**forged, "record": RECORD[::-1]}, host.origin])
    page.wait_for_function("window.done.length >= 1")  # the last one, which is good, came after all that are not
    assert RECORD[::-1] in json.dumps(page.evaluate("window.done"))
    assert len(page.evaluate("window.done")) == 1


def _keep(kept: list[str]) -> Callable[[ConsoleMessage], None]:
    return lambda said: kept.append(said.text)


def test_another_site_can_neither_frame_the_desk_nor_hear_it(
    context: BrowserContext, site: Site, host: HostSite, office: Office
) -> None:
    with HostSite() as thief:
        for path in ("/embed", f"/embed?origin={host.origin}", "/", "/sign-in", "/embed/sign-in"):
            thief.put("/", f'{LISTENS}<iframe src="{site.url}{path}"></iframe><p id="after">there</p>')
            page = context.new_page()
            blocked: list[str] = []
            page.on("console", _keep(blocked))
            page.goto(thief.origin)
            expect(page.locator("#after")).to_be_visible()
            assert any("frame-ancestors" in said for said in blocked), path
            assert not page.frames[1].url.startswith(site.url), path
            assert page.evaluate("told") == []
            page.close()


def test_a_stranger_who_opens_the_window_gets_no_token(
    context: BrowserContext, site: Site, host: HostSite, office: Office
) -> None:
    with HostSite() as thief:
        asked = f"{site.url}/embed/sign-in?origin={host.origin}&challenge={'x' * 43}"
        thief.put("/", f"{LISTENS}<button onclick=\"open('{asked}', '', 'popup')\">open</button>")
        page = context.new_page()
        page.goto(thief.origin)
        with page.expect_popup() as opened:
            page.click("button")
        window = opened.value
        window.wait_for_load_state("load")
        _sign_in(window, "tanaka")
        page.evaluate("new Promise((done) => setTimeout(done))")  # a message sent before the window went would be here
        assert page.evaluate("told") == []
        assert [each.embed_origin for each in site.house.sessions.own(office.tanaka)] == [""]


def test_the_frame_takes_no_token_from_anybody_but_its_window(
    context: BrowserContext, site: Site, host: HostSite, office: Office
) -> None:
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(host.origin)
    frame = page.frame_locator("iframe")
    expect(frame.locator("#sign-in")).to_be_visible()
    said = {"type": "denwaban:start", "version": 1, "start": "x" * 43}
    page.evaluate("([said, to]) => frames[0].postMessage(said, to)", [said, site.url])
    page.frames[1].evaluate("said => postMessage(said, location.origin)", said)
    page.evaluate("to => frames[0].postMessage({type: 'denwaban:hello', version: 1}, to)", site.url)
    _wait_told(page, "ready", 2)  # the answer to what was sent last
    assert not any(url.endswith("/embed/enter") for url in asked)


@pytest.mark.parametrize("look", NARROW, ids=str)
def test_the_frame_breaks_no_rule_of_wcag_and_fits_a_utility_panel(
    browser: Browser, site: Site, host: HostSite, office: Office, look: Look
) -> None:
    with visitor(browser, look) as context:
        office.speak(office.tanaka, look.lang)
        page = context.new_page()
        page.goto(host.origin)
        frame = page.frame_locator("iframe")
        expect(frame.locator("#sign-in")).to_be_visible()
        inner = page.frames[1]
        _fits(inner, "start")
        _enter(page)
        _fits(inner, "idle")
        phone = office.phone("0312345678").ring()
        expect(frame.locator(".candidate")).to_have_count(2)
        _fits(inner, "ringing")
        frame.locator(f"#candidate-{phone.call_id}-{office.hanako} button").click()
        phone.answer()
        expect(frame.locator(".state.phase-talking")).to_be_visible()
        frame.locator("[data-identity] [data-key=v]").click()
        expect(frame.locator("[name=answer-name_kana]")).to_be_visible()
        _fits(inner, "verifying")


def _fits(frame: Frame, what: str) -> None:
    assert violations(frame) == [], what
    assert not overflows(frame), f"{what}: wider than its window"
