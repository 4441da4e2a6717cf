"""How numbers are used: learned from whom calls were given to, said by people, undone, and kept with a history."""

import pytest

from connectors.bus.datagrams import DatagramBus
from plugin.core.customers import CrmCustomer, NumberKind, WrittenNumber
from plugin.core.errors import Denied, InputError, NotFound
from plugin.core.ids import CustomerId
from plugin.core.matching import Certainty, MatchKind
from plugin.core.numbers import read_number
from plugin.core.sharing import Sharing, SharingKind
from plugin.core.staff import Role, Staff
from plugin.services.customers import Customers
from plugin.services.sharings import Sharings
from plugin.store import sharings
from plugin.store.engine import Store
from tests.kit.clock import HandClock
from tests.kit.people import Town
from tests.kit.replica import store_page

E164 = "+81312345678"


@pytest.fixture
def customers(store: Store, clock: HandClock) -> Customers:
    return Customers(store, clock, "JP")


@pytest.fixture
def service(store: Store, clock: HandClock, bus: DatagramBus) -> Sharings:
    return Sharings(store, clock, bus, 3)


def _use(store: Store) -> tuple[SharingKind, int, str | None] | None:
    with store.read() as connection:
        found: Sharing | None = sharings.of_number(connection, E164)
    return None if found is None else (found.kind, found.persons, found.by)


def _given(town: Town, customers: Customers, actor: Staff, customer_id: CustomerId) -> None:
    customers.confirm(actor, town.call(taken_by=actor, e164=E164), customer_id)


def test_three_different_persons_teach_it_and_taking_back_unlearns_it(
    store: Store, town: Town, customers: Customers, clock: HandClock
) -> None:
    tanaka = town.staff("tanaka")
    who = [town.customer(f"S{at}", f"顧客{at}") for at in range(3)]
    for customer_id in (who[0], who[0], who[1]):
        _given(town, customers, tanaka, customer_id)
    assert _use(store) is None
    last = town.call(taken_by=tanaka, e164=E164)
    customers.confirm(tanaka, last, who[2])
    assert _use(store) == (SharingKind.SHARED, 3, None)
    with store.write() as connection:
        page = [CrmCustomer("X", name="加藤", numbers=(WrittenNumber("携帯", "03-1234-5678", NumberKind.MOBILE),))]
        store_page(connection, "local", page, "JP", clock())
    match = customers.match(read_number(E164, "JP"))
    assert match.kind is MatchKind.SEVERAL
    assert Certainty.STRONG not in {each.certainty for each in match.candidates}
    clock.move(minutes=1)
    customers.unassign(tanaka, last)
    assert _use(store) is None
    with store.read() as connection:
        assert [(each.kind, each.by) for each in sharings.history(connection, E164)] == [
            (SharingKind.SHARED, None),
            (None, None),
        ]


def test_what_a_person_says_counts_more_and_is_kept_with_reason_and_name(
    store: Store, town: Town, customers: Customers, service: Sharings, clock: HandClock
) -> None:
    tanaka, stranger = town.staff("tanaka"), town.staff("suzuki")
    mine = town.call(taken_by=tanaka, e164=E164)
    with pytest.raises(Denied):
        service.say(stranger, mine, SharingKind.PERSONAL, "本人のみ")
    for wrong in ("", " ", "あ" * 256, "a\nb"):
        with pytest.raises(InputError):
            service.say(tanaka, mine, SharingKind.PERSONAL, wrong)
    service.say(tanaka, mine, SharingKind.PERSONAL, "本人のみが使うとのこと")
    for at in range(3):
        _given(town, customers, tanaka, town.customer(f"S{at}", f"顧客{at}"))
    assert _use(store) == (SharingKind.PERSONAL, 0, "tanakaさん")
    clock.move(minutes=1)
    service.say(tanaka, mine, None, "取り消し")
    assert _use(store) == (SharingKind.SHARED, 3, None)
    shown = service.of_call(tanaka, mine)
    assert [(each.kind, each.by, each.reason) for each in shown.history] == [
        (SharingKind.PERSONAL, "tanakaさん", "本人のみが使うとのこと"),
        (None, "tanakaさん", "取り消し"),
    ]
    boss = town.staff("mori", Role.SUPERVISOR)
    assert [each.e164 for each in service.newest(boss)] == [E164]
    with pytest.raises(Denied):
        service.newest(tanaka)
    with pytest.raises(NotFound):
        service.of_call(tanaka, town.call(taken_by=tanaka, e164=None, withheld="refused"))


def test_a_number_that_no_call_has_any_more_is_forgotten(
    store: Store, town: Town, service: Sharings, clock: HandClock
) -> None:
    tanaka = town.staff("tanaka")
    service.say(tanaka, town.call(taken_by=tanaka, e164=E164), SharingKind.HOUSEHOLD, "家族")
    with store.write() as connection:
        sharings.withdrawn(connection, E164, 3, clock())
    assert _use(store) is not None
    with store.write() as connection:
        connection.exec_driver_sql("UPDATE calls SET e164 = NULL")
        sharings.withdrawn(connection, E164, 3, clock())
        assert sharings.history(connection, E164) == ()
    assert _use(store) is None
