"""What the CRM's entry of a call is composed from, and what is known of its arrival there."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from plugin.core.calls import Direction, Outcome
from plugin.core.entry import EntryFacts
from plugin.core.ids import CallId, RecordingId
from plugin.core.outbox import Message, MessageState, Sending
from plugin.core.times import from_us, maybe_at, to_us
from plugin.store import outbox as messages
from plugin.store import summaries as written
from plugin.store.tables.calls import calls, summaries
from plugin.store.tables.customers import customers
from plugin.store.tables.delivery import outbox, timeline_links
from plugin.store.tables.recordings import recordings


def facts_of(connection: Connection, call_id: CallId) -> EntryFacts | None:
    """Return what the call's entry says at this moment, or None where nothing was written about the call."""
    row = connection.execute(
        select(
            calls,
            summaries.c.entry_version,
            customers.c.crm,
            customers.c.external_id.label("customer_external_id"),
        )
        .join_from(calls, summaries, summaries.c.call_id == calls.c.id)
        .outerjoin(customers, customers.c.id == calls.c.customer_id)
        .where(calls.c.id == call_id)
    ).one_or_none()
    summary = written.of_call(connection, call_id)
    if row is None or summary is None:
        return None
    first = connection.scalar(
        select(recordings.c.id)
        .where(recordings.c.call_id == call_id)
        .order_by(recordings.c.started_at, recordings.c.id)
        .limit(1)
    )
    return EntryFacts(
        call_id=call_id,
        summary=summary,
        version=row.entry_version,
        crm=row.crm,
        customer_external_id=row.customer_external_id,
        direction=Direction(row.direction),
        outcome=None if row.outcome is None else Outcome(row.outcome),
        started_at=from_us(row.started_at),
        answered_at=maybe_at(row.answered_at),
        ended_at=maybe_at(row.ended_at),
        recording_id=None if first is None else RecordingId(first),
    )


def link(connection: Connection, call_id: CallId, crm: str, remote_id: str, version: int, at: datetime) -> None:
    """Note that this version of the call's entry stands in the CRM as `remote_id`; an older one changes nothing."""
    mine = (timeline_links.c.call_id == call_id) & (timeline_links.c.crm == crm)
    kept = connection.execute(select(timeline_links.c.version).where(mine).with_for_update()).scalar_one_or_none()
    values = {"remote_id": remote_id, "version": version, "sent_at": to_us(at)}
    if kept is None:
        connection.execute(insert(timeline_links).values(call_id=call_id, crm=crm, **values))
    elif kept <= version:
        connection.execute(update(timeline_links).where(mine).values(**values))


def sendings(connection: Connection, call_ids: Sequence[CallId], crm: str) -> dict[CallId, Sending]:
    """Return where the entries of the calls are on their way to `crm`; calls without any are left out."""
    newest: dict[str, Message] = {}
    for row in connection.execute(
        select(outbox)
        .where(outbox.c.subject_id.in_(call_ids), outbox.c.state != MessageState.SUPERSEDED)
        .order_by(outbox.c.created_at)
    ):
        newest[row.subject_id] = messages.message(row)
    arrived = {
        row.call_id: row
        for row in connection.execute(
            select(timeline_links).where(timeline_links.c.call_id.in_(call_ids), timeline_links.c.crm == crm)
        )
    }
    return {
        call_id: Sending(
            newest.get(call_id),
            found.remote_id if (found := arrived.get(call_id)) else None,
            found.version if found else None,
            from_us(found.sent_at) if found else None,
        )
        for call_id in call_ids
        if call_id in newest or call_id in arrived
    }
