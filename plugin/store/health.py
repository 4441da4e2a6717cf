"""What the database says of its own health, and of which phone systems it has heard. Reads little; writes nothing."""

from datetime import datetime

from sqlalchemy import Connection, func, insert, select
from sqlalchemy.exc import SQLAlchemyError

from plugin.core.errors import Unavailable
from plugin.core.move import Closed
from plugin.core.times import from_us, maybe_at, to_us
from plugin.store.engine import Store
from plugin.store.schema import current_step, newest_step
from plugin.store.tables.calls import calls
from plugin.store.tables.delivery import leases

_CALLS_LOOKED_AT = 2000  # the newest; a source none of them came from is silent


def why_not_ready(store: Store) -> str | None:
    """Return why the database cannot serve: "database_down", "schema_behind", "not_writable", "moved"; else None.

    One that is closed while it is moved can serve: what it holds is read on.
    """
    try:
        if current_step(store) != newest_step():
            return "schema_behind"
    except (SQLAlchemyError, OSError):
        return "database_down"
    try:
        _try_to_write(store)
    except Unavailable:
        return Closed.MOVED if store.closed() is Closed.MOVED else None
    except (SQLAlchemyError, OSError):
        return "not_writable"
    return None


class _UndoneError(Exception):
    pass


def _try_to_write(store: Store) -> None:
    try:
        with store.write() as connection:
            connection.execute(insert(leases).values(name="health.probe", holder="", until=0))
            raise _UndoneError
    except _UndoneError:
        return


SourceCounts = tuple[int, int, int, datetime | None]


def calls_since(connection: Connection, since: datetime) -> dict[str, SourceCounts]:
    """Return of each phone system how many calls began since then, were answered, go on, and when one last changed."""
    counted = (
        func.count(),
        func.count(calls.c.answered_at),
        func.count() - func.count(calls.c.ended_at),
        func.max(calls.c.updated_at),
    )
    wanted = select(calls.c.source, *counted).where(calls.c.started_at >= to_us(since), calls.c.merged_into.is_(None))
    wanted = wanted.where(calls.c.claimed == 0)
    found = connection.execute(wanted.group_by(calls.c.source))
    return {source: (total, answered, going_on, maybe_at(at)) for source, total, answered, going_on, at in found}


def last_calls(connection: Connection) -> dict[str, datetime]:
    """Return when each phone system last told of a call, by its name, among the newest calls."""
    newest = (
        select(calls.c.source, calls.c.started_at)
        .order_by(calls.c.started_at.desc())
        .limit(_CALLS_LOOKED_AT)
        .subquery()
    )
    found = select(newest.c.source, func.max(newest.c.started_at).label("at")).group_by(newest.c.source)
    return {row.source: from_us(row.at) for row in connection.execute(found)}
