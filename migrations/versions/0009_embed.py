"""Sessions of a desk inside another site's page, and the tokens that begin them."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import TABLE, instant, key

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    for column in (sa.Column("embed_origin", key(255)), sa.Column("parent_hash", key(64))):
        op.add_column("sessions", column)
    op.create_table(
        "start_tokens",
        sa.Column("token_hash", key(64), nullable=False),
        sa.Column("user_id", key(26), nullable=False),
        sa.Column("session_hash", key(64), nullable=False),
        sa.Column("origin", key(255), nullable=False),
        sa.Column("challenge", key(64), nullable=False),
        sa.Column("expires_at", instant(), nullable=False),
        sa.Column("used_at", instant()),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_start_tokens_user_id"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_start_tokens"),
        **TABLE,
    )
    op.create_index("ix_start_tokens_expires_at", "start_tokens", ["expires_at"])
