"""Requests for a second person at rest. Every step is one conditional statement: of two at once one is taken.

Refuses to change what was asked for: content and hash are written once.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, insert, select, update

from plugin.core.approvals import Approval, ApprovalKind, ApprovalState, Party
from plugin.core.ids import UserId
from plugin.core.staff import Role
from plugin.core.times import from_us, maybe_at, to_us
from plugin.store.tables.approvals import approvals
from plugin.store.tables.staff import identities, users

_MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Filed:
    """A request with the names of who asked and who decided, and the asker as he is now."""

    approval: Approval
    asker: Party
    asker_name: str
    decider_name: str | None


def _approval(row: Row[Any]) -> Approval:
    return Approval(
        id=row.id,
        kind=ApprovalKind(row.kind),
        subject=row.subject,
        content=row.content,
        content_hash=row.content_hash,
        asked_by=UserId(row.asked_by),
        asked_as=row.asked_as,
        asked_at=from_us(row.asked_at),
        reason=row.reason,
        state=ApprovalState(row.state),
        expires_at=from_us(row.expires_at),
        decided_by=UserId(row.decided_by) if row.decided_by else None,
        decided_at=maybe_at(row.decided_at),
        decided_reason=row.decided_reason,
        used_at=maybe_at(row.used_at),
    )


def add(connection: Connection, approval: Approval) -> None:
    """Store a new request."""
    connection.execute(
        insert(approvals).values(
            id=approval.id,
            kind=approval.kind.value,
            subject=approval.subject,
            content=approval.content,
            content_hash=approval.content_hash,
            asked_by=approval.asked_by,
            asked_as=approval.asked_as,
            asked_at=to_us(approval.asked_at),
            reason=approval.reason,
            state=approval.state.value,
            expires_at=to_us(approval.expires_at),
        )
    )


def find(connection: Connection, approval_id: str) -> Approval | None:
    """Return the request with this id."""
    row = connection.execute(select(approvals).where(approvals.c.id == approval_id)).first()
    return _approval(row) if row else None


def party(connection: Connection, user_id: str) -> Party | None:
    """Return the person as he is now, his account locked until the transaction ends (on MySQL).

    So a role that is taken away at this moment is taken away before the decision or after it, never beside it.
    """
    chosen = select(users.c.id, users.c.role, users.c.team, users.c.active).where(users.c.id == user_id)
    row = connection.execute(chosen.with_for_update()).first()
    if row is None:
        return None
    return Party(UserId(row.id), Role(row.role), row.team, bool(row.active), sign_in_hash(connection, user_id))


def sign_in_hash(connection: Connection, user_id: str) -> str | None:
    """Return who the account is at the company's identity provider, as a hash; None where it is not linked."""
    known: str | None = connection.execute(
        select(identities.c.subject_hash).where(identities.c.user_id == user_id)
    ).scalar()
    return known


@dataclass(frozen=True, slots=True)
class Decision:
    """What the second person said of the content with this hash; `expires_at`: until when an approval may be used."""

    approval_id: str
    content_hash: str
    state: ApprovalState
    by: UserId
    at: datetime
    reason: str
    expires_at: datetime


def decide(connection: Connection, decision: Decision) -> bool:
    """Write the decision down; False where the request waits no longer, or is not the content that he saw."""
    waiting = (
        update(approvals)
        .where(approvals.c.id == decision.approval_id, approvals.c.state == ApprovalState.WAITING.value)
        .where(approvals.c.content_hash == decision.content_hash, approvals.c.expires_at > to_us(decision.at))
        .where(approvals.c.asked_by != decision.by)
    )
    made = waiting.values(
        state=decision.state.value,
        decided_by=decision.by,
        decided_at=to_us(decision.at),
        decided_reason=decision.reason,
        expires_at=to_us(decision.expires_at),
    )
    return connection.execute(made).rowcount == 1


def use(connection: Connection, approval_id: str, content_hash: str, now: datetime) -> bool:
    """Use up an approval; False where it is none (any more), its time is up, or it is of other content."""
    approved = (
        update(approvals)
        .where(approvals.c.id == approval_id, approvals.c.state == ApprovalState.APPROVED.value)
        .where(approvals.c.content_hash == content_hash, approvals.c.expires_at > to_us(now))
    )
    return connection.execute(approved.values(state=ApprovalState.USED.value, used_at=to_us(now))).rowcount == 1


def usable(
    connection: Connection, kind: ApprovalKind, subject: str, content_hash: str, asker: str, now: datetime
) -> str | None:
    """Return the id of the asker's oldest approval of this content that may still be used."""
    chosen = (
        select(approvals.c.id)
        .where(approvals.c.asked_by == asker, approvals.c.state == ApprovalState.APPROVED.value)
        .where(approvals.c.kind == kind.value, approvals.c.subject == subject)
        .where(approvals.c.content_hash == content_hash, approvals.c.expires_at > to_us(now))
        .order_by(approvals.c.asked_at)
    )
    found: str | None = connection.execute(chosen.limit(1)).scalar()
    return found


def withdraw(connection: Connection, approval_id: str, asker: str) -> bool:
    """Take one's own request back, approved or not; False where there is none of his to take back."""
    open_ = (ApprovalState.WAITING.value, ApprovalState.APPROVED.value)
    his = update(approvals).where(approvals.c.id == approval_id, approvals.c.asked_by == asker)
    his = his.where(approvals.c.state.in_(open_))
    return connection.execute(his.values(state=ApprovalState.WITHDRAWN.value)).rowcount == 1


_ASKERS = users.alias("askers")
_DECIDERS = users.alias("deciders")
_FILED = (
    select(
        approvals,
        _ASKERS.c.name.label("asker_name"),
        _ASKERS.c.role.label("asker_role"),
        _ASKERS.c.team.label("asker_team"),
        _ASKERS.c.active.label("asker_active"),
        _DECIDERS.c.name.label("decider_name"),
    )
    .join(_ASKERS, _ASKERS.c.id == approvals.c.asked_by)
    .outerjoin(_DECIDERS, _DECIDERS.c.id == approvals.c.decided_by)
)


def _filed(row: Row[Any]) -> Filed:
    asker = Party(UserId(row.asked_by), Role(row.asker_role), row.asker_team, bool(row.asker_active))
    return Filed(_approval(row), asker, row.asker_name, row.decider_name)


def _waits(now: datetime) -> ColumnElement[bool]:
    return (approvals.c.state == ApprovalState.WAITING.value) & (approvals.c.expires_at > to_us(now))


def count_waiting(connection: Connection, user_id: str, now: datetime) -> int:
    """Return how many requests of the person wait for a decision."""
    his = select(func.count()).select_from(approvals).where(approvals.c.asked_by == user_id, _waits(now))
    return connection.scalar(his) or 0


def waiting_twin(connection: Connection, wanted: Approval) -> Approval | None:
    """Return the request of the same person for the same, in the same words, that waits already; or None."""
    same = {
        approvals.c.kind: wanted.kind.value,
        approvals.c.subject: wanted.subject,
        approvals.c.content_hash: wanted.content_hash,
        approvals.c.reason: wanted.reason,
        approvals.c.asked_by: wanted.asked_by,
        approvals.c.asked_as: wanted.asked_as,
    }
    alike = (column.is_not_distinct_from(value) for column, value in same.items())
    row = connection.execute(select(approvals).where(*alike, _waits(wanted.asked_at)).limit(1)).first()
    return None if row is None else _approval(row)


def subjects_waiting(
    connection: Connection, kind: ApprovalKind, subjects: Collection[str], now: datetime
) -> frozenset[str]:
    """Return those of the subjects for which a request of this kind waits for a decision."""
    same = (approvals.c.kind == kind.value) & approvals.c.subject.in_(list(subjects))
    return frozenset(connection.scalars(select(approvals.c.subject).where(same, _waits(now))))


def waiting(connection: Connection, now: datetime, kinds: frozenset[ApprovalKind]) -> list[Filed]:
    """Return what waits for a decision, of these kinds, oldest first."""
    chosen = _FILED.where(_waits(now), approvals.c.kind.in_(sorted(kinds)))
    return [_filed(row) for row in connection.execute(chosen.order_by(approvals.c.asked_at).limit(_MOST_SHOWN))]


def asked_by(connection: Connection, user_id: str, most: int) -> list[Filed]:
    """Return what the person asked for, newest first."""
    chosen = _FILED.where(approvals.c.asked_by == user_id).order_by(approvals.c.asked_at.desc()).limit(most)
    return [_filed(row) for row in connection.execute(chosen)]


def decided_by(connection: Connection, user_id: str, most: int) -> list[Filed]:
    """Return what the person decided, newest first."""
    chosen = _FILED.where(approvals.c.decided_by == user_id).order_by(approvals.c.decided_at.desc()).limit(most)
    return [_filed(row) for row in connection.execute(chosen)]
