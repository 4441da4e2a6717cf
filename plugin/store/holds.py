"""Holds at rest. `is_held` is the condition that every erasure has in its own statement. Decides nothing."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, exists, func, insert, select, update

from plugin.core.holds import Hold
from plugin.core.ids import CallId, CaseId, HoldId
from plugin.core.times import from_us, maybe_at, to_us
from plugin.store.cases import concerns
from plugin.store.tables.keeping import cases, hold_calls, holds
from plugin.store.tables.staff import users

_MOST = 200


def is_held(call_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Return the condition that a live hold keeps the call in that column; negated, it stands in each erasure."""
    kept = select(hold_calls.c.call_id).join(holds, holds.c.id == hold_calls.c.hold_id)
    return exists(kept.where(hold_calls.c.call_id == call_id, holds.c.released_at.is_(None)))


def add(connection: Connection, new: Hold) -> None:
    """Store a new hold, which keeps no call yet."""
    connection.execute(
        insert(holds).values(
            id=new.id,
            case_id=new.case_id,
            reason=new.reason,
            asked_by=new.asked_by,
            placed_by=new.placed_by,
            placed_at=to_us(new.placed_at),
            review_on=new.review_on.isoformat(),
        )
    )


def keep(connection: Connection, hold_id: HoldId, call_ids: Collection[CallId]) -> int:
    """Let a hold keep these calls too; return how many it did not keep before."""
    known = set(connection.scalars(select(hold_calls.c.call_id).where(hold_calls.c.hold_id == hold_id)))
    fresh = [{"hold_id": hold_id, "call_id": each} for each in dict.fromkeys(call_ids) if each not in known]
    if fresh:
        connection.execute(insert(hold_calls), fresh)
    return len(fresh)


def release(connection: Connection, hold_id: HoldId, approval_id: str, at: datetime) -> bool:
    """Let a hold keep nothing any more; False where it was released, or there is none."""
    live = (holds.c.id == hold_id) & holds.c.released_at.is_(None)
    return (
        connection.execute(update(holds).where(live).values(released_at=to_us(at), approval_id=approval_id)).rowcount
        == 1
    )


def set_review(connection: Connection, hold_id: HoldId, review_on: date) -> bool:
    """Set when a live hold is looked at again; False where there is none."""
    live = (holds.c.id == hold_id) & holds.c.released_at.is_(None)
    return connection.execute(update(holds).where(live).values(review_on=review_on.isoformat())).rowcount == 1


def find(connection: Connection, hold_id: str) -> Hold | None:
    """Return the hold, or None."""
    row = connection.execute(_holds().where(holds.c.id == hold_id)).one_or_none()
    return None if row is None else _hold(row)


def live(connection: Connection, team: str | None = None) -> tuple[Hold, ...]:
    """Return the live holds, of all cases or of those that concern a team, the first to be looked at before.

    200 at most.
    """
    wanted = _holds().where(holds.c.released_at.is_(None)).order_by(holds.c.review_on, holds.c.id)
    wanted = wanted if team is None else wanted.where(concerns(team))
    return tuple(map(_hold, connection.execute(wanted.limit(_MOST))))


def of_case(connection: Connection, case_id: CaseId) -> tuple[Hold, ...]:
    """Return all holds of a case, the oldest first."""
    wanted = _holds().where(holds.c.case_id == case_id).order_by(holds.c.id)
    return tuple(map(_hold, connection.execute(wanted)))


def of_call(connection: Connection, call_id: CallId) -> tuple[Hold, ...]:
    """Return the live holds that keep the call, the oldest first."""
    kept = _holds().join(hold_calls, hold_calls.c.hold_id == holds.c.id).where(hold_calls.c.call_id == call_id)
    return tuple(map(_hold, connection.execute(kept.where(holds.c.released_at.is_(None)).order_by(holds.c.id))))


def count_held(connection: Connection, case_id: CaseId) -> int:
    """Return how many calls the live holds of a case keep, each once."""
    kept = select(func.count(hold_calls.c.call_id.distinct())).join(holds, holds.c.id == hold_calls.c.hold_id)
    return connection.scalar(kept.where(holds.c.case_id == case_id, holds.c.released_at.is_(None))) or 0


def _holds() -> Select[Any]:
    kept = hold_calls.alias("kept")
    counted = select(func.count()).select_from(kept).where(kept.c.hold_id == holds.c.id).scalar_subquery()
    told = select(holds, cases.c.number, users.c.name, counted.label("calls"))
    return told.join(cases, cases.c.id == holds.c.case_id).join(users, users.c.id == holds.c.placed_by)


def _hold(row: Row[Any]) -> Hold:
    return Hold(
        HoldId(row.id),
        CaseId(row.case_id),
        row.number,
        row.reason,
        row.asked_by,
        row.placed_by,
        row.name,
        from_us(row.placed_at),
        date.fromisoformat(row.review_on),
        maybe_at(row.released_at),
        row.calls,
    )
