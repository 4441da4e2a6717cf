"""One call, the whole main job, in a real browser and before a real `denwaban serve`; docs/images come of it too."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.kit.browser import visitor
from tests.kit.stage import staged
from tests.kit.story import Story, enter

pytestmark = pytest.mark.needs("chromium")


def test_from_the_ring_to_the_timeline(browser: Browser, tmp_path: Path) -> None:
    with staged(tmp_path) as site, visitor(browser) as context:
        page = context.new_page()
        enter(page, site)
        Story(site, page).tell()
