"""What belongs to the evidence of a case: its recordings with their locks, how callers were verified, audit lines."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, or_, select

from plugin.core.audit import Kind
from plugin.core.identity import Level, VerificationState
from plugin.core.ids import CallId, RecordingId
from plugin.core.recordings import PLAYABLE
from plugin.core.times import from_us, to_us
from plugin.store.tables.audit import audit_lines
from plugin.store.tables.calls import calls
from plugin.store.tables.identity import verifications
from plugin.store.tables.recordings import recordings
from plugin.store.vault import Lock

_OF_CASES = ("case.%", "hold.%", "harassment.%", "disclosure.%", "evidence.%")
_KINDS = (Kind.CHANGED, Kind.SAW, Kind.EXPORTED)  # what those acts are, and an index begins with


@dataclass(frozen=True, slots=True)
class Kept:
    """A recording that can be put into evidence, and what opens it."""

    id: RecordingId
    call_id: CallId
    started_at: datetime
    length_ms: int | None
    content_type: str
    channels: int
    sha256: str
    lock: Lock


def recordings_of(connection: Connection, call_ids: Collection[CallId]) -> tuple[Kept, ...]:
    """Return the recordings of these calls that have sound, by call and beginning."""
    playable = recordings.c.state.in_([state.value for state in PLAYABLE]) & recordings.c.keyset.is_not(None)
    wanted = select(recordings).where(recordings.c.call_id.in_(list(call_ids)), playable)
    found = connection.execute(wanted.order_by(recordings.c.call_id, recordings.c.started_at, recordings.c.id))
    return tuple(
        Kept(
            RecordingId(row.id),
            CallId(row.call_id),
            from_us(row.started_at),
            row.length_ms,
            row.content_type or "application/octet-stream",
            row.channels or 1,
            row.sha256 or "",
            Lock(row.keyset, row.key_id),
        )
        for row in found
    )


def levels_of(connection: Connection, call_ids: Collection[CallId]) -> Mapping[CallId, Level]:
    """Return the highest level that was proved in each of these calls of the customer whose call it is."""
    proved = verifications.c.state.in_([VerificationState.PASSED.value, VerificationState.EXPIRED.value])
    own = (calls.c.id == verifications.c.call_id) & (calls.c.customer_id == verifications.c.customer_id)
    wanted = select(verifications.c.call_id, verifications.c.level).join(calls, own)
    wanted = wanted.where(verifications.c.call_id.in_(list(call_ids)), proved)
    found: dict[CallId, Level] = {}
    for call_id, level in connection.execute(wanted):
        found[CallId(call_id)] = max(Level(level), found.get(CallId(call_id), Level.NONE))
    return found


def lines_of(
    connection: Connection, call_ids: Collection[CallId], subjects: Collection[str], since: datetime, most: int
) -> list[tuple[int, str]]:
    """Return number and text of the audit's lines about these calls, and about these subjects (a case, its holds).

    The latter from `since` on; in their order, `most` at the most.
    """
    line = audit_lines.c
    of_calls = select(line.seq, line.body).where(line.call_id.in_(list(call_ids)))
    about_calls = connection.execute(of_calls.order_by(line.seq).limit(most))
    acts = and_(line.kind.in_(_KINDS), line.at >= to_us(since), or_(*(line.act.like(each) for each in _OF_CASES)))
    about_cases = connection.execute(select(line.seq, line.body).where(acts))
    named = {f'"subject":"{subject}"' for subject in subjects}
    ours = ((seq, body) for seq, body in about_cases if any(name in body for name in named))
    return sorted({(row[0], row[1]) for row in (*about_calls, *ours)})[:most]
