"""Pops at rest: who sees which call. Says nothing about when; that is plugin/core/pops.py."""

from datetime import datetime

from sqlalchemy import Connection

from plugin.core.ids import CallId, CustomerId, UserId
from plugin.core.live import Talker
from plugin.core.pops import OpenPop, Pop, PopState
from plugin.core.times import from_us, maybe_at, maybe_us, to_us
from plugin.store import call_lines, seats
from plugin.store.calls import stored
from plugin.store.prepared import Given, Prepared

_COLUMNS = "user_id, agent, state, shown_at, taken_at, ended_at, closed_at"
_OF_CALL = Prepared(f"SELECT {_COLUMNS} FROM pops WHERE call_id = :call")  # noqa: S608
_ADD = Prepared(
    "INSERT INTO pops (call_id, agent, user_id, state, shown_at, taken_at, ended_at, closed_at)"
    " VALUES (:call, :agent, :user, :state, :shown_at, :taken_at, :ended_at, :closed_at)"
)
_SAVE = Prepared(
    "UPDATE pops SET state = :state, shown_at = :shown_at, taken_at = :taken_at, ended_at = :ended_at,"
    " closed_at = :closed_at WHERE call_id = :call AND agent = :agent"
)
_PART = (
    "SELECT c.id, c.revision, c.record, c.e164, c.customer_id,"
    " p.agent, p.state, p.shown_at, p.taken_at, p.ended_at, p.closed_at"
    " FROM pops p JOIN calls c ON c.id = p.call_id WHERE p.user_id = :user AND"
)
# Two look-ups: an OR of them would walk through every call that ever rang here.
_OPEN = Prepared(
    f"{_PART} p.state IN ('shown', 'taken') UNION ALL {_PART} p.state = 'withdrawn' AND p.ended_at > :since"
    " ORDER BY shown_at DESC, id DESC LIMIT :most"
)
_ALL_OPEN = Prepared(
    "SELECT DISTINCT p.user_id, c.id, c.e164, c.customer_id FROM users u JOIN pops p ON p.user_id = u.id"
    " AND p.state IN ('shown', 'taken') JOIN calls c ON c.id = p.call_id WHERE u.active = 1"
)
_TALKERS = Prepared(
    "SELECT p.user_id, p.agent, u.team FROM pops p JOIN users u ON u.id = p.user_id"
    " WHERE p.call_id = :call AND p.state = 'taken' AND p.ended_at IS NULL ORDER BY p.taken_at"
)
_WRAPPED_UP = Prepared(
    "SELECT p.call_id, p.user_id FROM users u JOIN pops p ON p.user_id = u.id AND p.state = 'taken'"
    " AND p.ended_at <= :before JOIN summaries s ON s.call_id = p.call_id AND s.saved_at <= :before"
    " WHERE NOT EXISTS (SELECT 1 FROM drafts d WHERE d.call_id = p.call_id AND d.user_id = p.user_id) LIMIT :most"
)
_CLOSE = Prepared(
    "UPDATE pops SET state = 'closed', closed_at = :now WHERE call_id = :call AND user_id = :user AND state <> 'closed'"
)


def of_call(connection: Connection, call_id: CallId) -> dict[str, tuple[Pop, UserId | None]]:
    """Return the stored pops of the call with their users, by agent."""
    return {agent: (_pop(agent, *times), user_id) for user_id, agent, *times in _OF_CALL.rows(connection, call=call_id)}


def add(connection: Connection, call_id: CallId, pop: Pop, at: datetime) -> UserId | None:
    """Store a new pop; return the user who is at the agent's extension at that instant, None where nobody is."""
    user_id = seats.user_at(connection, pop.agent, at)
    _ADD.write(connection, **_values(call_id, pop), user=user_id)
    if pop.taken_at is not None:
        call_lines.renew(connection, call_id)
    return user_id


def save(connection: Connection, call_id: CallId, pop: Pop) -> None:
    """Store a known pop's new state."""
    _SAVE.write(connection, **_values(call_id, pop))
    call_lines.renew(connection, call_id)


def open_of(connection: Connection, user_id: UserId, withdrawn_since: datetime, most: int) -> tuple[OpenPop, ...]:
    """Return what stands on the user's screen, the newest first; withdrawn pops only if since `withdrawn_since`."""
    rows = _OPEN.rows(connection, user=user_id, since=to_us(withdrawn_since), most=most)
    return tuple(OpenPop(_pop(*row[5:]), user_id, stored(row)) for row in rows)


def on_all_desks(connection: Connection) -> list[tuple[UserId, CallId, str | None, CustomerId | None]]:
    """Return every pop that stands on a desk: whose it is, of which call, from which number, with which customer."""
    return [(UserId(user), CallId(call), e164, owner) for user, call, e164, owner in _ALL_OPEN.rows(connection)]


def talkers(connection: Connection, call_id: CallId) -> tuple[Talker, ...]:
    """Return who of ours talks in the call now, who joined last at the end."""
    rows = _TALKERS.rows(connection, call=call_id)
    return tuple(Talker(UserId(user_id), agent, team) for user_id, agent, team in rows)


def wrapped_up(connection: Connection, before: datetime, most: int) -> list[tuple[CallId, UserId]]:
    """Return calls on desks that ended by then, with a note saved by then and no draft beside it, each with whose."""
    rows = _WRAPPED_UP.rows(connection, before=to_us(before), most=most)
    return [(CallId(call_id), UserId(user_id)) for call_id, user_id in rows]


def close(connection: Connection, call_id: CallId, user_id: UserId, now: datetime) -> bool:
    """Close the user's pop of the call; False where he has none that is open."""
    return _CLOSE.write(connection, call=call_id, user=user_id, now=to_us(now)) > 0


def _values(call_id: CallId, pop: Pop) -> dict[str, Given]:
    return {
        "call": call_id,
        "agent": pop.agent,
        "state": pop.state.value,
        "shown_at": to_us(pop.shown_at),
        "taken_at": maybe_us(pop.taken_at),
        "ended_at": maybe_us(pop.ended_at),
        "closed_at": maybe_us(pop.closed_at),
    }


def _pop(agent: str, state: str, shown: int, taken: int | None, ended: int | None, closed: int | None) -> Pop:
    return Pop(agent, PopState(state), from_us(shown), maybe_at(taken), maybe_at(ended), maybe_at(closed))
