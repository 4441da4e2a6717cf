"""Grants and what was heard under them, and the facts that the rules of listening are asked about."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from plugin.core.access import Purpose
from plugin.core.grants import BasisKind, RecordedCall
from plugin.core.heard import Hearing, Minutes, Stretch, merged
from plugin.core.ids import CallId, CustomerId, RecordingId, UserId, new_id
from plugin.core.recordings import RecordingState
from plugin.core.staff import Role
from plugin.core.times import from_us, maybe_at, to_us
from plugin.store import recordings as recording_rows
from plugin.store.consents import DECLINED, UNTOLD
from plugin.store.prepared import OfMany, Prepared
from plugin.store.tables.recordings import grants, listens, recordings
from plugin.store.tables.staff import users
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
    sent: Minutes = Minutes()  # noqa: RUF009  frozen

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


_CALL = f"r.state, r.call_id, c.customer_id, c.ended_at, p.user_id, u.team, r.started_at, {DECLINED}, {UNTOLD}"
_JOINED = (
    " JOIN calls c ON c.id = r.call_id"
    " LEFT JOIN pops p ON p.call_id = r.call_id AND p.taken_at IS NOT NULL AND p.user_id IS NOT NULL"
    " LEFT JOIN users u ON u.id = p.user_id"
)
_RECORDED = Prepared(f"SELECT {_CALL} FROM recordings r{_JOINED} WHERE r.id = :id")  # noqa: S608  all text is ours
_RECORDED_ALL = OfMany(f"SELECT {_CALL}, r.id FROM recordings r{_JOINED} WHERE r.id IN ({{keys}})")  # noqa: S608
_GRANT = (
    "g.recording_id, g.user_id, g.customer_id, g.session_hash, g.purpose, g.basis_kind, g.basis,"
    " g.granted_at, g.expires_at, g.revoked_at, g.stream_id, g.sent"
)
_SOUND = "r.keyset, r.key_id, r.size_bytes, r.length_ms, r.content_type, r.sha256"
_FROM_GRANT = f"FROM grants g JOIN recordings r ON r.id = g.recording_id{_JOINED} WHERE g.token_hash = :hash"
_GRANTED = Prepared(f"SELECT {_CALL}, {_GRANT}, {_SOUND} {_FROM_GRANT}")


def recorded_call(connection: Connection, recording_id: str) -> RecordedCall | None:
    """Return what the rules need to know of a recording's call, None where there is no such recording."""
    found = _RECORDED.rows(connection, id=recording_id)
    return _call(found) if found else None


def recorded_calls(connection: Connection, recording_ids: Collection[RecordingId]) -> dict[RecordingId, RecordedCall]:
    """Return the same of several recordings, by their ids; those that are not there are left out."""
    found: dict[RecordingId, list[tuple[Any, ...]]] = {}
    for row in _RECORDED_ALL.rows(connection, (), sorted(set(recording_ids))):
        found.setdefault(RecordingId(row[-1]), []).append(row)
    return {recording_id: _call(rows) for recording_id, rows in found.items()}


def _call(found: Sequence[tuple[Any, ...]]) -> RecordedCall:
    state, call_id, customer_id, ended_us, _, _, recorded_us, declined, untold = found[0][:9]
    return RecordedCall(
        call_id=CallId(call_id),
        customer_id=customer_id and CustomerId(customer_id),
        answered_by=frozenset(UserId(row[4]) for row in found if row[4]),
        teams=frozenset(row[5] for row in found if row[5]),
        ended_at=maybe_at(ended_us),
        state=RecordingState(state),
        recorded_at=from_us(recorded_us),
        is_declined=bool(declined),
        is_untold=bool(untold),
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
    found = _GRANTED.rows(connection, hash=token_hash)
    if not found:
        return None
    keyset, key_id, size_bytes, length_ms, content_type, sha256 = found[0][21:]
    return Granted(
        grant=_grant(token_hash, found[0][9:21]),
        call=_call(found),
        lock=Lock(keyset, key_id) if keyset and key_id else None,
        size_bytes=size_bytes or 0,
        length_ms=length_ms or 0,
        content_type=content_type or "",
        sha256=sha256 or "",
    )


def _grant(token_hash: str, row: tuple[Any, ...]) -> Grant:
    recording_id, user_id, customer_id, session_hash, purpose, basis_kind, basis = row[:7]
    granted_us, expires_us, revoked_us, stream_id, sent = row[7:]
    return Grant(
        hash=token_hash,
        recording_id=RecordingId(recording_id),
        user_id=UserId(user_id),
        customer_id=customer_id and CustomerId(customer_id),
        session_hash=session_hash,
        purpose=Purpose(purpose),
        basis_kind=BasisKind(basis_kind),
        basis=basis,
        granted_at=from_us(granted_us),
        expires_at=from_us(expires_us),
        revoked_at=maybe_at(revoked_us),
        stream_id=stream_id,
        sent=Minutes.kept(sent),
    )


def played_under(connection: Connection, token_hash: str) -> tuple[str | None, Minutes]:
    """Return the newest stream of the grant, None where nothing was played yet, and the minutes that went out.

    Its row stays locked until the transaction ends.
    """
    wanted = select(grants.c.stream_id, grants.c.sent).where(grants.c.token_hash == token_hash).with_for_update()
    row = connection.execute(wanted).one()
    return row.stream_id, Minutes.kept(row.sent)


def note_played(connection: Connection, token_hash: str, stream_id: str, until: datetime, sent: Minutes) -> bool:
    """Make `stream_id` the grant's one open stream, and note what went out; False where the grant is revoked."""
    done = connection.execute(
        update(grants)
        .where(grants.c.token_hash == token_hash, grants.c.revoked_at.is_(None))
        .values(stream_id=stream_id, stream_until=to_us(until), sent=sent.stored())
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


def mark_corrupt(connection: Connection, recording_id: RecordingId) -> bool:
    """Note that our own copy cannot be read (any more); False where it was noted already."""
    return recording_rows.mark_corrupt(connection, recording_id)


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


def heard_of(connection: Connection, recording_id: RecordingId) -> tuple[Stretch, ...]:
    """Return which stretches of the recording anybody has heard."""
    wanted = select(listens.c.from_ms, listens.c.to_ms).where(listens.c.recording_id == recording_id)
    return merged((row.from_ms, row.to_ms) for row in connection.execute(wanted))


def hearings(connection: Connection, recording_ids: Collection[RecordingId]) -> tuple[Hearing, ...]:
    """Return who listened to these recordings, the newest first, each grant with what was heard under it."""
    wanted = (
        select(grants, users.c.name, users.c.role, recordings.c.length_ms)
        .join(users, users.c.id == grants.c.user_id)
        .join(recordings, recordings.c.id == grants.c.recording_id)
        .where(grants.c.recording_id.in_(recording_ids), grants.c.stream_id.is_not(None))
        .order_by(grants.c.granted_at.desc())
    )
    rows = connection.execute(wanted).all()
    heard: dict[str, list[tuple[int, int]]] = {row.token_hash: [] for row in rows}
    told = select(listens.c.grant_hash, listens.c.from_ms, listens.c.to_ms)
    for each in connection.execute(told.where(listens.c.recording_id.in_(recording_ids))):
        heard.setdefault(each.grant_hash, []).append((each.from_ms, each.to_ms))
    return tuple(
        Hearing(
            recording_id=RecordingId(row.recording_id),
            at=from_us(row.granted_at),
            listener=row.name,
            role=Role(row.role),
            purpose=row.purpose,
            stretches=merged(heard[row.token_hash]),
            length_ms=row.length_ms or 0,
        )
        for row in rows
    )
