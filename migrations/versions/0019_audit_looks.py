"""What looks at the whole audit came to, and how often a rule refused the same thing of late."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import TABLE, instant, key, number

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.create_table(
        "audit_looks",
        sa.Column("id", key(26), nullable=False),
        sa.Column("looked_at", instant(), nullable=False),
        sa.Column("lines", number(), nullable=False),
        sa.Column("proved_to", number(), nullable=False),
        sa.Column("findings", number(), nullable=False),
        sa.Column("took_us", number(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_looks"),
        **TABLE,
    )
    op.create_table(
        "refusals",
        sa.Column("subject", key(64), nullable=False),
        sa.Column("since", instant(), nullable=False),
        sa.Column("told", number(), nullable=False),
        sa.Column("more", number(), nullable=False),
        sa.Column("act", key(48), nullable=False),
        sa.Column("user_id", key(26)),
        sa.Column("purpose", key(64)),
        sa.PrimaryKeyConstraint("subject", name="pk_refusals"),
        **TABLE,
    )
    op.create_table(
        "setting_marks",
        sa.Column("name", key(128), nullable=False),
        sa.Column("mark", key(64), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_setting_marks"),
        **TABLE,
    )
