"""Fixtures of the CRM connectors' tests: a simulated Salesforce org and a kintone, dressed as ours are, and time.

Time is set by hand.
"""

from collections.abc import Iterator

import pytest

from tests.kintone_site import KintoneSite
from tests.kit import kintone
from tests.kit.clock import HandClock
from tests.kit.salesforce import dress
from tests.kit.tempo import HandTempo
from tests.salesforce_org import Org


@pytest.fixture
def org(clock: HandClock) -> Iterator[Org]:
    with Org(clock=clock, tls=False) as org:
        dress(org)
        yield org


@pytest.fixture
def time(clock: HandClock) -> HandTempo:
    return HandTempo(clock)


@pytest.fixture
def site(clock: HandClock) -> Iterator[KintoneSite]:
    with KintoneSite(clock) as site:
        kintone.dress(site)
        yield site
