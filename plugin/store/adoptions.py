"""Past calls that nobody was given and that stand with a customer because their number is his alone since.

What stands here is no person's word: it proves nothing, opens no text, reaches no CRM, and goes as soon as the number
is another's too, or a person says whose the call was. Knows who asked for a look, not whose a number is.
"""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection

from plugin.core.ids import CallId, CustomerId
from plugin.core.times import from_us, to_us
from plugin.store.prepared import ManyRows, OfMany, Prepared

_CALLED = OfMany("SELECT DISTINCT e164 FROM calls WHERE e164 IN ({keys})")
_ASKED = ManyRows("DELETE FROM numbers_to_adopt WHERE e164 = ?")
_ASK = ManyRows("INSERT INTO numbers_to_adopt (e164, asked_at) VALUES (?, ?)")
_NEXT = Prepared("SELECT e164, asked_at, before_at, before_id FROM numbers_to_adopt ORDER BY asked_at LIMIT 1")
_DONE = Prepared("DELETE FROM numbers_to_adopt WHERE e164 = :e164 AND asked_at = :asked_at")
_GO_ON = Prepared(
    "UPDATE numbers_to_adopt SET before_at = :before, before_id = :behind WHERE e164 = :e164 AND asked_at = :asked_at"
)
_OTHERS = Prepared("SELECT call_id FROM call_adoptions WHERE e164 = :e164 AND customer_id <> :customer LIMIT :most")
_TAKE = ManyRows("DELETE FROM call_adoptions WHERE call_id = ?")
# Calls that nobody decided anything about, and that ended before the number was his.
_CALLS = Prepared(
    "SELECT c.id, c.started_at, c.customer_id IS NULL AND c.ended_at IS NOT NULL AND c.direction <> 'internal'"
    "  AND NOT EXISTS (SELECT 1 FROM assignments a WHERE a.call_id = c.id)"
    "  AND NOT EXISTS (SELECT 1 FROM call_adoptions d WHERE d.call_id = c.id)"
    " FROM calls c WHERE c.e164 = :e164 AND c.started_at <= :before"
    "  AND NOT (c.started_at = :before AND c.id >= :behind)"
    " ORDER BY c.started_at DESC, c.id DESC LIMIT :most"
)
_ADOPT = ManyRows(
    "INSERT INTO call_adoptions (call_id, customer_id, e164, started_at, adopted_at) VALUES (?, ?, ?, ?, ?)"
)
_OF_CALL = Prepared("SELECT customer_id, adopted_at FROM call_adoptions WHERE call_id = :call")


class Asked(NamedTuple):
    """A number to look at. `before` and `behind`: calls that began later, or just then with a later id, are done."""

    e164: str
    asked_at: int
    before: datetime | None
    behind: str | None


def ask(connection: Connection, e164s: Collection[str], at: datetime) -> None:
    """Ask that the calls of these numbers be looked at anew; numbers that nobody called from are left out."""
    called = [row[0] for row in _CALLED.rows(connection, (), sorted(e164s))]
    _ASKED.run(connection, [(e164,) for e164 in called])
    _ASK.run(connection, [(e164, to_us(at)) for e164 in called])


def next_asked(connection: Connection) -> Asked | None:
    """Return the number that waits longest."""
    row = _NEXT.row(connection)
    return None if row is None else Asked(row[0], row[1], None if row[2] is None else from_us(row[2]), row[3])


def done(connection: Connection, asked: Asked) -> None:
    """Let the number wait no more, unless it was asked for anew meanwhile."""
    _DONE.write(connection, e164=asked.e164, asked_at=asked.asked_at)


def take_from_others(connection: Connection, e164: str, customer_id: CustomerId | None, most: int) -> int:
    """Let up to `most` calls of the number stand with nobody but this customer; return how many went."""
    rows = _OTHERS.rows(connection, e164=e164, customer=customer_id or "", most=most)
    _TAKE.run(connection, rows)
    return len(rows)


def adopt(
    connection: Connection, asked: Asked, customer_id: CustomerId, since: datetime, most: int
) -> tuple[int, bool]:
    """Let up to `most` calls from before `since` stand with the customer; return how many did, and if more are left."""
    before, behind = to_us(since), ""
    if asked.before is not None and asked.before <= since:
        before, behind = to_us(asked.before), asked.behind or ""
    rows = _CALLS.rows(connection, e164=asked.e164, before=before, behind=behind, most=most)
    at, fit = asked.asked_at, [row for row in rows if row[2]]
    _ADOPT.run(connection, [(row[0], customer_id, asked.e164, row[1], at) for row in fit])
    if len(rows) < most:
        return len(fit), False
    _GO_ON.write(connection, e164=asked.e164, asked_at=asked.asked_at, before=rows[-1][1], behind=rows[-1][0])
    return len(fit), True


def forget(connection: Connection, call_id: CallId) -> None:
    """Let the call stand with nobody by its number: a person said whose it was, or the number was withdrawn."""
    _TAKE.run(connection, [(call_id,)])


def of_call(connection: Connection, call_id: CallId) -> tuple[CustomerId, datetime] | None:
    """Return with whom the call stands by its number alone, and since when."""
    row = _OF_CALL.row(connection, call=call_id)
    return None if row is None else (CustomerId(row[0]), from_us(row[1]))
