"""Notices and wishes at rest: what callers were told of being recorded, and what they said to it. Decides nothing.

What a person said last is kept with the call in which he said it; so it goes where that call goes, and there is no
second copy of it with the customer.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, text, update

from plugin.core.calls import Direction
from plugin.core.consent import Heard, Notice, UntoldCall, Wish
from plugin.core.ids import CallId, CustomerId, UserId
from plugin.core.times import from_us, maybe_us, to_us
from plugin.store.prepared import OfMany, Prepared
from plugin.store.tables.consents import notices, wishes

# Whether the call `c` must not be recorded: what was said in it, else what its customer said last before it was over.
# core/consent.py `is_declined` says the same of values.
DECLINED = (
    "COALESCE((SELECT w.declined FROM wishes w WHERE w.call_id = c.id),"
    " (SELECT w.declined FROM calls o JOIN wishes w ON w.call_id = o.id WHERE o.customer_id = c.customer_id"
    " AND w.said_at <= COALESCE(c.ended_at, 9223372036854775807) ORDER BY w.said_at DESC LIMIT 1), 0)"
)
# Whether its caller heard no notice, and no manager accepted that.
UNTOLD = (
    "EXISTS (SELECT 1 FROM notices n WHERE n.call_id = c.id AND n.notice = 'not_played' AND n.told_at IS NULL"
    " AND n.accepted_at IS NULL)"
)
_STANDS = Prepared(f"SELECT {DECLINED}, {UNTOLD} FROM calls c WHERE c.id = :call")  # noqa: S608  all text is ours
_WISH = Prepared("SELECT declined, said_at FROM wishes WHERE call_id = :call")
_TOLD = Prepared("SELECT told_at FROM notices WHERE call_id = :call")
_OF_CUSTOMERS = OfMany(
    "SELECT o.customer_id, w.declined FROM calls o JOIN wishes w ON w.call_id = o.id"
    " WHERE o.customer_id IN ({keys}) ORDER BY w.said_at"
)
_NOTED = Prepared("SELECT notice, notice_at FROM notices WHERE call_id = :call")
_NOTE = Prepared("UPDATE notices SET notice = :notice, notice_at = :at WHERE call_id = :call")
_FIRST = Prepared("INSERT INTO notices (call_id, notice, notice_at) VALUES (:call, :notice, :at)")
_WAITING = text(
    "SELECT c.id, c.started_at, c.direction, c.queue, COUNT(DISTINCT r.id) AS recordings, MIN(u.name) AS operator"
    " FROM notices n JOIN calls c ON c.id = n.call_id"
    " JOIN recordings r ON r.call_id = c.id AND r.state IN ('ready', 'processing', 'pending', 'recording')"
    " LEFT JOIN pops p ON p.call_id = c.id AND p.taken_at IS NOT NULL LEFT JOIN users u ON u.id = p.user_id"
    " WHERE n.notice = 'not_played' AND n.accepted_at IS NULL AND n.told_at IS NULL"
    " GROUP BY c.id, c.started_at, c.direction, c.queue ORDER BY c.started_at DESC LIMIT :most"
)


def stands(connection: Connection, call_id: CallId) -> tuple[bool, bool]:
    """Tell whether the call must not be recorded, and whether its recordings stay unused for want of a notice."""
    row = _STANDS.row(connection, call=call_id)
    return (False, False) if row is None else (bool(row[0]), bool(row[1]))


def note(connection: Connection, call_id: CallId, heard: Heard) -> None:
    """Keep what is known of a recorded call's notice; safe to repeat. What a person said of it stays."""
    at, known = maybe_us(heard.at), _NOTED.row(connection, call=call_id)
    if known is None:
        _FIRST.write(connection, call=call_id, notice=heard.notice.value, at=at)
    elif known != (heard.notice.value, at):
        _NOTE.write(connection, call=call_id, notice=heard.notice.value, at=at)


def tell(connection: Connection, call_id: CallId, heard: Heard, by: UserId, at: datetime) -> bool:
    """Keep that an operator told the caller; False where that was kept already. `heard`: what is known beside it."""
    note(connection, call_id, heard)
    same = (notices.c.call_id == call_id) & notices.c.told_at.is_(None)
    return connection.execute(update(notices).where(same).values(told_at=to_us(at), told_by=by)).rowcount == 1


def told_at(connection: Connection, call_id: CallId) -> datetime | None:
    """Return when an operator said that he told the caller."""
    row = _TOLD.row(connection, call=call_id)
    return None if row is None or row[0] is None else from_us(row[0])


def accept(connection: Connection, call_id: CallId, by: UserId, reason: str, at: datetime) -> bool:
    """Keep that a manager accepted that there was no notice; False where the call does not wait for one (any more)."""
    waits = (notices.c.call_id == call_id) & (notices.c.notice == Notice.NOT_PLAYED.value)
    waits &= notices.c.accepted_at.is_(None) & notices.c.told_at.is_(None)
    done = update(notices).where(waits).values(accepted_at=to_us(at), accepted_by=by, reason=reason)
    return connection.execute(done).rowcount == 1


def untold(connection: Connection, most: int) -> tuple[UntoldCall, ...]:
    """Return the recorded calls that wait for a manager, the newest first."""
    return tuple(
        UntoldCall(
            CallId(row.id),
            from_us(row.started_at),
            Direction(row.direction),
            row.operator or "",
            row.queue,
            row.recordings,
        )
        for row in connection.execute(_WAITING, {"most": most})
    )


def wish(connection: Connection, call_id: CallId) -> Wish | None:
    """Return what the caller said in this call."""
    row = _WISH.row(connection, call=call_id)
    return None if row is None else Wish(bool(row[0]), from_us(row[1]))


def decliners(connection: Connection, customer_ids: Collection[CustomerId]) -> frozenset[CustomerId]:
    """Return those of the customers who said last that they do not want to be recorded."""
    found = _OF_CUSTOMERS.rows(connection, (), sorted(customer_ids))
    newest = {row[0]: row[1] for row in found}  # the last of each counts
    return frozenset(CustomerId(customer) for customer, declined in newest.items() if declined)


def set_wish(connection: Connection, call_id: CallId, said: Wish, by: UserId) -> None:
    """Keep what the caller said, in place of what he said in this call before."""
    connection.execute(delete(wishes).where(wishes.c.call_id == call_id))
    told: Mapping[str, Any] = {"declined": int(said.declined), "said_at": to_us(said.said_at), "noted_by": by}
    connection.execute(insert(wishes).values(call_id=call_id, **told))


def join(connection: Connection, older: CallId, younger: CallId) -> None:
    """Give what is kept of a call to the one that it is a part of: who declined in either declined.

    An acceptance goes: it was about one of the two, and not about what they are together.
    """
    both = (older, younger)
    kept = connection.execute(select(notices).where(notices.c.call_id.in_(both))).all()
    said = connection.execute(select(wishes).where(wishes.c.call_id.in_(both)).order_by(wishes.c.said_at)).all()
    for table in (notices, wishes):
        connection.execute(delete(table).where(table.c.call_id.in_(both)))
    if said:
        chosen = next((row for row in said if row.declined), said[-1])
        connection.execute(insert(wishes).values({**chosen._mapping, "call_id": older}))
    if kept:
        connection.execute(insert(notices).values({**_one_of(kept), "call_id": older}))


def _one_of(kept: Sequence[Any]) -> dict[str, Any]:
    played = next((row for row in kept if row.notice == Notice.PLAYED), kept[0])
    told = next((row for row in kept if row.told_at is not None), played)
    gone = {"accepted_at": None, "accepted_by": None, "reason": None}
    alone = {} if len(kept) > 1 else {name: getattr(played, name) for name in gone}
    return {**played._mapping, **gone, **alone, "told_at": told.told_at, "told_by": told.told_by}
