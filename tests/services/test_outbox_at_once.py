"""Several workers at one outbox of a database server: none gets what another has, and none waits for another."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from connectors.crm.local import LocalCrm
from plugin.core.customers import CrmCustomer
from plugin.core.ids import CallId
from plugin.core.outbox import MessageState
from plugin.services.delivery import Delivery, Site
from plugin.store import outbox
from plugin.store.engine import Store
from plugin.store.outbox import Claimed
from plugin.store.tables.delivery import outbox as messages
from tests.kit.clock import HandClock
from tests.kit.people import Town
from tests.kit.rows import rows
from tests.kit.sounds import HeardBus
from tests.kit.summaries import write_summaries

pytestmark = pytest.mark.needs("mariadbd")
SITE = Site("local", ZoneInfo("Asia/Tokyo"), "https://denwaban.example", "ja")
LEASE = timedelta(minutes=1)


@pytest.fixture
def crm(tmp_path: Path) -> LocalCrm:
    made = LocalCrm(data_dir=tmp_path / "crm", options={})
    made.change([CrmCustomer("c1", name="山田 花子")])
    return made


def _queue(store: Store, clock: HandClock, count: int) -> list[CallId]:
    town = Town(store, clock())
    return write_summaries(store, clock, town.staff("sato"), town.customer("c1"), count)


def _claim(store: Store, clock: HandClock, holder: str, most: int) -> tuple[Claimed, ...]:
    now = clock()
    return store.write_again(lambda connection: outbox.claim(connection, holder, now, now + LEASE, most))


def test_who_claims_while_another_has_not_committed_gets_the_other_rows_at_once(
    mariadb_store: Store, clock: HandClock, crm: LocalCrm
) -> None:
    calls = _queue(mariadb_store, clock, 30)
    delivery = Delivery(mariadb_store, crm, SITE, clock, HeardBus(), lambda: 0.5)
    with ThreadPoolExecutor(1) as other, mariadb_store.write() as connection:
        held = outbox.claim(connection, "one", clock(), clock() + LEASE, 10)
        # The whole way of another worker, claim and marks, while the first one's transaction is open: were it to wait
        # for that, it would wait for us, and we for it.
        assert other.submit(delivery.run).result(60) == 20
        delivered = {entry.external_id for entry in crm.timeline_of("c1", 100)}
        assert delivered == {f"denwaban-{call_id}" for call_id in calls} - {f"denwaban-{one.call_id}" for one in held}
    assert len(held) == 10
    kept = {row.id: (row.state, row.lease_by, row.attempts) for row in rows(mariadb_store, messages)}
    assert {one.id: kept[one.id] for one in held} == {one.id: (MessageState.LEASED, "one", 1) for one in held}
    assert Counter(state for state, _, _ in kept.values()) == {MessageState.LEASED: 10, MessageState.DONE: 20}


def test_what_a_worker_gave_up_before_it_committed_is_anybody_s(mariadb_store: Store, clock: HandClock) -> None:
    _queue(mariadb_store, clock, 5)
    held: list[Claimed] = []

    def claim_and_fail() -> None:
        with mariadb_store.write() as connection:
            held.extend(outbox.claim(connection, "one", clock(), clock() + LEASE, 5))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        claim_and_fail()
    assert len(held) == 5
    again = _claim(mariadb_store, clock, "two", 5)
    assert {one.id for one in again} == {one.id for one in held}
    assert {one.attempts for one in again} == {1}


@pytest.mark.parametrize("count", [120, pytest.param(5_000, marks=pytest.mark.soak)])
def test_workers_that_claim_at_once_share_the_rows_without_a_rest(
    mariadb_store: Store, clock: HandClock, count: int
) -> None:
    calls = _queue(mariadb_store, clock, count)
    ready = threading.Barrier(4)

    def work(name: int) -> list[Claimed]:
        ready.wait(60)
        got: list[Claimed] = []
        while some := _claim(mariadb_store, clock, f"{name}-{len(got)}", 7):
            got += some
        return got

    with ThreadPoolExecutor(4) as threads:
        shares = list(threads.map(work, range(4)))
    # A worker that finds only locked rows stops as if there were none: the last share is for its next look.
    shares.append(list(_claim(mariadb_store, clock, "last", count)))
    claimed = Counter(one.call_id for share in shares for one in share)
    assert claimed == Counter(calls)
    assert {row.attempts for row in rows(mariadb_store, messages)} == {1}
    assert {row.state for row in rows(mariadb_store, messages)} == {MessageState.LEASED}
