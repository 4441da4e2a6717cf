"""Services put together by hand, on both databases."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.bus.datagrams import DatagramBus
from plugin.core.regions import Regions
from plugin.services.calls import Calls
from plugin.store.engine import Store
from tests.kit.clock import HandClock
from tests.kit.people import Town


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[DatagramBus]:
    made = DatagramBus(tmp_path / "bus")
    yield made
    made.close()


@pytest.fixture
def service(store: Store, clock: HandClock, bus: DatagramBus) -> Calls:
    """Calls of a site in Japan with one source, `us`, that follows another plan."""
    return Calls(store, clock, bus, Regions("JP", {"us": "US"}), timedelta(hours=4))


@pytest.fixture
def town(store: Store, clock: HandClock) -> Town:
    return Town(store, clock())
