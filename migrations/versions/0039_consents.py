"""What callers were told of being recorded, and what they said to it."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import TABLE, flag, instant, key, words

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    op.create_table(
        "notices",
        sa.Column("call_id", key(26), nullable=False),
        sa.Column("notice", key(16), nullable=False),
        sa.Column("notice_at", instant()),
        sa.Column("told_at", instant()),
        sa.Column("told_by", key(26)),
        sa.Column("accepted_at", instant()),
        sa.Column("accepted_by", key(26)),
        sa.Column("reason", words(255)),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name="fk_notices_call_id"),
        sa.ForeignKeyConstraint(["told_by"], ["users.id"], name="fk_notices_told_by"),
        sa.ForeignKeyConstraint(["accepted_by"], ["users.id"], name="fk_notices_accepted_by"),
        sa.PrimaryKeyConstraint("call_id", name="pk_notices"),
        **TABLE,
    )
    op.create_index("ix_notices_notice_accepted_at_call_id", "notices", ["notice", "accepted_at", "call_id"])
    op.create_table(
        "wishes",
        sa.Column("call_id", key(26), nullable=False),
        sa.Column("declined", flag(), nullable=False),
        sa.Column("said_at", instant(), nullable=False),
        sa.Column("noted_by", key(26), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name="fk_wishes_call_id"),
        sa.ForeignKeyConstraint(["noted_by"], ["users.id"], name="fk_wishes_noted_by"),
        sa.PrimaryKeyConstraint("call_id", name="pk_wishes"),
        **TABLE,
    )
