"""Takes the pictures of README and docs anew, from the story that the tests tell: `python -m tests.screenshots`.

Writes docs/images/*.png, each with a palette and at most 150 KB; needs Chromium, ffmpeg and a Japanese font.
"""

import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from playwright.sync_api import Page, ViewportSize, expect

from plugin.core.calls import EventType
from tests.kit.browser import Look, chromium, visitor
from tests.kit.stage import ROOT, Staged, staged
from tests.kit.story import SCENE, Story, enter

_FOLDER = ROOT / "docs" / "images"
_MOST_BYTES = 150_000
_WIDE = ViewportSize(width=1280, height=900)
_HIGH = ViewportSize(width=1280, height=1200)  # down to the newest entry and its link
_NARROW = ViewportSize(width=360, height=900)
_NAMES = {"answered": "pop", "verifying": "verify", "player": "player", "customer": "customer"}


def main() -> int:
    """Take them all and say how large they are."""
    _FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, staged(Path(folder)) as site, chromium() as browser:
        with visitor(browser) as context:
            page = context.new_page()
            enter(page, site)
            Story(site, page, _look).tell()
        with visitor(browser, Look("en")) as context:
            page = context.new_page()
            enter(page, site, "sato")
            _in_english(page, site)
    return 0


def _look(name: str, page: Page) -> None:
    if name in _NAMES:
        page.set_viewport_size(_HIGH if name == "customer" else _WIDE)
        _take(page, _NAMES[name], part="[data-identity]" if name == "verifying" else "")
    if name == "answered":
        page.emulate_media(color_scheme="dark")
        page.set_viewport_size(_NARROW)
        _take(page, "pop-dark-360", whole=True)
        page.set_viewport_size(_WIDE)
        page.emulate_media(color_scheme="light")


def _in_english(page: Page, site: Staged) -> None:
    page.locator(".bar-end summary").click()
    page.locator("[name=lang][value=en]").click()
    expect(page.locator("html[lang=en] #link[data-link=live]")).to_be_visible()
    call = site.call(replace(SCENE, name="household", number="045-671-2121", agents=("101",), answers="101"))
    call.until(EventType.RINGING)
    expect(page.locator(".candidate")).to_have_count(3)
    _take(page, "en")


def _take(page: Page, name: str, *, whole: bool = False, part: str = "") -> None:
    page.evaluate("document.fonts.ready")
    page.evaluate("scrollTo(0, 0)")
    path = _FOLDER / f"{name}.png"
    with tempfile.NamedTemporaryFile(suffix=".png") as raw:
        if part:
            page.locator(part).screenshot(path=raw.name)
        else:
            page.screenshot(path=raw.name, full_page=whole)
        palette = "split[a][b];[a]palettegen=max_colors=128:stats_mode=full[p];[b][p]paletteuse=dither=none"
        command = ["ffmpeg", "-v", "error", "-y", "-i", raw.name, "-vf", palette, "-frames:v", "1", str(path)]
        subprocess.run(command, check=True)
    size = path.stat().st_size
    sys.stdout.write(f"{path.relative_to(ROOT)} {size:,} bytes\n")
    if size > _MOST_BYTES:
        raise SystemExit(f"{path.name} is too large")


if __name__ == "__main__":
    sys.exit(main())
