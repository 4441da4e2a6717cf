"""Four eyes: what was asked for, by whom, exactly what of, and what a second person said to it."""

from sqlalchemy import Column, Index, Table

from migrations.columns import TABLE, instant, key, long_text, words
from plugin.store.tables.metadata import metadata, own_id, points_to

approvals = Table(
    "approvals",
    metadata,
    own_id(),
    Column("kind", key(32), nullable=False),
    Column("subject", key(64), nullable=False),
    Column("content", long_text(), nullable=False),
    Column("content_hash", key(64), nullable=False),
    points_to("asked_by", "users"),
    Column("asked_as", key(64)),  # who the asker was at the identity provider, so that a second account does not help
    Column("asked_at", instant(), nullable=False),
    Column("reason", words(200), nullable=False),
    Column("state", key(16), nullable=False),
    Column("expires_at", instant(), nullable=False),
    points_to("decided_by", "users", optional=True),
    Column("decided_at", instant()),
    Column("decided_reason", words(200)),
    Column("used_at", instant()),
    Index(None, "state", "expires_at"),
    Index(None, "asked_by", "asked_at"),
    Index(None, "subject"),
    Index(None, "kind", "used_at"),
    Index(None, "decided_by", "decided_at"),
    **TABLE,
)
