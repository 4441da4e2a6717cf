"""What evidence says of a call: the level that was proved in it is that of the customer whose call it is."""

from datetime import timedelta

from sqlalchemy import insert, update

from plugin.core.identity import Level
from plugin.core.ids import new_id
from plugin.core.times import to_us
from plugin.store import evidence
from plugin.store.engine import Store
from plugin.store.tables.calls import calls
from plugin.store.tables.identity import verifications
from tests.kit.clock import HandClock
from tests.kit.people import Town


def test_a_call_that_is_anothers_now_is_not_said_to_be_proved(store: Store, clock: HandClock) -> None:
    town = Town(store, clock())
    tanaka, hanako, ichiro = town.staff("tanaka"), town.customer("c1"), town.customer("c2", "鈴木 一郎")
    call = town.call(hanako, taken_by=tanaka)
    with store.write() as connection:
        connection.execute(
            insert(verifications).values(
                id=new_id(clock()),
                call_id=call,
                customer_id=hanako,
                user_id=tanaka.user_id,
                session_hash=tanaka.session_hash,
                state="passed",
                level=Level.LISTEN,
                caller_role="self",
                tries_used=0,
                tries_allowed=2,
                proved_items="",
                started_at=to_us(clock()),
                decided_at=to_us(clock()),
                expires_at=to_us(clock() + timedelta(hours=2)),
                overridden=0,
            )
        )
        assert evidence.levels_of(connection, [call]) == {call: Level.LISTEN}
        connection.execute(update(calls).where(calls.c.id == call).values(customer_id=ichiro))
        assert evidence.levels_of(connection, [call]) == {}
