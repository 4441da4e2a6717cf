"""The lease that says which process leads. Nobody decides by a clock that others set.

A holder counts its renewals; another takes the lease only by naming the very renewal that it has seen stand still for
the lease's whole length, on its own monotonic clock (docs/decisions/0140).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from plugin.core.jobs import Leader
from plugin.core.times import from_us, to_us
from plugin.store.tables.delivery import leases


@dataclass(frozen=True, slots=True)
class Beat:
    """The newest renewal of a lease."""

    holder: str
    count: int


def seen(connection: Connection, name: str) -> Beat | None:
    """Return the newest renewal of the lease, or None where nobody holds it."""
    row = connection.execute(select(leases).where(leases.c.name == name)).one_or_none()
    return None if row is None else Beat(row.holder, row.beats or 0)


def take(
    connection: Connection, name: str, holder: str, place: str, over: Beat | None, at: datetime, lasts: timedelta
) -> bool:
    """Take the lease over from the renewal `over` (None: from nobody); False where it is not the newest any more."""
    values = {"holder": holder, "place": place, "since": to_us(at), "until": to_us(at + lasts), "beats": 1}
    if over is not None:
        same = (leases.c.name == name) & (leases.c.holder == over.holder) & (leases.c.beats == over.count)
        return connection.execute(update(leases).where(same).values(**values)).rowcount == 1
    new = insert(leases).prefix_with("OR IGNORE", dialect="sqlite").prefix_with("IGNORE", dialect="mysql")
    new = new.prefix_with("IGNORE", dialect="mariadb")
    return connection.execute(new.values(name=name, **values)).rowcount == 1


def renew(connection: Connection, name: str, holder: str, at: datetime, lasts: timedelta) -> bool:
    """Renew the lease; False where `holder` has lost it."""
    ours = update(leases).where(leases.c.name == name, leases.c.holder == holder)
    return connection.execute(ours.values(beats=leases.c.beats + 1, until=to_us(at + lasts))).rowcount == 1


def is_held_by(connection: Connection, name: str, holder: str) -> bool:
    """Tell whether `holder` has the lease, and keep it so until the writing transaction has ended."""
    held = select(leases.c.holder).where(leases.c.name == name).with_for_update()
    return connection.scalar(held) == holder


def give_back(connection: Connection, name: str, holder: str) -> None:
    """End `holder`'s lease, so that another need not wait until it has run out."""
    connection.execute(delete(leases).where(leases.c.name == name, leases.c.holder == holder))


def leader(connection: Connection, name: str, lasts: timedelta) -> Leader | None:
    """Return who holds the lease, to be shown."""
    known = select(leases).where(leases.c.name == name, leases.c.since.is_not(None))
    row = connection.execute(known).one_or_none()
    return None if row is None else Leader(row.place, from_us(row.since), from_us(row.until) - lasts)
