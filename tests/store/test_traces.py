"""What was erased is in no byte of the database any more, once its log of writes was cut."""

import random

from sqlalchemy import func, insert, update

from plugin.store.engine import Store
from plugin.store.tables.calls import calls
from tests.kit.traces import traces

_ROW = {
    "source": "pbx1",
    "direction": "in",
    "state": "ended",
    "our_number": "",
    "queue": "",
    "started_at": 0,
    "answered_at": 0,
    "ended_at": 0,
    "outcome": "answered",
    "revision": 1,
    "updated_at": 0,
    "claimed": 0,
}


def _calls(store: Store, chance: random.Random, many: int) -> dict[str, str]:
    """Store calls in no order, as grown databases have them: pages are split, and rows are moved between them."""
    numbers = {f"{chance.getrandbits(128):032x}": f"+8190{chance.randrange(10**8):08d}" for _ in range(many)}
    made = [
        {**_ROW, "id": each, "e164": number, "record": f"{number} {'x' * chance.randrange(400)}"}
        for each, number in numbers.items()
    ]
    for first in range(0, many, 50):
        with store.write() as connection:
            connection.execute(insert(calls), made[first : first + 50])
    return numbers


def test_numbers_that_were_erased_are_in_no_byte_of_the_files(sqlite_store: Store) -> None:
    chance = random.Random(7)
    numbers = _calls(sqlite_store, chance, 3000)
    gone = chance.sample(sorted(numbers), 300)
    for each in gone:
        scrubbed = func.replace(calls.c.record, numbers[each], "")
        with sqlite_store.write() as connection:
            connection.execute(update(calls).where(calls.c.id == each).values(e164=None, record=scrubbed))
    assert sqlite_store.cut_log()
    assert traces(sqlite_store, *(numbers[each] for each in gone)) == []
    kept = next(numbers[each] for each in numbers if each not in gone)
    assert traces(sqlite_store, kept) != []  # a search that finds


def test_a_reader_puts_the_cut_off_and_waits_for_nobody(sqlite_store: Store) -> None:
    other = Store(str(sqlite_store.engine.url))
    _calls(sqlite_store, random.Random(1), 1)
    with other.read() as connection:
        connection.execute(calls.select()).all()
        numbers = _calls(sqlite_store, random.Random(2), 1)
        assert not sqlite_store.cut_log()
        _calls(sqlite_store, random.Random(3), 1)
    assert sqlite_store.cut_log()
    other.close()
    assert [file for file, _ in traces(sqlite_store, *numbers.values())] == ["denwaban.db"]
    with sqlite_store.read() as connection:
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one() == 10_000


def test_a_log_that_is_empty_is_not_cut_again(sqlite_store: Store) -> None:
    _calls(sqlite_store, random.Random(1), 1)
    assert sqlite_store.log_bytes() > 0
    assert sqlite_store.cut_log()
    assert sqlite_store.log_bytes() == 0
