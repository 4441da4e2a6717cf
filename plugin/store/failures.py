"""The failures of a customer over all calls and operators, counted. Judges nothing.

The counter is changed by one conditional statement at a time, so that parallel guesses cannot pass the limit
(docs/decisions/0004).
"""

from datetime import datetime

from sqlalchemy import Connection, case, select, text, update

from plugin.core.ids import CustomerId
from plugin.core.times import maybe_at, to_us
from plugin.store.tables.identity import identity_counters

_COUNTER = "INSERT INTO identity_counters (customer_id, last_failed_at, failed) VALUES (:customer, 0, 0)"
_ENSURE = {
    True: text(f"{_COUNTER} ON CONFLICT (customer_id) DO NOTHING"),
    False: text(f"{_COUNTER} ON DUPLICATE KEY UPDATE customer_id = customer_id"),
}
_TAKE_FAILURE = text(
    "UPDATE identity_counters SET failed = CASE WHEN last_failed_at <= :over THEN 1 ELSE failed + 1 END"
    " WHERE customer_id = :customer AND (failed < :most OR last_failed_at <= :over)"
)


def take_failure(connection: Connection, customer_id: CustomerId, most: int, over: datetime) -> bool:
    """Count a failure before it is known to be one; False, and nothing counted, where `most` are counted already.

    They count until none was added since `over`: so no day ever holds more than `most`.
    """
    connection.execute(_ENSURE[connection.dialect.name == "sqlite"], {"customer": customer_id})
    given = {"customer": customer_id, "most": most, "over": to_us(over)}
    return connection.execute(_TAKE_FAILURE, given).rowcount == 1


def give_back_failure(connection: Connection, customer_id: CustomerId) -> None:
    """Undo one `take_failure`: the set was right."""
    of_customer = (identity_counters.c.customer_id == customer_id) & (identity_counters.c.failed > 0)
    connection.execute(update(identity_counters).where(of_customer).values(failed=identity_counters.c.failed - 1))


def follow(connection: Connection, loser: CustomerId, winner: CustomerId, over: datetime) -> None:
    """Count the loser's failures after `over` against the winner, and no more against the loser."""
    counter = identity_counters.c
    live = (counter.customer_id == loser) & (counter.failed > 0) & (counter.last_failed_at > to_us(over))
    had = connection.execute(select(counter.failed, counter.last_failed_at).where(live).with_for_update()).one_or_none()
    if had is None:
        return
    connection.execute(_ENSURE[connection.dialect.name == "sqlite"], {"customer": winner})
    counts = case((counter.last_failed_at > to_us(over), counter.failed), else_=0) + had.failed
    newest = case((counter.last_failed_at > had.last_failed_at, counter.last_failed_at), else_=had.last_failed_at)
    of_winner = update(identity_counters).where(counter.customer_id == winner)
    # `failed` first: MySQL reads what it has just written
    connection.execute(of_winner.ordered_values((counter.failed, counts), (counter.last_failed_at, newest)))
    connection.execute(update(identity_counters).where(counter.customer_id == loser).values(failed=0))


def note_failure(connection: Connection, customer_id: CustomerId, at: datetime) -> None:
    """Note when the newest failure was."""
    of_customer = identity_counters.c.customer_id == customer_id
    connection.execute(update(identity_counters).where(of_customer).values(last_failed_at=to_us(at)))


def locked_since(connection: Connection, customer_id: CustomerId, most: int, over: datetime) -> datetime | None:
    """Return when the failure was that used up the last of `most`, or None where one more may still be judged."""
    full = (identity_counters.c.failed >= most) & (identity_counters.c.last_failed_at > to_us(over))
    of_customer = identity_counters.c.customer_id == customer_id
    return maybe_at(connection.scalar(select(identity_counters.c.last_failed_at).where(of_customer, full)))
