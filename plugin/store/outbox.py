"""The outbox: work for the CRM, written in the transaction of the act that causes it, claimed under a lease.

Messages of one call go one at a time, oldest first. A message says only which call; what is sent is read at delivery.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, Row, bindparam, delete, exists, func, insert, select, text, update

from plugin.core.ids import CallId, MessageId, new_id
from plugin.core.outbox import Backlog, Message, MessageState
from plugin.core.times import from_us, maybe_at, to_us
from plugin.store.tables.backup import restores
from plugin.store.tables.calls import calls, summaries
from plugin.store.tables.delivery import outbox, timeline_links

ENTRY = "entry"


@dataclass(frozen=True, slots=True)
class Claimed:
    """A leased message; `attempts` counts this one."""

    id: MessageId
    call_id: CallId
    attempts: int


_REPLACED = (MessageState.UNASSIGNED, MessageState.WAITING, MessageState.DEAD)
_LIVE = (MessageState.WAITING, MessageState.LEASED)
_OPEN = (*_LIVE, MessageState.UNASSIGNED, MessageState.DEAD)
_OVER = (MessageState.DONE, MessageState.SUPERSEDED, MessageState.CLOSED)
_CLAIM = """
SELECT id, subject_id, attempts FROM outbox
WHERE state = 'waiting' AND due_at <= :now AND NOT EXISTS (
  SELECT 1 FROM outbox AS earlier WHERE earlier.subject_id = outbox.subject_id
  AND earlier.state IN ('waiting', 'leased') AND earlier.created_at < outbox.created_at)
ORDER BY due_at LIMIT :most"""
_CLAIM_SQLITE = text(_CLAIM)
_CLAIM_MYSQL = text(_CLAIM + " FOR UPDATE SKIP LOCKED")
_IDS: BindParameter[list[str]] = bindparam("ids", expanding=True)
_LEASE = text(
    "UPDATE outbox SET state = 'leased', lease_by = :holder, lease_until = :until, due_at = :until,"
    " attempts = attempts + 1 WHERE id IN :ids"
).bindparams(_IDS)
_DONE = text(
    "UPDATE outbox SET state = 'done', lease_until = NULL, error = NULL, done_at = :at"
    " WHERE id IN :ids AND state = 'leased' AND lease_by = :holder"
).bindparams(_IDS)
_DONE_BY = text("SELECT id FROM outbox WHERE id IN :ids AND state = 'done' AND lease_by = :holder").bindparams(_IDS)


def file_entry(connection: Connection, call_id: CallId, at: datetime) -> MessageState | None:
    """Queue the call's entry for the CRM, in the caller's writing transaction; None where there is none to send.

    To be called whenever what the entry says has changed: its summary was saved, or the call was given to another
    customer. Queued older messages of the call are superseded. Without a customer the message is UNASSIGNED, unless
    something may stand in the CRM already: then it is sent, to take the entry back.
    """
    row = connection.execute(
        select(calls.c.customer_id, calls.c.started_at, summaries.c.entry_version)
        .join_from(calls, summaries, summaries.c.call_id == calls.c.id)
        .where(calls.c.id == call_id, calls.c.direction != "internal")
        .with_for_update()
    ).one_or_none()
    if row is None:
        return None
    version = max(row.entry_version + 1, _least_version(connection, row.started_at))
    connection.execute(update(summaries).where(summaries.c.call_id == call_id).values(entry_version=version))
    connection.execute(
        update(outbox)
        .where(outbox.c.subject_id == call_id, outbox.c.kind == ENTRY, outbox.c.state.in_(_REPLACED))
        .values(state=MessageState.SUPERSEDED, done_at=to_us(at))
    )
    last = connection.scalar(select(func.max(outbox.c.created_at)).where(outbox.c.subject_id == call_id))
    created_at = max(to_us(at), (last or 0) + 1)  # what was queued later has a later instant, whatever the clock says
    sendable = row.customer_id is not None or _may_stand(connection, call_id)
    state = MessageState.WAITING if sendable else MessageState.UNASSIGNED
    connection.execute(
        insert(outbox).values(
            id=new_id(at),
            kind=ENTRY,
            subject_id=call_id,
            body="",
            state=state,
            attempts=0,
            due_at=to_us(at),
            created_at=created_at,
        )
    )
    return state


def _least_version(connection: Connection, started_us: int) -> int:
    # The CRM may know versions that a restore took away from us: used again, they would be ignored there as old news.
    since = restores.c.restored_at > started_us
    return connection.scalar(select(func.max(restores.c.least_version)).where(since)) or 0


def _may_stand(connection: Connection, call_id: CallId) -> bool:
    tried = outbox.c.attempts > 0
    return bool(
        connection.scalar(select(exists().where(timeline_links.c.call_id == call_id)))
        or connection.scalar(select(exists().where(outbox.c.subject_id == call_id, tried)))
    )


def take_back_expired(connection: Connection, now: datetime) -> int:
    """Put messages whose lease has run out back in the queue; return how many.

    On MySQL rows that another worker holds locked are passed over: the end of the range is his newest lease, and an
    update of the range would wait for him to commit it.
    """
    over = select(outbox.c.id).where(outbox.c.state == MessageState.LEASED, outbox.c.due_at <= to_us(now))
    ids = connection.scalars(over.with_for_update(skip_locked=True)).all()
    if ids:
        back = {"state": MessageState.WAITING, "lease_by": None, "lease_until": None}
        connection.execute(update(outbox).where(outbox.c.id.in_(ids)).values(**back))
    return len(ids)


def claim(connection: Connection, holder: str, now: datetime, until: datetime, most: int) -> tuple[Claimed, ...]:
    """Lease up to `most` due messages to `holder` until `until`, at most one of each call; return them.

    `holder` is one word per claim. On MySQL rows that another worker holds locked are passed over.
    """
    wanted = _CLAIM_SQLITE if connection.dialect.name == "sqlite" else _CLAIM_MYSQL
    found = connection.execute(wanted, {"now": to_us(now), "most": most}).all()
    if found:
        ids = [row.id for row in found]
        connection.execute(_LEASE, {"ids": ids, "holder": holder, "until": to_us(until)})
    return tuple(Claimed(MessageId(row.id), CallId(row.subject_id), row.attempts + 1) for row in found)


def finish(connection: Connection, ids: Sequence[MessageId], holder: str, at: datetime) -> frozenset[MessageId]:
    """Mark as done those of the messages that `holder` still holds, and return them; his name stays on them."""
    if not ids:
        return frozenset()
    marked = connection.execute(_DONE, {"ids": ids, "holder": holder, "at": to_us(at)}).rowcount
    if marked == len(ids):
        return frozenset(ids)
    return frozenset(connection.execute(_DONE_BY, {"ids": ids, "holder": holder}).scalars())


def put_off(
    connection: Connection, message_id: MessageId, holder: str, state: MessageState, at: datetime, error: str | None
) -> bool:
    """End `holder`'s lease of a message that is not done; False where he holds it no longer, and nothing is changed.

    WAITING rests until `at`; for the other states `at` is when it was over. It is superseded instead where a newer
    message of the call waits already.
    """
    if _has_newer(connection, message_id):
        state = MessageState.SUPERSEDED
    over = state is not MessageState.WAITING
    times = {"done_at": to_us(at)} if over else {"due_at": to_us(at)}
    result = connection.execute(
        update(outbox)
        .where(outbox.c.id == message_id, outbox.c.state == MessageState.LEASED, outbox.c.lease_by == holder)
        .values(state=state, lease_by=None, lease_until=None, error=error, **times)
    )
    return result.rowcount == 1


def _has_newer(connection: Connection, message_id: MessageId) -> bool:
    newer = outbox.alias()
    return bool(
        connection.scalar(
            select(
                exists().where(
                    outbox.c.id == message_id,
                    newer.c.subject_id == outbox.c.subject_id,
                    newer.c.created_at > outbox.c.created_at,
                )
            )
        )
    )


def revive(connection: Connection, message_id: MessageId, now: datetime) -> Message | None:
    """Put a dead message back in the queue and return it as it was; None where there is no such dead message."""
    row = _dead(connection, message_id)
    if row is None:
        return None
    connection.execute(
        update(outbox)
        .where(outbox.c.id == message_id)
        .values(state=MessageState.WAITING, attempts=1, due_at=to_us(now), error=None, done_at=None)
    )
    return message(row)


def close(connection: Connection, message_id: MessageId, now: datetime) -> Message | None:
    """Give up a dead message and return it as it was; None where there is no such dead message."""
    row = _dead(connection, message_id)
    if row is None:
        return None
    connection.execute(
        update(outbox).where(outbox.c.id == message_id).values(state=MessageState.CLOSED, done_at=to_us(now))
    )
    return message(row)


def _dead(connection: Connection, message_id: MessageId) -> Row[Any] | None:
    found = select(outbox).where(outbox.c.id == message_id, outbox.c.state == MessageState.DEAD)
    return connection.execute(found.with_for_update()).one_or_none()


def forget(connection: Connection, before: datetime, most: int) -> int:
    """Forget up to `most` messages that were over `before`; return how many.

    Never one of a call that something still waits for, nor the only trace of a try: it may stand in the CRM.
    """
    other = outbox.alias()
    waits = exists().where(other.c.subject_id == outbox.c.subject_id, other.c.state.in_(_OPEN))
    linked = exists().where(timeline_links.c.call_id == outbox.c.subject_id)
    old = (
        select(outbox.c.id)
        .where(outbox.c.state.in_(_OVER), outbox.c.due_at < to_us(before), outbox.c.done_at < to_us(before))
        .where(~waits, linked | (outbox.c.attempts == 0))
        .order_by(outbox.c.due_at)
        .limit(most)
    )
    ids = connection.scalars(old).all()
    connection.execute(delete(outbox).where(outbox.c.id.in_(ids)))
    return len(ids)


def backlog(connection: Connection) -> Backlog:
    """Return how much waits, and since when the oldest does."""
    counts: dict[str, int] = {
        row.state: row.n
        for row in connection.execute(
            select(outbox.c.state, func.count().label("n")).where(outbox.c.state.in_(_OPEN)).group_by(outbox.c.state)
        )
    }
    oldest = connection.scalar(select(func.min(outbox.c.created_at)).where(outbox.c.state.in_(_LIVE)))
    return Backlog(
        waiting=sum(counts.get(state, 0) for state in _LIVE),
        unassigned=counts.get(MessageState.UNASSIGNED, 0),
        dead=counts.get(MessageState.DEAD, 0),
        oldest_at=maybe_at(oldest),
    )


def message(row: Row[Any]) -> Message:
    """Return the message that a whole row of the outbox holds."""
    return Message(
        id=MessageId(row.id),
        call_id=CallId(row.subject_id),
        state=MessageState(row.state),
        attempts=row.attempts,
        due_at=from_us(row.due_at),
        error=row.error,
        created_at=from_us(row.created_at),
        done_at=maybe_at(row.done_at),
    )
