"""Everything that stands in a table."""

from typing import Any

from sqlalchemy import Table, func, select

from plugin.store.engine import Store


def rows(store: Store, table: Table) -> list[Any]:
    """Return all rows of the table."""
    with store.read() as connection:
        return list(connection.execute(select(table)))


def count(store: Store, table: Table) -> int:
    """Return how many rows the table has."""
    with store.read() as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0
