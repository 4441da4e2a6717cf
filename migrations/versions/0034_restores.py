"""Backups that were put back."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import TABLE, instant, key, number, words

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    op.create_table(
        "restores",
        sa.Column("id", key(26), primary_key=True),
        sa.Column("backup", words(64), nullable=False),
        sa.Column("taken_at", instant(), nullable=False),
        sa.Column("restored_at", instant(), nullable=False),
        sa.Column("user_id", key(26), nullable=False),
        sa.Column("least_version", number(), nullable=False),
        **TABLE,
    )
