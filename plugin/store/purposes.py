"""The register of purposes at rest, its versions and drafts, and the purposes of single calls.

A version that was in force is never changed. Decides nothing about who may listen or what is erased.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Select, delete, func, insert, select, update

from plugin.core.access import Purpose
from plugin.core.ids import CallId, CaseId, UserId, new_id
from plugin.core.purposes import Applies, CallPurpose, PurposeRule, Register, in_force
from plugin.core.recordings import RecordingState
from plugin.core.staff import Role
from plugin.core.times import from_us, maybe_at, to_us
from plugin.store.prepared import Prepared
from plugin.store.tables.keeping import call_purposes, purposes
from plugin.store.tables.recordings import recordings
from plugin.store.tables.staff import users

_COLUMNS = (
    "p.purpose, p.version, p.applies, p.notice_ja, p.notice_en, p.audio_days, p.text_days, p.case_days, p.roles,"
    " p.review_on, p.in_force_at, p.written_by, p.written_at, p.approval_id"
)
# Each range of a recording that is played asks these two.
_REGISTER = Prepared(
    f"SELECT {_COLUMNS} FROM purposes p WHERE p.in_force_at IS NOT NULL"  # noqa: S608  all text is ours
    " AND NOT EXISTS (SELECT 1 FROM purposes n WHERE n.purpose = p.purpose AND n.version > p.version"
    " AND n.in_force_at IS NOT NULL)"
)
_OF_CALL = Prepared("SELECT purpose, since_at, case_id, ended_at FROM call_purposes WHERE call_id = :call")


def in_force_now(connection: Connection, begun: Register) -> Register:
    """Return what is in force now, of every purpose; `begun`: what the site began with."""
    return in_force(begun, map(_rule, _REGISTER.rows(connection)))


def of_call(connection: Connection, call_id: CallId) -> tuple[CallPurpose, ...]:
    """Return the purposes that the call has beyond those of every call, also those that live no more."""
    return tuple(_own(row) for row in _OF_CALL.rows(connection, call=call_id))


def give(connection: Connection, call_id: CallId, purpose: Purpose, case_id: CaseId | None, at: datetime) -> bool:
    """Let a call have a purpose from now on, for a case; False where it has it for that case already."""
    same = (call_purposes.c.call_id == call_id) & (call_purposes.c.purpose == purpose.value)
    same &= call_purposes.c.case_id.is_(None) if case_id is None else call_purposes.c.case_id == case_id
    if connection.execute(select(call_purposes.c.id).where(same, call_purposes.c.ended_at.is_(None))).first():
        return False
    told = {"call_id": call_id, "purpose": purpose.value, "case_id": case_id, "since_at": to_us(at)}
    connection.execute(insert(call_purposes).values(id=new_id(at), **told))
    return True


def end_of_case(connection: Connection, case_id: CaseId, call_ids: Collection[CallId] | None, at: datetime) -> int:
    """End the purposes that calls have for a case: those of these calls, or (None) of all; return how many lived."""
    live = (call_purposes.c.case_id == case_id) & call_purposes.c.ended_at.is_(None)
    if call_ids is not None:
        live &= call_purposes.c.call_id.in_(call_ids)
    return connection.execute(update(call_purposes).where(live).values(ended_at=to_us(at))).rowcount


def versions(connection: Connection, purpose: Purpose) -> tuple[PurposeRule, ...]:
    """Return every version of a purpose, the newest first; a draft is among them."""
    wanted = _rules().where(purposes.c.purpose == purpose.value).order_by(purposes.c.version.desc())
    return tuple(map(_rule, connection.execute(wanted).all()))


def drafts(connection: Connection) -> dict[Purpose, PurposeRule]:
    """Return what is written and not in force, by purpose."""
    found = map(_rule, connection.execute(_rules().where(purposes.c.in_force_at.is_(None))).all())
    return {rule.purpose: rule for rule in found}


def save_draft(connection: Connection, draft: PurposeRule, by: UserId, at: datetime) -> None:
    """Store the draft of its purpose, in place of the one before."""
    drop_draft(connection, draft.purpose)
    connection.execute(
        insert(purposes).values(
            id=new_id(at),
            purpose=draft.purpose.value,
            version=draft.version,
            applies=draft.applies.value,
            notice_ja=draft.notice_ja,
            notice_en=draft.notice_en,
            audio_days=draft.audio_days,
            text_days=draft.text_days,
            case_days=draft.case_days,
            roles=" ".join(sorted(draft.roles)),
            review_on=draft.review_on.isoformat() if draft.review_on else "",
            written_by=by,
            written_at=to_us(at),
        )
    )


def drop_draft(connection: Connection, purpose: Purpose) -> bool:
    """Throw the draft of a purpose away; False where there is none."""
    gone = delete(purposes).where(purposes.c.purpose == purpose.value, purposes.c.in_force_at.is_(None))
    return connection.execute(gone).rowcount == 1


def put_in_force(connection: Connection, purpose: Purpose, version: int, approval_id: str | None, at: datetime) -> bool:
    """Put a draft in force; False where there is no such draft (any more)."""
    same = (purposes.c.purpose == purpose.value) & (purposes.c.version == version) & purposes.c.in_force_at.is_(None)
    done = update(purposes).where(same).values(in_force_at=to_us(at), approval_id=approval_id)
    return connection.execute(done).rowcount == 1


@dataclass(frozen=True, slots=True)
class Age:
    """A recording that can be heard: when it began, and the purposes that its call has of its own."""

    recorded_at: datetime
    own: tuple[CallPurpose, ...]


def count_between(connection: Connection, after: datetime, until: datetime) -> int:
    """Return how many recordings with sound began after `after`, not after `until`, of calls without own purposes."""
    alone = ~select(call_purposes.c.id).where(call_purposes.c.call_id == recordings.c.call_id).exists()
    began = (recordings.c.started_at > to_us(after)) & (recordings.c.started_at <= to_us(until))
    return connection.scalar(select(func.count()).where(recordings.c.state == RecordingState.READY, began, alone)) or 0


def ages_of_cases(connection: Connection) -> tuple[Age, ...]:
    """Return the age of each recording with sound whose call has purposes of its own."""
    owned = select(recordings.c.id, recordings.c.started_at, call_purposes).join_from(
        recordings, call_purposes, call_purposes.c.call_id == recordings.c.call_id
    )
    found: dict[str, Age] = {}
    for row in connection.execute(owned.where(recordings.c.state == RecordingState.READY)):
        own = _own((row.purpose, row.since_at, row.case_id, row.ended_at))
        before = found.get(row[0])
        found[row[0]] = Age(from_us(row.started_at), (*before.own, own) if before else (own,))
    return tuple(found.values())


def _rules() -> Select[Any]:
    ordered = (purposes.c[name.removeprefix("p.")] for name in _COLUMNS.split(", "))
    return select(*ordered, users.c.name).join_from(purposes, users, users.c.id == purposes.c.written_by, isouter=True)


def _rule(row: Sequence[Any]) -> PurposeRule:
    purpose, version, applies, notice_ja, notice_en, audio_days, text_days, case_days, roles, review_on = row[:10]
    in_force_us, written_by, written_us, approval_id, *name = row[10:]
    return PurposeRule(
        purpose=Purpose(purpose),
        version=version,
        applies=Applies(applies),
        notice_ja=notice_ja,
        notice_en=notice_en,
        audio_days=audio_days,
        text_days=text_days,
        case_days=case_days,
        roles=frozenset(map(Role, roles.split())),
        review_on=_day(review_on),
        in_force_at=maybe_at(in_force_us),
        written_by=written_by and UserId(written_by),
        written_by_name=name[0] or "" if name else "",
        written_at=from_us(written_us),
        approval_id=approval_id,
    )


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _own(row: tuple[Any, ...]) -> CallPurpose:
    purpose, since_us, case_id, ended_us = row
    return CallPurpose(Purpose(purpose), from_us(since_us), case_id, maybe_at(ended_us))
