"""Past calls of a customer and of his numbers: index look-ups, as fast for a caller of 400,000 calls as for another."""

from collections.abc import Iterable, Sequence
from heapq import nlargest
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection

from plugin.core.calls import Direction, Outcome
from plugin.core.history import PastCall
from plugin.core.ids import CallId, CustomerId
from plugin.core.times import from_us, maybe_at
from plugin.store.prepared import Prepared

LINE = (
    "SELECT c.id, c.direction, c.started_at, c.answered_at, c.ended_at, c.outcome, c.our_number, c.queue,"
    " c.customer_id, s.topic, s.disposition,"
    " (SELECT u.name FROM pops p JOIN users u ON u.id = p.user_id WHERE p.call_id = c.id AND p.taken_at IS NOT NULL"
    " ORDER BY p.taken_at LIMIT 1) AS operator,"
    " (SELECT GROUP_CONCAT(r.state) FROM recordings r WHERE r.call_id = c.id) AS recordings"
    " FROM calls c LEFT JOIN summaries s ON s.call_id = c.id"
)
_NEWEST = " ORDER BY c.started_at DESC LIMIT :most"
_OF_CUSTOMER = Prepared(f"{LINE} WHERE c.customer_id = :customer{_NEWEST}")
_OF_NUMBER = Prepared(f"{LINE} WHERE c.e164 = :e164 AND c.customer_id IS NULL{_NEWEST}")
_DIRECTIONS = {each.value: each for each in Direction}
_OUTCOMES = {None: None} | {each.value: each for each in Outcome}


def newest(
    connection: Connection, customer_id: CustomerId | None, e164s: Iterable[str], most: int
) -> tuple[PastCall, ...]:
    """Return the newest `most` calls given to the customer, or from one of the numbers and given to nobody."""
    lines: list[Sequence[Any]] = []
    if customer_id is not None:
        lines += _OF_CUSTOMER.rows(connection, customer=customer_id, most=most)
    for e164 in dict.fromkeys(e164s):
        lines += _OF_NUMBER.rows(connection, e164=e164, most=most)
    return tuple(map(past_of, nlargest(most, lines, key=itemgetter(2, 0))))


def past_of(row: Sequence[Any]) -> PastCall:
    """Return the line that a row of `LINE` holds."""
    # Twenty of these are built for each candidate of each pop: by place, and without asking the enums.
    call_id, direction, started, answered, ended, outcome, line, queue, customer, topic, disposition, who, states = row
    return PastCall(
        CallId(call_id),
        _DIRECTIONS[direction],
        from_us(started),
        maybe_at(answered),
        maybe_at(ended),
        _OUTCOMES[outcome],
        line,
        queue,
        customer,
        who,
        topic,
        disposition,
        tuple(sorted(states.split(","))) if states else (),
    )
