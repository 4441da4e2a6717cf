"""A call as an act upon it meets it: whose it is, and what part the actor had in it. Judges nothing.

A call that was joined to another is that other one, here as everywhere.
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, select

from plugin.core.calls import Direction
from plugin.core.ids import CallId, CustomerId, UserId
from plugin.core.parts import CallPart
from plugin.core.times import maybe_at
from plugin.store.tables.calls import calls, pops
from plugin.store.tables.staff import users


def find(connection: Connection, call_id: CallId, user_id: UserId, *, lock: bool = False) -> CallPart | None:
    """Return the call and the part of `user_id` in it, or None where there is no such call.

    `lock` keeps other writers off the call until the transaction ends.
    """
    columns = ("id", "customer_id", "direction", "ended_at", "merged_into", "claimed")
    wanted = select(*(calls.c[name] for name in columns))
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
        teams=frozenset(_teams(connection, pops.c.call_id == row.id).values()),
        claimed=bool(row.claimed),
    )


def teams_in(connection: Connection, call_ids: Sequence[CallId]) -> dict[str, frozenset[str]]:
    """Return the teams of those who talked in each of the calls; calls of which none is known are left out."""
    return _teams(connection, pops.c.call_id.in_(call_ids))


def teams_with(connection: Connection, customer_id: CustomerId) -> frozenset[frozenset[str]]:
    """Return for each call with the customer the teams of those who talked in it, where known."""
    return frozenset(_teams(connection, calls.c.customer_id == customer_id).values())


def _teams(connection: Connection, wanted: ColumnElement[bool]) -> dict[str, frozenset[str]]:
    talked = pops.join(calls, calls.c.id == pops.c.call_id).join(users, users.c.id == pops.c.user_id)
    found = select(pops.c.call_id, users.c.team).select_from(talked)
    known = found.where(wanted, pops.c.taken_at.is_not(None), users.c.team != "")
    of_call: dict[str, set[str]] = {}
    for call_id, team in connection.execute(known):
        of_call.setdefault(call_id, set()).add(team)
    return {call_id: frozenset(teams) for call_id, teams in of_call.items()}
