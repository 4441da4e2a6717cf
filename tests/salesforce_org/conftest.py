"""Fixtures of the org's own tests: an org by the hand-set clock, and a client that has signed in."""

from collections.abc import Iterator

import pytest

from tests.kit.clock import HandClock
from tests.salesforce_org import Org
from tests.salesforce_org.objects import external_id
from tests.salesforce_org.visitor import Visitor


@pytest.fixture
def org(clock: HandClock) -> Iterator[Org]:
    with Org(clock=clock) as org:
        org.add_fields("Task", external_id("Call_Key__c", 64, "Call Key"))
        yield org


@pytest.fixture
def visitor(org: Org) -> Iterator[Visitor]:
    with Visitor(org) as visitor:
        yield visitor.sign_in()
