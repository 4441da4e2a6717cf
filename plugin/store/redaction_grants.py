"""Grants of copies and what was heard under them: what plugin/store/playback.py is for recordings.

Judges nobody's right; a grant here opens one copy and nothing of the recording that it was made of.
"""

from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from plugin.core.access import Purpose
from plugin.core.grants import BasisKind
from plugin.core.heard import Minutes, Stretch, merged
from plugin.core.ids import RecordingId, RedactionId, UserId, new_id
from plugin.core.redaction import Form, Redaction, RedactionKind, RedactionState
from plugin.core.times import from_us, maybe_at, to_us
from plugin.store import derivatives, playback, redactions
from plugin.store.playback import Grant, Granted
from plugin.store.tables.redactions import redaction_grants, redaction_listens
from plugin.store.tables.redactions import redactions as copies

_G = redaction_grants.c


def save(connection: Connection, grant: Grant) -> None:
    """Store a new grant; its `recording_id` is the copy's own id."""
    connection.execute(
        insert(redaction_grants).values(
            token_hash=grant.hash,
            redaction_id=grant.recording_id,
            user_id=grant.user_id,
            session_hash=grant.session_hash,
            granted_at=to_us(grant.granted_at),
            expires_at=to_us(grant.expires_at),
        )
    )


def basis_of(copy: Redaction) -> tuple[Purpose, BasisKind, str]:
    """Return for which purpose and on which ground a copy is heard."""
    return *ground_of(copy.kind), copy.id if copy.clip is not None else copy.case_number


def ground_of(kind: RedactionKind) -> tuple[Purpose, BasisKind]:
    """Return for which purpose and on which kind of ground such copies are heard."""
    if kind is RedactionKind.CLIP:
        return Purpose.TRAINING, BasisKind.CLIP
    return Purpose.LEGAL, BasisKind.CASE


def granted(connection: Connection, token_hash: str) -> tuple[Redaction, Granted] | None:
    """Return the grant whose token has this hash, with its copy and what opens that; None where there is none."""
    row = connection.execute(select(redaction_grants).where(_G.token_hash == token_hash)).one_or_none()
    copy = None if row is None else redactions.find(connection, row.redaction_id)
    call = None if copy is None else playback.recorded_call(connection, copy.recording_id)
    if row is None or copy is None or call is None:
        return None
    purpose, basis_kind, basis = basis_of(copy)
    grant = Grant(
        hash=token_hash,
        recording_id=RecordingId(copy.id),
        user_id=UserId(row.user_id),
        customer_id=call.customer_id,
        session_hash=row.session_hash,
        purpose=purpose,
        basis_kind=basis_kind,
        basis=basis,
        granted_at=from_us(row.granted_at),
        expires_at=from_us(row.expires_at),
        revoked_at=maybe_at(row.revoked_at),
        stream_id=row.stream_id,
        sent=Minutes.kept(row.sent),
    )
    file = next((each for each in derivatives.of_redaction(connection, copy.id) if each.form is Form.WAV), None)
    return copy, Granted(
        grant=grant,
        call=call,
        lock=file.lock if file else None,
        size_bytes=file.size_bytes if file else 0,
        length_ms=copy.length_ms,
        content_type="audio/wav",
        sha256=file.sha256 if file else "",
    )


def played_under(connection: Connection, token_hash: str) -> tuple[str | None, Minutes]:
    """Return what plugin/store/playback.py `played_under` returns, of a copy."""
    row = connection.execute(select(_G.stream_id, _G.sent).where(_G.token_hash == token_hash).with_for_update()).one()
    return row.stream_id, Minutes.kept(row.sent)


def note_played(connection: Connection, token_hash: str, stream_id: str, until: datetime, sent: Minutes) -> bool:
    """Note what plugin/store/playback.py `note_played` notes, of a copy."""
    live = update(redaction_grants).where(_G.token_hash == token_hash, _G.revoked_at.is_(None))
    values = {"stream_id": stream_id, "stream_until": to_us(until), "sent": sent.stored()}
    return connection.execute(live.values(values)).rowcount == 1


def revoke(connection: Connection, token_hash: str, at: datetime) -> bool:
    """Revoke a grant; False where it was revoked already."""
    live = update(redaction_grants).where(_G.token_hash == token_hash, _G.revoked_at.is_(None))
    return connection.execute(live.values(revoked_at=to_us(at))).rowcount == 1


def add_heard(connection: Connection, grant: Grant, from_ms: int, to_ms: int, at: datetime) -> None:
    """Note that this stretch of the copy was heard."""
    connection.execute(
        insert(redaction_listens).values(
            id=new_id(at),
            grant_hash=grant.hash,
            redaction_id=grant.recording_id,
            user_id=grant.user_id,
            from_ms=from_ms,
            to_ms=to_ms,
            heard_at=to_us(at),
        )
    )


def mark_corrupt(connection: Connection, recording_id: RecordingId) -> bool:
    """Note that the copy's own file cannot be read (any more); False where it was noted already."""
    whole = copies.c.state.in_((RedactionState.MADE, RedactionState.CONFIRMED))
    broken = update(copies).where(copies.c.id == recording_id, whole)
    done = connection.execute(broken.values(state=RedactionState.FAILED, reason="copy_damaged"))
    return done.rowcount == 1


def heard_by(connection: Connection, redaction_id: RedactionId, user_id: UserId) -> tuple[Stretch, ...]:
    """Return which stretches of the copy this person has heard."""
    table = redaction_listens.c
    wanted = select(table.from_ms, table.to_ms).where(table.redaction_id == redaction_id, table.user_id == user_id)
    return merged((row.from_ms, row.to_ms) for row in connection.execute(wanted))


def began_at(connection: Connection, redaction_id: RedactionId, user_id: UserId) -> datetime | None:
    """Return when this person was first granted the copy and played it; None where he never did."""
    wanted = select(func.min(_G.granted_at)).where(
        _G.redaction_id == redaction_id, _G.user_id == user_id, _G.stream_id.is_not(None)
    )
    return maybe_at(connection.scalar(wanted))
