"""Cutting in a real browser: ranges by mouse and by key, heard as they will be; a clip's way to its trainer, by two."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from plugin.core.heard import is_whole
from plugin.core.ids import RedactionId
from plugin.core.redaction import RedactionState
from plugin.store import redaction_grants
from tests.kit.browser import Look, overflows, ready, sign_in, violations, visitor
from tests.kit.desk import Office
from tests.kit.processes import wait_for
from tests.kit.redactions import CuttingRoom
from tests.kit.site import Site

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.needs("ffmpeg")]


@pytest.fixture
def room(site: Site, office: Office) -> CuttingRoom:
    return CuttingRoom(site, office)


@pytest.fixture
def leader(browser: Browser, site: Site, room: CuttingRoom) -> Iterator[Page]:
    """The supervisor's editor of a clip."""
    with visitor(browser) as context:
        page = sign_in(context, site, "mori")
        page.goto(f"{site.url}/recordings/{room.recording}")
        page.locator("[name=purpose][value=training]").check()
        page.fill("[name=case]", "T-1")
        page.locator("main form button").click()
        ready(page, "[data-player]")
        page.get_by_role("link", name="研修クリップを作る").click()
        ready(page, "[data-cuts]")
        expect(page.locator("[data-player][data-drawn]")).to_have_count(1)
        yield page


def _drag(page: Page, start: float, stop: float) -> None:
    strip = page.locator("[data-strip]")
    strip.scroll_into_view_if_needed()
    box = strip.bounding_box()
    assert box
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * start, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * stop, middle, steps=3)
    page.mouse.up()


def _seek(page: Page, share: float) -> None:
    page.locator("[data-seek]").evaluate(
        "(seek, share) => { seek.value = seek.max * share; seek.dispatchEvent(new Event('input')); }", share
    )


def _is_heard(room: CuttingRoom, login: str, clip: RedactionId) -> bool:
    user, length_ms = room.house.accounts.find(login), room.find(clip).length_ms
    with room.house.store.read() as connection:
        return is_whole(redaction_grants.heard_by(connection, clip, user.id), length_ms)


def test_ranges_are_chosen_by_mouse_and_by_key_and_heard_as_they_will_be(leader: Page, room: CuttingRoom) -> None:
    rows = leader.locator("[data-ranges] > li")
    _drag(leader, 0.5, 0.6)
    _drag(leader, 0.8, 0.9)
    expect(rows).to_have_count(2)
    _seek(leader, 0.1)
    leader.keyboard.press("i")
    _seek(leader, 0.2)
    leader.keyboard.press("o")
    expect(rows).to_have_count(3)
    first = rows.nth(0)  # in the order of the sound, whichever came first
    expect(first.locator("[data-from]")).to_have_value("0:01.200")
    expect(first.locator("[data-to]")).to_have_value("0:02.400")
    first.locator("[data-from]").fill("１．０")  # as an IME leaves it
    first.locator("[data-from]").press("ArrowUp")
    expect(first.locator("[data-from]")).to_have_value("0:01.010")
    first.locator("[data-reason]").select_option("staff")
    rows.nth(1).locator("[data-off]").click()
    expect(rows).to_have_count(2)
    _drag(leader, 0.9, 0.95)  # its edge, not a new one
    expect(rows).to_have_count(2)
    leader.locator("[data-preview]").click()
    _seek(leader, 0.05)
    leader.locator("[data-toggle]").click()
    heard = "import('/static/playback/player.js').then(({ sound }) => [sound.muted, sound.currentTime])"
    wait_for(lambda: leader.evaluate(heard)[0])  # silent inside
    wait_for(lambda: not leader.evaluate(heard)[0] and leader.evaluate(heard)[1] > 2.3)
    leader.locator("[data-toggle]").click()
    leader.locator("#title").fill("聞き返しの手本")
    leader.locator("[data-stretch-from]").fill("0:01.000")
    leader.locator("[data-stretch-to]").fill("12")
    leader.get_by_role("button", name="クリップを作る").click()
    leader.wait_for_url("**/clips/*")
    asked = room.find(RedactionId(leader.url.split("/")[-1].split("?")[0]))
    assert (asked.stretch, [each.reason for each in asked.ranges]) == ((1000, 12_000), ["staff", "customer"])
    assert asked.ranges[0][:2] == (1010, 2400)
    assert room.making.make() == 1
    expect(leader.get_by_role("button", name="再生を始める")).to_be_visible()  # the page turned by itself


def _hear(page: Page, address: str) -> None:
    """Open it and begin to play it, at the player's fastest."""
    page.goto(address)
    page.get_by_role("button", name="再生を始める").click()
    ready(page, "[data-player]")
    page.locator("[data-speed]").select_option("2")
    page.locator("[data-toggle]").click()


def test_a_clip_is_heard_whole_and_confirmed_by_a_second_and_found_by_trainers(
    browser: Browser, site: Site, room: CuttingRoom
) -> None:
    clip = room.clip()
    address = f"{site.url}/clips/{clip}"
    with visitor(browser) as context:
        page = sign_in(context, site, "mori")
        page.goto(address)
        page.fill("#note", "名前が残っていないか")
        page.get_by_role("button", name="確認を頼む").click()
        expect(page.get_by_text("確認を依頼しました")).to_be_visible()
    with visitor(browser) as context:
        page = sign_in(context, site, "kato")
        page.goto(address)
        page.fill("#reason", "聞いていない")
        page.get_by_role("button", name="確認した").click()
        expect(page.get_by_role("alert").first).to_contain_text("まだ最後まで聴いていません")
        _hear(page, address)
        wait_for(lambda: _is_heard(room, "kato", clip))
        page.fill("#reason", "名前はない")
        page.get_by_role("button", name="確認した").click()
        expect(page.get_by_text("確認しました。")).to_be_visible()
    assert room.find(clip).state is RedactionState.CONFIRMED
    with visitor(browser) as context:
        page = sign_in(context, site, "oda")
        page.goto(f"{site.url}/clips")
        page.get_by_role("link", name="挨拶の手本").click()
        _hear(page, address)
        wait_for(lambda: _is_heard(room, "oda", clip))
        said = page.locator("main").inner_text()
        for telling in ("佐藤", "田中", "森", "090", "取り除いた範囲"):
            assert telling not in said
        assert str(room.recording) not in page.content()


@pytest.mark.soak
def test_cutting_is_open_to_all(browser: Browser, site: Site, room: CuttingRoom) -> None:
    copy = room.cut(room.case(room.past))
    for look in (Look("ja", 360, "dark"), Look("en", 1280)):
        with visitor(browser, look) as context:
            room.office.speak(room.hara, look.lang)
            page = sign_in(context, site, "hara")
            page.goto(f"{site.url}/recordings/{room.recording}")
            page.locator("[name=purpose]").first.check()
            page.locator("main form .primary").click()
            ready(page, "[data-player]")
            editor = f"{site.url}/recordings/{room.recording}/redaction?from={copy}"
            for address in (editor, f"{site.url}/redactions", f"{site.url}/redactions/{copy}"):
                page.goto(address)
                assert violations(page) == [], address
                assert not overflows(page), address
