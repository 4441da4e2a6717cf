"""What waits for somebody, on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from plugin.core.times import to_us
from plugin.store import inbox
from plugin.store.engine import Store
from plugin.store.tables.calls import pops
from tests.kit.clock import HandClock
from tests.kit.people import Town

WEEK = timedelta(days=7)


@pytest.fixture
def town(store: Store, clock: HandClock) -> Town:
    return Town(store, clock())


def _end_pops(town: Town, state: str = "closed") -> None:
    with town.store.write() as connection:
        connection.execute(update(pops).values(state=state, ended_at=to_us(town.at)))


def test_the_calls_that_somebody_took_are_his_open_and_his_newest_closed_ones(town: Town) -> None:
    tanaka, suzuki = town.staff("101"), town.staff("102")
    closed = {town.call(taken_by=tanaka) for _ in range(3)}
    town.call(taken_by=suzuki, rang_at=tanaka)
    _end_pops(town)
    still_open = town.call(taken_by=tanaka)
    with town.store.read() as connection:
        found = {line.id for line in inbox.taken_by(connection, tanaka.user_id, 10)}
        fewer = inbox.taken_by(connection, tanaka.user_id, 2)
    assert found == closed | {still_open}
    assert len(fewer) == 2


def test_unassigned_calls_are_those_taken_and_given_to_nobody(town: Town) -> None:
    tanaka, suzuki = town.staff("101"), town.staff("102")
    mine, his = town.call(taken_by=tanaka), town.call(taken_by=suzuki)
    town.call(customer_id=town.customer("1"), taken_by=tanaka)
    town.call(rang_at=tanaka)
    town.call(taken_by=tanaka, ended=False)
    _end_pops(town, "taken")
    with town.store.read() as connection:
        since = town.at - WEEK
        assert [line.id for line in inbox.unassigned(connection, tanaka.user_id, since, 10)] == [mine]
        assert {line.id for line in inbox.unassigned(connection, None, since, 10)} == {mine, his}
        assert inbox.unassigned(connection, None, town.at + WEEK, 10) == ()
