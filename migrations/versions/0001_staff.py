"""Who works here."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import TABLE, flag, instant, key, number

revision = "0001"
down_revision = None


def upgrade() -> None:
    _tries()
    _users()
    _sessions()


def _tries() -> None:
    op.create_table(
        "tries",
        sa.Column("subject", key(96), nullable=False),
        sa.Column("window_started_at", instant(), nullable=False),
        sa.Column("used", number(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name="pk_tries"),
        **TABLE,
    )


def _users() -> None:
    op.create_table(
        "users",
        sa.Column("id", key(26), nullable=False),
        sa.Column("login", key(64), nullable=False),
        sa.Column("name", key(128), nullable=False),
        sa.Column("password_hash", key(255), nullable=False),
        sa.Column("role", key(32), nullable=False),
        sa.Column("team", key(64), nullable=False),
        sa.Column("extension", key(64)),
        sa.Column("lang", key(8), nullable=False),
        sa.Column("active", flag(), nullable=False),
        sa.Column("created_at", instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("extension", name="uq_users_extension"),
        sa.UniqueConstraint("login", name="uq_users_login"),
        **TABLE,
    )


def _sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("token_hash", key(64), nullable=False),
        sa.Column("user_id", key(26), nullable=False),
        sa.Column("created_at", instant(), nullable=False),
        sa.Column("seen_at", instant(), nullable=False),
        sa.Column("expires_at", instant(), nullable=False),
        sa.Column("revoked_at", instant()),
        sa.Column("proved_at", instant(), nullable=False),
        sa.Column("address", key(64), nullable=False),
        sa.Column("browser", key(255), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name="pk_sessions"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_sessions_user_id"),
        **TABLE,
    )
    op.create_index("ix_sessions_user_id_expires_at", "sessions", ["user_id", "expires_at"])
