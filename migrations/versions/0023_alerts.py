"""Alerts: what an operator asks a supervisor for in a call."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import TABLE, instant, key

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.create_table(
        "alerts",
        sa.Column("id", key(26), nullable=False),
        sa.Column("call_id", key(26), nullable=False),
        sa.Column("agent", key(64), nullable=False),
        sa.Column("user_id", key(26)),
        sa.Column("team", key(64), nullable=False),
        sa.Column("reason", key(16), nullable=False),
        sa.Column("raised_at", instant(), nullable=False),
        sa.Column("taken_by", key(26)),
        sa.Column("taken_at", instant()),
        sa.Column("closed_at", instant()),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name="fk_alerts_call_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_alerts_user_id"),
        sa.ForeignKeyConstraint(["taken_by"], ["users.id"], name="fk_alerts_taken_by"),
        sa.PrimaryKeyConstraint("id", name="pk_alerts"),
        **TABLE,
    )
    op.create_index("ix_alerts_closed_at_raised_at", "alerts", ["closed_at", "raised_at"])
    op.create_index("ix_alerts_call_id_user_id", "alerts", ["call_id", "user_id"])
