"""The backups that were made, tried and looked at; and marks of tombstone files that tell what stood in them."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import TABLE, instant, key, words

revision = "0049"
down_revision = "0048"


def upgrade() -> None:
    op.create_table(
        "backups",
        sa.Column("id", key(26), primary_key=True),
        sa.Column("name", words(64), nullable=False),
        sa.Column("at", instant(), nullable=False),
        sa.Column("outcome", key(32), nullable=False),
        sa.Column("looked_at", instant()),
        sa.Column("look", key(16)),
        **TABLE,
    )
    op.create_index("ix_backups_at", "backups", ["at"])
    op.create_index("ix_backups_looked_at", "backups", ["looked_at"])
    op.execute("DELETE FROM tombstone_marks")  # all files are read anew, once, at the next start
    op.add_column("tombstone_marks", sa.Column("chain", key(64), nullable=False, server_default=""))
