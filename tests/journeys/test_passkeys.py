"""Passkeys and codes in a real Chromium, whose virtual authenticator stands for the person's device."""

from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, expect
from sqlalchemy import select, update

from plugin.core.staff import Role, Staff
from plugin.store.tables.factors import passkeys
from tests.kit.browser import LOOKS, Look, overflows, ready, sign_in, violations, visitor
from tests.kit.site import Site
from tests.kit.staff import PASSWORD

pytestmark = pytest.mark.needs("chromium")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with Site(tmp_path, host="localhost") as served:  # browsers bind passkeys to names, never to numbers
        served.staff("tanaka", "田中 太郎", "101")
        served.staff("kanri", "管理 花子", None, Role.ADMIN)
        yield served


def device(context: BrowserContext, page: Page, *, verifies: bool = True) -> tuple[CDPSession, str]:
    """Put a device with a fingerprint reader to the page's browser."""
    cdp = context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": verifies,
        "isUserVerified": verifies,
        "automaticPresenceSimulation": True,
    }
    return cdp, str(cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"])


def add_key(page: Page, site: Site, name: str) -> None:
    page.goto(f"{site.url}/account/factors")
    page.fill("#key-name", name)
    page.locator("form[data-passkey=make] button").click()
    ready(page, ".notice.is-good")
    expect(page.get_by_text(name, exact=True)).to_be_visible()


def leave(page: Page, site: Site) -> None:
    page.locator(".bar-end summary").click()
    page.locator("form[action='/sign-out'] button").click()
    page.wait_for_url("**/sign-in?out=1")


def test_a_passkey_signs_in_without_a_password_and_confirms(browser: Browser, site: Site) -> None:
    with visitor(browser) as context:
        page = sign_in(context, site, "tanaka")
        device(context, page)
        add_key(page, site, "仕事用のノートPC")
        leave(page, site)
        page.locator("form[data-passkey] button").click()
        page.wait_for_url(lambda url: "/sign-in" not in url)
        page.goto(f"{site.url}/prove?next=/account")
        page.locator("form[data-passkey] button").click()
        page.wait_for_url("**/account")
        with site.house.store.read() as connection:
            assert connection.execute(select(passkeys.c.used_at)).scalar_one()


def test_a_passkey_is_the_second_factor_after_a_password(browser: Browser, site: Site) -> None:
    with visitor(browser) as context:
        page = sign_in(context, site, "tanaka")
        device(context, page)
        add_key(page, site, "鍵")
        leave(page, site)
        page.fill("[name=login]", "tanaka")
        page.fill("[name=password]", PASSWORD)
        page.locator("form[action='/sign-in'] button").click()
        page.wait_for_url("**/sign-in/second**")
        page.locator("form[data-passkey] button").click()
        page.wait_for_url(lambda url: "/sign-in" not in url)


def test_a_copied_key_or_a_removed_one_opens_nothing(browser: Browser, site: Site) -> None:
    with visitor(browser) as context:
        page = sign_in(context, site, "tanaka")
        device(context, page)
        add_key(page, site, "鍵")
        leave(page, site)
        with site.house.store.write() as connection:
            connection.execute(update(passkeys).values(sign_count=1_000))  # as if a copy had been used
        page.locator("form[data-passkey] button").click()
        expect(page.locator("#wrong")).to_contain_text("サインインできません")
        with site.house.store.write() as connection:
            connection.execute(passkeys.delete())
        page.locator("form[data-passkey] button").click()
        expect(page.locator("#wrong")).to_contain_text("サインインできません")


def test_a_device_that_does_not_verify_its_person_makes_none(browser: Browser, site: Site) -> None:
    with visitor(browser) as context:
        page = sign_in(context, site, "tanaka")
        device(context, page, verifies=False)
        page.goto(f"{site.url}/account/factors")
        page.fill("#key-name", "鍵")
        page.locator("form[data-passkey=make] button").click()
        expect(page.locator("[data-passkey-wrong]")).to_be_visible()
        with site.house.store.read() as connection:
            assert connection.execute(select(passkeys)).all() == []


def test_an_app_is_set_up_and_asked_for(browser: Browser, site: Site) -> None:
    with visitor(browser) as context:
        page = sign_in(context, site, "tanaka")
        page.goto(f"{site.url}/account/factors")
        page.locator("form[action='/account/factors/code'] button").click()
        ready(page, ".qr path")
        app = pyotp.TOTP(page.locator("#secret").inner_text().strip())
        page.fill("#code", app.now())
        page.locator("form[action$=confirm] button").click()
        codes = ready(page, ".recovery li")
        expect(codes).to_have_count(10)
        recovery = codes.first.inner_text()
        page.locator("main a.primary").click()
        ready(page, "#recovery-head")
        leave(page, site)
        page.fill("[name=login]", "tanaka")
        page.fill("[name=password]", PASSWORD)
        page.locator("form[action='/sign-in'] button").click()
        page.wait_for_url("**/sign-in/second**")
        page.fill("#code", "000-000")
        page.locator("main .primary").click()
        expect(page.locator("#wrong")).to_be_visible()
        page.fill("#code", recovery.lower())
        page.locator("main .primary").click()
        page.wait_for_url(lambda url: "/sign-in" not in url)


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_its_pages_break_no_rule(browser: Browser, site: Site, look: Look) -> None:
    with visitor(browser, look) as context:
        page = sign_in(context, site, "tanaka")
        page.context.add_cookies([{"name": "denwaban-lang", "value": look.lang, "url": site.url}])
        site.house.accounts.set_lang(_staff(site), look.lang)
        device(context, page)
        add_key(page, site, "My laptop")
        _check(page, "factors")
        page.locator("form[action='/account/factors/code'] button").click()
        app = pyotp.TOTP(ready(page, "#secret").inner_text().strip())
        _check(page, "enrol")
        page.fill("#code", app.now())
        page.locator("form[action$=confirm] button").click()
        ready(page, ".recovery li")
        _check(page, "recovery codes")
        page.goto(f"{site.url}/prove")
        _check(page, "prove")
        page.goto(f"{site.url}/account/factors")
        leave(page, site)
        _check(page, "sign-in")
        page.fill("[name=login]", "tanaka")
        page.fill("[name=password]", PASSWORD)
        page.locator("form[action='/sign-in'] button").click()
        ready(page, "#code")
        _check(page, "second")


def _staff(site: Site) -> Staff:
    token = site.house.sessions.sign_in("tanaka", PASSWORD, "127.0.0.1", "test").token
    return site.house.sessions.whose(token, "127.0.0.1")


def _check(page: Page, what: str) -> None:
    assert violations(page) == [], what
    assert not overflows(page), f"{what}: wider than its window"
