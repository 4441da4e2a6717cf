"""What proves a caller beside his answers: codes that were sent, call-backs that were asked for, and how many."""

from sqlalchemy import Column, Index, Table

from migrations.columns import TABLE, instant, key, number
from plugin.store.tables.metadata import metadata, own_id, points_to

one_time_codes = Table(
    "one_time_codes",
    metadata,
    own_id(),
    points_to("verification_id", "verifications"),
    points_to("customer_id", "customers"),
    Column("number_mark", key(64), nullable=False),  # a keyed hash, so that no number stands here
    Column("tail", key(2), nullable=False),
    Column("way", key(8), nullable=False),
    Column("code_mark", key(64), nullable=False),
    Column("key_id", key(16), nullable=False),
    Column("state", key(16), nullable=False),
    Column("missed", number(), nullable=False),  # how often another code was told
    Column("asked_at", instant(), nullable=False),
    Column("expires_at", instant(), nullable=False),
    Column("why", key(32)),
    Column("arrival", key(16)),  # what the carrier told of it afterwards
    Column("arrival_why", key(32)),
    Index(None, "verification_id"),
    **TABLE,
)

send_counters = Table(  # how much was asked of the outside for one customer, one number, one member of staff
    "send_counters",
    metadata,
    Column("about", key(80), primary_key=True),
    Column("began_at", instant(), nullable=False),
    Column("counted", number(), nullable=False),
    **TABLE,
)

call_backs = Table(
    "call_backs",
    metadata,
    own_id(),
    points_to("verification_id", "verifications"),  # in whose call it was asked for
    points_to("customer_id", "customers"),
    points_to("user_id", "users"),
    Column("number_mark", key(64), nullable=False),
    Column("tail", key(2), nullable=False),
    Column("key_id", key(16), nullable=False),
    Column("proof", key(32), nullable=False),
    Column("state", key(16), nullable=False),
    Column("asked_at", instant(), nullable=False),
    Column("expires_at", instant(), nullable=False),
    points_to("call_id", "calls", optional=True),  # the call of ours that it became
    Column("why", key(32)),
    Index(None, "verification_id"),
    Index(None, "user_id", "customer_id", "state"),
    **TABLE,
)
