"""The outbox as those read it who mend what the CRM refused: by reason, and message by message. Reads alone."""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, or_, select

from plugin.core.ids import CustomerId, MessageId
from plugin.core.outbox import Letter, MessageState, Pile
from plugin.core.problems import problem_of
from plugin.core.times import from_us, to_us
from plugin.store import outbox as messages
from plugin.store.tables.calls import calls, summaries
from plugin.store.tables.delivery import outbox
from plugin.store.tables.staff import users

_HEADS = ("outside.", "")


def piles(connection: Connection, states: tuple[MessageState, ...]) -> tuple[Pile, ...]:
    """Return the messages in `states` that have failed, by reason, the largest pile first."""
    found: dict[str, tuple[int, datetime]] = {}
    for row in connection.execute(
        select(outbox.c.error, func.count().label("n"), func.min(outbox.c.created_at).label("oldest"))
        .where(outbox.c.state.in_(states), outbox.c.error.is_not(None))
        .group_by(outbox.c.error)
    ):
        problem, oldest = problem_of(row.error), from_us(row.oldest)
        n, before = found.get(problem, (0, oldest))
        found[problem] = (n + row.n, min(before, oldest))
    ordered = sorted(found.items(), key=lambda each: (-each[1][0], each[0]))
    return tuple(Pile(problem, n, oldest) for problem, (n, oldest) in ordered)


def unassigned_since(connection: Connection) -> datetime | None:
    """Return since when the oldest message waits for somebody to say whose call it was."""
    oldest = connection.scalar(select(func.min(outbox.c.created_at)).where(outbox.c.state == MessageState.UNASSIGNED))
    return None if oldest is None else from_us(oldest)


def dead(connection: Connection, problem: str | None, most: int) -> tuple[Letter, ...]:
    """Return up to `most` messages that the CRM refused, the oldest first; of one reason where `problem` names it."""
    wanted = (
        select(outbox, calls.c.started_at, calls.c.customer_id, users.c.name.label("author"))
        .join(calls, calls.c.id == outbox.c.subject_id)
        .outerjoin(summaries, summaries.c.call_id == calls.c.id)
        .outerjoin(users, users.c.id == summaries.c.author_id)
        .where(outbox.c.state == MessageState.DEAD)
        .order_by(outbox.c.created_at)
        .limit(most)
    )
    if problem is not None:
        wanted = wanted.where(_of(problem))
    return tuple(
        Letter(
            messages.message(row),
            from_us(row.started_at),
            row.author or "",
            None if row.customer_id is None else CustomerId(row.customer_id),
        )
        for row in connection.execute(wanted)
    )


def dead_ids(connection: Connection, problem: str, until: datetime, most: int) -> tuple[MessageId, ...]:
    """Return up to `most` messages that were refused for this reason up to `until`, the oldest first."""
    dead_then = (outbox.c.state == MessageState.DEAD) & (outbox.c.done_at <= to_us(until))
    found = select(outbox.c.id).where(dead_then, _of(problem))
    return tuple(map(MessageId, connection.scalars(found.order_by(outbox.c.created_at).limit(most))))


def _of(problem: str) -> ColumnElement[bool]:
    texts = [f"{head}{problem}" for head in _HEADS]
    return or_(outbox.c.error.in_(texts), *(outbox.c.error.startswith(f"{one} ", autoescape=True) for one in texts))
