"""When a recording expired, which month's keys were destroyed, and recordings found by their key."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import TABLE, instant, key, number

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.add_column("recordings", sa.Column("expired_at", instant()))
    op.create_index("ix_recordings_key_id", "recordings", ["key_id"])
    op.create_table(
        "shreddings",
        sa.Column("month", key(7), nullable=False),
        sa.Column("approval_id", key(26), nullable=False),
        sa.Column("recordings", number(), nullable=False),
        sa.Column("begun_at", instant(), nullable=False),
        sa.Column("ended_at", instant()),
        sa.PrimaryKeyConstraint("month", name="pk_shreddings"),
        **TABLE,
    )
