"""The calls that a search for an applicant's call looks at: those of the day he says, those of his around it.

Index look-ups: a day's calls by their beginning, a number's and a customer's calls of two weeks. Ranks nothing and
shows nothing: what was written goes to plugin/core/disclosure_search.py, which tells which words were found.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, select

from plugin.core.disclosure_search import Heard
from plugin.core.ids import CallId, CustomerId
from plugin.core.times import from_us, maybe_at, to_us
from plugin.store.tables.calls import calls, pops, summaries
from plugin.store.tables.recordings import recordings
from plugin.store.tables.staff import users

MOST_READ = 5_000  # of a day: more than one centre of a hundred seats takes


def of_day(connection: Connection, start: datetime, stop: datetime) -> list[Heard]:
    """Return the calls that began in that time; 5,000 at most."""
    return _heard(connection, calls.c.started_at.between(to_us(start), to_us(stop)))


def of_person(
    connection: Connection, number: str | None, customer_id: CustomerId | None, start: datetime, stop: datetime
) -> list[Heard]:
    """Return the calls from the number, or given to the customer, that began in that time."""
    his: list[ColumnElement[bool]] = []
    his += [calls.c.e164 == number] if number is not None else []
    his += [calls.c.customer_id == customer_id] if customer_id is not None else []
    if not his:
        return []
    found: dict[CallId, Heard] = {}
    for condition in his:  # each by its own index
        for one in _heard(connection, condition & calls.c.started_at.between(to_us(start), to_us(stop))):
            found[one.call_id] = one
    return list(found.values())


def _heard(connection: Connection, condition: ColumnElement[bool]) -> list[Heard]:
    kept = select(func.count()).where(recordings.c.call_id == calls.c.id).scalar_subquery()
    told = (
        *(calls.c.id, calls.c.started_at, calls.c.ended_at, calls.c.e164, calls.c.customer_id),
        *(summaries.c.topic, summaries.c.request, summaries.c.response, summaries.c.promise, summaries.c.next_step),
        kept.label("recordings"),
    )
    wanted = select(*told).outerjoin_from(calls, summaries, summaries.c.call_id == calls.c.id)
    wanted = wanted.where(condition, calls.c.merged_into.is_(None), calls.c.claimed == 0)
    rows = connection.execute(wanted.order_by(calls.c.started_at).limit(MOST_READ)).all()
    talked = _operators(connection, [row.id for row in rows])
    return [
        Heard(
            call_id=CallId(row.id),
            started_at=from_us(row.started_at),
            ended_at=maybe_at(row.ended_at),
            operators=tuple(talked.get(row.id, ())),
            e164=row.e164,
            customer_id=CustomerId(row.customer_id) if row.customer_id else None,
            topic=row.topic or "",
            text="\n".join(filter(None, (row.topic, row.request, row.response, row.promise, row.next_step))),
            recordings=row.recordings,
        )
        for row in rows
    ]


def _operators(connection: Connection, call_ids: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for at in range(0, len(call_ids), 500):
        some = call_ids[at : at + 500]
        wanted = select(pops.c.call_id, users.c.name).join(users, users.c.id == pops.c.user_id)
        for row in connection.execute(wanted.where(pops.c.call_id.in_(some), pops.c.taken_at.is_not(None))):
            found.setdefault(row.call_id, []).append(row.name)
    return found
