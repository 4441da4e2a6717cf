"""Fixtures of the CRM connectors' tests: a simulated Salesforce org, dressed as ours are, and time set by hand."""

from collections.abc import Iterator

import pytest

from tests.kit.clock import HandClock
from tests.kit.salesforce import HandTempo, dress
from tests.salesforce_org import Org


@pytest.fixture
def org(clock: HandClock) -> Iterator[Org]:
    with Org(clock=clock, tls=False) as org:
        dress(org)
        yield org


@pytest.fixture
def time(clock: HandClock) -> HandTempo:
    return HandTempo(clock)
