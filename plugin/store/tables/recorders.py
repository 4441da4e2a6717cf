"""Files of recorders that tell of nothing: whose they are, and which wait for somebody to say it."""

from sqlalchemy import Column, Index, Table

from migrations.columns import TABLE, instant, key
from plugin.store.tables.metadata import metadata

recorder_files = Table(
    "recorder_files",
    metadata,
    Column("source", key(64), primary_key=True),
    Column("file_key", key(64), primary_key=True),  # sha-256 of its path: names hold numbers
    Column("state", key(16), nullable=False),  # matched, unmatched, dismissed
    Column("began_at", instant(), nullable=False),
    Column("ended_at", instant()),
    Column("extension", key(64)),
    Column("seen_at", instant(), nullable=False),
    Index(None, "state", "began_at"),
    Index(None, "seen_at"),
    **TABLE,
)
