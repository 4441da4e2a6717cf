"""A call as an act upon it meets it: whose it is, and what part the actor had in it. Judges nothing.

A call that was joined to another is that other one, here as everywhere.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from plugin.core.calls import Direction
from plugin.core.ids import CallId, CustomerId, UserId
from plugin.core.times import maybe_at
from plugin.store.tables.calls import calls, pops


@dataclass(frozen=True, slots=True)
class CallPart:
    """`rang_here`, `taken_here`: it rang at the person who asks, was taken by him; `taken`: by anybody."""

    id: CallId
    customer_id: CustomerId | None
    direction: Direction
    ended_at: datetime | None
    rang_here: bool
    taken_here: bool
    taken: bool


def find(connection: Connection, call_id: CallId, user_id: UserId, *, lock: bool = False) -> CallPart | None:
    """Return the call and the part of `user_id` in it, or None where there is no such call.

    `lock` keeps other writers off the call until the transaction ends.
    """
    wanted = select(calls.c.id, calls.c.customer_id, calls.c.direction, calls.c.ended_at, calls.c.merged_into)
    wanted = wanted.with_for_update() if lock else wanted
    row = connection.execute(wanted.where(calls.c.id == call_id)).one_or_none()
    while row is not None and row.merged_into is not None:
        row = connection.execute(wanted.where(calls.c.id == row.merged_into)).one_or_none()
    if row is None:
        return None
    rang = connection.execute(select(pops.c.user_id, pops.c.taken_at).where(pops.c.call_id == row.id)).all()
    mine = [pop for pop in rang if pop.user_id == user_id]
    return CallPart(
        id=CallId(row.id),
        customer_id=None if row.customer_id is None else CustomerId(row.customer_id),
        direction=Direction(row.direction),
        ended_at=maybe_at(row.ended_at),
        rang_here=bool(mine),
        taken_here=any(pop.taken_at is not None for pop in mine),
        taken=any(pop.taken_at is not None for pop in rang),
    )
