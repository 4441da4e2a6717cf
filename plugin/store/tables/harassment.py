"""Reports of harassment, and the marks that confirmed ones leave on numbers and customers."""

from sqlalchemy import Column, ForeignKey, Index, Table

from migrations.columns import TABLE, instant, key, long_text
from plugin.store.tables.metadata import metadata, own_id, points_to

harassment_reports = Table(
    "harassment_reports",
    metadata,
    own_id(),
    points_to("call_id", "calls"),
    Column("reported_by", key(26), ForeignKey("users.id"), nullable=False),
    Column("conduct", key(32), nullable=False),
    Column("words", long_text(), nullable=False),
    Column("reported_at", instant(), nullable=False),
    Column("state", key(16), nullable=False),
    Column("reviewed_by", key(26), ForeignKey("users.id")),
    Column("reviewed_at", instant()),
    Column("answer", long_text(), nullable=False),
    points_to("case_id", "cases", optional=True),
    Index(None, "call_id"),
    Index(None, "state", "reported_at"),
    Index(None, "case_id"),
    Index(None, "reported_by", "reported_at"),
    **TABLE,
)

harassment_marks = Table(  # of a number or of a customer, until an instant
    "harassment_marks",
    metadata,
    own_id(),
    points_to("case_id", "cases"),
    Column("conduct", key(32), nullable=False),
    Column("e164", key(24)),
    points_to("customer_id", "customers", optional=True),
    Column("ends_at", instant(), nullable=False),
    points_to("set_by", "users"),
    Index(None, "case_id"),
    Index(None, "e164", "ends_at"),
    Index(None, "customer_id", "ends_at"),
    **TABLE,
)
