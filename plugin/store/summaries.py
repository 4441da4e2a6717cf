"""Summaries, drafts and promises at rest. Checks no right and no length; that is the service's part."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from plugin.core.ids import CallId, CustomerId, UserId
from plugin.core.timeline import Draft, Promise, Summary, SummaryForm
from plugin.core.times import from_us, maybe_at, to_us
from plugin.store import call_lines
from plugin.store.prepared import Prepared
from plugin.store.tables.calls import drafts, pops, summaries
from plugin.store.tables.staff import users

_SUMMARY = select(summaries, users.c.name.label("author_name")).join_from(
    summaries, users, users.c.id == summaries.c.author_id
)
_PROMISE = (
    "SELECT s.call_id, c.customer_id, s.promise, s.promise_due_on, s.author_id, u.name, s.saved_at FROM summaries s"
    " JOIN calls c ON c.id = s.call_id JOIN users u ON u.id = s.author_id"
    " WHERE s.promise_done_at IS NULL AND s.promise <> ''"
)
_PROMISES_TO = Prepared(f"{_PROMISE} AND c.customer_id = :customer")
_PROMISES_BY = Prepared(f"{_PROMISE} AND s.author_id = :author")
_PROMISES_DUE = Prepared(
    f"{_PROMISE} AND s.promise_due_on <= :last_day ORDER BY s.promise_due_on, s.saved_at LIMIT :most"
)
_DRAFT = Prepared("SELECT body, saved_at FROM drafts WHERE call_id = :call AND user_id = :user")


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
        call_lines.renew(connection, call_id)
        return True
    if (kept.promise, kept.promise_due_on) != (values["promise"], values["promise_due_on"]):
        values |= {"promise_done_at": None, "promise_done_by": None}
    connection.execute(update(summaries).where(summaries.c.call_id == call_id).values(**values))
    call_lines.renew(connection, call_id)
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
    row = _DRAFT.row(connection, call=call_id, user=user_id)
    return None if row is None else Draft(row[0], from_us(row[1]))


def drop_draft(connection: Connection, call_id: CallId, user_id: UserId) -> None:
    """Throw this person's draft for the call away."""
    connection.execute(delete(drafts).where(drafts.c.call_id == call_id, drafts.c.user_id == user_id))


def promises_to(connection: Connection, customer_id: CustomerId, most: int) -> tuple[Promise, ...]:
    """Return the open promises made in calls of this customer, the nearest day first, undated ones last."""
    rows = _PROMISES_TO.rows(connection, customer=customer_id)
    return tuple(sorted(map(_promise, rows), key=_nearest_first)[:most])


def promises_by(connection: Connection, author_id: UserId, most: int) -> tuple[Promise, ...]:
    """Return the open promises that this person wrote down, the nearest day first, undated ones last."""
    rows = _PROMISES_BY.rows(connection, author=author_id)
    return tuple(sorted(map(_promise, rows), key=_nearest_first)[:most])


def promises_due(connection: Connection, last_day: date, most: int) -> tuple[Promise, ...]:
    """Return everybody's open promises that fall due on `last_day` or before, the oldest first."""
    return tuple(map(_promise, _PROMISES_DUE.rows(connection, last_day=last_day.isoformat(), most=most)))


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


def _promise(row: Sequence[Any]) -> Promise:
    call_id, customer_id, text, due_on, author_id, author_name, saved_at = row
    return Promise(call_id, customer_id, text, _day(due_on), author_id, author_name, from_us(saved_at))


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
