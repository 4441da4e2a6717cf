"""What waits for somebody, read from calls and pops: the calls one person took, those that are nobody's, the missed."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from plugin.core.call_pages import MissedLine
from plugin.core.history import PastCall
from plugin.core.ids import CallId, UserId
from plugin.core.numbers import WithheldReason
from plugin.core.times import from_us, to_us
from plugin.store.history import LINE, past_of

# A person's newest ended calls by his own index, not all that ever rang at him.
_TAKEN_BY = text(
    f"{LINE} JOIN (SELECT call_id FROM pops WHERE user_id = :user AND state = 'taken' UNION ALL"  # noqa: S608
    " SELECT call_id FROM (SELECT call_id FROM pops WHERE user_id = :user AND state = 'closed'"
    " AND taken_at IS NOT NULL ORDER BY ended_at DESC LIMIT :most) AS ended) AS m ON m.call_id = c.id"
    " WHERE c.merged_into IS NULL ORDER BY c.started_at DESC LIMIT :most"
)
_LOOSE = "c.customer_id IS NULL AND c.merged_into IS NULL AND c.direction <> 'internal' AND c.ended_at IS NOT NULL"
_LOOSE_OF = text(
    f"{LINE} JOIN pops m ON m.call_id = c.id WHERE m.user_id = :user AND m.state IN ('taken', 'closed')"
    f" AND m.ended_at >= :since AND m.taken_at IS NOT NULL AND {_LOOSE} ORDER BY c.started_at DESC LIMIT :most"
)
_LOOSE_OF_ALL = text(
    f"{LINE} WHERE c.started_at >= :since AND {_LOOSE}"  # noqa: S608
    " AND EXISTS (SELECT 1 FROM pops t WHERE t.call_id = c.id AND t.taken_at IS NOT NULL)"
    " ORDER BY c.started_at DESC LIMIT :most"
)
# Inbound calls that nobody took, and after which nobody talked with that number either.
_MISSED = text(
    "SELECT c.id, c.e164, c.withheld, c.queue, c.started_at FROM calls c"
    " WHERE c.direction = 'inbound' AND c.merged_into IS NULL AND c.ended_at IS NOT NULL AND c.answered_at IS NULL"
    " AND c.started_at >= :since AND NOT EXISTS (SELECT 1 FROM calls l WHERE l.e164 = c.e164"
    " AND l.started_at > c.started_at AND l.answered_at IS NOT NULL)"
    " ORDER BY c.started_at DESC LIMIT :most"
)


def taken_by(connection: Connection, user_id: UserId, most: int) -> tuple[PastCall, ...]:
    """Return the newest calls that this person took."""
    return tuple(map(past_of, connection.execute(_TAKEN_BY, {"user": user_id, "most": most})))


def unassigned(connection: Connection, user_id: UserId | None, since: datetime, most: int) -> tuple[PastCall, ...]:
    """Return the newest calls since `since` that somebody took and that are nobody's; only this person's, or all."""
    values = {"since": to_us(since), "most": most}
    if user_id is None:
        return tuple(map(past_of, connection.execute(_LOOSE_OF_ALL, values)))
    return tuple(map(past_of, connection.execute(_LOOSE_OF, values | {"user": user_id})))


def missed(connection: Connection, since: datetime, most: int) -> tuple[MissedLine, ...]:
    """Return the calls since `since` that nobody took and nobody rang back, one line a number, the newest first.

    Withheld callers never share a line: two of them are two people for all we know.
    """
    lines: dict[str, list[Row[Any]]] = {}
    for row in connection.execute(_MISSED, {"since": to_us(since), "most": most}):
        lines.setdefault(row.e164 or row.id, []).append(row)
    return tuple(map(_missed, lines.values()))


def _missed(rows: list[Row[Any]]) -> MissedLine:
    newest, oldest = rows[0], rows[-1]
    return MissedLine(
        call_id=CallId(newest.id),
        number=newest.e164,
        withheld=None if newest.withheld is None else WithheldReason(newest.withheld),
        queue=newest.queue,
        count=len(rows),
        first_at=from_us(oldest.started_at),
        last_at=from_us(newest.started_at),
    )
