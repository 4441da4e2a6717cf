"""What must reach the CRM (outbox, links), what came from it (cursors), and the ledger of scheduled work."""

from sqlalchemy import Column, Index, Table

from migrations.columns import TABLE, instant, key, long_text, number, words
from plugin.store.tables.metadata import metadata, own_id, points_to

outbox = Table(
    "outbox",
    metadata,
    own_id(),
    Column("kind", key(32), nullable=False),
    Column("subject_id", key(26), nullable=False),  # the call; messages of one subject go in order
    Column("body", long_text(), nullable=False),
    Column("state", key(16), nullable=False),  # core/outbox.py MessageState
    Column("attempts", number(), nullable=False),
    Column("due_at", instant(), nullable=False),
    Column("lease_until", instant()),
    Column("lease_by", key(64)),
    Column("error", words(255)),
    Column("created_at", instant(), nullable=False),
    Column("done_at", instant()),
    Index(None, "state", "due_at"),
    Index(None, "subject_id"),
    **TABLE,
)

timeline_links = Table(
    "timeline_links",
    metadata,
    points_to("call_id", "calls", part_of_key=True),
    Column("crm", key(32), primary_key=True),
    Column("remote_id", key(128), nullable=False),
    Column("version", number(), nullable=False),
    Column("sent_at", instant(), nullable=False),
    **TABLE,
)

cursors = Table(
    "cursors",
    metadata,
    Column("crm", key(32), primary_key=True),
    Column("cursor", long_text(), nullable=False),
    Column("moved_at", instant(), nullable=False),
    **TABLE,
)

runs = Table(
    "runs",
    metadata,
    own_id(),
    Column("job", key(64), nullable=False),
    Column("started_at", instant(), nullable=False),
    Column("ended_at", instant()),
    Column("outcome", key(16)),  # done, failed; None while it runs
    Column("done", number(), nullable=False),
    Column("error", words(255)),
    Index(None, "job", "started_at"),
    **TABLE,
)

leases = Table(
    "leases",
    metadata,
    Column("name", key(64), primary_key=True),
    Column("holder", key(64), nullable=False),
    Column("until", instant(), nullable=False),
    **TABLE,
)
