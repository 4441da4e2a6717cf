"""Who has read which edition of the rules of recording."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import KEYED, instant, key

revision = "0042"
down_revision = "0041"


def upgrade() -> None:
    op.create_table(
        "rules_known",
        sa.Column("user_id", key(26), nullable=False),
        sa.Column("edition", key(16), nullable=False),
        sa.Column("known_at", instant(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_rules_known_user_id"),
        sa.PrimaryKeyConstraint("user_id", "edition", name="pk_rules_known"),
        **KEYED,
    )
