"""Turns within a window: what a refusal says, and what of a refused one is counted."""

from datetime import UTC, datetime, timedelta

import pytest

from plugin.core.errors import LimitReached
from plugin.services.turns import Turns
from plugin.store import staff
from plugin.store.engine import Store

NOW = datetime(2026, 4, 1, 9, tzinfo=UTC)
TURNS = Turns("rings", 2, timedelta(minutes=5))


def take(store: Store, at: datetime, subject: str = "one") -> None:
    with store.write() as connection:
        TURNS.take(connection, subject, at)


def test_the_refusal_says_the_word_and_when_the_window_is_over(store: Store) -> None:
    take(store, NOW)
    take(store, NOW + timedelta(minutes=1))
    take(store, NOW, subject="another")
    with pytest.raises(LimitReached, match="rings") as refused:
        take(store, NOW + timedelta(minutes=2))
    assert refused.value.facts == {"retry_after_s": 181}
    take(store, NOW + timedelta(seconds=120 + 181))


@pytest.mark.parametrize("is_counted", [True, False])
def test_a_refused_turn_counts_only_where_its_transaction_is_committed(store: Store, is_counted: bool) -> None:
    take(store, NOW)
    take(store, NOW)
    if is_counted:
        with store.write() as connection:
            assert TURNS.refusal(connection, "one", NOW) is not None
    else:
        with pytest.raises(LimitReached):
            take(store, NOW)
    with store.write() as connection:
        staff.give_back_try(connection, "one")
        assert (TURNS.refusal(connection, "one", NOW) is not None) is is_counted
