"""Alerts: an operator's cry for help in a call, who takes it, and that it was dealt with."""

from sqlalchemy import Column, ForeignKey, Index, Table

from migrations.columns import TABLE, instant, key
from plugin.store.tables.metadata import metadata, own_id, points_to

alerts = Table(
    "alerts",
    metadata,
    own_id(),
    points_to("call_id", "calls"),
    Column("agent", key(64), nullable=False),
    points_to("user_id", "users", optional=True),
    Column("team", key(64), nullable=False),
    Column("reason", key(16), nullable=False),
    Column("raised_at", instant(), nullable=False),
    Column("taken_by", key(26), ForeignKey("users.id")),
    Column("taken_at", instant()),
    Column("closed_at", instant()),
    Index(None, "closed_at", "raised_at"),
    Index(None, "call_id", "user_id"),
    **TABLE,
)
