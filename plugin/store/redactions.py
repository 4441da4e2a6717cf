"""Copies of recordings from which something is cut out, at rest. Every step is one conditional statement.

Judges nobody's right to hear one; that is plugin/core/redaction.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, exists, func, insert, not_, or_, select, update

from plugin.core.approvals import ApprovalState
from plugin.core.cases import CaseKind
from plugin.core.cutting import CutPlan
from plugin.core.heard import Stretch
from plugin.core.ids import CallId, CaseId, RecordingId, RedactionId, UserId
from plugin.core.ports import Audio
from plugin.core.redaction import (
    Audience,
    Clip,
    CutReason,
    Hush,
    Range,
    Redaction,
    RedactionKind,
    RedactionState,
)
from plugin.core.times import from_us, maybe_at, to_us
from plugin.store.holds import is_held
from plugin.store.tables.approvals import approvals
from plugin.store.tables.keeping import case_calls, cases
from plugin.store.tables.recordings import recordings
from plugin.store.tables.redactions import clips, redaction_ranges, redactions
from plugin.store.tables.staff import users

_MOST = 200
_A_DAY = timedelta(days=1)  # a clip's time is told in days
_OPEN = (RedactionState.ASKED, RedactionState.MADE, RedactionState.FAILED)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A copy that is to be made. `clip` None: for the case."""

    id: RedactionId
    recording_id: RecordingId
    case_id: CaseId | None
    clip: Clip | None
    stretch: Stretch
    ranges: tuple[Range, ...]
    hush: Hush
    by: UserId
    at: datetime


def add(connection: Connection, new: Wanted) -> None:
    """Store that a copy is to be made."""
    connection.execute(
        insert(redactions).values(
            id=new.id,
            recording_id=new.recording_id,
            kind=RedactionKind.CASE if new.clip is None else RedactionKind.CLIP,
            case_id=new.case_id,
            from_ms=new.stretch.from_ms,
            to_ms=new.stretch.to_ms,
            hush=new.hush,
            state=RedactionState.ASKED,
            made_by=new.by,
            asked_at=to_us(new.at),
        )
    )
    rows = [
        {"redaction_id": new.id, "place": place, "from_ms": one.from_ms, "to_ms": one.to_ms, "reason": one.reason}
        for place, one in enumerate(new.ranges)
    ]
    if rows:
        connection.execute(insert(redaction_ranges), rows)
    if new.clip is not None:
        told = {"title": new.clip.title, "audience": new.clip.audience, "team": new.clip.team}
        until = to_us(new.clip.expires_at)
        connection.execute(insert(clips).values(redaction_id=new.id, expires_at=until, **told))


def twin(connection: Connection, wanted: Wanted) -> RedactionId | None:
    """Return the copy that the same person ordered in the same way, if it is being made or was; a clip of that day.

    Not one that failed, was confirmed, was refused or is gone. The recording's row is locked from here on, so that of
    two orders at once the second finds the first.
    """
    connection.execute(select(recordings.c.id).where(recordings.c.id == wanted.recording_id).with_for_update())
    rows = redactions.c
    same = (rows.recording_id == wanted.recording_id, rows.made_by == wanted.by, rows.hush == wanted.hush)
    open_still = rows.state.in_((RedactionState.ASKED, RedactionState.MADE))
    for one in _read(connection, _rows().where(*same, open_still).order_by(rows.id)):
        if _is_alike(one, wanted) and not one.is_refused:
            return one.id
    return None


def _is_alike(known: Redaction, wanted: Wanted) -> bool:
    if (known.case_id, known.stretch, known.ranges) != (wanted.case_id, wanted.stretch, wanted.ranges):
        return False
    if known.clip is None or wanted.clip is None:
        return known.clip is wanted.clip
    is_told_alike = replace(known.clip, expires_at=wanted.clip.expires_at) == wanted.clip
    is_told_alike &= known.clip.expires_at > wanted.at
    return is_told_alike and timedelta(0) <= wanted.clip.expires_at - known.clip.expires_at < _A_DAY


def count_open(connection: Connection, recording_id: RecordingId) -> int:
    """Return how many copies of the recording nobody has confirmed, and are not gone."""
    wanted = select(func.count()).where(redactions.c.recording_id == recording_id, redactions.c.state.in_(_OPEN))
    return connection.scalar(wanted) or 0


def to_make(connection: Connection, most: int) -> list[RedactionId]:
    """Return the copies that wait to be made, the longest waiting first."""
    wanted = select(redactions.c.id).where(redactions.c.state == RedactionState.ASKED)
    found = connection.scalars(wanted.order_by(redactions.c.asked_at, redactions.c.id).limit(most))
    return [RedactionId(each) for each in found]


def make_ready(connection: Connection, redaction_id: RedactionId, audio: Audio, plan: CutPlan, at: datetime) -> bool:
    """Note that the copy is made and proved; False where it waits no longer, or its recording was erased meanwhile."""
    there = select(recordings.c.id).where(
        recordings.c.id == redactions.c.recording_id, recordings.c.keyset.is_not(None)
    )
    waits = and_(redactions.c.id == redaction_id, redactions.c.state == RedactionState.ASKED, there.exists())
    told = {"length_ms": plan.frames * 1000 // plan.form.rate, "channels": plan.form.channels, "peaks": audio.peaks}
    made = update(redactions).where(waits).values(state=RedactionState.MADE, made_at=to_us(at), **told)
    return connection.execute(made).rowcount == 1


def fail(connection: Connection, redaction_id: RedactionId, reason: str) -> bool:
    """Note that the copy cannot be made; False where it waits no longer."""
    waits = and_(redactions.c.id == redaction_id, redactions.c.state == RedactionState.ASKED)
    done = connection.execute(update(redactions).where(waits).values(state=RedactionState.FAILED, reason=reason))
    return done.rowcount == 1


def hand_over(connection: Connection, redaction_id: RedactionId, approval_id: str) -> bool:
    """Note which request asks somebody else to confirm it; False where the copy is not there to be heard."""
    ready = and_(redactions.c.id == redaction_id, redactions.c.state == RedactionState.MADE)
    return connection.execute(update(redactions).where(ready).values(approval_id=approval_id)).rowcount == 1


def confirm(connection: Connection, redaction_id: RedactionId, approval_id: str, by: UserId, at: datetime) -> bool:
    """Note that somebody else confirmed it; False where it is not the copy that he was asked about, or was erased."""
    asked = and_(redactions.c.id == redaction_id, redactions.c.approval_id == approval_id)
    told = {"state": RedactionState.CONFIRMED, "confirmed_by": by, "confirmed_at": to_us(at)}
    done = connection.execute(update(redactions).where(asked, redactions.c.state == RedactionState.MADE).values(told))
    return done.rowcount == 1


def find(connection: Connection, redaction_id: str) -> Redaction | None:
    """Return the copy, or None."""
    return next(iter(_read(connection, _rows().where(redactions.c.id == redaction_id))), None)


def of_case(connection: Connection, case_id: str) -> tuple[Redaction, ...]:
    """Return all copies of a case, the newest first; 200 at most."""
    wanted = _rows().where(redactions.c.case_id == case_id).order_by(redactions.c.id.desc())
    return _read(connection, wanted.limit(_MOST))


def listed(connection: Connection, kind: RedactionKind) -> tuple[Redaction, ...]:
    """Return the copies of a kind that are not gone, the newest first; 200 at most."""
    wanted = _rows().where(redactions.c.kind == kind, redactions.c.state != RedactionState.GONE)
    return _read(connection, wanted.order_by(redactions.c.asked_at.desc(), redactions.c.id).limit(_MOST))


def confirmed_of_case(connection: Connection, case_id: str) -> frozenset[RecordingId]:
    """Return the recordings of which somebody else confirmed a copy for the case from which something is cut out."""
    is_cut = select(redaction_ranges.c.place).where(redaction_ranges.c.redaction_id == redactions.c.id).exists()
    wanted = select(redactions.c.recording_id).where(
        redactions.c.case_id == case_id, redactions.c.state == RedactionState.CONFIRMED, is_cut
    )
    return frozenset(RecordingId(each) for each in connection.scalars(wanted))


def to_erase(connection: Connection, now: datetime, most: int) -> list[tuple[RedactionId, str]]:
    """Return copies that are to be erased, each with the rule, none of a call that a hold keeps.

    `clip_expired`: a clip's time is over; `refused`: whoever should confirm it refused.
    """
    expired = clips.c.expires_at <= to_us(now)
    refused = and_(redactions.c.state == RedactionState.MADE, approvals.c.state == ApprovalState.REFUSED.value)
    wanted = (
        select(redactions.c.id, expired.label("is_expired"))
        .join(recordings, recordings.c.id == redactions.c.recording_id)
        .join(clips, clips.c.redaction_id == redactions.c.id, isouter=True)
        .join(approvals, approvals.c.id == redactions.c.approval_id, isouter=True)
        .where(redactions.c.state != RedactionState.GONE, or_(expired, refused), not_(is_held(recordings.c.call_id)))
        .order_by(redactions.c.id)
        .limit(most)
    )
    found = connection.execute(wanted)
    return [(RedactionId(row.id), "clip_expired" if row.is_expired else "refused") for row in found]


def erase(connection: Connection, redaction_id: RedactionId, at: datetime, rule: str) -> bool:
    """Note that the copy is erased by a rule, unless a hold keeps its call; False where one does, or it is gone."""
    of_copy = select(recordings.c.call_id).where(recordings.c.id == redactions.c.recording_id)
    call = of_copy.correlate(redactions).scalar_subquery()  # else it would be the call of any copy
    live = and_(redactions.c.id == redaction_id, redactions.c.state != RedactionState.GONE, not_(is_held(call)))
    told = {"state": RedactionState.GONE, "gone_at": to_us(at), "reason": rule, "peaks": None}
    return connection.execute(update(redactions).where(live).values(told)).rowcount == 1


def clips_before(connection: Connection, recorded_by: datetime) -> tuple[Redaction, ...]:
    """Return the clips that are not gone, of recordings that began by then."""
    old = redactions.c.kind == RedactionKind.CLIP, recordings.c.started_at <= to_us(recorded_by)
    return _read(connection, _rows().where(*old, redactions.c.state != RedactionState.GONE).order_by(redactions.c.id))


def _rows() -> Select[Any]:
    made, confirmed = users.alias("made"), users.alias("confirmed")
    in_case = select(case_calls.c.call_id).where(
        case_calls.c.case_id == redactions.c.case_id, case_calls.c.call_id == recordings.c.call_id
    )
    told: list[ColumnElement[Any]] = [
        recordings.c.call_id.label("of_call"),
        recordings.c.started_at,
        cases.c.number.label("case_number"),
        cases.c.kind.label("case_kind"),
        and_(cases.c.closed_at.is_(None), exists(in_case)).label("is_case_open"),
        made.c.name.label("made_by_name"),
        confirmed.c.name.label("confirmed_by_name"),
        approvals.c.state.label("approval"),
        approvals.c.expires_at.label("approval_until"),
        clips.c.title,
        clips.c.audience,
        clips.c.team,
        clips.c.expires_at,
    ]
    return (
        select(redactions, *told)
        .join(recordings, recordings.c.id == redactions.c.recording_id)
        .join(made, made.c.id == redactions.c.made_by)
        .join(confirmed, confirmed.c.id == redactions.c.confirmed_by, isouter=True)
        .join(cases, cases.c.id == redactions.c.case_id, isouter=True)
        .join(approvals, approvals.c.id == redactions.c.approval_id, isouter=True)
        .join(clips, clips.c.redaction_id == redactions.c.id, isouter=True)
    )


def _read(connection: Connection, wanted: Select[Any]) -> tuple[Redaction, ...]:
    rows: Sequence[Row[Any]] = connection.execute(wanted).all()
    ranges: dict[str, list[Range]] = {row.id: [] for row in rows}
    kept = select(redaction_ranges).where(redaction_ranges.c.redaction_id.in_(list(ranges)))
    for each in connection.execute(kept.order_by(redaction_ranges.c.redaction_id, redaction_ranges.c.place)):
        ranges[each.redaction_id].append(Range(each.from_ms, each.to_ms, CutReason(each.reason)))
    return tuple(_redaction(row, tuple(ranges[row.id])) for row in rows)


def _redaction(row: Row[Any], ranges: tuple[Range, ...]) -> Redaction:
    is_clip = row.kind == RedactionKind.CLIP
    clip = Clip(row.title, Audience(row.audience), row.team, from_us(row.expires_at)) if is_clip else None
    return Redaction(
        id=RedactionId(row.id),
        recording_id=RecordingId(row.recording_id),
        call_id=CallId(row.of_call),
        recorded_at=from_us(row.started_at),
        kind=RedactionKind(row.kind),
        case_id=None if row.case_id is None else CaseId(row.case_id),
        case_kind=None if row.case_kind is None else CaseKind(row.case_kind),
        case_number=row.case_number or "",
        is_case_open=row.case_id is not None and bool(row.is_case_open),
        clip=clip,
        stretch=Stretch(row.from_ms, row.to_ms),
        ranges=ranges,
        hush=Hush(row.hush),
        state=RedactionState(row.state),
        made_by=UserId(row.made_by),
        made_by_name=row.made_by_name,
        asked_at=from_us(row.asked_at),
        made_at=maybe_at(row.made_at),
        length_ms=row.length_ms or 0,
        channels=row.channels or 1,
        peaks=row.peaks or b"",
        approval_id=row.approval_id,
        approval=None if row.approval is None else ApprovalState(row.approval),
        approval_until=maybe_at(row.approval_until),
        confirmed_by=None if row.confirmed_by is None else UserId(row.confirmed_by),
        confirmed_by_name=row.confirmed_by_name or "",
        confirmed_at=maybe_at(row.confirmed_at),
        gone_at=maybe_at(row.gone_at),
        reason=row.reason,
    )
