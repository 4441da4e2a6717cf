"""Past calls of a customer and of his numbers: index look-ups, as fast for a caller of 400,000 calls as for another."""

from collections.abc import Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection

from plugin.core.calls import Direction, Outcome
from plugin.core.history import PagePlace, PastCall
from plugin.core.ids import CallId, CustomerId
from plugin.core.times import from_us, to_us
from plugin.store.prepared import Given, Prepared

LINE = (
    "SELECT c.id, c.direction, c.started_at, c.answered_at, c.ended_at, c.outcome, c.queue, c.customer_id, c.topic,"
    " c.disposition, u.name AS operator,"
    " (SELECT GROUP_CONCAT(r.state) FROM recordings r WHERE r.call_id = c.id) AS recordings"
    " FROM calls c LEFT JOIN users u ON u.id = c.taken_by"
)
_NEWEST = " ORDER BY c.started_at DESC LIMIT :most"
_BEFORE = (
    " AND c.started_at <= :before AND NOT (c.started_at = :before AND c.id >= :behind)"
    " ORDER BY c.started_at DESC, c.id DESC LIMIT :most"
)
_HIS = f"{LINE} WHERE c.customer_id = :customer"
_FROM_NUMBER = f"{LINE} WHERE c.e164 = :e164 AND c.customer_id IS NULL"
_ADOPTED = f"{LINE} JOIN call_adoptions a ON a.call_id = c.id WHERE a.customer_id = :customer AND c.customer_id IS NULL"


def _together(*parts: str) -> Prepared:
    """Return one statement of the rows of all parts, each of which has its own limit."""
    return Prepared(
        " UNION ALL ".join(f"SELECT * FROM ({part})" for part in parts),  # noqa: S608  constants
        for_mysql=" UNION ALL ".join(f"({part})" for part in parts),  # else it would write them into a table first
    )


_OF = _together(_HIS + _NEWEST, _ADOPTED + _NEWEST.replace("c.started_at", "a.started_at"), _FROM_NUMBER + _NEWEST)
_PAGE = _together(_HIS + _BEFORE, _ADOPTED + _BEFORE.replace("c.started_at", "a.started_at"))
_LAST = Prepared(
    f"{LINE} WHERE c.e164 = :e164 AND c.started_at < :before AND c.id <> :besides AND c.merged_into IS NULL"
    " ORDER BY c.started_at DESC LIMIT 1"
)
_AGE = itemgetter(2, 0)
_SECOND_US = 1_000_000
_DIRECTIONS = {each.value: each for each in Direction}
_OUTCOMES = {None: None} | {each.value: each for each in Outcome}


def newest(connection: Connection, customer_id: CustomerId | None, e164: str | None, most: int) -> tuple[PastCall, ...]:
    """Return the newest `most` calls given to the customer, or from the number and given to nobody.

    Those that stand with him because their number is his since are among them (store/adoptions.py).
    """
    if customer_id is None and e164 is None:
        return ()
    return _lines(_OF.rows(connection, customer=customer_id, e164=e164, most=most), most)


def page(connection: Connection, customer_id: CustomerId, after: PagePlace, most: int) -> tuple[PastCall, ...]:
    """Return the customer's next `most` calls behind a place in his history, those that stand with him among them."""
    place: dict[str, Given] = {"before": to_us(after.started_at), "behind": after.call_id}
    given = place | {"customer": customer_id, "most": most}
    return _lines(_PAGE.rows(connection, **given), most)


def last_from(connection: Connection, e164: str, before: datetime, besides: CallId) -> PastCall | None:
    """Return the newest call with the number that began before `before`, whosever it is; None for none."""
    row = _LAST.row(connection, e164=e164, before=to_us(before), besides=besides)
    return None if row is None else past_of(row)


def _lines(rows: Sequence[Sequence[Any]], most: int) -> tuple[PastCall, ...]:
    each_once = {row[0]: row for row in rows}  # one may stand with him and be from his number
    return tuple(map(past_of, sorted(each_once.values(), key=_AGE, reverse=True)[:most]))


def past_of(row: Sequence[Any]) -> PastCall:
    """Return the line that a row of `LINE` holds."""
    # Twenty of these are built for each candidate of each pop: by place, and without asking the enums.
    call_id, direction, started, answered, ended, outcome, queue, customer, topic, disposition, who, states = row
    return PastCall._make(
        (
            call_id,
            _DIRECTIONS[direction],
            from_us(started),
            None if ended is None else from_us(ended),
            None if answered is None or ended is None else max(0, (ended - answered) // _SECOND_US),
            answered is not None,
            _OUTCOMES[outcome],
            queue,
            customer,
            topic,
            disposition,
            who,
            tuple(sorted(states.split(","))) if states else (),
        )
    )
