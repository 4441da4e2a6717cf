"""Customers put into the replica directly, without a CRM that tells of them."""

from collections.abc import Sequence
from datetime import datetime

from plugin.core.customers import CrmCustomer
from plugin.store.customer_pages import StoredPage, read_page, store_read
from plugin.store.engine import Connection


def store_page(connection: Connection, crm: str, page: Sequence[CrmCustomer], region: str, at: datetime) -> StoredPage:
    """Read and store the page in one go."""
    return store_read(connection, crm, read_page(page, region), at)
