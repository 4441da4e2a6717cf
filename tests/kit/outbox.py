"""A call centre whose outbox is delivered to a local CRM that a test bends."""

from collections.abc import Callable, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, update

from connectors.crm.local import LocalCrm
from plugin.core.customers import CrmCustomer
from plugin.core.errors import OutsideError
from plugin.core.ids import CallId, CustomerId
from plugin.core.timeline import DISPOSITIONS, TOPICS, SummaryForm, TimelineEntry
from plugin.services.delivery import Delivery, Site
from plugin.services.quarantine import Quarantine
from plugin.services.timeline import Timeline
from plugin.store import outbox
from plugin.store.engine import Store
from plugin.store.tables.calls import calls
from plugin.store.tables.delivery import outbox as messages
from tests.kit.clock import HandClock
from tests.kit.people import Town
from tests.kit.sounds import HeardBus

FORM = SummaryForm(topic="delivery", disposition="follow_up", request="荷物が届かない", response="再手配")

SITE = Site("local", ZoneInfo("Asia/Tokyo"), "https://denwaban.example/", "ja")

Answer = str | OutsideError


class ScriptedCrm(LocalCrm):
    """The local CRM whose next answers a test bends: each script gets the real answers and gives others, or raises."""

    def __init__(self, data_dir: Path) -> None:
        super().__init__(data_dir=data_dir, options={})
        self.scripts: list[Callable[[list[Answer]], list[Answer]]] = []
        self.batches: list[list[TimelineEntry]] = []

    def put(self, entries: Sequence[TimelineEntry]) -> list[Answer]:
        self.batches.append(list(entries))
        answers = super().put(entries)
        return self.scripts.pop(0)(answers) if self.scripts else answers


class Scene:
    """A call centre with one operator, two customers, a CRM and its delivery."""

    def __init__(self, store: Store, clock: HandClock, folder: Path) -> None:
        self.store, self.clock = store, clock
        self.town = Town(store, clock())
        self.crm = ScriptedCrm(folder)
        self.crm.change([CrmCustomer("c1", name="山田 花子"), CrmCustomer("c2", name="山田 太郎")])
        self.hanako, self.taro = self.town.customer("c1"), self.town.customer("c2")
        self.sato = self.town.staff("sato")
        self.timeline = Timeline(store, clock, SITE.zone, "local", TOPICS, DISPOSITIONS, HeardBus())
        self.bus = HeardBus()
        self.delivery = self.worker()
        self.quarantine = Quarantine(store, clock)

    def worker(self) -> Delivery:
        return Delivery(self.store, self.crm, SITE, self.clock, self.bus, lambda: 0.5)

    def call(self, customer_id: CustomerId | None, **more: object) -> CallId:
        call_id = self.town.call(customer_id, taken_by=self.sato, **more)  # type: ignore[arg-type]
        self.timeline.save(self.sato, call_id, FORM)
        return call_id

    def give(self, call_id: CallId, customer_id: CustomerId | None) -> None:
        with self.store.write() as connection:
            connection.execute(update(calls).where(calls.c.id == call_id).values(customer_id=customer_id))
            outbox.file_entry(connection, call_id, self.clock.move(seconds=1))

    def states(self) -> dict[str, int]:
        with self.store.read() as connection:
            rows = connection.execute(select(messages.c.state, func.count().label("n")).group_by(messages.c.state))
            return {row.state: row.n for row in rows}

    def entries(self, customer: str = "c1") -> list[TimelineEntry]:
        return list(self.crm.timeline_of(customer, 1000))
