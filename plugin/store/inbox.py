"""What waits for somebody, read from calls and pops: the calls one person took, and those that are nobody's."""

from datetime import datetime

from sqlalchemy import Connection, text

from plugin.core.history import PagePlace, PastCall
from plugin.core.ids import UserId
from plugin.core.times import to_us
from plugin.store.history import LINE, past_of

# A person's newest ended calls by his own index, not all that ever rang at him.
_TAKEN_BY = text(
    f"{LINE} JOIN (SELECT call_id FROM pops WHERE user_id = :user AND state = 'taken' UNION ALL"  # noqa: S608
    " SELECT call_id FROM (SELECT call_id FROM pops WHERE user_id = :user AND state = 'closed'"
    " AND taken_at IS NOT NULL ORDER BY ended_at DESC LIMIT :most) AS ended) AS m ON m.call_id = c.id"
    " WHERE c.merged_into IS NULL ORDER BY c.started_at DESC LIMIT :most"
)
_LOOSE = "c.customer_id IS NULL AND c.merged_into IS NULL AND c.direction <> 'internal' AND c.ended_at IS NOT NULL"
_BEHIND = (
    " AND c.started_at <= :before AND NOT (c.started_at = :before AND c.id >= :behind)"
    " ORDER BY c.started_at DESC, c.id DESC LIMIT :most"
)
_FIRST = (2**62, "")  # in µs: behind nothing
_LOOSE_OF = text(
    f"{LINE} JOIN pops m ON m.call_id = c.id WHERE m.user_id = :user AND m.state IN ('taken', 'closed')"
    f" AND m.ended_at >= :since AND m.taken_at IS NOT NULL AND {_LOOSE}{_BEHIND}"
)
_LOOSE_OF_ALL = text(
    f"{LINE} WHERE c.started_at >= :since AND {_LOOSE}"  # noqa: S608
    f" AND EXISTS (SELECT 1 FROM pops t WHERE t.call_id = c.id AND t.taken_at IS NOT NULL){_BEHIND}"
)


def taken_by(connection: Connection, user_id: UserId, most: int) -> tuple[PastCall, ...]:
    """Return the newest calls that this person took."""
    return tuple(map(past_of, connection.execute(_TAKEN_BY, {"user": user_id, "most": most})))


def unassigned(
    connection: Connection, user_id: UserId | None, since: datetime, most: int, after: PagePlace | None = None
) -> tuple[PastCall, ...]:
    """Return the newest calls since `since` that somebody took and that are nobody's; only this person's, or all.

    `after`: those behind this place.
    """
    before, behind = _FIRST if after is None else (to_us(after.started_at), after.call_id)
    values = {"since": to_us(since), "most": most, "before": before, "behind": behind}
    if user_id is None:
        return tuple(map(past_of, connection.execute(_LOOSE_OF_ALL, values)))
    return tuple(map(past_of, connection.execute(_LOOSE_OF, values | {"user": user_id})))
