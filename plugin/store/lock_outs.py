"""The customers whose verification is stopped for a time, and the lifting of it. Counts no failure itself."""

from datetime import datetime

from sqlalchemy import Connection, distinct, func, select, update

from plugin.core.identity import LockOut
from plugin.core.ids import CustomerId
from plugin.core.times import from_us, to_us
from plugin.store.tables.customers import customers
from plugin.store.tables.identity import identity_counters, verifications

_MOST = 200


def locked(connection: Connection, most: int, over: datetime) -> tuple[LockOut, ...]:
    """Return the customers of whom `most` failures count that go on after `over`, the newest failure first.

    With each: in how many calls, and before how many of the staff, a set was wrong since the day before `over`.
    """
    full = (identity_counters.c.failed >= most) & (identity_counters.c.last_failed_at > to_us(over))
    found = connection.execute(
        select(identity_counters, customers.c.name)
        .join(customers, customers.c.id == identity_counters.c.customer_id)
        .where(full)
        .order_by(identity_counters.c.last_failed_at.desc())
        .limit(_MOST)
    ).all()
    tried = _tried(connection, [CustomerId(row.customer_id) for row in found], over)
    return tuple(
        LockOut(
            CustomerId(row.customer_id),
            row.name,
            row.failed,
            from_us(row.last_failed_at),
            *tried.get(CustomerId(row.customer_id), (0, 0)),
        )
        for row in found
    )


def lift(connection: Connection, customer_id: CustomerId, most: int, over: datetime) -> bool:
    """Forget the failures of a locked-out customer; False where he is not locked out (any more)."""
    full = (identity_counters.c.failed >= most) & (identity_counters.c.last_failed_at > to_us(over))
    lifted = update(identity_counters).where(full, identity_counters.c.customer_id == customer_id).values(failed=0)
    return connection.execute(lifted).rowcount == 1


def _tried(connection: Connection, ids: list[CustomerId], over: datetime) -> dict[CustomerId, tuple[int, int]]:
    failed = (
        select(
            verifications.c.customer_id,
            func.count(distinct(verifications.c.call_id)),
            func.count(distinct(verifications.c.user_id)),
        )
        .where(verifications.c.customer_id.in_(ids), verifications.c.tries_used > 0)
        .where(verifications.c.started_at > to_us(over))
        .group_by(verifications.c.customer_id)
    )
    return {CustomerId(customer_id): (calls, staff) for customer_id, calls, staff in connection.execute(failed)}
