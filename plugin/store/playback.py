"""Grants and what was heard under them, and the facts that the rules of listening are asked about."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, text, update

from plugin.core.access import BasisKind, Purpose, RecordedCall
from plugin.core.ids import CallId, CustomerId, RecordingId, UserId, new_id
from plugin.core.recordings import RecordingState
from plugin.core.times import from_us, maybe_at, to_us
from plugin.store.tables.recordings import grants, listens, recordings
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


_RECORDED = text(
    "SELECT r.state, r.call_id, c.customer_id, c.ended_at, p.user_id, u.team"
    " FROM recordings r JOIN calls c ON c.id = r.call_id"
    " LEFT JOIN pops p ON p.call_id = r.call_id AND p.taken_at IS NOT NULL AND p.user_id IS NOT NULL"
    " LEFT JOIN users u ON u.id = p.user_id WHERE r.id = :id"
)
_GRANT = text(
    "SELECT recording_id, user_id, customer_id, session_hash, purpose, basis_kind, basis, granted_at, expires_at,"
    " revoked_at, stream_id FROM grants WHERE token_hash = :hash"
)


def recorded_call(connection: Connection, recording_id: str) -> RecordedCall | None:
    """Return what the rules need to know of a recording's call, None where there is no such recording."""
    rows = connection.execute(_RECORDED, {"id": recording_id}).all()
    if not rows:
        return None
    first = rows[0]
    return RecordedCall(
        call_id=CallId(first.call_id),
        customer_id=CustomerId(first.customer_id) if first.customer_id else None,
        answered_by=frozenset(UserId(row.user_id) for row in rows if row.user_id),
        teams=frozenset(row.team for row in rows if row.team),
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


def grant_by_hash(connection: Connection, token_hash: str) -> Grant | None:
    """Return the grant whose token has this hash."""
    row = connection.execute(_GRANT, {"hash": token_hash}).first()
    return _grant(token_hash, row) if row else None


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


def live_grants_of(connection: Connection, recording_id: RecordingId, now: datetime) -> list[str]:
    """Return the hashes of the recording's grants that are neither over nor revoked."""
    live = select(grants.c.token_hash).where(
        grants.c.recording_id == recording_id, grants.c.revoked_at.is_(None), grants.c.expires_at > to_us(now)
    )
    return list(connection.execute(live).scalars())


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


def lock_of(connection: Connection, recording_id: RecordingId) -> Lock | None:
    """Return what opens the recording's file, None where nothing is imported."""
    wanted = select(recordings.c.keyset, recordings.c.key_id).where(recordings.c.id == recording_id)
    row = connection.execute(wanted).first()
    return Lock(row.keyset, row.key_id) if row is not None and row.keyset and row.key_id else None
