"""The index of the numbers: what stands in it is what the numbers say, whatever order things come in."""

from plugin.core.customers import CrmCustomer, WrittenNumber
from plugin.store import customers
from plugin.store.customer_pages import read_page, store_read
from plugin.store.engine import Store
from plugin.store.number_holders import hold, release
from tests.kit.clock import HandClock
from tests.kit.replica import held, meant, store_page

E164 = "+81312345678"
OTHER = "+81312345679"


def _with(*numbers: str) -> CrmCustomer:
    return CrmCustomer("S1", numbers=tuple(WrittenNumber(f"電話{at}", raw) for at, raw in enumerate(numbers)))


def test_a_number_is_held_once_however_often_it_is_written(store: Store, clock: HandClock) -> None:
    with store.write() as connection:
        store_page(connection, "local", [_with("03-1234-5678", "0312345678", "内線12")], "JP", clock())
        hold(connection, [(E164, 0), (E164, 0)])
    assert held(store) == meant(store) == {(E164, 0)}


def test_another_number_takes_the_place_of_the_one_before(store: Store, clock: HandClock) -> None:
    for person in (_with("03-1234-5678"), _with("03-1234-5679"), _with("03-1234-5679", "03-1234-5678")):
        with store.write() as connection:
            store_page(connection, "local", [person], "JP", clock())
        assert held(store) == meant(store)
    with store.write() as connection:
        store_page(connection, "local", [CrmCustomer("S1", gone=True)], "JP", clock())
    assert held(store) == set()


def test_who_was_left_out_of_the_index_gets_into_it_when_he_is_read_again(store: Store, clock: HandClock) -> None:
    with store.write() as connection:
        cut_off = store_read(connection, "local", read_page([_with("03-1234-5678")], "JP"), clock())
    assert cut_off.waiting == [(E164, 0)]
    with store.read() as connection:
        assert customers.holders(connection, E164, 10) == []
    with store.write() as connection:
        again = store_read(connection, "local", read_page([_with("03-1234-5678")], "JP"), clock())
        assert again.waiting == []
        assert len(customers.holders(connection, E164, 10)) == 1


def test_what_is_out_of_date_in_the_index_finds_nobody(store: Store, clock: HandClock) -> None:
    with store.write() as connection:
        store_page(connection, "local", [_with("03-1234-5678")], "JP", clock())
        hold(connection, [(OTHER, 0), (E164, 77)])
        assert customers.holders(connection, OTHER, 10) == []
        assert len(customers.holders(connection, E164, 10)) == 1
        release(connection, [(OTHER, 0), (OTHER, 1)])
    assert held(store) == {(E164, 0), (E164, 77)}
