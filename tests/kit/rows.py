"""Everything that stands in a table."""

from typing import Any

from sqlalchemy import Table, select

from plugin.store.engine import Store


def rows(store: Store, table: Table) -> list[Any]:
    """Return all rows of the table."""
    with store.read() as connection:
        return list(connection.execute(select(table)))
