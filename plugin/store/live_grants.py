"""Who may listen at this moment, to recordings and to copies of them: the grants of both, seen and ended alike.

The two lie in tables of their own, so that no token of a copy is ever looked for among those of recordings. Judges
nobody's right.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, TextClause, text, update

from plugin.core.access import Purpose
from plugin.core.grants import BasisKind
from plugin.core.heard import LiveGrant, SoundKind
from plugin.core.ids import CallId, CustomerId, RecordingId, UserId
from plugin.core.redaction import RedactionKind
from plugin.core.staff import Role
from plugin.core.times import from_us, maybe_at, to_us
from plugin.store import playback, redaction_grants
from plugin.store.tables.recordings import grants
from plugin.store.tables.redactions import redaction_grants as grants_of_copies

_TOLD = (
    "g.token_hash, g.user_id, g.granted_at, g.expires_at, g.stream_id, r.call_id, c.customer_id, c.started_at, u.name,"
    " u.role"
)
_ROUND = " JOIN calls c ON c.id = r.call_id JOIN users u ON u.id = g.user_id"
_LIVE = " WHERE g.revoked_at IS NULL AND g.expires_at > :now"
_RECORDINGS = (
    f"SELECT {_TOLD}, g.recording_id AS sound_id, g.purpose, g.basis_kind, g.basis, k.number AS case_number,"  # noqa: S608  all text is ours
    " (SELECT MAX(l.heard_at) FROM listens l WHERE l.grant_hash = g.token_hash) AS heard_at"
    f" FROM grants g JOIN recordings r ON r.id = g.recording_id{_ROUND} LEFT JOIN cases k ON k.id = g.basis{_LIVE}"
)
_COPIES = (
    f"SELECT {_TOLD}, x.id AS sound_id, x.kind, p.title, k.number AS case_number,"  # noqa: S608  all text is ours
    " (SELECT MAX(l.heard_at) FROM redaction_listens l WHERE l.grant_hash = g.token_hash) AS heard_at"
    " FROM redaction_grants g JOIN redactions x ON x.id = g.redaction_id AND x.state IN ('made', 'confirmed')"
    f" JOIN recordings r ON r.id = x.recording_id{_ROUND} LEFT JOIN cases k ON k.id = x.case_id"
    f" LEFT JOIN clips p ON p.redaction_id = x.id{_LIVE}"
)
_NEWEST, _ONE = " ORDER BY g.granted_at DESC LIMIT :most", " AND g.token_hash = :hash"
_LISTS = (text(_RECORDINGS + _NEWEST), text(_COPIES + _NEWEST))
_FINDS = (text(_RECORDINGS + _ONE), text(_COPIES + _ONE))


def newest(connection: Connection, now: datetime, most: int) -> tuple[LiveGrant, ...]:
    """Return the grants that are neither over nor revoked, the newest first."""
    found = _read(connection, _LISTS, {"now": to_us(now), "most": most})
    return tuple(sorted(found, key=lambda one: one.granted_at, reverse=True)[:most])


def end(connection: Connection, grant_hash: str, now: datetime) -> LiveGrant | None:
    """End the live grant of this hash and return it; None where there is none."""
    found = _read(connection, _FINDS, {"now": to_us(now), "hash": grant_hash})
    for live in found:
        book = playback if live.kind is SoundKind.RECORDING else redaction_grants
        if book.revoke(connection, grant_hash, now):
            return live
    return None


def end_all(connection: Connection, now: datetime) -> int:
    """End every live grant; return how many."""
    ended = 0
    for table in (grants, grants_of_copies):
        live = table.c.revoked_at.is_(None) & (table.c.expires_at > to_us(now))
        ended += connection.execute(update(table).where(live).values(revoked_at=to_us(now))).rowcount
    return ended


def _read(
    connection: Connection, wanted: tuple[TextClause, TextClause], given: Mapping[str, int | str]
) -> list[LiveGrant]:
    of_recordings, of_copies = wanted
    found = [_live(row, SoundKind.RECORDING) for row in connection.execute(of_recordings, given)]
    return found + [_live(row, SoundKind(row.kind)) for row in connection.execute(of_copies, given)]


def _live(row: Row[Any], kind: SoundKind) -> LiveGrant:
    if kind is SoundKind.RECORDING:
        purpose, basis_kind, basis = Purpose(row.purpose), BasisKind(row.basis_kind), row.case_number or row.basis
    else:
        purpose, basis_kind = redaction_grants.ground_of(RedactionKind(row.kind))
        basis = row.case_number or row.sound_id
    return LiveGrant(
        hash=row.token_hash,
        kind=kind,
        sound_id=RecordingId(row.sound_id),
        title="" if kind is SoundKind.RECORDING else row.title or "",
        call_id=CallId(row.call_id),
        call_started_at=from_us(row.started_at),
        customer_id=row.customer_id and CustomerId(row.customer_id),
        user_id=UserId(row.user_id),
        listener=row.name,
        role=Role(row.role),
        purpose=purpose,
        basis=f"{basis_kind}:{basis}",
        granted_at=from_us(row.granted_at),
        expires_at=from_us(row.expires_at),
        is_begun=row.stream_id is not None,
        heard_at=maybe_at(row.heard_at),
    )
