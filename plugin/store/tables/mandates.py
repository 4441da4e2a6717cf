"""Who may ask for a customer: mandates, and the keyed hashes of the proxies' own answers."""

from sqlalchemy import Column, Index, Table

from migrations.columns import KEYED, TABLE, instant, key, words
from plugin.store.tables.metadata import metadata, own_id, points_to

mandates = Table(
    "mandates",
    metadata,
    own_id(),
    points_to("customer_id", "customers"),
    Column("name", words(128), nullable=False),
    Column("scope", key(16), nullable=False),
    Column("expires_at", instant(), nullable=False),
    Column("registered_at", instant(), nullable=False),
    points_to("registered_by", "users"),
    Column("ended_at", instant()),
    Column("confirmed_at", instant()),
    Column("confirmed_by", key(26)),
    Column("answer_key", key(128)),  # sealed under the newest key for answers; the marks below are made with it
    Column("answer_key_id", key(16)),
    Index(None, "customer_id"),
    Index(None, "expires_at"),
    Index(None, "answer_key_id"),
    **TABLE,
)

mandate_answers = Table(  # one row per normal form that the proxy's answer has
    "mandate_answers",
    metadata,
    points_to("mandate_id", "mandates", part_of_key=True),
    Column("item", key(32), primary_key=True),
    Column("form_hash", key(64), primary_key=True),
    **KEYED,
)
