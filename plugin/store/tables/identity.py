"""What may prove a caller: keyed hashes of answers, durable counters, and the verifications that were held."""

from sqlalchemy import Column, Index, Table

from migrations.columns import KEYED, TABLE, flag, instant, key, long_text, number
from plugin.store.tables.metadata import metadata, own_id, points_to

identity_items = Table(
    "identity_items",
    metadata,
    points_to("customer_id", "customers", part_of_key=True),
    Column("item", key(32), primary_key=True),
    Column("changed_at", instant(), nullable=False),
    **KEYED,
)

identity_answers = Table(  # one row per normal form that an item's stored value has
    "identity_answers",
    metadata,
    points_to("customer_id", "customers", part_of_key=True),
    Column("item", key(32), primary_key=True),
    Column("form_hash", key(64), primary_key=True),
    Column("key_id", key(16), nullable=False),
    **KEYED,
)

identity_counters = Table(
    "identity_counters",
    metadata,
    points_to("customer_id", "customers", part_of_key=True),
    Column("last_failed_at", instant(), nullable=False),
    Column("failed", number(), nullable=False),
    Index(None, "last_failed_at"),
    **TABLE,
)

verifications = Table(
    "verifications",
    metadata,
    own_id(),
    points_to("call_id", "calls"),
    points_to("customer_id", "customers"),
    points_to("user_id", "users"),
    Column("session_hash", key(64), nullable=False),
    Column("state", key(16), nullable=False),  # open, passed, failed, expired
    Column("level", number(), nullable=False),  # 0, 1, 2
    Column("caller_role", key(16), nullable=False),
    Column("tries_used", number(), nullable=False),
    Column("tries_allowed", number(), nullable=False),
    Column("proved_items", long_text(), nullable=False),  # names of items only, never values
    Column("started_at", instant(), nullable=False),
    Column("decided_at", instant()),
    Column("expires_at", instant(), nullable=False),
    Column("overridden", flag(), nullable=False),
    Column("contact_id", key(26)),  # who of an organisation's people spoke
    Column("mandate_id", key(26)),  # under which mandate a proxy passed
    Column("proofs", key(128), nullable=False, server_default=""),  # beside answers: a code, a call-back
    Index(None, "call_id", "customer_id"),
    Index(None, "customer_id", "started_at"),
    Index(None, "mandate_id"),
    **TABLE,
)
