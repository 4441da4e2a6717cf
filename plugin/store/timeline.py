"""What the CRM's entry of a call is composed from, and what is known of its arrival there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, text

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

_LINK = (
    "INSERT INTO timeline_links (call_id, crm, remote_id, version, sent_at)"
    " VALUES (:call, :crm, :remote, :version, :at)"
)
_LINK_SQLITE = text(
    f"{_LINK} ON CONFLICT (call_id, crm) DO UPDATE SET remote_id = excluded.remote_id, version = excluded.version,"
    " sent_at = excluded.sent_at WHERE excluded.version >= timeline_links.version"
)
_LINK_MYSQL = text(  # from left to right: version last, because the others ask for the one before
    f"{_LINK} ON DUPLICATE KEY UPDATE remote_id = IF(VALUES(version) >= version, VALUES(remote_id), remote_id),"
    " sent_at = IF(VALUES(version) >= version, VALUES(sent_at), sent_at),"
    " version = GREATEST(version, VALUES(version))"
)


@dataclass(frozen=True, slots=True)
class Arrived:
    """This version of the call's entry stands in the CRM under `remote_id`."""

    call_id: CallId
    remote_id: str
    version: int


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


def link(connection: Connection, crm: str, arrived: Sequence[Arrived], at: datetime) -> None:
    """Note under which ids the entries stand in the CRM; what is known of a newer version stays."""
    if arrived:
        statement = _LINK_SQLITE if connection.dialect.name == "sqlite" else _LINK_MYSQL
        connection.execute(
            statement,
            [
                {"call": one.call_id, "crm": crm, "remote": one.remote_id, "version": one.version, "at": to_us(at)}
                for one in arrived
            ],
        )


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
