"""Everything that stands in a table."""

from typing import Any

from sqlalchemy import Table, func, select

from plugin.store.engine import Store
from plugin.store.tables.calls import calls, pops, summaries


def rows(store: Store, table: Table) -> list[Any]:
    """Return all rows of the table."""
    with store.read() as connection:
        return list(connection.execute(select(table)))


def count(store: Store, table: Table) -> int:
    """Return how many rows the table has."""
    with store.read() as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0


def said_of_calls(store: Store) -> tuple[dict[str, tuple[str | None, ...]], dict[str, tuple[str | None, ...]]]:
    """Return of each call who took it first, its topic and its disposition: by its row, and by pops and summaries."""
    first: dict[str, str] = {}
    for pop in sorted(rows(store, pops), key=lambda pop: (pop.taken_at or 0, pop.agent)):
        if pop.taken_at is not None and pop.user_id is not None:
            first.setdefault(pop.call_id, pop.user_id)
    tags = {one.call_id: (one.topic, one.disposition) for one in rows(store, summaries)}
    found = rows(store, calls)
    return (
        {call.id: (call.taken_by, call.topic, call.disposition) for call in found},
        {call.id: (first.get(call.id), *tags.get(call.id, (None, None))) for call in found},
    )
