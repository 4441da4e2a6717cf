"""Who takes a missed call on, and when it was done with."""

from sqlalchemy import Column, Table

from migrations.columns import TABLE, instant
from plugin.store.tables.metadata import metadata, points_to

missed_work = Table(
    "missed_work",
    metadata,
    points_to("call_id", "calls", part_of_key=True),
    points_to("claimed_by", "users", optional=True),
    Column("claimed_at", instant()),
    points_to("done_by", "users", optional=True),
    Column("done_at", instant()),
    **TABLE,
)
