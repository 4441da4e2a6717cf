"""Missed calls as work: who takes one on, and when it was done with."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import TABLE, instant, key

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.create_table(
        "missed_work",
        sa.Column("call_id", key(26), nullable=False),
        sa.Column("claimed_by", key(26)),
        sa.Column("claimed_at", instant()),
        sa.Column("done_by", key(26)),
        sa.Column("done_at", instant()),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name="fk_missed_work_call_id"),
        sa.ForeignKeyConstraint(["claimed_by"], ["users.id"], name="fk_missed_work_claimed_by"),
        sa.ForeignKeyConstraint(["done_by"], ["users.id"], name="fk_missed_work_done_by"),
        sa.PrimaryKeyConstraint("call_id", name="pk_missed_work"),
        **TABLE,
    )
