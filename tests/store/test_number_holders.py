"""The index of the numbers: what stands in it is what the numbers say, whatever order things come in."""

from plugin.core.customers import CrmCustomer, NumberKind, WrittenNumber
from plugin.core.ids import CustomerId
from plugin.store import customers
from plugin.store.customer_pages import read_page, store_read
from plugin.store.engine import Store
from plugin.store.number_holders import _SHARED, hold, release, shared_with_others
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


def test_a_number_in_a_free_text_is_a_mention_and_shares_nothing(store: Store, clock: HandClock) -> None:
    own = WrittenNumber("携帯", "090-1234-5678", NumberKind.MOBILE, personal=True)
    memo = WrittenNumber("備考", "夫 090-1234-5678、旧 03-1234-5678 内線12", NumberKind.MENTIONED)
    typed = WrittenNumber("電話", "旧 03-1234-5678", NumberKind.HOME, personal=True)
    taro, hanako = CrmCustomer("S1", numbers=(own,)), CrmCustomer("S2", numbers=(memo, typed))
    with store.write() as connection:
        page = store_page(connection, "local", [taro, hanako], "JP", clock())
        his, hers = (customer_id for customer_id, _ in page.stored)
        found = [(one.customer.id, one.kind) for one in customers.holders(connection, "+819012345678", 10)]
        assert found == [(his, NumberKind.MOBILE), (hers, NumberKind.MENTIONED)]
        assert {(one.field, one.kind, one.personal) for one in customers.holders(connection, E164, 10)} == {
            ("備考", NumberKind.MENTIONED, False),
            ("電話", NumberKind.MENTIONED, False),
        }
        assert shared_with_others(connection, his) == shared_with_others(connection, hers) == frozenset()
        kept = [one.raw for one in customers.numbers_of(connection, hers)]
    assert kept == ["090-1234-5678", "03-1234-5678 内線12", "旧 03-1234-5678", "03-1234-5678"]
    assert held(store) == meant(store)


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


def test_a_number_is_shared_with_whoever_has_it_and_is_not_gone(store: Store, clock: HandClock) -> None:
    one, other = _with("03-1234-5678", "03-1234-5679"), CrmCustomer("S2", numbers=(WrittenNumber("tel", "0312345678"),))
    with store.write() as connection:
        stored = store_page(connection, "local", [one, other], "JP", clock()).stored
        ids = {written.external_id: customer_id for customer_id, written in stored}
        assert shared_with_others(connection, ids["S1"]) == shared_with_others(connection, ids["S2"]) == {E164}
        hold(connection, [(OTHER, 1)])  # out of date: S2 does not have it
        assert shared_with_others(connection, ids["S1"]) == {E164}
        store_page(connection, "local", [CrmCustomer("S2", gone=True)], "JP", clock())
        assert shared_with_others(connection, ids["S1"]) == frozenset()
        assert shared_with_others(connection, CustomerId("nobody")) == frozenset()


def test_who_shares_a_number_is_found_without_reading_all_numbers(store: Store) -> None:
    with store.read() as connection:
        if store.is_sqlite:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {_SHARED.sql}", {"customer": "a"}).all()
            assert not [step[3] for step in plan if step[3].startswith("SCAN")]
        else:
            text = _SHARED.sql.replace(":customer", "%(customer)s")
            plan = connection.exec_driver_sql(f"EXPLAIN {text}", {"customer": "a"}).all()
            assert not [step for step in plan if step.type == "ALL"]
