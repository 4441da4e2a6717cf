"""Grants and what was heard under them, and the facts that the rules of listening are asked about."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, text, update

from plugin.core.access import BasisKind, Purpose, RecordedCall
from plugin.core.ids import CallId, CustomerId, RecordingId, UserId, new_id
from plugin.core.recordings import RecordingState
from plugin.core.times import from_us, maybe_at, to_us
from plugin.store.tables.recordings import grants, listens
from plugin.store.vault import Lock


@dataclass(frozen=True, slots=True)
class Grant:
    """A grant at rest: whose it is, for what, on which basis. `stream_id` None: nothing was played yet."""

    hash: str
    recording_id: RecordingId
    user_id: UserId
    customer_id: CustomerId | None
    session_hash: str
    purpose: Purpose
    basis_kind: BasisKind
    basis: str
    granted_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    stream_id: str | None

    def __repr__(self) -> str:
        return f"Grant(recording_id={self.recording_id!r})"


@dataclass(frozen=True, slots=True)
class Granted:
    """A grant with what it opens; `lock` is None where nothing is imported."""

    grant: Grant
    call: RecordedCall
    lock: Lock | None
    size_bytes: int
    length_ms: int
    content_type: str
    sha256: str


_RECORDED = text(
    "SELECT r.state, r.call_id, c.customer_id AS called_id, c.ended_at, p.user_id AS taken_by, u.team"
    " FROM recordings r JOIN calls c ON c.id = r.call_id"
    " LEFT JOIN pops p ON p.call_id = r.call_id AND p.taken_at IS NOT NULL AND p.user_id IS NOT NULL"
    " LEFT JOIN users u ON u.id = p.user_id WHERE r.id = :id"
)
_GRANTED = text(
    "SELECT g.recording_id, g.user_id, g.customer_id, g.session_hash, g.purpose, g.basis_kind, g.basis, g.granted_at,"
    " g.expires_at, g.revoked_at, g.stream_id, r.size_bytes, r.length_ms, r.content_type, r.sha256, r.keyset, r.key_id,"
    " r.state, r.call_id, c.customer_id AS called_id, c.ended_at, p.user_id AS taken_by, u.team"
    " FROM grants g JOIN recordings r ON r.id = g.recording_id JOIN calls c ON c.id = r.call_id"
    " LEFT JOIN pops p ON p.call_id = r.call_id AND p.taken_at IS NOT NULL AND p.user_id IS NOT NULL"
    " LEFT JOIN users u ON u.id = p.user_id WHERE g.token_hash = :hash"
)


def recorded_call(connection: Connection, recording_id: str) -> RecordedCall | None:
    """Return what the rules need to know of a recording's call, None where there is no such recording."""
    found = connection.execute(_RECORDED, {"id": recording_id}).all()
    return _call(found) if found else None


def _call(found: Sequence[Row[Any]]) -> RecordedCall:
    first = found[0]
    return RecordedCall(
        call_id=CallId(first.call_id),
        customer_id=CustomerId(first.called_id) if first.called_id else None,
        answered_by=frozenset(UserId(row.taken_by) for row in found if row.taken_by),
        teams=frozenset(row.team for row in found if row.team),
        ended_at=maybe_at(first.ended_at),
        state=RecordingState(first.state),
    )


def save_grant(connection: Connection, grant: Grant) -> None:
    """Store a new grant."""
    connection.execute(
        insert(grants).values(
            token_hash=grant.hash,
            recording_id=grant.recording_id,
            user_id=grant.user_id,
            customer_id=grant.customer_id,
            session_hash=grant.session_hash,
            purpose=grant.purpose,
            basis_kind=grant.basis_kind,
            basis=grant.basis,
            granted_at=to_us(grant.granted_at),
            expires_at=to_us(grant.expires_at),
        )
    )


def granted(connection: Connection, token_hash: str) -> Granted | None:
    """Return the grant whose token has this hash, with its recording and call; one query: each range asks it."""
    found = connection.execute(_GRANTED, {"hash": token_hash}).all()
    if not found:
        return None
    first = found[0]
    return Granted(
        grant=_grant(token_hash, first),
        call=_call(found),
        lock=Lock(first.keyset, first.key_id) if first.keyset and first.key_id else None,
        size_bytes=first.size_bytes or 0,
        length_ms=first.length_ms or 0,
        content_type=first.content_type or "",
        sha256=first.sha256 or "",
    )


def _grant(token_hash: str, row: Row[Any]) -> Grant:
    return Grant(
        hash=token_hash,
        recording_id=RecordingId(row.recording_id),
        user_id=UserId(row.user_id),
        customer_id=CustomerId(row.customer_id) if row.customer_id else None,
        session_hash=row.session_hash,
        purpose=Purpose(row.purpose),
        basis_kind=BasisKind(row.basis_kind),
        basis=row.basis,
        granted_at=from_us(row.granted_at),
        expires_at=from_us(row.expires_at),
        revoked_at=maybe_at(row.revoked_at),
        stream_id=row.stream_id,
    )


def is_first_stream(connection: Connection, token_hash: str) -> bool:
    """Tell whether nothing was played under the grant yet; its row stays locked until the transaction ends."""
    wanted = select(grants.c.stream_id).where(grants.c.token_hash == token_hash).with_for_update()
    return connection.execute(wanted).scalar() is None


def take_stream(connection: Connection, token_hash: str, stream_id: str, until: datetime) -> bool:
    """Make `stream_id` the grant's one open stream, ending any other; False where the grant is revoked."""
    done = connection.execute(
        update(grants)
        .where(grants.c.token_hash == token_hash, grants.c.revoked_at.is_(None))
        .values(stream_id=stream_id, stream_until=to_us(until))
    )
    return done.rowcount == 1


def revoke(connection: Connection, token_hash: str, at: datetime) -> bool:
    """Revoke a grant; False where it was revoked already."""
    done = connection.execute(
        update(grants)
        .where(grants.c.token_hash == token_hash, grants.c.revoked_at.is_(None))
        .values(revoked_at=to_us(at))
    )
    return done.rowcount == 1


def add_heard(connection: Connection, grant: Grant, from_ms: int, to_ms: int, at: datetime) -> None:
    """Note that this stretch of the recording was heard."""
    connection.execute(
        insert(listens).values(
            id=new_id(at),
            grant_hash=grant.hash,
            recording_id=grant.recording_id,
            user_id=grant.user_id,
            from_ms=from_ms,
            to_ms=to_ms,
            heard_at=to_us(at),
        )
    )
