"""How many calls the CRM still allows, as it told the process that calls it."""

from sqlalchemy import Connection, insert, select, update

from plugin.core.ports import Budget
from plugin.core.times import from_us, to_us
from plugin.store.tables.delivery import crm_budgets


def put(connection: Connection, crm: str, told: Budget) -> None:
    """Keep what the CRM told last."""
    values = {"used": told.used, "most": told.most, "told_at": to_us(told.told_at)}
    known = connection.execute(update(crm_budgets).where(crm_budgets.c.crm == crm).values(**values))
    if not known.rowcount:
        connection.execute(insert(crm_budgets).values(crm=crm, **values))


def of(connection: Connection, crm: str) -> Budget | None:
    """Return what the CRM told last, or None."""
    row = connection.execute(select(crm_budgets).where(crm_budgets.c.crm == crm)).one_or_none()
    return None if row is None else Budget(row.used, row.most, from_us(row.told_at))
