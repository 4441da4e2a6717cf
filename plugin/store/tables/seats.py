"""Extensions, the devices that ring for them, who sits at a shared one, and who watches which queue."""

from sqlalchemy import Column, Index, Table

from migrations.columns import KEYED, TABLE, flag, instant, key, words
from plugin.store.tables.metadata import metadata, own_id, points_to

phones = Table(
    "phones",
    metadata,
    Column("extension", key(64), primary_key=True),
    Column("label", words(64), nullable=False),
    Column("shared", flag(), nullable=False),  # people take a seat at it
    **TABLE,
)

phone_devices = Table(
    "phone_devices",
    metadata,
    Column("device", key(64), primary_key=True),  # as the phone system names it
    Column("extension", key(64), nullable=False),
    Index(None, "extension"),
    **TABLE,
)

seats = Table(
    "seats",
    metadata,
    own_id(),
    Column("extension", key(64), nullable=False),
    points_to("user_id", "users"),
    Column("session_hash", key(64), nullable=False),  # it ends with this session
    Column("began_at", instant(), nullable=False),
    Column("ends_at", instant(), nullable=False),
    Column("left_at", instant()),
    Index(None, "extension", "left_at"),
    Index(None, "user_id", "left_at"),
    **TABLE,
)

queue_watchers = Table(
    "queue_watchers",
    metadata,
    Column("queue", key(64), primary_key=True),
    points_to("user_id", "users", part_of_key=True),
    Index(None, "user_id"),
    **KEYED,
)
