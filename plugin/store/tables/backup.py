"""Backups that were put back, so that what is written to the outside since is known from what was written before."""

from sqlalchemy import Column, Table

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
