"""Refusals in the audit, bounded: the first of the same kind are lines of their own, a flood after them is counted.

Who may write a line by being refused could fill the disk otherwise. What is counted becomes one line when its time is
over.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from plugin.core.audit import Act, AuditFact
from plugin.core.times import from_us, to_us
from plugin.store import audit
from plugin.store.tables.audit import refusals

WINDOW = timedelta(minutes=10)
MOST_LINES = 20  # of one person, act and rule in a window


def append(connection: Connection, fact: AuditFact) -> None:
    """Write the refusal down, or count it where the same person was refused the same act by the same rule too often.

    Of somebody who is not signed in, all count as one person.
    """
    audit.lock(connection)  # whoever else is refused meanwhile waits here, as for any line
    subject = _subject(fact)
    row = connection.execute(select(refusals).where(refusals.c.subject == subject)).one_or_none()
    if row is not None and fact.at - from_us(row.since) < WINDOW:
        is_told = row.told < MOST_LINES
        counted = {"told": row.told + 1} if is_told else {"more": row.more + 1}
        connection.execute(update(refusals).where(refusals.c.subject == subject).values(counted))
        if is_told:
            audit.append(connection, fact)
        return
    if row is not None:
        _end(connection, row, fact.at)
    connection.execute(
        insert(refusals).values(
            subject=subject,
            since=to_us(fact.at),
            told=1,
            more=0,
            act=fact.act.value,
            user_id=fact.user_id,
            purpose=None if fact.purpose is None else str(fact.purpose)[:64],
        )
    )
    audit.append(connection, fact)


def end(connection: Connection, now: datetime, most: int) -> int:
    """Write down what was only counted in up to `most` windows that are over, and forget these; return how many."""
    over = select(refusals).where(refusals.c.since <= to_us(now - WINDOW)).order_by(refusals.c.since).limit(most)
    rows = connection.execute(over).all()
    if rows:
        audit.lock(connection)
    for row in rows:
        _end(connection, row, now)
    return len(rows)


def _end(connection: Connection, row: Row[Any], now: datetime) -> None:
    connection.execute(delete(refusals).where(refusals.c.subject == row.subject))
    if row.more:
        fact = AuditFact(Act(row.act), now, user_id=row.user_id, purpose=row.purpose, outcome=f"more {row.more}")
        audit.append(connection, fact)


def _subject(fact: AuditFact) -> str:
    who = (fact.act.value, fact.user_id or "", str(fact.purpose or ""), fact.outcome or "")
    return hashlib.sha256("\x00".join(who).encode()).hexdigest()
