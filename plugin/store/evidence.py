"""What belongs to the evidence of a case: its recordings with their locks, how callers were verified, audit lines."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, or_, select

from plugin.core.access import Purpose
from plugin.core.audit import Kind
from plugin.core.evidence import Heard, Scope
from plugin.core.identity import Level, VerificationState
from plugin.core.ids import CallId, CaseId, RecordingId
from plugin.core.recordings import PLAYABLE
from plugin.core.times import from_us, to_us
from plugin.store.tables.audit import audit_lines
from plugin.store.tables.calls import calls
from plugin.store.tables.harassment import harassment_reports
from plugin.store.tables.identity import verifications
from plugin.store.tables.keeping import holds
from plugin.store.tables.recordings import grants, recordings
from plugin.store.tables.redactions import redactions
from plugin.store.vault import Lock

_OF_CASES = ("case.%", "hold.%", "harassment.%", "disclosure.%", "evidence.%")
_AT_ONCE = 500
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


def scope_of(connection: Connection, case_id: CaseId, call_ids: Collection[CallId]) -> Scope:
    """Return what the evidence of the case may tell of."""
    of_case = [select(table.c.id).where(table.c.case_id == case_id) for table in (holds, harassment_reports)]
    own = {case_id, *(found for wanted in of_case for found in connection.scalars(wanted))}
    ids = list(connection.scalars(select(recordings.c.id).where(recordings.c.call_id.in_(list(call_ids)))))
    of_others = redactions.c.case_id.is_not(None) & (redactions.c.case_id != case_id)
    copies = select(redactions.c.id).where(redactions.c.recording_id.in_(ids), of_others)
    told = (grants.c.recording_id, grants.c.user_id, grants.c.granted_at, grants.c.basis)
    heard = select(*told).where(grants.c.recording_id.in_(ids), grants.c.purpose == Purpose.DISCLOSURE.value)
    listened = tuple(Heard(*row) for row in connection.execute(heard))
    return Scope(case_id, frozenset(own), frozenset(connection.scalars(copies)), listened)


def lines_of(
    connection: Connection, call_ids: Collection[CallId], scope: Scope, since: datetime, upto: int
) -> list[int]:
    """Return the numbers of the audit's lines about these calls, and about the case, its holds and reports.

    The latter from `since` on; nothing that was done for another case. All of them up to the line `upto`, in order.
    """
    line = audit_lines.c
    of_calls = select(line.seq, line.body).where(line.call_id.in_(list(call_ids)), line.seq <= upto)
    about_calls = [seq for seq, body in connection.execute(of_calls) if scope.tells(body)]
    acts = and_(line.kind.in_(_KINDS), line.at >= to_us(since), or_(*(line.act.like(each) for each in _OF_CASES)))
    about_cases = connection.execute(select(line.seq, line.body).where(acts, line.seq <= upto))
    named = {f'"subject":"{subject}"' for subject in scope.subjects}
    ours = [seq for seq, body in about_cases if any(name in body for name in named)]
    return sorted({*about_calls, *ours})


def bodies(connection: Connection, seqs: Sequence[int]) -> list[str]:
    """Return the texts of these lines, in the order of their numbers."""
    found: list[str] = []
    for start in range(0, len(seqs), _AT_ONCE):
        page = seqs[start : start + _AT_ONCE]
        line = audit_lines.c
        found += connection.scalars(select(line.body).where(line.seq.in_(page)).order_by(line.seq))
    return found
