"""The audit chain. Lines are only ever appended: triggers refuse the rest, `prev` is unique, the head is one row."""

from sqlalchemy import BigInteger, Column, Index, Table

from migrations.columns import TABLE, instant, key, long_text, number
from plugin.store.tables.metadata import metadata

audit_lines = Table(
    "audit_lines",
    metadata,
    Column("seq", BigInteger(), primary_key=True, autoincrement=False),
    Column("prev", key(64), nullable=False, unique=True),
    Column("hash", key(64), nullable=False, unique=True),
    Column("body", long_text(), nullable=False),  # the canonical text the hash is over, verbatim
    Column("act", key(48), nullable=False),  # repeated beside the body for look-ups only
    Column("user_id", key(26)),
    Column("customer_id", key(26)),
    Column("at", instant(), nullable=False),
    Index(None, "at"),
    Index(None, "customer_id", "at"),
    Index(None, "user_id", "at"),
    **TABLE,
)

audit_head = Table(
    "audit_head",
    metadata,
    Column("id", number(), primary_key=True, autoincrement=False),
    Column("seq", number(), nullable=False),
    Column("hash", key(64), nullable=False),
    **TABLE,
)
