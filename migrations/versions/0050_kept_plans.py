"""The plan that the page of retention shows is kept."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import TABLE, instant, key, long_text

revision = "0050"
down_revision = "0049"


def upgrade() -> None:
    op.create_table(
        "kept_plans",
        sa.Column("id", key(26), primary_key=True),
        sa.Column("made_at", instant(), nullable=False),
        sa.Column("plan", long_text(), nullable=False),
        **TABLE,
    )
    op.create_index("ix_kept_plans_made_at", "kept_plans", ["made_at"])
