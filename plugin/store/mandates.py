"""Mandates at rest, with the marks of the proxies' answers. Judges nothing, and never sees an answer."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, insert, or_, select, update

from plugin.core.identity import Item
from plugin.core.ids import CustomerId, MandateId, UserId
from plugin.core.mandates import Mandate, Scope
from plugin.core.times import from_us, maybe_at, to_us
from plugin.store.answers import Mark
from plugin.store.tables.customers import customers
from plugin.store.tables.mandates import mandate_answers, mandates
from plugin.store.tables.staff import users

_MOST = 200


def add(connection: Connection, new: Mandate, registered_by: UserId, marks: Collection[Mark]) -> None:
    """Store a new mandate with the marks of the proxy's answers."""
    connection.execute(
        insert(mandates).values(
            id=new.id,
            customer_id=new.customer_id,
            name=new.name,
            scope=new.scope.value,
            expires_at=to_us(new.expires_at),
            registered_at=to_us(new.registered_at),
            registered_by=registered_by,
        )
    )
    rows = [
        {"mandate_id": new.id, "item": mark.item.value, "form_hash": mark.hash, "key_id": mark.key_id} for mark in marks
    ]
    connection.execute(insert(mandate_answers), rows)


def find(connection: Connection, mandate_id: MandateId) -> Mandate | None:
    """Return the mandate, or None."""
    row = connection.execute(_mandates().where(mandates.c.id == mandate_id)).one_or_none()
    return None if row is None else _mandate(row)


def of_customer(connection: Connection, customer_id: CustomerId) -> tuple[Mandate, ...]:
    """Return all mandates of the customer, the newest first."""
    found = _mandates().where(mandates.c.customer_id == customer_id).order_by(mandates.c.id.desc())
    return tuple(map(_mandate, connection.execute(found)))


def hold(connection: Connection, customer_id: CustomerId) -> None:
    """Keep the customer's mandates as they are until the transaction ends (on MySQL; SQLite has one writer anyway).

    So one that is ended at this moment is ended before a proxy passes under it, or after, and then with what he proved.
    """
    connection.execute(select(mandates.c.id).where(mandates.c.customer_id == customer_id).with_for_update()).all()


def in_force(connection: Connection, now: datetime) -> tuple[Mandate, ...]:
    """Return the mandates that are in force, the one that ends next first; 200 at most."""
    found = _mandates().where(mandates.c.ended_at.is_(None), mandates.c.expires_at > to_us(now))
    return tuple(map(_mandate, connection.execute(found.order_by(mandates.c.expires_at, mandates.c.id).limit(_MOST))))


def marks_of(connection: Connection, mandate_ids: Collection[MandateId]) -> Mapping[MandateId, list[Mark]]:
    """Return the marks of the proxies' answers, by mandate."""
    found: dict[MandateId, list[Mark]] = {each: [] for each in mandate_ids}
    for row in connection.execute(select(mandate_answers).where(mandate_answers.c.mandate_id.in_(list(found)))):
        found[MandateId(row.mandate_id)].append(Mark(Item(row.item), row.form_hash, row.key_id))
    return found


def end(connection: Connection, mandate_id: MandateId, at: datetime) -> bool:
    """End a mandate that is in force, and forget the proxy's answers; False where it is not in force."""
    running = (mandates.c.id == mandate_id) & mandates.c.ended_at.is_(None) & (mandates.c.expires_at > to_us(at))
    ended = connection.execute(update(mandates).where(running).values(ended_at=to_us(at))).rowcount == 1
    if ended:
        connection.execute(delete(mandate_answers).where(mandate_answers.c.mandate_id == mandate_id))
    return ended


def forget_answers(connection: Connection, now: datetime, most: int) -> int:
    """Forget the answers of proxies whose mandate is over, or whose customer is gone: of `most` mandates; how many."""
    over = or_(mandates.c.ended_at.is_not(None), mandates.c.expires_at <= to_us(now), customers.c.gone_at.is_not(None))
    found = (
        select(mandates.c.id)
        .join(customers, customers.c.id == mandates.c.customer_id)
        .where(over, mandates.c.id.in_(select(mandate_answers.c.mandate_id)))
        .limit(most)
    )
    ids = list(connection.scalars(found))
    if ids:
        connection.execute(delete(mandate_answers).where(mandate_answers.c.mandate_id.in_(ids)))
    return len(ids)


def _mandates() -> Select[Any]:
    return (
        select(mandates, customers.c.name.label("customer_name"), users.c.name.label("registrar"))
        .join(customers, customers.c.id == mandates.c.customer_id)
        .join(users, users.c.id == mandates.c.registered_by)
    )


def _mandate(row: Row[Any]) -> Mandate:
    return Mandate(
        id=MandateId(row.id),
        customer_id=CustomerId(row.customer_id),
        customer_name=row.customer_name,
        name=row.name,
        scope=Scope(row.scope),
        expires_at=from_us(row.expires_at),
        registered_at=from_us(row.registered_at),
        registered_by=row.registrar,
        ended_at=maybe_at(row.ended_at),
    )
