"""The index of names against plain comparison: whatever was added, renamed, gone and back, in whatever lots."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plugin.core.customers import CrmCustomer
from plugin.core.name_index import fold, holds, words_of
from plugin.store import customers, name_blocks
from plugin.store.engine import Store
from tests.kit.clock import HandClock
from tests.kit.replica import store_page

NAMES = st.text("山田中花子 ヤま", max_size=5)
PEOPLE = st.builds(
    lambda number, name, kana, gone: CrmCustomer(f"c{number}", name=name, kana=kana, gone=gone),
    st.integers(0, 30),
    NAMES,
    NAMES,
    st.booleans(),
)


@given(st.lists(st.lists(PEOPLE, max_size=8), max_size=8), st.lists(NAMES, min_size=1, max_size=4))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_it_finds_who_holds_the_words_and_nobody_else(
    sqlite_store: Store, pages: list[list[CrmCustomer]], sought: list[str]
) -> None:
    clock = HandClock()
    with sqlite_store.write() as connection:
        for table in ("customer_numbers", "name_blocks", "customers"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    there: dict[str, CrmCustomer] = {}
    for page in pages:
        with sqlite_store.write() as connection:
            store_page(connection, "local", page, "JP", clock())
        there |= {one.external_id: one for one in page}
    for text in sought:
        if words := words_of(text):
            expected = {
                one.external_id for one in there.values() if not one.gone and holds((one.name, one.kana), words)
            }
            with sqlite_store.read() as connection:
                found = customers.with_words(connection, words, 1_000)
            assert {one.external_id for one in found} == expected


def test_many_at_once_begin_a_block_and_few_fill_it_up(store: Store, clock: HandClock) -> None:
    with store.write() as connection:
        assert name_blocks.new_places(connection, 3) == range(3)
        store_page(connection, "local", [CrmCustomer(f"a{n}", name="山田") for n in range(3)], "JP", clock())
        assert name_blocks.new_places(connection, 99) == range(3, 102)
        assert name_blocks.new_places(connection, 100) == range(4_096, 4_196)
        store_page(connection, "local", [CrmCustomer(f"b{n}", name=f"田中{n}") for n in range(100)], "JP", clock())
        store_page(connection, "local", [CrmCustomer("c", name="山田")], "JP", clock())
        assert [one.external_id for one in customers.with_words(connection, [fold("山田")], 10)] == [
            "a0",
            "a1",
            "a2",
            "c",
        ]
        assert [one.external_id for one in customers.with_words(connection, ["中77"], 10)] == ["b77"]


def test_more_blocks_than_are_asked_at_once(store: Store, clock: HandClock) -> None:
    last = (3 * name_blocks._BLOCKS_AT_ONCE) * name_blocks.BLOCK
    with store.write() as connection:
        store_page(connection, "local", [CrmCustomer("a", name="山田"), CrmCustomer("b", name="山田")], "JP", clock())
        connection.exec_driver_sql(f"UPDATE customers SET place = {last} WHERE external_id = 'b'")
        connection.exec_driver_sql("DELETE FROM name_blocks")
        name_blocks.change(connection, [(0, (), {"山田", "田"}), (last, (), {"山田", "田"})])
        for words in (["山田"], ["田"]):
            found = customers.with_words(connection, words, 10)
            assert [one.external_id for one in found] == ["a", "b"]
