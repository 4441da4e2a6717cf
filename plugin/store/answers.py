"""Marks of customers' answers at rest: keyed hashes, one a normal form, and since when each item has its answer.

No function here ever sees an answer, or judges one.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from plugin.core.identity import Item
from plugin.core.ids import CustomerId
from plugin.core.times import to_us
from plugin.store.prepared import ManyRows
from plugin.store.tables.identity import identity_answers, identity_items

_DROP_MARKS = ManyRows("DELETE FROM identity_answers WHERE customer_id = ? AND item = ?")
_DROP_ITEMS = ManyRows("DELETE FROM identity_items WHERE customer_id = ? AND item = ?")
_ADD_MARKS = ManyRows("INSERT INTO identity_answers (customer_id, item, form_hash, key_id) VALUES (?, ?, ?, ?)")
_ADD_ITEMS = ManyRows("INSERT INTO identity_items (customer_id, item, changed_at) VALUES (?, ?, ?)")


@dataclass(frozen=True, slots=True)
class Mark:
    """The keyed hash of one form of one answer, in hex, and the id of its key."""

    item: Item
    hash: str
    key_id: str


@dataclass(frozen=True, slots=True)
class News:
    """What is now known of a customer's item: `marks` of its answer, none where it has gone.

    `known`: something is kept of the item already; `same`: the answer is what it was, only its key is newer; `first`:
    it came with the customer himself, so nobody changed it since we know him.
    """

    customer_id: CustomerId
    item: Item
    marks: tuple[Mark, ...]
    known: bool
    same: bool
    first: bool = False


def marks_of(connection: Connection, customer_id: CustomerId, settled_by: datetime) -> tuple[Mark, ...]:
    """Return every mark of the customer whose answer has been the same since `settled_by` or longer."""
    of_item = (identity_items.c.customer_id == identity_answers.c.customer_id) & (
        identity_items.c.item == identity_answers.c.item
    )
    settled = (identity_answers.c.customer_id == customer_id) & (identity_items.c.changed_at <= to_us(settled_by))
    rows = connection.execute(select(identity_answers).join(identity_items, of_item).where(settled))
    return tuple(Mark(Item(row.item), row.form_hash, row.key_id) for row in rows)


def items_of(connection: Connection, customer_id: CustomerId, settled_by: datetime) -> frozenset[Item]:
    """Return the items that the customer has had the same answer for since `settled_by` or longer."""
    settled = (identity_items.c.customer_id == customer_id) & (identity_items.c.changed_at <= to_us(settled_by))
    return frozenset(map(Item, connection.scalars(select(identity_items.c.item).where(settled))))


def held_by(connection: Connection, customer_ids: Collection[CustomerId]) -> dict[CustomerId, dict[Item, list[Mark]]]:
    """Return, of each of the customers, the marks of each item that he has an answer for."""
    ids = list(customer_ids)
    held: dict[CustomerId, dict[Item, list[Mark]]] = {customer_id: {} for customer_id in ids}
    if not ids:
        return held
    for row in connection.execute(select(identity_items).where(identity_items.c.customer_id.in_(ids))):
        held[CustomerId(row.customer_id)][Item(row.item)] = []
    for row in connection.execute(select(identity_answers).where(identity_answers.c.customer_id.in_(ids))):
        mark = Mark(Item(row.item), row.form_hash, row.key_id)
        held[CustomerId(row.customer_id)].setdefault(mark.item, []).append(mark)
    return held


def replace(connection: Connection, news: Collection[News], at: datetime) -> None:
    """Put the news in place of what is kept of their items, in as few statements as there are kinds of them."""
    at_us = to_us(at)
    _DROP_MARKS.run(connection, [(one.customer_id, one.item.value) for one in news if one.known])
    _DROP_ITEMS.run(connection, [(one.customer_id, one.item.value) for one in news if one.known and not one.same])
    marks = [(one.customer_id, one.item.value, mark.hash, mark.key_id) for one in news for mark in one.marks]
    _ADD_MARKS.run(connection, sorted(marks))  # in the order of their tree, which then grows at its end
    items = [(one.customer_id, one.item.value, 0 if one.first else at_us) for one in news if one.marks and not one.same]
    _ADD_ITEMS.run(connection, sorted(items))
