"""What a call's row says beside the call: who took it first. Its tags: test_timeline.py; joined: test_calls.py."""

from plugin.core.calls import EventType as E
from plugin.services.calls import Calls
from plugin.store.engine import Store
from tests.kit.events import Tape
from tests.kit.people import Town
from tests.kit.rows import said_of_calls


def test_the_call_s_row_says_who_took_it_first_however_late_that_is_told(
    service: Calls, store: Store, town: Town
) -> None:
    sato, suzuki = town.staff("101"), town.staff("102")
    tape = Tape().then(E.OFFERED, customer_number="09012345678")
    for agent in ("101", "102"):
        tape.then(E.RINGING, agent, leg_id=agent)
    for agent in ("101", "102"):
        tape.then(E.ANSWERED, agent, leg_id=agent)
    *rings, first, second = tape.events
    for told, taker in ((rings, None), ([second], suzuki.user_id), ([first], sato.user_id)):
        service.take(told)
        by_rows, by_parts = said_of_calls(store)
        assert by_rows == by_parts
        assert [said[0] for said in by_rows.values()] == [taker]
