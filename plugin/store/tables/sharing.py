"""How numbers are used together, with its history; and which past calls count as whose by their number alone."""

from sqlalchemy import Column, Index, Table

from migrations.columns import KEYED, TABLE, instant, key, number, words
from plugin.store.tables.metadata import metadata, own_id, points_to

number_sharings = Table(
    "number_sharings",
    metadata,
    Column("e164", key(24), primary_key=True),
    Column("kind", key(16), nullable=False),  # core/sharing.py
    Column("persons", number(), nullable=False),  # who called from it, as far as they were counted
    points_to("user_id", "users", optional=True),  # who said so; None: learned from calls
    Column("since", instant(), nullable=False),
    Index(None, "since"),
    **TABLE,
)

sharing_changes = Table(
    "sharing_changes",
    metadata,
    own_id(),
    Column("e164", key(24), nullable=False),
    Column("kind", key(16)),
    Column("persons", number(), nullable=False),
    points_to("user_id", "users", optional=True),
    Column("reason", words(255), nullable=False),
    Column("changed_at", instant(), nullable=False),
    Index(None, "e164", "changed_at"),
    **TABLE,
)

call_adoptions = Table(  # calls of nobody that stand with whom alone their number belongs to since
    "call_adoptions",
    metadata,
    points_to("call_id", "calls", part_of_key=True),
    points_to("customer_id", "customers"),
    Column("e164", key(24), nullable=False),
    Column("started_at", instant(), nullable=False),
    Column("adopted_at", instant(), nullable=False),
    Index(None, "customer_id", "started_at"),
    Index(None, "e164"),
    **TABLE,
)

numbers_to_adopt = Table(  # numbers whose holders changed, and whose calls are looked at anew
    "numbers_to_adopt",
    metadata,
    Column("e164", key(24), primary_key=True),
    Column("asked_at", instant(), nullable=False),
    Column("before_at", instant()),  # calls from then on are done, of those that began just then from before_id on
    Column("before_id", key(26)),
    Index(None, "asked_at"),
    **KEYED,
)
