"""Numbers of cases."""

from concurrent.futures import ThreadPoolExecutor

from plugin.core.cases import CaseKind
from plugin.store import cases
from plugin.store.engine import Store


def test_cases_that_are_opened_at_once_get_numbers_of_their_own(store: Store) -> None:
    def take(_: int) -> str:
        return store.write_again(lambda connection: cases.next_number(connection, CaseKind.DISCLOSURE, 2026))

    with ThreadPoolExecutor(6) as pool:
        taken = list(pool.map(take, range(12)))
    assert sorted(taken) == [f"D-2026-{count:04}" for count in range(1, 13)]
