"""kintone from end to end: its customers are synced, one rings, is known, and what was said stands there once."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from plugin.core.identity import CallerRole, Item, Level
from plugin.core.ids import CallId, CustomerId
from plugin.core.outbox import MessageState
from plugin.core.timeline import DISPOSITIONS, TOPICS, SummaryForm
from plugin.services.delivery import Delivery, Site
from plugin.services.timeline import Timeline
from plugin.store.engine import Store
from plugin.store.tables.delivery import outbox as messages
from tests.kintone_site import KintoneSite
from tests.kintone_site.faults import Act, Fault, locked, too_many
from tests.kintone_site.fields import Field
from tests.kit.clock import HandClock
from tests.kit.desk import seat
from tests.kit.kintone import ACTIVITIES, CUSTOMERS, crm_of, dress, options_of
from tests.kit.ledgers import in_state
from tests.kit.people import Town
from tests.kit.site import Phone, Place
from tests.kit.sounds import HeardBus
from tests.kit.tempo import HandTempo

FORM = SummaryForm(topic="delivery", disposition="follow_up", request="荷物が届かない", response="再手配しました")
SITE = Site("kintone", ZoneInfo("Asia/Tokyo"), "https://denwaban.example", "ja")


@pytest.fixture
def site(clock: HandClock) -> Iterator[KintoneSite]:
    with KintoneSite(clock) as site:
        dress(site)
        yield site


def _named(site: KintoneSite) -> Counter[str]:
    return Counter(row.values["通話ID"] for row in site.apps[ACTIVITIES].rows.values())


def test_a_customer_of_kintone_rings_is_verified_and_has_the_summary_once(
    site: KintoneSite, clock: HandClock, tmp_path: Path
) -> None:
    people = site.apps[CUSTOMERS]
    record = people.insert(
        顧客名="山田 花子",
        フリガナ="ヤマダ ハナコ",
        携帯電話="090-1234-5678",
        生年月日="昭和34年2月20日",
        合言葉="あさがおの咲く庭",
    )
    options = options_of(site, tmp_path / "keys")
    with Place(tmp_path, clock, "https://denwaban.example", crm="kintone", crm_options=options) as place:
        house = place.house
        sato = seat(place.staff("sato", "佐藤", "101"))
        assert house.sync.run() == 1
        phone = Phone(place, "09012345678").ring().answer()
        (found,) = house.customers.candidates("+819012345678").candidates
        assert found.customer.name == "山田 花子"
        house.customers.confirm(sato, phone.call_id, found.customer.id)
        started = house.identity.begin(sato, phone.call_id, found.customer.id, CallerRole.SELF)
        said = {Item.NAME_KANA: "やまだはなこ", Item.BIRTH_DATE: "1959-02-20", Item.PASSPHRASE: "あさがおの咲く庭"}
        assert house.identity.judge(sato, started.id, said).level is Level.HISTORY
        phone.end()
        house.timeline.save(sato, phone.call_id, FORM)
        assert house.delivery.run() == 1
        assert house.delivery.run() == 0
        (row,) = site.apps[ACTIVITIES].rows.values()
        assert (row.values["通話ID"], row.values["顧客ID"]) == (f"denwaban-{phone.call_id}", str(record))
        assert "荷物が届かない" in row.values["内容"]
        assert row.values["リンク"] == f"https://denwaban.example/calls/{phone.call_id}"
        assert not any("090" in str(value) for value in row.values.values())
        house.timeline.save(sato, phone.call_id, replace(FORM, response="訂正しました", version=1))
        assert house.delivery.run() == 1
        (row,) = site.apps[ACTIVITIES].rows.values()
        assert ("訂正しました" in row.values["内容"], row.revision) == (True, 2)
        people.delete([record])
        clock.move(hours=25)
        assert house.sync.run() == 1
        assert house.customers.candidates("+819012345678").candidates == ()


class Centre:
    """A call centre whose CRM is a kintone; every call is queued for it."""

    def __init__(self, store: Store, clock: HandClock, site: KintoneSite, folder: Path) -> None:
        self.store, self.clock, self.site, self.folder = store, clock, site, folder
        self.town = Town(store, clock())
        self.sato = self.town.staff("sato")
        self.timeline = Timeline(store, clock, SITE.zone, SITE.crm, TOPICS, DISPOSITIONS, HeardBus())
        self.delivery = self.worker()

    def worker(self) -> Delivery:
        crm = crm_of(self.site, self.folder, HandTempo(self.clock).tempo(), read_timeout_s="0.5")
        return Delivery(self.store, crm, SITE, self.clock, HeardBus(), lambda: 0.5)

    def customer(self) -> CustomerId:
        record = self.site.apps[CUSTOMERS].insert(顧客名="山田")
        return self.town.customer(str(record), crm="kintone")

    def queue(self, customer_id: CustomerId, count: int, form: SummaryForm = FORM) -> list[CallId]:
        calls = [self.town.call(customer_id, taken_by=self.sato) for _ in range(count)]
        for call_id in calls:
            self.timeline.save(self.sato, call_id, form)
        return calls

    def states(self) -> dict[str, int]:
        with self.store.read() as connection:
            rows = connection.execute(select(messages.c.state, func.count().label("n")).group_by(messages.c.state))
            return {row.state: row.n for row in rows}


def test_whatever_goes_wrong_there_is_one_record_a_call(
    sqlite_store: Store, clock: HandClock, site: KintoneSite, tmp_path: Path
) -> None:
    centre = Centre(sqlite_store, clock, site, tmp_path / "kintone")
    customer, stranger = centre.customer(), centre.town.customer("4711", crm="kintone")
    good, poison = centre.queue(customer, 120), centre.queue(stranger, 3)
    site.apps[ACTIVITIES].set(Field("対応結果", "DROP_DOWN", options=("要フォロー", "折り返し", "解決")))
    good += centre.queue(customer, 60)
    site.faults.add(
        Fault(Act.CUT, "records_add", times=2),
        Fault(Act.LOSE, "records_add"),
        locked(on="records_add", times=5),
        too_many(times=2),
        Fault(Act.REFUSE, "records_get", status=520, times=2),
        Fault(Act.PAGE, "records_add", status=503, skip=3),
    )
    workers = [centre.delivery, centre.worker()]
    for _ in range(20):
        with ThreadPoolExecutor(2) as threads:
            list(threads.map(lambda worker: worker.run(), workers))
        clock.move(seconds=61)
    assert _named(site) == Counter(f"denwaban-{call_id}" for call_id in good)
    assert centre.states() == {"done": 180, "dead": 3}
    dead = in_state(centre.store, MessageState.DEAD)
    assert {message.call_id for message in dead} == set(poison)
    assert {message.error for message in dead} == {"outside.no_such_customer permanent=True"}


def test_an_outage_of_an_hour_drains_a_hundred_a_request(
    sqlite_store: Store, clock: HandClock, site: KintoneSite, tmp_path: Path
) -> None:
    centre = Centre(sqlite_store, clock, site, tmp_path / "kintone")
    customer = centre.customer()
    site.faults.add(Fault(Act.PAGE, times=1 << 30, status=503))
    calls: list[CallId] = []
    for _ in range(60):
        calls += centre.queue(customer, 2)
        clock.move(seconds=60)
        centre.delivery.run()
    assert centre.states() == {"waiting": 120}
    site.faults.clear()
    site.counts.clear()
    for _ in range(70):
        clock.move(seconds=1)
        centre.delivery.run()
    assert _named(site) == Counter(f"denwaban-{call_id}" for call_id in calls)
    assert centre.states() == {"done": 120}
    assert site.counts["records_add"] <= 3
    assert sum(site.counts.values()) <= 10
