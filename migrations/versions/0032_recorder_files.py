"""Files of recorders that tell of nothing: which are a call's, and which wait for a person. No name, no number."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import TABLE, instant, key

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    op.create_table(
        "recorder_files",
        sa.Column("source", key(64), primary_key=True),
        sa.Column("file_key", key(64), primary_key=True),
        sa.Column("state", key(16), nullable=False),
        sa.Column("began_at", instant(), nullable=False),
        sa.Column("ended_at", instant()),
        sa.Column("extension", key(64)),
        sa.Column("seen_at", instant(), nullable=False),
        **TABLE,
    )
    op.create_index("ix_recorder_files_state_began_at", "recorder_files", ["state", "began_at"])
    op.create_index("ix_recorder_files_seen_at", "recorder_files", ["seen_at"])
