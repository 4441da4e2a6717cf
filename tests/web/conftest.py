"""A recording in an office, and a supervisor who was granted it: what tests of its pages and its sound begin with."""

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from plugin.core.access import Purpose
from plugin.core.staff import Role
from plugin.wiring import House
from tests.kit.clock import HandClock
from tests.kit.office import Office, granted


@pytest.fixture
def office(house: House, tmp_path: Path, clock: HandClock) -> Office:
    return Office(house, tmp_path, clock)


@pytest.fixture
def listener(office: Office) -> FlaskClient:
    """A supervisor's browser with a grant."""
    browser, _ = office.person(Role.SUPERVISOR)
    granted(office, browser, Purpose.QUALITY)
    return browser
