"""The replica of a Salesforce org against the org: restless people, late commits, and a sync that keeps dying."""

import random
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from plugin.core.errors import OutsideError
from plugin.services.answers import Answers
from plugin.services.sync import Sync
from plugin.store.engine import Store
from plugin.store.keys import Keys
from plugin.store.tables.customers import customer_numbers, customers
from tests.kit.clock import HandClock
from tests.kit.replica import held, meant
from tests.kit.restless_org import RestlessOrg
from tests.kit.salesforce import crm_of
from tests.kit.sounds import HeardBus
from tests.kit.tempo import HandTempo
from tests.salesforce_org import Org
from tests.salesforce_org.faults import Act, Fault

ACTS_A_CYCLE = 15


class Killed(BaseException):
    """What kill -9 is to a test that goes on: nothing of ours catches it."""


class Site:
    """A replica whose process dies by chance: between two steps, in the middle of a transaction, on the line."""

    def __init__(self, store: Store, org: Org, clock: HandClock, folder: Path, chance: random.Random) -> None:
        self.store, self.org, self.clock, self.folder, self.chance = store, org, clock, folder, chance
        self.time = HandTempo(clock)
        self.danger = 0.0
        self.deaths = 0

    def now(self) -> datetime:
        """Read the clock, if we live to do it."""
        if self.chance.random() < self.danger:
            raise Killed
        return self.clock()

    def sync(self, danger: float) -> None:
        """Let a new process sync; it may die, or lose the line to the org."""
        crm = crm_of(self.org, self.folder, self.time.tempo())
        answers = Answers(Keys(self.folder / "keys"), "JP")
        sync = Sync(self.store, crm, "salesforce", "JP", answers, self.now, HeardBus(), self._pause)
        self.danger = danger
        if self.chance.random() < danger:
            self.org.faults.add(Fault(Act.CUT, "bulk_results"), Fault(Act.LOSE, "bulk_create"))
        try:
            sync.run()
        except (Killed, OutsideError):
            self.deaths += 1
        finally:
            self.danger = 0.0
            self.org.faults.clear()

    def _pause(self) -> None:
        self.now()

    def let_pass(self, seconds: float) -> None:
        """Let time go on for everybody."""
        self.clock.move(seconds=seconds)
        self.time.passed += seconds

    def customers(self) -> dict[str, tuple[str, frozenset[str]]]:
        """Return who is in the replica: by external id, with name and numbers as they are typed."""
        with self.store.read() as connection:
            there = connection.execute(select(customers).where(customers.c.gone_at.is_(None))).all()
            numbers: dict[str, set[str]] = {}
            for row in connection.execute(select(customer_numbers)):
                numbers.setdefault(row.customer_id, set()).add(row.raw)
        return {row.external_id: (row.name, frozenset(numbers.get(row.id, ()))) for row in there}


@pytest.fixture
def org(clock: HandClock) -> Iterator[Org]:
    with Org(clock=clock, tls=False, person_accounts=True) as org:
        org.jobs.page_rows = 60
        yield org


@pytest.mark.parametrize(("acts", "seed"), [(400, 1), (400, 2), pytest.param(100_000, 3, marks=pytest.mark.soak)])
def test_after_a_census_the_replica_is_the_org(
    sqlite_store: Store, org: Org, clock: HandClock, tmp_path: Path, acts: int, seed: int
) -> None:
    chance = random.Random(seed)
    people = RestlessOrg(org, chance)
    site = Site(sqlite_store, org, clock, tmp_path, chance)
    while people.done < acts:
        for _ in range(ACTS_A_CYCLE):
            people.act()
            site.let_pass(chance.uniform(0, 20))
        site.sync(danger=0.05)
        site.let_pass(chance.choice((60, 300, 300, 7_200)))
    assert site.deaths > acts / 200
    site.let_pass(26 * 3_600)
    site.sync(danger=0.0)
    site.let_pass(60)
    site.sync(danger=0.0)
    assert site.customers() == people.customers()
    assert held(sqlite_store) == meant(sqlite_store)
    assert len(site.customers()) > acts / 20


def test_hard_deletions_and_lost_sight_are_gone_within_one_census(
    sqlite_store: Store, org: Org, clock: HandClock, tmp_path: Path
) -> None:
    site = Site(sqlite_store, org, clock, tmp_path, random.Random(1))
    stays, purged, hidden = (org.insert("Contact", LastName=name) for name in ("山田", "佐藤", "鈴木"))
    site.let_pass(300)
    site.sync(danger=0.0)
    org.purge("Contact", purged)
    org.hide("Contact", hidden)
    site.let_pass(300)
    site.sync(danger=0.0)
    assert set(site.customers()) == {stays, purged, hidden}  # nothing tells of it but the census
    site.let_pass(24 * 3_600)
    site.sync(danger=0.0)
    assert set(site.customers()) == {stays}
    org.hide("Contact", hidden, hidden=False)
    site.let_pass(24 * 3_600)
    site.sync(danger=0.0)
    assert set(site.customers()) == {stays, hidden}
