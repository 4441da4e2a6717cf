"""Past calls stand with whom alone their number belongs to since, and with nobody once that is not so any more."""

import pytest
from sqlalchemy import select

from plugin.core.customers import CrmCustomer, NumberKind, WrittenNumber
from plugin.core.history import HistoryOf
from plugin.core.ids import CallId, CustomerId
from plugin.services.adoption import Adoption
from plugin.services.customers import Customers
from plugin.store import adoptions, history
from plugin.store.engine import Store
from plugin.store.tables.sharing import call_adoptions, numbers_to_adopt
from tests.kit.clock import HandClock
from tests.kit.people import Town
from tests.kit.replica import store_page

E164 = "+819012345678"
MOBILE = WrittenNumber("携帯", "090-1234-5678", NumberKind.MOBILE)


@pytest.fixture
def adoption(store: Store) -> Adoption:
    return Adoption(store, lambda: None)


def _sync(store: Store, clock: HandClock, *page: CrmCustomer) -> list[CustomerId]:
    clock.move(minutes=1)
    with store.write() as connection:
        stored = store_page(connection, "local", page, "JP", clock())
        adoptions.ask(connection, stored.e164s, clock())
    return [customer_id for customer_id, _ in stored.stored]


def _adopted(store: Store) -> dict[CallId, CustomerId]:
    with store.read() as connection:
        return {row.call_id: row.customer_id for row in connection.execute(select(call_adoptions))}


def _waits(store: Store) -> int:
    with store.read() as connection:
        return len(connection.execute(select(numbers_to_adopt)).all())


def test_past_calls_adopt_and_let_go(store: Store, town: Town, clock: HandClock, adoption: Adoption) -> None:
    tanaka = town.staff("tanaka")
    other = town.customer("O1", "別の方")
    mine, given, refused = (town.call(taken_by=tanaka) for _ in range(3))
    open_one, elsewhere = town.call(ended=False), town.call(e164="+81312345678")
    customers = Customers(store, clock, "JP")
    customers.confirm(tanaka, given, other)
    customers.refuse(tanaka, refused, other)
    (hanako,) = _sync(store, clock, CrmCustomer("S1", name="花子", numbers=(MOBILE,)))
    assert adoption.run() == 1
    assert _adopted(store) == {mine: hanako}
    with store.read() as connection:
        wanted = [HistoryOf(hanako, E164, 10), HistoryOf(hanako, None, 10)]
        also_of_number, his = history.newest(connection, wanted)
    assert [past.id for past in also_of_number].count(mine) == 1
    assert [past.id for past in his] == [mine]
    assert _waits(store) == adoption.run() == 0
    assert {open_one, elsewhere} & set(_adopted(store)) == set()

    _sync(store, clock, CrmCustomer("S2", name="太郎", numbers=(MOBILE,)))  # shared now
    adoption.run()
    assert _adopted(store) == {}
    _sync(store, clock, CrmCustomer("S2", gone=True))
    adoption.run()
    assert _adopted(store) == {mine: hanako}
    _sync(store, clock, CrmCustomer("S1", name="花子", numbers=(WrittenNumber("携帯", "090-8888-7777"),)))
    adoption.run()
    assert _adopted(store) == {}
    (again,) = _sync(store, clock, CrmCustomer("S1", name="花子", numbers=(MOBILE,)))
    adoption.run()
    assert (again, _adopted(store)) == (hanako, {mine: hanako})
    customers.confirm(tanaka, mine, other)  # a person's word ends it, for good
    assert _adopted(store) == {}


@pytest.mark.parametrize(
    "number",
    [
        WrittenNumber("FAX", "090-1234-5678", NumberKind.FAX),
        WrittenNumber("代表", "090-1234-5678", NumberKind.MAIN),
        WrittenNumber("電話", "090-1234-5678 内線12"),
        WrittenNumber("備考", "夫 090-1234-5678", NumberKind.MENTIONED),
    ],
)
def test_a_number_that_may_be_others_too_adopts_nothing(
    store: Store, town: Town, clock: HandClock, adoption: Adoption, number: WrittenNumber
) -> None:
    town.call()
    _sync(store, clock, CrmCustomer("S1", name="花子", numbers=(number,)))
    assert adoption.run() == 0
    assert (_adopted(store), _waits(store)) == ({}, 0)


def test_calls_since_the_number_was_his_are_left_to_people(
    store: Store, town: Town, clock: HandClock, adoption: Adoption
) -> None:
    _sync(store, clock, CrmCustomer("S1", name="花子", numbers=(MOBILE,)))
    clock.move(hours=1)
    later = Town(store, clock()).call()
    with store.write() as connection:
        adoptions.ask(connection, (E164,), clock())
    assert adoption.run() == 0
    assert later not in _adopted(store)


def test_a_long_history_goes_piece_by_piece_and_can_be_cut_off(store: Store, town: Town, clock: HandClock) -> None:
    for _ in range(7):
        town.call()
    _sync(store, clock, CrmCustomer("S1", name="花子", numbers=(MOBILE,)))
    pauses: list[int] = []
    adoption = Adoption(store, lambda: pauses.append(len(_adopted(store))), at_once=3)
    stops = iter([False, True])
    assert adoption.run(lambda: next(stops)) == 3
    assert adoption.run() == 4
    assert pauses == [3, 6, 7]
    assert _waits(store) == 0
