"""What journeys share: one Chromium a run, and a site with people at their desks."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.kit.browser import chromium
from tests.kit.desk import Office
from tests.kit.site import Site


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with Site(tmp_path) as served:
        yield served


@pytest.fixture
def office(site: Site) -> Office:
    """The people and customers of the site; its clock is the real one."""
    return Office(site)
