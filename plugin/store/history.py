"""Past calls of a customer and of his numbers: index look-ups, as fast for a caller of 400,000 calls as for another."""

from collections.abc import Iterable
from heapq import nlargest
from typing import Any

from sqlalchemy import Connection, Row, text

from plugin.core.calls import Direction, Outcome
from plugin.core.history import PastCall
from plugin.core.ids import CallId, CustomerId
from plugin.core.times import from_us, maybe_at

_LINE = (
    "SELECT c.id, c.direction, c.started_at, c.answered_at, c.ended_at, c.outcome, c.our_number, c.queue,"
    " c.customer_id, s.topic, s.disposition,"
    " (SELECT u.name FROM pops p JOIN users u ON u.id = p.user_id WHERE p.call_id = c.id AND p.taken_at IS NOT NULL"
    " ORDER BY p.taken_at LIMIT 1) AS operator,"
    " (SELECT GROUP_CONCAT(r.state) FROM recordings r WHERE r.call_id = c.id) AS recordings"
    " FROM calls c LEFT JOIN summaries s ON s.call_id = c.id"
)
_NEWEST = " ORDER BY c.started_at DESC LIMIT :most"
_OF_CUSTOMER = text(f"{_LINE} WHERE c.customer_id = :customer{_NEWEST}")
_OF_NUMBER = text(f"{_LINE} WHERE c.e164 = :e164 AND c.customer_id IS NULL{_NEWEST}")


def newest(
    connection: Connection, customer_id: CustomerId | None, e164s: Iterable[str], most: int
) -> tuple[PastCall, ...]:
    """Return the newest `most` calls given to the customer, or from one of the numbers and given to nobody."""
    lines: list[Row[Any]] = []
    if customer_id is not None:
        lines += connection.execute(_OF_CUSTOMER, {"customer": customer_id, "most": most})
    for e164 in dict.fromkeys(e164s):
        lines += connection.execute(_OF_NUMBER, {"e164": e164, "most": most})
    return tuple(_past(row) for row in nlargest(most, lines, key=lambda row: (row.started_at, row.id)))


def _past(row: Row[Any]) -> PastCall:
    return PastCall(
        id=CallId(row.id),
        direction=Direction(row.direction),
        started_at=from_us(row.started_at),
        answered_at=maybe_at(row.answered_at),
        ended_at=maybe_at(row.ended_at),
        outcome=None if row.outcome is None else Outcome(row.outcome),
        our_number=row.our_number,
        queue=row.queue,
        customer_id=None if row.customer_id is None else CustomerId(row.customer_id),
        operator=row.operator,
        topic=row.topic,
        disposition=row.disposition,
        recordings=tuple(sorted((row.recordings or "").split(","))) if row.recordings else (),
    )
