"""What callers were told of being recorded, and what they said to it."""

from sqlalchemy import Column, Index, Table

from migrations.columns import TABLE, flag, instant, key, words
from plugin.store.tables.metadata import metadata, points_to

notices = Table(  # of recorded calls alone
    "notices",
    metadata,
    points_to("call_id", "calls", part_of_key=True),
    Column("notice", key(16), nullable=False),  # core/consent.py Notice: what is known without anybody's word
    Column("notice_at", instant()),
    Column("told_at", instant()),  # when an operator said that he told the caller
    points_to("told_by", "users", optional=True),
    Column("accepted_at", instant()),  # when a manager accepted that there was none
    points_to("accepted_by", "users", optional=True),
    Column("reason", words(255)),
    Index(None, "notice", "accepted_at", "call_id"),
    **TABLE,
)

wishes = Table(  # what the caller said last, in this call
    "wishes",
    metadata,
    points_to("call_id", "calls", part_of_key=True),
    Column("declined", flag(), nullable=False),
    Column("said_at", instant(), nullable=False),
    points_to("noted_by", "users"),
    **TABLE,
)
