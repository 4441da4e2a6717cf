"""Summaries, drafts and promises at rest. Checks no right and no length; that is the service's part."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, insert, select, update

from plugin.core.ids import CallId, CustomerId, UserId
from plugin.core.timeline import Draft, Promise, Summary, SummaryForm
from plugin.core.times import from_us, maybe_at, to_us
from plugin.store.tables.calls import calls, drafts, pops, summaries
from plugin.store.tables.staff import users

_SUMMARY = select(summaries, users.c.name.label("author_name")).join_from(
    summaries, users, users.c.id == summaries.c.author_id
)
_PROMISE: Select[Any] = (
    select(
        summaries.c.call_id,
        calls.c.customer_id,
        summaries.c.promise,
        summaries.c.promise_due_on,
        summaries.c.author_id,
        users.c.name.label("author_name"),
        summaries.c.saved_at,
    )
    .join_from(summaries, calls, calls.c.id == summaries.c.call_id)
    .join(users, users.c.id == summaries.c.author_id)
    .where(summaries.c.promise_done_at.is_(None), summaries.c.promise != "")
)


def concerned(connection: Connection, call_ids: Iterable[CallId]) -> tuple[UserId, ...]:
    """Return whose desks show any of the calls or their summaries: where they rang, and who wrote."""
    ids = list(call_ids)
    rang = connection.scalars(select(pops.c.user_id).where(pops.c.call_id.in_(ids), pops.c.user_id.is_not(None)))
    wrote = connection.scalars(select(summaries.c.author_id).where(summaries.c.call_id.in_(ids)))
    return tuple(sorted({UserId(user_id) for user_id in (*rang, *wrote) if user_id is not None}))


def of_call(connection: Connection, call_id: CallId) -> Summary | None:
    """Return the summary of the call, or None."""
    return of_calls(connection, (call_id,)).get(call_id)


def of_calls(connection: Connection, call_ids: Iterable[CallId]) -> dict[CallId, Summary]:
    """Return the summaries of those of the calls that have one, by call."""
    rows = connection.execute(_SUMMARY.where(summaries.c.call_id.in_(list(call_ids))))
    return {summary.call_id: summary for summary in map(_summary, rows)}


def save(connection: Connection, call_id: CallId, form: SummaryForm, author: UserId, at: datetime) -> bool:
    """Store `form` as the next version; False, and nothing stored, where its version is not the stored one.

    The call's row must be locked. A promise whose text and day stay the same stays done.
    """
    kept = connection.execute(select(summaries).where(summaries.c.call_id == call_id)).one_or_none()
    if form.version != (0 if kept is None else kept.version):
        return False
    values: dict[str, Any] = {
        "topic": form.topic,
        "disposition": form.disposition,
        "request": form.request,
        "response": form.response,
        "promise": form.promise,
        "next_step": form.next_step,
        "promise_due_on": None if form.promise_due_on is None else form.promise_due_on.isoformat(),
        "author_id": author,
        "saved_at": to_us(at),
        "version": form.version + 1,
    }
    if kept is None:
        connection.execute(insert(summaries).values(call_id=call_id, entry_version=0, **values))
        return True
    if (kept.promise, kept.promise_due_on) != (values["promise"], values["promise_due_on"]):
        values |= {"promise_done_at": None, "promise_done_by": None}
    connection.execute(update(summaries).where(summaries.c.call_id == call_id).values(**values))
    return True


def save_draft(connection: Connection, call_id: CallId, user_id: UserId, body: str, at: datetime) -> None:
    """Keep `body` as this person's draft for the call, in place of the one before."""
    mine = (drafts.c.call_id == call_id) & (drafts.c.user_id == user_id)
    values = {"body": body, "saved_at": to_us(at)}
    if connection.execute(select(drafts.c.saved_at).where(mine).with_for_update()).one_or_none() is None:
        connection.execute(insert(drafts).values(call_id=call_id, user_id=user_id, **values))
    else:
        connection.execute(update(drafts).where(mine).values(**values))


def draft_of(connection: Connection, call_id: CallId, user_id: UserId) -> Draft | None:
    """Return this person's draft for the call, or None."""
    row = connection.execute(
        select(drafts.c.body, drafts.c.saved_at).where(drafts.c.call_id == call_id, drafts.c.user_id == user_id)
    ).one_or_none()
    return None if row is None else Draft(row.body, from_us(row.saved_at))


def drop_draft(connection: Connection, call_id: CallId, user_id: UserId) -> None:
    """Throw this person's draft for the call away."""
    connection.execute(delete(drafts).where(drafts.c.call_id == call_id, drafts.c.user_id == user_id))


def promises_to(connection: Connection, customer_id: CustomerId, most: int) -> tuple[Promise, ...]:
    """Return the open promises made in calls of this customer, the nearest day first, undated ones last."""
    rows = connection.execute(_PROMISE.where(calls.c.customer_id == customer_id)).all()
    return tuple(sorted(map(_promise, rows), key=_nearest_first)[:most])


def promises_by(connection: Connection, author_id: UserId, most: int) -> tuple[Promise, ...]:
    """Return the open promises that this person wrote down, the nearest day first, undated ones last."""
    rows = connection.execute(_PROMISE.where(summaries.c.author_id == author_id)).all()
    return tuple(sorted(map(_promise, rows), key=_nearest_first)[:most])


def promises_due(connection: Connection, last_day: date, most: int) -> tuple[Promise, ...]:
    """Return everybody's open promises that fall due on `last_day` or before, the oldest first."""
    rows = connection.execute(
        _PROMISE.where(summaries.c.promise_due_on <= last_day.isoformat())
        .order_by(summaries.c.promise_due_on, summaries.c.saved_at)
        .limit(most)
    )
    return tuple(map(_promise, rows))


def keep_promise(connection: Connection, call_id: CallId, user_id: UserId, at: datetime) -> bool:
    """Mark the call's open promise as done by `user_id`; False where it has none."""
    result = connection.execute(
        update(summaries)
        .where(summaries.c.call_id == call_id, summaries.c.promise_done_at.is_(None), summaries.c.promise != "")
        .values(promise_done_at=to_us(at), promise_done_by=user_id)
    )
    return result.rowcount == 1


def _nearest_first(promise: Promise) -> tuple[bool, date, datetime]:
    return promise.due_on is None, promise.due_on or date.min, promise.saved_at


def _promise(row: Row[Any]) -> Promise:
    return Promise(
        call_id=CallId(row.call_id),
        customer_id=None if row.customer_id is None else CustomerId(row.customer_id),
        text=row.promise,
        due_on=_day(row.promise_due_on),
        author_id=row.author_id,
        author_name=row.author_name,
        saved_at=from_us(row.saved_at),
    )


def _summary(row: Row[Any]) -> Summary:
    return Summary(
        call_id=CallId(row.call_id),
        topic=row.topic,
        disposition=row.disposition,
        request=row.request,
        response=row.response,
        promise=row.promise,
        next_step=row.next_step,
        promise_due_on=_day(row.promise_due_on),
        author_id=row.author_id,
        author_name=row.author_name,
        saved_at=from_us(row.saved_at),
        version=row.version,
        promise_done_at=maybe_at(row.promise_done_at),
    )


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
