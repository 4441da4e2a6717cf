"""Histories of many at once: each has its own calls, newest first, whatever stands beside it in the statement."""

from datetime import UTC, datetime, timedelta

from plugin.core.history import HistoryOf
from plugin.core.ids import CallId, CustomerId
from plugin.store import history
from plugin.store.engine import Store
from tests.kit.people import Town

AT = datetime(2027, 3, 1, tzinfo=UTC)
E164, ANOTHER = "+819012345678", "+81312345678"


def _called(store: Store, hours: int, customer_id: CustomerId | None, e164: str = E164) -> CallId:
    return Town(store, AT + timedelta(hours=hours)).call(customer_id, e164=e164)


def test_each_history_has_its_own_calls(store: Store) -> None:
    """More than one statement takes, in an order of their own, with nobody among them."""
    town = Town(store, AT)
    several = [town.customer(f"S{place}") for place in range(18)]
    calls = {customer: [_called(store, place, customer)] for place, customer in enumerate(several)}
    first = several[0]
    calls[first] = [_called(store, 30, first), _called(store, 20, first), *calls[first]]
    nobodys = [_called(store, hours, None) for hours in (28, 25)]
    _called(store, 29, None, ANOTHER)
    wanted = [
        HistoryOf(None, None, 5),
        *(HistoryOf(each, None, 2) for each in reversed(several)),
        HistoryOf(None, E164, 9),
        HistoryOf(first, E164, 4),
        HistoryOf(first, ANOTHER, 1),
    ]
    with store.read() as connection:
        found = history.newest(connection, wanted)
        assert history.newest(connection, []) == ()
    his = calls[first]
    assert [[past.id for past in each] for each in found] == [
        [],
        *(calls[each][:2] for each in reversed(several)),
        nobodys,
        [his[0], nobodys[0], nobodys[1], his[1]],
        his[:1],
    ]
    assert {past.customer_id for past in found[-3]} == {None}


def test_a_line_names_who_took_the_call(store: Store) -> None:
    town = Town(store, AT)
    mine, sato = town.customer("c1"), town.staff("101")
    call_id = town.call(mine, taken_by=sato, e164=None)
    with store.read() as connection:
        ((line,),) = history.newest(connection, [HistoryOf(mine, E164, 20)])
    assert (line.id, line.operator) == (call_id, sato.name)
