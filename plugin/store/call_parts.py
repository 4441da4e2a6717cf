"""A call as an act upon it meets it: whose it is, and what part the actor had in it. Judges nothing.

A call that was joined to another is that other one, here as everywhere.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, select

from plugin.core.calls import Direction
from plugin.core.ids import CallId, CustomerId, UserId
from plugin.core.times import maybe_at
from plugin.store.tables.calls import calls, pops
from plugin.store.tables.staff import users


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


def teams_in(connection: Connection, call_id: CallId) -> frozenset[frozenset[str]]:
    """Return the teams of those who talked in the call, as a set of that one set; empty where none is known."""
    return _teams(connection, pops.c.call_id == call_id)


def teams_with(connection: Connection, customer_id: CustomerId) -> frozenset[frozenset[str]]:
    """Return for each call with the customer the teams of those who talked in it, where known."""
    return _teams(connection, calls.c.customer_id == customer_id)


def _teams(connection: Connection, wanted: ColumnElement[bool]) -> frozenset[frozenset[str]]:
    talked = pops.join(calls, calls.c.id == pops.c.call_id).join(users, users.c.id == pops.c.user_id)
    found = select(pops.c.call_id, users.c.team).select_from(talked)
    known = found.where(wanted, pops.c.taken_at.is_not(None), users.c.team != "")
    of_call: dict[str, set[str]] = {}
    for call_id, team in connection.execute(known):
        of_call.setdefault(call_id, set()).add(team)
    return frozenset(frozenset(teams) for teams in of_call.values())
