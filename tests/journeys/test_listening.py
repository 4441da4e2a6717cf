"""The gate in a real browser: the question why, a player for eyes, hands and keys, and its end when the ground goes."""

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select, update

from plugin.core.ids import RecordingId
from plugin.store.tables.recordings import grants, listens
from tests.kit.browser import LOOKS, Look, overflows, ready, sign_in, violations, visitor
from tests.kit.desk import Office
from tests.kit.listening import bring_in
from tests.kit.processes import wait_for
from tests.kit.site import Site
from tests.kit.sounds import tone

pytestmark = pytest.mark.needs("chromium")
SECONDS = 90
CASE = "CS-2026-118"


@pytest.fixture
def recording(site: Site, office: Office) -> RecordingId:
    """A call that `tanaka` took and that is over, with its recording brought in."""
    call_id = office.phone("09012345678").ring().answer().end().call_id
    return bring_in(site.house, call_id, tone(SECONDS))


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
    player.reload()
    expect(player.get_by_role("button", name="記録して")).to_be_visible()


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


@pytest.mark.parametrize(("gone", "word"), [("keys/recordings-2027-11.1", "key_missing"), ("recordings", "unreadable")])
def test_a_key_or_a_folder_that_is_away_is_told_in_words(player: Page, site: Site, gone: str, word: str) -> None:
    data_dir = site.house.settings.data_dir
    (data_dir / gone).rename(data_dir / "away")
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
