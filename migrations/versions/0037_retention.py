"""What a run of retention was planned by, what it erased of texts, and how far the tombstones outside are known."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import KEYED, TABLE, instant, key, long_text, number

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    for name in ("found_bytes", "there", "there_bytes", "texts_found", "texts"):
        op.add_column("purge_runs", sa.Column(name, number(), nullable=False, server_default="0"))
    op.add_column("purge_runs", sa.Column("rules", long_text()))
    op.add_column("tombstones", sa.Column("files", long_text()))
    op.add_column("tombstones", sa.Column("settled_at", instant()))
    op.create_index("ix_tombstones_settled_at", "tombstones", ["settled_at"])
    op.create_index("ix_recordings_state_started_at", "recordings", ["state", "started_at"])
    op.create_table(
        "text_tombstones",
        sa.Column("call_id", key(26), nullable=False),
        sa.Column("rule", key(64), nullable=False),
        sa.Column("purged_at", instant(), nullable=False),
        sa.Column("run_id", key(26)),
        sa.Column("settled_at", instant()),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name="fk_text_tombstones_call_id"),
        sa.ForeignKeyConstraint(["run_id"], ["purge_runs.id"], name="fk_text_tombstones_run_id"),
        sa.PrimaryKeyConstraint("call_id", name="pk_text_tombstones"),
        **TABLE,
    )
    op.create_index("ix_text_tombstones_run_id", "text_tombstones", ["run_id"])
    op.create_index("ix_text_tombstones_settled_at", "text_tombstones", ["settled_at"])
    op.create_table(
        "tombstone_marks",
        sa.Column("file", key(64), nullable=False),
        sa.Column("known_bytes", number(), nullable=False),
        sa.PrimaryKeyConstraint("file", name="pk_tombstone_marks"),
        **KEYED,
    )
