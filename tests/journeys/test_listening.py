"""The gate in a real browser: the question why, a player for eyes, hands and keys, and its end when the ground goes."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select, update

from plugin.core.ids import RecordingId
from plugin.store.tables.recordings import grants, listens
from tests.kit.browser import LOOKS, Look, overflows, ready, sign_in, violations, visitor
from tests.kit.desk import Office
from tests.kit.listening import bring_in, pause
from tests.kit.processes import wait_for
from tests.kit.site import Site
from tests.kit.sounds import talk, tone

pytestmark = pytest.mark.needs("chromium")
SECONDS = 90
CASE = "CS-2026-118"


@pytest.fixture
def recording(site: Site, office: Office) -> RecordingId:
    """A call that `tanaka` took and that is over, with its recording brought in."""
    call_id = office.phone("09012345678").ring().answer().end().call_id
    made = bring_in(site.house, call_id, tone(SECONDS))
    pause(site.house.store, call_id, call_id, (40, 55))
    return made


def _ask(page: Page, site: Site, recording: RecordingId) -> None:
    page.goto(f"{site.url}/recordings/{recording}")
    page.get_by_label("苦情").check()
    page.fill("[name=case]", CASE)
    page.get_by_role("button", name="記録して").click()
    ready(page, "[data-player]")


def _position_ms(page: Page) -> int:
    return int(float(page.locator("[data-seek]").input_value()))


def _play_until(page: Page, at_ms: int) -> None:
    page.locator("[data-toggle]").click()
    expect(page.locator("[data-toggle]")).to_contain_text("一時停止")
    wait_for(lambda: _position_ms(page) >= at_ms)


def _heard(site: Site) -> list[tuple[int, int]]:
    with site.house.store.read() as connection:
        return [(row.from_ms, row.to_ms) for row in connection.execute(select(listens.c.from_ms, listens.c.to_ms))]


@pytest.fixture
def context(browser: Browser):  # type: ignore[no-untyped-def]
    with visitor(browser) as opened:
        yield opened


@pytest.fixture
def player(context: BrowserContext, site: Site, recording: RecordingId) -> Page:
    """The supervisor's player, a purpose given."""
    page = sign_in(context, site, "mori")
    _ask(page, site, recording)
    return page


def test_it_plays_jumps_and_tells_what_was_heard(player: Page, site: Site) -> None:
    expect(player.locator("[data-gaps]")).to_have_text(re.compile(r"録音を止めていた.*0:40–0:55"))
    _play_until(player, 1000)
    player.keyboard.press("l")
    wait_for(lambda: _position_ms(player) >= 6500)
    player.keyboard.press("k")
    expect(player.locator("[data-toggle]")).to_contain_text("再生")
    stood = _position_ms(player)
    player.keyboard.press("j")
    assert stood - 5200 <= _position_ms(player) <= stood - 4800  # it stands: nothing moves it but the key
    player.locator("[data-seek]").focus()
    player.keyboard.press("End")
    expect(player.locator("[data-time]")).to_contain_text("1:29 / 1:30")
    wait_for(lambda: any(start >= 5000 for start, _ in _heard(site)))  # told when the sound was stopped
    heard = _heard(site)
    assert min(start for start, _ in heard) < 5000
    assert sum(stop - start for start, stop in heard) <= stood - 4900  # what was jumped over was not heard
    assert max(stop for _, stop in heard) <= stood + 100


def test_a_grant_that_ends_stops_the_sound(player: Page, site: Site) -> None:
    _play_until(player, 1000)
    with site.house.store.write() as connection:
        connection.execute(update(grants).values(revoked_at=1))
    expect(player.locator("[data-said=over]")).to_be_visible()
    expect(player.locator("[data-toggle]")).to_be_disabled()
    expect(player.locator("[data-toggle-word]")).to_have_text("再生")
    player.locator("[data-toggle]").hover()
    assert violations(player) == []  # what is disabled says what it was, under the hand too
    player.get_by_role("link", name="目的を選び直して続ける").click()
    expect(player.get_by_role("button", name="記録して")).to_be_visible()


def test_a_server_that_was_away_leaves_the_player_as_it_stood(player: Page, context: BrowserContext) -> None:
    player.locator("[data-speed]").select_option("2")
    player.locator("body").press("5")
    context.set_offline(True)
    player.locator("[data-toggle]").click()
    expect(player.locator("[data-said=lost]")).to_be_visible()
    expect(player.locator("[data-toggle-word]")).to_have_text("再生")
    assert _position_ms(player) == 45_000
    context.set_offline(False)
    player.locator("[data-toggle]").click()
    expect(player.locator("[data-said]:visible")).to_have_count(0)
    wait_for(lambda: _position_ms(player) >= 45_500)
    assert player.evaluate("import('/static/playback/player.js').then(({ sound }) => sound.playbackRate)") == 2


def test_what_the_grant_opened_is_thrown_away_with_it(player: Page, site: Site) -> None:
    _mark(player, "前半")
    _play_until(player, 1000)
    with site.house.store.write() as connection:
        connection.execute(update(grants).values(revoked_at=1))
    expect(player.locator("[data-said=over]")).to_be_visible()
    expect(player.locator("[data-markers] li")).to_have_count(0)
    expect(player.locator("[data-wave] path")).to_have_count(0)
    expect(player.locator("#marker-words")).to_be_disabled()
    stood = _position_ms(player)
    player.keyboard.press("ArrowRight")
    assert _position_ms(player) in (0, stood)  # nothing is there to jump in


def _mark(page: Page, words: str) -> None:
    page.locator("body").press("m")
    expect(page.locator("#marker-words")).to_be_focused()
    page.keyboard.type(words)
    page.keyboard.press("Enter")
    expect(page.locator("[data-markers] li").filter(has_text=words)).to_have_count(1)


def test_each_key_does_what_it_says(player: Page) -> None:
    player.locator("body").press("5")
    assert _position_ms(player) == 45_000
    player.locator("body").press("ArrowLeft")
    assert _position_ms(player) == 40_000
    player.locator("body").press("Shift+ArrowRight")
    assert _position_ms(player) == 70_000
    player.locator("[data-seek]").focus()
    player.keyboard.press("ArrowDown")
    assert _position_ms(player) == 65_000
    player.keyboard.press("0")
    assert _position_ms(player) == 0
    player.locator("body").press(" ")
    expect(player.locator("[data-toggle]")).to_contain_text("一時停止")
    player.locator("[data-step='5']").focus()
    player.keyboard.press(" ")  # presses the button, and does not stop the sound
    wait_for(lambda: _position_ms(player) >= 5000)
    expect(player.locator("[data-toggle]")).to_contain_text("一時停止")


def test_a_marker_is_text_whatever_is_typed_and_leads_back_to_its_place(player: Page) -> None:
    player.locator("body").press("5")
    _mark(player, "<img src=x onerror=alert(1)>")
    assert player.locator("main img").count() == 0
    player.locator("#marker-words").press("5")  # a digit in a field is a digit
    assert _position_ms(player) == 45_000
    player.locator("#marker-words").blur()
    player.locator("body").press("0")
    player.locator("[data-markers] [data-go]").click()
    assert _position_ms(player) == 45_000
    player.reload()
    ready(player, "[data-markers] li")
    player.locator("[data-markers] [data-off]").click()
    expect(player.locator("[data-markers] li")).to_have_count(0)


def test_what_was_heard_is_tinted_and_stands_on_the_call(player: Page, site: Site) -> None:
    expect(player.locator("[data-drawn]")).to_have_count(1)
    expect(player.locator(".wave-heard")).to_have_count(0)
    _play_until(player, 1500)
    player.locator("body").press("k")
    expect(player.locator(".wave-heard")).to_have_count(1)
    wait_for(lambda: len(_heard(site)) == 1)
    player.reload()
    expect(player.locator(".wave-heard")).to_have_count(1)


def test_two_voices_are_two_lanes_by_name(browser: Browser, tmp_path: Path) -> None:
    told = {"pbx1": {"kind": "webhook", "caller_lane": "right"}}
    with Site(tmp_path, sources=told) as site, visitor(browser) as context:
        office = Office(site)
        call_id = office.phone("09012345678").ring().answer().end().call_id
        page = sign_in(context, site, "mori")
        _ask(page, site, bring_in(site.house, call_id, talk(20)))
        expect(page.locator("[data-lanes] li")).to_have_text(["オペレーター", "お客様"])
        expect(page.locator(".wave-rest")).to_have_count(2)
        assert violations(page) == []


def test_shortcuts_that_are_off_stay_off(player: Page) -> None:
    player.evaluate("localStorage.setItem('denwaban-keys', 'off')")
    player.keyboard.press("l")
    assert _position_ms(player) == 0
    player.evaluate("localStorage.setItem('denwaban-keys', 'on')")
    player.keyboard.press("l")
    assert _position_ms(player) == 5000


def test_finishing_leads_back_to_the_question(player: Page) -> None:
    player.get_by_role("button", name="再生を終える").click()
    expect(player.get_by_role("button", name="記録して")).to_be_visible()


@pytest.mark.parametrize(("gone", "word"), [("keys/recordings-*", "key_missing"), ("recordings", "unreadable")])
def test_a_key_or_a_folder_that_is_away_is_told_in_words(player: Page, site: Site, gone: str, word: str) -> None:
    data_dir = site.house.settings.data_dir
    (there,) = data_dir.glob(gone)
    there.rename(data_dir / "away")
    player.locator("[data-toggle]").click()
    expect(player.locator(f"[data-said={word}]")).to_be_visible()
    assert word != "key_missing" or site.house.keyring.missing() == 1


def test_a_damaged_copy_says_so_in_words(player: Page, site: Site) -> None:
    (path,) = (site.house.settings.data_dir / "recordings").rglob("*.sealed")
    path.write_bytes(path.read_bytes()[:60] + b"?" + path.read_bytes()[61:])
    player.locator("[data-toggle]").click()
    expect(player.locator("[data-said]:visible")).to_have_count(1)
    player.reload()
    expect(player.get_by_role("status")).to_contain_text("壊れている")


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_question_and_player_are_open_to_all(browser: Browser, site: Site, recording: RecordingId, look: Look) -> None:
    with visitor(browser, look) as context:
        page = sign_in(context, site, "mori")
        page.request.post(
            f"{site.url}/preferences",
            form={"lang": look.lang},
            headers={"X-Form-Token": page.locator("meta[name=form-token]").get_attribute("content") or ""},
        )
        page.goto(f"{site.url}/recordings/{recording}")
        assert violations(page) == []
        assert not overflows(page)
        page.locator("[name=purpose]").first.check()
        page.fill("[name=case]", CASE)
        page.locator("main form button").click()
        ready(page, "[data-player]")
        assert violations(page) == []
        assert not overflows(page)
        shown = re.search(r"[ぁ-ん]", page.locator("main").inner_text())
        assert bool(shown) is (look.lang == "ja")
