"""What the CRM tells beside its pages: who is there at all, who became somebody else, what is wrong; and who hears."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, update

from connectors.crm.local import LocalCrm
from plugin.core.audit import Act
from plugin.core.customers import CrmCustomer, CustomerKind, NumberKind, WrittenNumber
from plugin.core.ids import CallId, CustomerId
from plugin.core.ports import Census, CustomerPage
from plugin.core.runs import Finding
from plugin.services.answers import Answers
from plugin.services.customers import Customers
from plugin.services.sync import Sync
from plugin.store import customers
from plugin.store.engine import Store
from plugin.store.keys import Keys
from plugin.store.tables.audit import audit_lines
from plugin.store.tables.calls import calls, pops
from plugin.store.tables.customers import customers as rows
from tests.kit.clock import HandClock
from tests.kit.ledgers import sync_runs
from tests.kit.people import Town
from tests.kit.sounds import HeardBus

MOBILE = "090-1234-5678"
E164 = "+819012345678"


def person(external_id: str, number: str = MOBILE, name: str = "山田 花子") -> CrmCustomer:
    return CrmCustomer(external_id, name=name, numbers=(WrittenNumber("携帯", number, NumberKind.MOBILE),), stamp="1")


class TellingCrm(LocalCrm):
    """The local CRM that tells what a test makes it tell, and knows by id whom it has."""

    def __init__(self, data_dir: Path) -> None:
        super().__init__(data_dir=data_dir, options={})
        self.pages: list[CustomerPage] = []
        self.asked: list[str] = []

    def changed_since(self, cursor: str | None) -> Iterator[CustomerPage]:
        yield from self.pages

    def of_ids(self, external_ids: Sequence[str]) -> tuple[CrmCustomer, ...]:
        self.asked += external_ids
        return tuple(replace(one, stamp="2") for one in super().of_ids(external_ids))


class Scene:
    """A replica, its CRM, and who hears of changes."""

    def __init__(self, store: Store, clock: HandClock, folder: Path) -> None:
        self.store, self.clock = store, clock
        self.crm = TellingCrm(folder / "crm")
        self.bus = HeardBus()
        answers = Answers(Keys(folder / "keys"), "JP")
        self.sync = Sync(store, self.crm, "local", "JP", answers, clock, self.bus, lambda: None)

    def told(self, *people: CrmCustomer, findings: tuple[Finding, ...] = ()) -> None:
        """The people come over as a page."""
        self.crm.pages = [CustomerPage(people, f"at {self.clock()}", findings=findings)]
        self.sync.run()

    def census(self, *stamps: tuple[str, str], after: str = "a", up_to: str = "d") -> None:
        self.crm.pages = [CustomerPage((), f"at {self.clock()}", Census("Contact", after, up_to, stamps))]
        self.sync.run()

    def there(self) -> dict[str, str]:
        with self.store.read() as connection:
            known = connection.execute(select(rows.c.external_id, rows.c.name).where(rows.c.gone_at.is_(None)))
            return {row.external_id: row.name for row in known}

    def owners(self) -> dict[CallId, str | None]:
        """Return of each call the external id of the customer it was given to."""
        with self.store.read() as connection:
            joined = select(calls.c.id, rows.c.external_id).join_from(
                calls, rows, rows.c.id == calls.c.customer_id, isouter=True
            )
            return {CallId(row.id): row.external_id for row in connection.execute(joined)}

    def id_of(self, external_id: str) -> CustomerId:
        with self.store.read() as connection:
            known = connection.scalar(select(rows.c.id).where(rows.c.external_id == external_id))
        assert known is not None
        return CustomerId(known)


@pytest.fixture
def scene(store: Store, clock: HandClock, tmp_path: Path) -> Scene:
    return Scene(store, clock, tmp_path)


def test_a_census_takes_away_only_whom_the_crm_does_not_know_by_his_id(scene: Scene) -> None:
    scene.told(*(person(f"c{number}") for number in range(4)), person("z-outside"))
    scene.crm.change([person("c2")])
    scene.census(("c0", "1"), ("c3", "1"))
    assert sorted(scene.there()) == ["c0", "c2", "c3", "z-outside"]
    assert sorted(scene.crm.asked) == ["c1", "c2"]


def test_a_census_fetches_who_is_new_or_otherwise_and_nobody_else(scene: Scene) -> None:
    scene.told(person("c0"), person("c1"))
    scene.crm.change([person("c0", name="佐藤 花子"), person("c1", name="unread"), person("c2", name="渡辺 誠")])
    scene.census(("c0", "2"), ("c1", "1"), ("c2", "2"), ("c3", "2"))
    assert scene.there() == {"c0": "佐藤 花子", "c1": "山田 花子", "c2": "渡辺 誠"}
    assert sorted(scene.crm.asked) == ["c0", "c2", "c3"]


def test_an_organisation_that_is_gone_stays_one(scene: Scene) -> None:
    scene.told(CrmCustomer("b1", CustomerKind.ORGANISATION, name="株式会社みなと"))
    scene.census()
    company = scene.id_of("b1")
    with scene.store.read() as connection:
        gone = customers.of_id(connection, company)
    assert gone is not None
    assert (gone.kind, gone.name) == (CustomerKind.ORGANISATION, "")
    assert gone.gone_at is not None


def test_a_census_that_names_nobody_empties_no_large_replica(scene: Scene) -> None:
    scene.told(*(person(f"c{number:03}") for number in range(101)))
    scene.clock.move(seconds=1)
    scene.census()
    assert len(scene.there()) == 101
    assert sync_runs(scene.store)[0].findings == (Finding("nobody_visible", "Contact"),)


def test_findings_stand_once_in_the_ledger(scene: Scene) -> None:
    missing = Finding("field_missing", "Contact.Birthday__c")
    page = CustomerPage((person("c1"),), "x", findings=(missing,))
    scene.crm.pages = [page, page]
    scene.sync.run()
    assert sync_runs(scene.store)[0].findings == (missing,)
    assert sorted(scene.there()) == ["c1"]


def test_calls_follow_a_customer_who_was_merged_on_and_on(scene: Scene, clock: HandClock) -> None:
    town = Town(scene.store, clock())
    scene.told(person("c1"), person("c2"), person("c3"))
    his = [town.call(scene.id_of("c1")) for _ in range(60)]
    other = town.call(None)
    gone = (
        CrmCustomer("c1", gone=True, merged_into="c2"),
        CrmCustomer("c2", gone=True, merged_into="c3"),
        CrmCustomer("c9", gone=True, merged_into="c3"),
    )
    scene.told(*gone)
    assert sorted(scene.there()) == ["c3"]
    with scene.store.read() as connection:
        lines = connection.execute(select(audit_lines).where(audit_lines.c.act == Act.CALL_FOLLOWED)).all()
    assert scene.owners() == dict.fromkeys(his, "c3") | {other: None}
    assert {line.customer_id for line in lines} == {scene.id_of("c3")}
    assert len(lines) == 60
    scene.told(*gone)  # the same again, as an overlapping window brings it
    with scene.store.read() as connection:
        assert len(connection.execute(select(audit_lines)).all()) == 60


def test_calls_wait_until_he_whom_their_customer_became_is_here(scene: Scene, clock: HandClock) -> None:
    town = Town(scene.store, clock())
    scene.told(person("c1"))
    call_id = town.call(scene.id_of("c1"))
    scene.told(CrmCustomer("c1", gone=True, merged_into="c2"))
    assert scene.owners() == {call_id: "c1"}
    scene.told(person("c2"))
    assert scene.owners() == {call_id: "c2"}


def test_who_comes_back_keeps_his_calls(scene: Scene, clock: HandClock) -> None:
    town = Town(scene.store, clock())
    scene.told(person("c1"))
    call_id = town.call(scene.id_of("c1"))
    scene.told(CrmCustomer("c1", gone=True, merged_into="c2"))
    scene.told(person("c1"))
    scene.told(person("c2"))
    scene.told(CrmCustomer("c1", gone=True))
    assert scene.owners() == {call_id: "c1"}


def test_a_number_that_moves_is_matched_anew_and_the_desks_hear(scene: Scene, clock: HandClock) -> None:
    town = Town(scene.store, clock())
    matching = Customers(scene.store, clock, "JP")
    here, elsewhere, done = town.staff("101"), town.staff("102"), town.staff("103")
    town.call(taken_by=here, e164=E164, ended=False)
    town.call(taken_by=elsewhere, e164="+819099998888", ended=False)
    closed = town.call(taken_by=done, e164=E164)
    with scene.store.write() as connection:
        connection.execute(update(pops).where(pops.c.call_id == closed).values(state="closed"))
    assert matching.candidates(E164).candidates == ()
    scene.told(person("c1"), person("c2", "03-1111-2222"))
    assert [one.customer.external_id for one in matching.candidates(E164).candidates] == ["c1"]
    assert scene.bus.told == [(here.user_id,)]
    scene.told(person("c1", "03-3333-4444"), person("c2"))
    assert [one.customer.external_id for one in matching.candidates(E164).candidates] == ["c2"]
    assert scene.bus.told == [(here.user_id,)] * 2
    scene.told(person("c2"))
    assert scene.bus.told == [(here.user_id,)] * 2
    scene.told(person("c2", name="鈴木 花子"))
    assert scene.bus.told == [(here.user_id,)] * 3
    assert set(scene.owners().values()) == {None}  # nothing of it picked anybody
