"""Backups that were made, and that were put back: what is written outside since is known from what was before."""

from sqlalchemy import Column, Index, Table

from migrations.columns import TABLE, instant, key, number, words
from plugin.store.tables.metadata import metadata, own_id

restores = Table(
    "restores",
    metadata,
    own_id(),
    Column("backup", words(64), nullable=False),  # its name
    Column("taken_at", instant(), nullable=False),
    Column("restored_at", instant(), nullable=False),
    Column("user_id", key(26), nullable=False),
    Column("least_version", number(), nullable=False),  # the CRM's entries begin at it from here on
    **TABLE,
)

backups = Table(  # that were made or tried here, and whether somebody looked at each since
    "backups",
    metadata,
    own_id(),
    Column("name", words(64), nullable=False),
    Column("at", instant(), nullable=False),
    Column("outcome", key(32), nullable=False),  # whole, findings, or why there is none
    Column("looked_at", instant()),
    Column("look", key(16)),  # whole, damaged
    Index(None, "at"),
    Index(None, "looked_at"),
    **TABLE,
)
