"""The desk in a real browser: a ring appears, a choice, a draft that survives, tabs of calls, tabs of the browser."""

import re

import pytest
from playwright.sync_api import APIResponse, Browser, BrowserContext, Page, Request, Route, expect

from tests.kit.browser import sign_in, visitor
from tests.kit.desk import RIGHT, Office
from tests.kit.processes import wait_for
from tests.kit.site import Site

pytestmark = pytest.mark.needs("chromium")
# Another tab tells what it was told, late: in the moment in which the panel has opened.
_TELL_ONCE_OPENED = """([name, told]) => {
  const tab = new BroadcastChannel(name);
  document.addEventListener("identity-changed", ({ target }) => {
    window.opened = target;
    told.forEach((each) => tab.postMessage(each));
  }, { once: true });
}"""
# What the stream tells comes late, once the page has `held` in its window.
_HOLD = """() => {
  const listen = EventSource.prototype.addEventListener;
  EventSource.prototype.addEventListener = function (kind, told) {
    listen.call(this, kind, (event) => (window.held ? window.held.push(() => told(event)) : told(event)));
  };
}"""
_TELL = "([name, told]) => new BroadcastChannel(name).postMessage({ kind: 'desk', message: told })"


@pytest.fixture
def context(browser: Browser):  # type: ignore[no-untyped-def]
    with visitor(browser) as opened:
        yield opened


def _desk(context: BrowserContext, site: Site) -> Page:
    page = sign_in(context, site, "tanaka")
    page.wait_for_selector("#link[data-link=live]")
    return page


def _another_tab(context: BrowserContext, site: Site) -> Page:
    page = context.new_page()
    page.goto(site.url)
    return page


def _choices(page: Page) -> list[Request]:
    """Return the list to which each choice of a customer that leaves the page from now on is added."""
    asked: list[Request] = []
    page.on("request", lambda each: asked.append(each) if each.url.endswith("/choose") else None)
    return asked


def test_a_ring_appears_a_choice_is_made_by_a_key_and_the_focus_never_moves(
    context: BrowserContext, site: Site, office: Office
) -> None:
    page = _desk(context, site)
    page.focus(".idle-look-up")
    phone = office.phone("0312345678").ring()
    pop = page.locator(f"#call-{phone.call_id}")
    expect(pop).to_be_visible()
    expect(pop.locator(".candidate")).to_have_count(2)
    expect(page.locator("#voice")).to_contain_text("着信中")
    expect(page).to_have_title(re.compile("^● 着信 1件"))
    page.keyboard.press("2")
    expect(pop.locator(".candidate-chosen")).to_have_count(1)
    phone.answer()
    expect(pop.locator(".state")).to_contain_text("通話中")
    expect(page).to_have_title("デスク – 電話番")


def test_what_is_typed_survives_changes_of_the_call_and_a_reload(
    context: BrowserContext, site: Site, office: Office
) -> None:
    page = _desk(context, site)
    phone = office.phone("09012345678").ring()
    note = page.locator(f"#note-{phone.call_id}")
    note.locator("[name=request]").fill("届かない商品について")
    phone.answer()
    expect(page.locator(".state")).to_contain_text("通話中")
    expect(note.locator("[name=request]")).to_be_focused()
    expect(note.locator("[name=request]")).to_have_value("届かない商品について")
    expect(note.locator("[data-draft-at]")).to_contain_text("下書き保存")
    page.reload()
    expect(page.locator(".pop")).to_be_visible()
    expect(note.locator("[name=request]")).to_have_value("届かない商品について")


def test_leaving_the_page_keeps_what_was_typed_a_moment_ago(
    context: BrowserContext, site: Site, office: Office
) -> None:
    page = _desk(context, site)
    phone = office.phone("09012345678").ring()
    page.locator("[name=response]").fill("折り返すと回答")
    page.goto(f"{site.url}/inbox")
    wait_for(lambda: site.house.timeline.draft_of(office.tanaka, phone.call_id) is not None)
    page.goto(site.url)
    expect(page.locator(f"#note-{phone.call_id} [name=response]")).to_have_value("折り返すと回答")


def test_a_second_call_never_takes_the_place_of_the_first(context: BrowserContext, site: Site, office: Office) -> None:
    page = _desk(context, site)
    first = office.phone("09012345678").ring().answer()
    expect(page.locator(f"#call-{first.call_id}")).to_be_visible()
    page.locator(f"#note-{first.call_id} [name=request]").fill("一件目")
    second = office.phone("0312345678").ring()
    expect(page.locator(f"#tab-{second.call_id}")).to_be_visible()
    expect(page.locator(f"#call-{first.call_id}")).to_be_visible()
    expect(page.locator(f"#call-{second.call_id}")).to_be_hidden()
    expect(page.locator(f"#note-{first.call_id} [name=request]")).to_be_focused()
    page.click(f"#tab-{second.call_id}")
    expect(page.locator(f"#call-{second.call_id}")).to_be_visible()
    page.keyboard.press("ArrowLeft")
    expect(page.locator(f"#call-{first.call_id}")).to_be_visible()
    expect(page.locator(f"#note-{first.call_id} [name=request]")).to_have_value("一件目")


def test_an_open_call_is_open_again_after_a_reload(context: BrowserContext, site: Site, office: Office) -> None:
    page = _desk(context, site)
    office.phone("09012345678").ring().answer()
    second = office.phone("0312345678").ring()
    page.click(f"#tab-{second.call_id}")
    page.reload()
    expect(page.locator(f"#call-{second.call_id}")).to_be_visible()


def test_keys_rest_while_a_field_has_the_focus_and_can_be_switched_off(
    context: BrowserContext, site: Site, office: Office
) -> None:
    page = _desk(context, site)
    office.phone("0312345678").ring()
    expect(page.locator(".pop")).to_be_visible()
    page.keyboard.press("n")
    expect(page.locator("[name=topic]")).to_be_focused()
    page.keyboard.type("1 2")
    expect(page.locator("[name=topic]")).to_have_value("1 2")
    expect(page.locator(".candidate-chosen")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.locator("[name=topic]")).not_to_be_focused()
    choices = _choices(page)
    page.click("[data-switch-keys]")
    page.keyboard.press("1")
    page.click("[data-switch-keys]")
    page.keyboard.press("2")
    expect(page.locator(".candidate-chosen")).to_have_count(1)
    assert len(choices) == 1


def test_keys_rest_while_an_ime_composes(context: BrowserContext, site: Site, office: Office) -> None:
    page = _desk(context, site)
    office.phone("0312345678").ring()
    expect(page.locator(".pop")).to_be_visible()
    choices = _choices(page)
    page.evaluate(
        "document.body.dispatchEvent(new KeyboardEvent('keydown', {key: '1', isComposing: true, bubbles: true}))"
    )
    page.keyboard.press("2")
    expect(page.locator(".candidate-chosen")).to_have_count(1)
    assert len(choices) == 1


def test_one_tab_holds_the_stream_feeds_the_others_and_hands_it_over(
    context: BrowserContext, site: Site, office: Office
) -> None:
    first = _desk(context, site)
    second = _another_tab(context, site)
    expect(second.locator("#link[data-link=live]")).to_be_visible()
    assert [tab.locator("html[data-leader]").count() for tab in (first, second)] == [1, 0]
    phone = office.phone("09012345678").ring()
    for tab in (first, second):
        expect(tab.locator(f"#call-{phone.call_id}")).to_be_visible()
    first.close()
    expect(second.locator("html[data-leader]")).to_have_count(1)
    phone.answer()
    expect(second.locator(".state")).to_contain_text("通話中")


def test_a_hidden_tab_goes_on_listening(context: BrowserContext, site: Site, office: Office) -> None:
    desk = _desk(context, site)
    front = context.new_page()
    front.goto("about:blank")
    front.bring_to_front()
    phone = office.phone("09012345678").ring()
    expect(desk).to_have_title(re.compile("^●"))
    expect(desk.locator(f"#call-{phone.call_id}")).to_have_count(1)


def test_a_draft_reaches_the_other_tab(context: BrowserContext, site: Site, office: Office) -> None:
    first = _desk(context, site)
    phone = office.phone("09012345678").ring()
    second = _another_tab(context, site)
    first.locator(f"#note-{phone.call_id} [name=request]").fill("一つ目の画面で入力")
    expect(second.locator(f"#note-{phone.call_id} [name=request]")).to_have_value("一つ目の画面で入力")


def test_a_lost_connection_is_told_and_mended(context: BrowserContext, site: Site, office: Office) -> None:
    page = _desk(context, site)
    context.set_offline(True)
    page.wait_for_selector("#link[data-link=lost]")
    expect(page.locator("#link")).to_contain_text("再接続しています")
    phone = office.phone("09012345678").ring()
    context.set_offline(False)
    expect(page.locator(f"#call-{phone.call_id}")).to_be_visible()
    expect(page.locator("#link[data-link=live]")).to_be_visible()


def test_a_session_that_ended_leads_to_the_way_in_with_why(context: BrowserContext, site: Site, office: Office) -> None:
    page = _desk(context, site)
    user = site.house.accounts.find("tanaka")
    site.house.accounts.set_password(user.id, "another long password", None)
    site.house.bus.publish((user.id,))
    page.wait_for_url("**/sign-in")
    expect(page.locator("main [role=status]")).to_contain_text("有効期限が切れました")


def test_news_from_before_the_panel_was_opened_does_not_close_it(
    context: BrowserContext, site: Site, office: Office
) -> None:
    page = _desk(context, site)
    phone = office.phone("09012345678").ring().answer()
    office.house.desk.choose(office.tanaka, phone.call_id, office.hanako)
    expect(page.locator("[data-identity][data-state=locked]")).to_be_visible()
    before = page.evaluate("fetch('/desk/state').then((answer) => answer.json())")
    draft = {"kind": "draft", "form": f"note-{phone.call_id}", "fields": {"request": "別の画面で入力"}}
    told = [{"kind": "desk", "message": before}, {"kind": "told", "message": draft}]
    page.evaluate(_TELL_ONCE_OPENED, [f"denwaban-desk-{office.tanaka.user_id}", told])
    page.keyboard.press("v")
    expect(page.locator("[name=request]")).to_have_value("別の画面で入力")  # it was told after the old news
    assert page.evaluate("window.opened.isConnected")
    expect(page.locator("[data-identity][data-state=in_progress]")).to_be_visible()


def test_an_answer_that_comes_late_takes_nobody_out_of_the_field_into_which_he_types(
    context: BrowserContext, site: Site, office: Office
) -> None:
    page = _desk(context, site)
    phone = office.phone("09012345678").ring().answer()
    office.house.desk.choose(office.tanaka, phone.call_id, office.hanako)
    pop = page.locator(f"#call-{phone.call_id}")
    expect(pop.locator("[data-identity][data-state=locked]")).to_be_visible()
    held: list[tuple[Route, APIResponse]] = []
    page.route("**/identity", lambda route: held.append((route, route.fetch())))
    page.keyboard.press("v")
    first, second = pop.locator("[name=answer-birth_date]"), pop.locator("[name=answer-contract_number]")
    second.click()  # of the panel that the stream drew: the answer to the key is still on its way
    page.keyboard.type("K4471")
    wait_for(lambda: bool(page.evaluate("true") and held))  # asking lets what was caught come through
    page.evaluate("document.addEventListener('identity-changed', () => (window.come = true))")
    route, answer = held[0]
    route.fulfill(response=answer)
    wait_for(lambda: bool(page.evaluate("window.come === true")))  # no script of the page may be made of words
    page.keyboard.type("-0921")
    expect(second).to_have_value("K4471-0921")
    expect(first).to_have_value("")


def test_what_one_reading_missed_is_asked_for_until_the_server_answers(
    context: BrowserContext, site: Site, office: Office
) -> None:
    context.add_init_script(f"({_HOLD})()")
    page = _desk(context, site)
    phone = office.phone("09012345678").ring().answer()
    office.house.desk.choose(office.tanaka, phone.call_id, office.hanako)
    pop = page.locator(f"#call-{phone.call_id}")
    expect(pop.locator("[data-identity][data-state=locked]")).to_be_visible()
    before = page.evaluate("fetch('/desk/state').then((answer) => answer.json())")
    page.keyboard.press("v")
    for item, said in RIGHT.items():
        pop.locator(f"[name=answer-{item.value}]").fill(said)
    page.evaluate("window.held = []")
    busy = {"status": 503, "content_type": "application/problem+json", "body": "{}"}
    page.route("**/desk/state", lambda route: route.fulfill(**busy), times=2)
    pop.get_by_role("button", name="照合する").click()
    expect(pop.locator("[data-identity][data-state=verified]")).to_be_visible()
    expect(pop.locator(".lock")).to_contain_text("本人確認済み")
    with page.expect_request("**/desk/state"):  # old news may hold what later news, that was told before it, had not
        page.evaluate(_TELL, [f"denwaban-desk-{office.tanaka.user_id}", before])
    expect(pop.locator(".lock")).to_contain_text("本人確認済み")


def test_a_server_whose_clock_was_set_back_still_tells_what_rings(
    context: BrowserContext, site: Site, office: Office
) -> None:
    page = _desk(context, site)
    ahead = page.evaluate("fetch('/desk/state').then((answer) => answer.json())")
    ahead |= {"at": ahead["at"] + 3_600_000_000, "until": ahead["until"] + 3_600_000_000}
    _another_tab(context, site).evaluate(_TELL, [f"denwaban-desk-{office.tanaka.user_id}", ahead])
    phone = office.phone("0312345678").ring()
    expect(page.locator(f"#call-{phone.call_id}")).to_be_visible()


def test_the_note_is_saved_and_says_where_it_is(context: BrowserContext, site: Site, office: Office) -> None:
    page = _desk(context, site)
    phone = office.phone("09012345678").ring().answer()
    expect(page.locator(".pop")).to_be_visible()
    page.keyboard.press("1")
    expect(page.locator(".candidate-chosen")).to_be_visible()
    phone.end()
    expect(page.locator(".state")).to_contain_text("応対記録")
    note = page.locator(f"#note-{phone.call_id}")
    note.locator("[name=topic]").fill("そんな用件はない")
    note.locator("[name=request]").fill("届かない")
    note.locator("[type=submit]").click()
    expect(note.locator("[data-error]")).to_contain_text("一覧から選んでください")
    note.locator("[name=topic]").fill("配送")
    expect(note.locator("[name=response]")).to_have_attribute("placeholder", "配送会社への確認結果・再手配")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".sent")).to_contain_text("保存")
    expect(page.locator(".sent")).to_contain_text("CRMへ送信中")
    page.locator("[data-key=x]").click()
    expect(page.locator(f"#call-{phone.call_id}")).to_have_count(0)
    expect(page.locator(".idle")).to_contain_text("お電話を待っています")


def test_the_caller_is_verified_on_the_desk_and_the_history_opens(
    context: BrowserContext, site: Site, office: Office
) -> None:
    office.past_call_now("0312345678", office.hanako, "秘密の用件")
    page = _desk(context, site)
    phone = office.phone("0312345678").ring().answer()
    pop = page.locator(f"#call-{phone.call_id}")
    expect(pop.locator(".lock")).to_contain_text("未確認")
    assert "秘密の用件" not in page.content()
    pop.get_by_role("button", name=re.compile("花子")).click()
    expect(pop.locator("[data-identity]")).to_be_visible()
    page.keyboard.press("v")
    pop.locator("[name=answer-name_kana]").fill("さとうはなこ")
    pop.locator("[name=answer-birth_date]").fill("昭和55年4月1日")
    pop.locator("[name=answer-contract_number]").fill("K4471-0921")
    pop.get_by_role("button", name="照合する").click()
    expect(pop.locator(".lock")).to_contain_text("本人確認済み")
    expect(pop.locator(".history")).to_contain_text("秘密の用件")
