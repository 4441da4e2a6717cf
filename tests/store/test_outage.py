"""What passes or is mended outside is told from what is a defect of ours, on real databases."""

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from plugin.store.engine import Store
from plugin.store.outage import is_outage, is_race
from plugin.store.tables.delivery import leases


def _error_of(store: Store, *statements: str) -> DBAPIError:
    with pytest.raises(DBAPIError) as error:
        _write_much(store, statements)
    return error.value


def _write_much(store: Store, statements: tuple[str, ...]) -> None:
    with store.write() as connection:
        for statement in statements:
            connection.execute(text(statement))
        for number in range(2000):
            connection.execute(insert(leases).values(name=f"{number}" + "x" * 50, holder="x" * 60, until=0))


def test_a_full_disk_and_a_read_only_file_are_outages(sqlite_store: Store) -> None:
    assert is_outage(_error_of(sqlite_store, "PRAGMA max_page_count = 1"))
    with sqlite_store.read() as connection:
        connection.execute(text("PRAGMA query_only = 1"))
    assert is_outage(_error_of(sqlite_store))


def test_a_database_that_does_not_answer_is_an_outage() -> None:
    store = Store("mysql+pymysql://nobody@127.0.0.1:1/none")
    with pytest.raises(DBAPIError) as error, store.read():
        pass
    assert is_outage(error.value)


def test_wrong_sql_is_a_defect(store: Store) -> None:
    assert not is_outage(_error_of(store, "SELECT * FROM nowhere"))
    assert not is_outage(ValueError("2003"))


def test_who_was_outrun_on_a_server_made_no_mistake(store: Store) -> None:
    twice = [{"name": "a", "holder": "b", "until": 0}] * 2
    with pytest.raises(IntegrityError) as error, store.write() as connection:
        connection.execute(insert(leases), twice)
    assert is_race(error.value) is not store.is_sqlite  # there a writer has the whole file: twice is our mistake
    assert not is_outage(error.value)
    assert not is_race(ValueError(1062))
    assert not is_race(_error_of(store, "SELECT * FROM nowhere"))
