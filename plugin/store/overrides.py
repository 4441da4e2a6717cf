"""Overrides at rest, as the requests for a second person that they are (store/approvals.py). Writes nothing."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, select

from plugin.core.approvals import ApprovalKind, ApprovalState, fields_of
from plugin.core.errors import InputError
from plugin.core.ids import CallId, CustomerId, VerificationId
from plugin.core.overrides import Override, OverrideReason
from plugin.core.times import from_us, maybe_at, to_us
from plugin.store.tables.approvals import approvals
from plugin.store.tables.customers import customers
from plugin.store.tables.identity import verifications
from plugin.store.tables.staff import users

_ASKERS, _DECIDERS = users.alias("askers"), users.alias("deciders")
_KIND = approvals.c.kind == ApprovalKind.VERIFICATION_OVERRIDE.value
_FROM = (
    approvals.join(verifications, verifications.c.id == approvals.c.subject)
    .join(customers, customers.c.id == verifications.c.customer_id)
    .join(_ASKERS, _ASKERS.c.id == approvals.c.asked_by)
    .outerjoin(_DECIDERS, _DECIDERS.c.id == approvals.c.decided_by)
)
_COLUMNS = (
    approvals,
    verifications.c.call_id,
    verifications.c.customer_id,
    customers.c.name.label("customer_name"),
    _ASKERS.c.name.label("asker"),
    _DECIDERS.c.name.label("decider"),
)


def newest_of(connection: Connection, verification_id: VerificationId, now: datetime) -> Override | None:
    """Return the newest request for this verification."""
    found = _some(connection, approvals.c.subject == verification_id, now, 1)
    return found[0] if found else None


def of_call(connection: Connection, call_id: CallId, now: datetime, most: int) -> tuple[Override, ...]:
    """Return those of a call that were carried out, the newest first."""
    used = approvals.c.state == ApprovalState.USED.value
    return _some(connection, used & (verifications.c.call_id == call_id), now, most)


def newest(connection: Connection, now: datetime, most: int) -> tuple[Override, ...]:
    """Return the newest requests of the site, whatever became of them."""
    return _some(connection, _KIND, now, most)


def overridden(connection: Connection, call_ids: frozenset[CallId]) -> frozenset[CallId]:
    """Return those of the calls in which a caller was believed by two people."""
    if not call_ids:
        return frozenset()
    some = select(verifications.c.call_id).where(verifications.c.call_id.in_(call_ids), verifications.c.overridden == 1)
    return frozenset(CallId(one) for one in connection.scalars(some))


def count_since(connection: Connection, since: datetime) -> int:
    """Return how many were carried out since then."""
    used = approvals.c.used_at > to_us(since)
    return connection.scalar(select(func.count()).select_from(approvals).where(_KIND, used)) or 0


def _some(connection: Connection, wanted: ColumnElement[bool], now: datetime, most: int) -> tuple[Override, ...]:
    chosen = select(*_COLUMNS).select_from(_FROM).where(_KIND, wanted).order_by(approvals.c.id.desc()).limit(most)
    return tuple(_override(row, now) for row in connection.execute(chosen))


def _override(row: Row[Any], now: datetime) -> Override:
    state = ApprovalState(row.state)
    waits = state in (ApprovalState.WAITING, ApprovalState.APPROVED)
    return Override(
        id=row.id,
        call_id=CallId(row.call_id),
        customer_id=CustomerId(row.customer_id),
        customer_name=row.customer_name,
        why=_why(row.content),
        words=row.reason,
        asked_by=row.asker,
        asked_at=from_us(row.asked_at),
        decided_by=row.decider,
        decided_at=maybe_at(row.decided_at),
        decided_words=row.decided_reason,
        state=state,
        expires_at=from_us(row.expires_at),
        is_over=waits and to_us(now) >= row.expires_at,
    )


def _why(content: str) -> OverrideReason | None:
    try:
        return OverrideReason(dict(fields_of(content))["why"])
    except (InputError, KeyError, ValueError):
        return None
