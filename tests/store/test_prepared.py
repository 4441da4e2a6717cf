"""Statements of the hot paths run on both databases alike, and fail as any other statement does."""

import pytest
from sqlalchemy.exc import DBAPIError

from plugin.store.engine import Store
from plugin.store.prepared import Prepared


def test_words_and_numbers_go_in_and_come_out_as_they_are(store: Store) -> None:
    statement = Prepared("SELECT :word AS word, :number AS number, :word AS again, NULL AS absent")
    with store.read() as connection:
        word = "は'; DROP TABLE x; -- %s :no"
        assert list(statement.rows(connection, word=word, number=2**53)) == [(word, 2**53, word, None)]


def test_an_error_is_one_of_sqlalchemys(store: Store) -> None:
    with pytest.raises(DBAPIError), store.read() as connection:
        Prepared("SELECT nothing FROM nowhere").rows(connection)
    with store.read() as connection:
        assert list(Prepared("SELECT 1").rows(connection)) == [(1,)]


def test_it_reads_inside_the_transaction_it_was_given(store: Store) -> None:
    count = Prepared("SELECT COUNT(*) FROM leases WHERE name = :name")
    with store.write() as connection:
        connection.exec_driver_sql("INSERT INTO leases (name, holder, until) VALUES ('a', 'x', 0)")
        assert list(count.rows(connection, name="a")) == [(1,)]
