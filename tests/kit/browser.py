"""A real Chromium for tests: signed-in pages, axe, and the looks (width, language, appearance) each page must hold."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, Literal

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, BrowserContext, Frame, Locator, Page, expect, sync_playwright

from tests.kit.site import Site
from tests.kit.staff import PASSWORD

# The same engine; the other draws a browser's own windows too, which takes five times what a page of ours does.
_BINARY = shutil.which("chromium-headless-shell") or "/usr/bin/chromium"
_ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]
# A date field as in a browser of the page's own language, which Debian's Chromium alone is not.
_ARGS += ["--enable-blink-features=LangAttributeAwareFormControlUI"]
_PATIENCE_MS = 90_000  # a busy machine is no failure
_AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@dataclass(frozen=True, slots=True)
class Look:
    """One way in which a page is looked at."""

    lang: Literal["ja", "en"] = "ja"
    width: int = 1280
    scheme: Literal["light", "dark"] = "light"
    forced_colors: bool = False

    def __str__(self) -> str:
        return f"{self.lang}-{self.width}-{self.scheme}{'-forced' if self.forced_colors else ''}"


def _looks() -> Iterator[object]:
    """Yield the eight looks: the two in which nothing is the same, the others for the soak alone."""
    for lang, width, scheme in product(("ja", "en"), (1280, 360), ("light", "dark")):
        turned = (lang == "en") + (width == 360) + (scheme == "dark")
        look = Look(lang, width, scheme)  # type: ignore[arg-type]  # what product makes of words is their type
        yield look if turned in (0, 3) else pytest.param(look, marks=pytest.mark.soak)


LOOKS = tuple(_looks())


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the browser; one is enough for a whole run."""
    expect.set_options(timeout=_PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_BINARY, args=_ARGS, timeout=_PATIENCE_MS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def visitor(browser: Browser, look: Look = Look()) -> Iterator[BrowserContext]:
    """Open a browser of its own, with its own cookies; an error in a page's script fails the test."""
    context = browser.new_context(
        viewport={"width": look.width, "height": 900},
        color_scheme=look.scheme,
        forced_colors="active" if look.forced_colors else "none",
        locale="ja-JP" if look.lang == "ja" else "en-GB",
        timezone_id="Asia/Tokyo",
        reduced_motion="reduce",
    )
    context.set_default_timeout(_PATIENCE_MS)
    errors: list[str] = []
    context.on("weberror", lambda error: errors.append(str(error.error)))
    try:
        yield context
    finally:
        context.close()
    assert errors == []


def sign_in(context: BrowserContext, site: Site, login: str) -> Page:
    """Sign in as `login` through the form and return the page that follows."""
    page = context.new_page()
    page.goto(f"{site.url}/sign-in")
    page.fill("[name=login]", login)
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit], main form button")
    page.wait_for_url(lambda url: "/sign-in" not in url)  # and until it is loaded, its scripts too
    return page


def ready(page: Page, mark: str) -> Locator:
    """Return what `mark` (a selector) finds, once it is seen on a page that has its styles and has run its scripts.

    After a click that leads on: before it, whatever is asked may be answered by the page that is left, and a key or a
    click may come before the script that is to hear it.
    """
    found = page.locator(mark)
    expect(found.first).to_be_visible()
    page.wait_for_load_state("load")
    return found


def violations(page: Page | Frame) -> list[str]:
    """Return what axe finds against WCAG 2.2 A and AA: rule, and where.

    The page is one that was gone to, or that `ready` waited for. From its top: axe takes what the bar covers for
    targets that are too small.
    """
    page.evaluate("void scrollTo(0, 0)")
    page.evaluate(_AXE.read_text("utf-8"))
    found: dict[str, Any] = page.evaluate("tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", _TAGS)
    return [
        f"{one['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


def cut_off(page: Page) -> list[str]:
    """Return the places of the bar that are not seen whole, or that are too small to be hit (WCAG 2.2, 2.5.8)."""
    seen: list[str] = page.evaluate("""() => {
        const isWhole = (box) => box.left >= 0 && box.right <= innerWidth && box.width >= 24 && box.height >= 24;
        const isSeen = (link, box) => link.contains(document.elementFromPoint(box.left + 2, box.top + box.height / 2))
          && link.contains(document.elementFromPoint(box.right - 2, box.top + box.height / 2));
        const isBad = (each) => !(isWhole(each.getBoundingClientRect()) && isSeen(each, each.getBoundingClientRect()));
        const bad = [...document.querySelectorAll(".bar-places > ul > li > a, .bar-places summary")].filter(isBad);
        for (const menu of document.querySelectorAll(".bar-places details")) {
          menu.open = true;
          bad.push(...[...menu.querySelectorAll("a")].filter(isBad));
          menu.open = false;
        }
        return bad.map((each) => each.textContent);
    }""")
    return seen


def overflows(page: Page | Frame) -> bool:
    """Tell whether the page is wider than its window."""
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"))
