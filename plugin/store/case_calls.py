"""The calls of a case as its page shows them, and those that may belong to it too. Judges nobody's right to see one."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, or_, select

from plugin.core.harassment import MOST_FOUND
from plugin.core.history import StoredCall
from plugin.core.ids import CaseId, CustomerId
from plugin.core.times import to_us
from plugin.store.calls import stored
from plugin.store.tables.calls import calls
from plugin.store.tables.keeping import case_calls

_STORED = (calls.c.id, calls.c.revision, calls.c.record, calls.c.e164, calls.c.customer_id)


def of_case(connection: Connection, case_id: CaseId) -> tuple[tuple[StoredCall, str], ...]:
    """Return the calls of a case with why each was added, the oldest first."""
    joined = calls.join(case_calls, case_calls.c.call_id == calls.c.id)
    wanted = select(*_STORED, case_calls.c.reason).select_from(joined).where(case_calls.c.case_id == case_id)
    rows = connection.execute(wanted.order_by(calls.c.started_at, calls.c.id))
    return tuple((stored(row), row.reason) for row in rows)


def alike(
    connection: Connection, numbers: Sequence[str], customer_ids: Sequence[CustomerId], case_id: CaseId, since: datetime
) -> tuple[StoredCall, ...]:
    """Return calls of these numbers or customers that the case has not, the newest first; 100 at most."""
    whose = [calls.c.e164.in_(list(numbers))] if numbers else []
    whose += [calls.c.customer_id.in_(list(customer_ids))] if customer_ids else []
    return _newest(connection, or_(*whose) & (calls.c.started_at >= to_us(since)), case_id) if whose else ()


def of_day(
    connection: Connection, start: datetime, stop: datetime, number: str | None, case_id: CaseId
) -> tuple[StoredCall, ...]:
    """Return calls of that time, of the number where one is told, that the case has not, the newest first; 100."""
    began = (calls.c.started_at >= to_us(start)) & (calls.c.started_at < to_us(stop))
    return _newest(connection, began if number is None else began & (calls.c.e164 == number), case_id)


def _newest(connection: Connection, condition: ColumnElement[bool], case_id: CaseId) -> tuple[StoredCall, ...]:
    known = select(case_calls.c.call_id).where(case_calls.c.case_id == case_id)
    fresh = calls.c.merged_into.is_(None) & (calls.c.claimed == 0) & calls.c.id.not_in(known)
    wanted = select(*_STORED).where(condition, fresh).order_by(calls.c.started_at.desc(), calls.c.id)
    return tuple(stored(row) for row in connection.execute(wanted.limit(MOST_FOUND)))
