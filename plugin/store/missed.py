"""Missed calls as work: those that wait, and the rows that say who took one on and that one is done with.

A call that somebody talked with the number after, in whichever direction, waits no more; nobody need say so. Decides
not who may do what.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from plugin.core.ids import CallId, UserId
from plugin.core.missed import MissedCall
from plugin.core.numbers import WithheldReason
from plugin.core.times import from_us, maybe_at, to_us
from plugin.store.prepared import ManyRows, Prepared

_WAITING = (
    "SELECT c.id, c.e164, c.withheld, c.queue, c.started_at, m.claimed_by, u.name, m.claimed_at FROM calls c"
    " LEFT JOIN missed_work m ON m.call_id = c.id LEFT JOIN users u ON u.id = m.claimed_by"
    " WHERE c.direction = 'inbound' AND c.merged_into IS NULL AND c.ended_at IS NOT NULL AND c.answered_at IS NULL"
    " AND c.started_at >= :since AND m.done_at IS NULL AND NOT EXISTS (SELECT 1 FROM calls l WHERE l.e164 = c.e164"
    " AND l.started_at > c.started_at AND l.answered_at IS NOT NULL)"
)
_ALL = Prepared(f"{_WAITING} ORDER BY c.started_at DESC LIMIT :most")
_OF_NUMBER = Prepared(f"{_WAITING} AND c.e164 = :e164 ORDER BY c.started_at DESC LIMIT :most")
_ONE = Prepared(f"{_WAITING} AND c.id = :call")
_NUMBER_OF = Prepared("SELECT e164, source FROM calls WHERE id = :call AND merged_into IS NULL")
_LOCK_NUMBER = Prepared("SELECT id FROM calls WHERE e164 = :e164 AND started_at >= :since FOR UPDATE")
_LOCK_ONE = Prepared("SELECT id FROM calls WHERE id = :call FOR UPDATE")
_DROP = ManyRows("DELETE FROM missed_work WHERE call_id = ?")
_CLAIM = ManyRows("INSERT INTO missed_work (call_id, claimed_by, claimed_at) VALUES (?, ?, ?)")
_DONE = ManyRows("INSERT INTO missed_work (call_id, claimed_by, claimed_at, done_by, done_at) VALUES (?, ?, ?, ?, ?)")
_MOST_OF_NUMBER = 200


def waiting(connection: Connection, since: datetime, most: int) -> tuple[MissedCall, ...]:
    """Return the newest calls since `since` that nobody took, rang back or is done with."""
    return tuple(map(_missed, _ALL.rows(connection, since=to_us(since), most=most)))


def of_line(connection: Connection, call_id: CallId, since: datetime) -> tuple[MissedCall, ...]:
    """Return the waiting calls of the number of this one, or it alone where it has none; locked until the end.

    Empty where it waits no more.
    """
    row = _NUMBER_OF.row(connection, call=call_id)
    e164, since_us = (None if row is None else row[0]), to_us(since)
    if connection.dialect.name != "sqlite":  # SQLite's one writer is alone anyway
        if e164 is None:
            _LOCK_ONE.rows(connection, call=call_id)
        else:
            _LOCK_NUMBER.rows(connection, e164=e164, since=since_us)
    if e164 is None:
        return tuple(map(_missed, _ONE.rows(connection, call=call_id, since=since_us)))
    return tuple(map(_missed, _OF_NUMBER.rows(connection, e164=e164, since=since_us, most=_MOST_OF_NUMBER)))


def source_of(connection: Connection, call_id: CallId) -> str | None:
    """Return the phone system that a call came in by."""
    row = _NUMBER_OF.row(connection, call=call_id)
    return None if row is None else row[1]


def claim(connection: Connection, calls: Sequence[MissedCall], user_id: UserId, at: datetime) -> None:
    """Keep that this person takes the calls on."""
    _DROP.run(connection, [(call.id,) for call in calls])
    _CLAIM.run(connection, [(call.id, user_id, to_us(at)) for call in calls])


def release(connection: Connection, calls: Sequence[MissedCall]) -> None:
    """Let the calls wait for anybody again."""
    _DROP.run(connection, [(call.id,) for call in calls])


def done(connection: Connection, calls: Sequence[MissedCall], user_id: UserId, at: datetime) -> None:
    """Keep that this person is done with the calls."""
    _DROP.run(connection, [(call.id,) for call in calls])
    claimed = [(call, None if call.claimed_at is None else to_us(call.claimed_at)) for call in calls]
    _DONE.run(connection, [(call.id, call.claimed_by, since, user_id, to_us(at)) for call, since in claimed])


def _missed(row: Sequence[Any]) -> MissedCall:
    return MissedCall(
        id=CallId(row[0]),
        number=row[1],
        withheld=None if row[2] is None else WithheldReason(row[2]),
        queue=row[3],
        started_at=from_us(row[4]),
        claimed_by=row[5],
        by=row[6],
        claimed_at=maybe_at(row[7]),
    )
