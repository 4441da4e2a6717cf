"""Who has read which edition of the rules of recording."""

from sqlalchemy import Column, Table

from migrations.columns import KEYED, instant, key
from plugin.store.tables.metadata import metadata, points_to

rules_known = Table(
    "rules_known",
    metadata,
    points_to("user_id", "users", part_of_key=True),
    Column("edition", key(16), primary_key=True),  # core/purposes.py edition
    Column("known_at", instant(), nullable=False),
    **KEYED,
)
