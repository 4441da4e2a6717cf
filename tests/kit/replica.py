"""Customers put into the replica directly, without a CRM that tells of them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from plugin.core.customers import CrmCustomer
from plugin.store import number_holders
from plugin.store.customer_pages import StoredPage, read_page, store_read
from plugin.store.engine import Connection, Store
from plugin.store.number_holders import Holding
from plugin.store.tables.customers import customer_numbers, customers
from plugin.store.tables.customers import number_holders as index


def store_page(connection: Connection, crm: str, page: Sequence[CrmCustomer], region: str, at: datetime) -> StoredPage:
    """Read and store the page in one go, and let its numbers be found."""
    stored = store_read(connection, crm, read_page(page, region), at)
    number_holders.hold(connection, stored.waiting)
    return stored


def held(store: Store) -> set[Holding]:
    """Return the whole index."""
    with store.read() as connection:
        return {(row.e164, row.place) for row in connection.execute(select(index))}


def meant(store: Store) -> set[Holding]:
    """Return what the index is to hold, by the numbers."""
    joined = select(customer_numbers.c.e164, customers.c.place).join(
        customers, customers.c.id == customer_numbers.c.customer_id
    )
    with store.read() as connection:
        return {(row.e164, row.place) for row in connection.execute(joined) if row.e164 is not None}
