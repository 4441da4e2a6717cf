"""Who may speak for a customer, as the replica knows them: himself, and an organisation's people. Judges nothing."""

from sqlalchemy import Connection, select

from plugin.core.customers import CustomerKind
from plugin.core.ids import CustomerId
from plugin.store.tables.customers import customers

_MOST_CONTACTS = 200


def named(connection: Connection, customer_id: CustomerId) -> tuple[str, CustomerKind] | None:
    """Return name and kind of a customer who is not gone, or None."""
    known = select(customers.c.name, customers.c.kind).where(
        customers.c.id == customer_id, customers.c.gone_at.is_(None)
    )
    row = connection.execute(known).one_or_none()
    return None if row is None else (row.name, CustomerKind(row.kind))


def with_code(connection: Connection, code: str) -> tuple[tuple[CustomerId, str], ...]:
    """Return id and name of the customers, not gone, whose number in the CRM is `code`; 20 at most."""
    found = select(customers.c.id, customers.c.name).where(customers.c.code == code, customers.c.gone_at.is_(None))
    return tuple((CustomerId(row.id), row.name) for row in connection.execute(found.order_by(customers.c.id).limit(20)))


def contacts_of(connection: Connection, customer_id: CustomerId) -> tuple[tuple[CustomerId, str], ...]:
    """Return id and name of an organisation's people who are not gone, by their reading; 200 at most."""
    own = select(customers.c.crm, customers.c.external_id).where(customers.c.id == customer_id).subquery()
    found = (
        select(customers.c.id, customers.c.name)
        .join(own, (own.c.external_id == customers.c.organisation) & (own.c.crm == customers.c.crm))
        .where(customers.c.kind == CustomerKind.PERSON.value, customers.c.gone_at.is_(None))
        .order_by(customers.c.kana, customers.c.id)
        .limit(_MOST_CONTACTS)
    )
    return tuple((CustomerId(row.id), row.name) for row in connection.execute(found))
