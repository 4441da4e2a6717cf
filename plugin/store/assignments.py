"""Whose call it is: the newest decision in the call's row, every decision in its history. Judges and audits nothing."""

from collections.abc import Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, insert, update

from plugin.core.ids import CallId, CustomerId, UserId, new_id
from plugin.core.matching import CHOOSING, Assignment, AssignmentAct, Decision
from plugin.core.times import from_us, to_us
from plugin.store import adoptions, outbox
from plugin.store.prepared import Prepared
from plugin.store.tables.calls import assignments, calls

_DECISION = "SELECT a.call_id, a.customer_id, a.act, u.name, a.decided_at"
_OF_CALL = Prepared(
    f"{_DECISION}, a.user_id, a.reason FROM assignments a JOIN users u ON u.id = a.user_id"
    " WHERE a.call_id = :call ORDER BY a.decided_at, a.id"
)
# Of the newest calls only: a caller with half a million calls is answered as fast as any. A call whose number was
# withheld late has none any more, so nothing of it is found here.
_EARLIER = Prepared(
    f"{_DECISION} FROM (SELECT id FROM calls WHERE e164 = :e164 ORDER BY started_at DESC LIMIT :most) k "  # noqa: S608
    "JOIN assignments a ON a.call_id = k.id JOIN users u ON u.id = a.user_id "
    "WHERE a.customer_id IS NOT NULL AND a.call_id <> :besides"
)
_ACTS = {each.value: each for each in AssignmentAct}
_AGE = itemgetter(4, 0, 2)  # as core/matching.py orders them
_EARLIER_CALLS = 20


def decide(
    connection: Connection,
    call_id: CallId,
    customer_id: CustomerId | None,
    act: AssignmentAct,
    user_id: UserId,
    at: datetime,
    reason: str = "",
) -> None:
    """Write a decision about the locked call: into its history, and where it says whose the call is, into its row.

    A summary that was written goes to the CRM anew, in the same transaction.
    """
    adoptions.forget(connection, call_id)
    connection.execute(
        insert(assignments).values(
            id=new_id(at),
            call_id=call_id,
            customer_id=customer_id,
            act=act.value,
            user_id=user_id,
            reason=reason,
            decided_at=to_us(at),
        )
    )
    if act is AssignmentAct.REFUSE:
        return
    owner = customer_id if act in CHOOSING else None
    connection.execute(update(calls).where(calls.c.id == call_id).values(customer_id=owner, updated_at=to_us(at)))
    outbox.file_entry(connection, call_id, at)


def history(connection: Connection, call_id: CallId) -> tuple[Assignment, ...]:
    """Return every decision about the call, the oldest first."""
    rows = _OF_CALL.rows(connection, call=call_id)
    return tuple(Assignment(*_decided(row), user_id=UserId(row[5]), reason=row[6]) for row in rows)


def earlier(connection: Connection, e164: str, besides: CallId | None) -> tuple[Decision, ...]:
    """Return the newest decision about each customer on the 20 newest calls with this number, `besides` left out.

    What is decided in the call itself is no earlier choice, and hides none: candidates keep their places.
    """
    rows = _EARLIER.rows(connection, e164=e164, most=_EARLIER_CALLS, besides=besides or "")
    newest = {row[1]: row for row in sorted(rows, key=_AGE)}
    return tuple(Decision(*_decided(row)) for row in newest.values())


def _decided(row: Sequence[Any]) -> tuple[CallId, CustomerId | None, AssignmentAct, str, datetime]:
    return row[0], row[1], _ACTS[row[2]], row[3], from_us(row[4])
