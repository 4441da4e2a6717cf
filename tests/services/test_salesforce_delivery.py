"""The outbox and a Salesforce org: exactly one Task a call through outages, doubled work and bad rows."""

import math
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from plugin.core.ids import CallId, CustomerId
from plugin.core.outbox import MessageState
from plugin.core.timeline import DISPOSITIONS, TOPICS, SummaryForm
from plugin.services.delivery import Delivery, Site
from plugin.services.timeline import Timeline
from plugin.store.engine import Store
from plugin.store.tables.delivery import outbox as messages
from tests.kit.clock import HandClock
from tests.kit.faults import ALWAYS
from tests.kit.ledgers import in_state, waiting
from tests.kit.people import Town
from tests.kit.salesforce import crm_of, dress
from tests.kit.sounds import HeardBus
from tests.kit.tempo import HandTempo
from tests.salesforce_org import Org
from tests.salesforce_org.faults import Act, Fault, busy, dead_session, locked_row

SITE = Site("salesforce", ZoneInfo("Asia/Tokyo"), "https://denwaban.example", "ja")
FORM = SummaryForm(topic="delivery", disposition="follow_up", request="荷物が届かない", response="再手配")


class Centre:
    """A call centre whose CRM is a simulated org; every call is queued for it."""

    def __init__(self, store: Store, clock: HandClock, org: Org, folder: Path) -> None:
        self.store, self.clock, self.org, self.folder = store, clock, org, folder
        self.town = Town(store, clock())
        self.sato = self.town.staff("sato")
        self.timeline = Timeline(store, clock, SITE.zone, SITE.crm, TOPICS, DISPOSITIONS, HeardBus())
        self.delivery = self.worker()

    def worker(self) -> Delivery:
        tempo = HandTempo(self.clock).tempo()
        crm = crm_of(self.org, self.folder, tempo)
        return Delivery(self.store, crm, SITE, self.clock, HeardBus(), lambda: 0.5)

    def customer(self) -> CustomerId:
        contact = self.org.insert("Contact", LastName="山田")
        return self.town.customer(contact, crm="salesforce")

    def queue(self, customer_id: CustomerId, count: int) -> list[CallId]:
        calls = [self.town.call(customer_id, taken_by=self.sato) for _ in range(count)]
        for call_id in calls:
            self.timeline.save(self.sato, call_id, FORM)
        return calls

    def states(self) -> dict[str, int]:
        with self.store.read() as connection:
            rows = connection.execute(select(messages.c.state, func.count().label("n")).group_by(messages.c.state))
            return {row.state: row.n for row in rows}

    def tasks(self) -> Counter[str]:
        return Counter(str(row["Denwaban_Call__c"]) for row in self.org.living("Task"))


@pytest.fixture
def centre(sqlite_store: Store, clock: HandClock, tmp_path: Path) -> Iterator[Centre]:
    with Org(clock=clock, tls=False) as org:
        dress(org)
        yield Centre(sqlite_store, clock, org, tmp_path / "salesforce")


@pytest.mark.parametrize("count", [250, pytest.param(5_000, marks=pytest.mark.soak)])
def test_an_hour_s_outage_drains_two_hundred_a_call(centre: Centre, count: int) -> None:
    centre.org.faults.add(busy(503, times=ALWAYS))
    customer = centre.customer()
    calls: list[CallId] = []
    for minute in range(60):
        calls += centre.queue(customer, math.ceil((count - len(calls)) / (60 - minute)))
        centre.clock.move(seconds=60)
        centre.delivery.run()
    assert centre.tasks() == Counter()
    centre.org.faults.clear()
    before, begun_at = centre.org.limits.calls, centre.clock.at
    for _ in range(600):  # ten minutes
        centre.clock.move(seconds=1)
        centre.delivery.run()
        if not waiting(centre.store):
            break
    assert (centre.clock.at - begun_at).total_seconds() <= 60
    assert centre.tasks() == Counter(f"denwaban-{call_id}" for call_id in calls)
    assert centre.org.limits.calls - before <= math.ceil(count / 200) + 1  # and one describe
    assert centre.org.limits.counts["collections_create"] <= math.ceil(count / 200)


def test_whatever_goes_wrong_there_is_one_task_a_call(centre: Centre) -> None:
    customer, stranger = centre.customer(), centre.town.customer("0035j0000000zzzAAA", crm="salesforce")
    good, poison = centre.queue(customer, 150), centre.queue(stranger, 3)
    good += centre.queue(customer, 100)
    centre.org.faults.add(
        Fault(Act.CUT, "collections_create", times=2),
        dead_session(on="collections_create", shape="dict"),
        Fault(Act.REFUSE, "collections_create", skip=1, status=300, code="MULTIPLE_CHOICES"),
        busy(429, on="query", retry_after_s=1),
        *(locked_row(place, on="collections") for place in (0, 7, 70)),
    )
    workers = [centre.delivery, centre.worker()]
    for _ in range(20):
        with ThreadPoolExecutor(2) as threads:
            list(threads.map(lambda worker: worker.run(), workers))
        centre.clock.move(seconds=61)
    assert centre.tasks() == Counter(f"denwaban-{call_id}" for call_id in good)
    assert centre.states() == {"done": 250, "dead": 3}
    dead = in_state(centre.store, MessageState.DEAD)
    assert {message.call_id for message in dead} == set(poison)
    assert {message.error for message in dead} == {"outside.invalid_cross_reference_key fields=WhoId permanent=True"}


def test_a_later_summary_rewrites_the_task(centre: Centre) -> None:
    (call_id,) = centre.queue(centre.customer(), 1)
    assert centre.delivery.run() == 1
    centre.timeline.save(centre.sato, call_id, replace(FORM, response="訂正しました", version=1))
    assert centre.delivery.run() == 1
    (task,) = centre.org.living("Task")
    assert "訂正しました" in str(task["Description"])
    assert str(task["Description"]).endswith(f"https://denwaban.example/calls/{call_id}")
    assert task["Denwaban_Version__c"] == 2
