"""What may prove a caller."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import KEYED, TABLE, flag, instant, key, long_text, number

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    _identity_answers()
    _identity_counters()
    _identity_items()
    _verifications()


def _identity_answers() -> None:
    op.create_table(
        "identity_answers",
        sa.Column("customer_id", key(26), nullable=False),
        sa.Column("item", key(32), nullable=False),
        sa.Column("form_hash", key(64), nullable=False),
        sa.Column("key_id", key(16), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", "item", "form_hash", name="pk_identity_answers"),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_identity_answers_customer_id"),
        **KEYED,
    )


def _identity_counters() -> None:
    op.create_table(
        "identity_counters",
        sa.Column("customer_id", key(26), nullable=False),
        sa.Column("last_failed_at", instant(), nullable=False),
        sa.Column("failed", number(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", name="pk_identity_counters"),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_identity_counters_customer_id"),
        **TABLE,
    )


def _identity_items() -> None:
    op.create_table(
        "identity_items",
        sa.Column("customer_id", key(26), nullable=False),
        sa.Column("item", key(32), nullable=False),
        sa.Column("changed_at", instant(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", "item", name="pk_identity_items"),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_identity_items_customer_id"),
        **KEYED,
    )


def _verifications() -> None:
    op.create_table(
        "verifications",
        sa.Column("id", key(26), nullable=False),
        sa.Column("call_id", key(26), nullable=False),
        sa.Column("customer_id", key(26), nullable=False),
        sa.Column("user_id", key(26), nullable=False),
        sa.Column("session_hash", key(64), nullable=False),
        sa.Column("state", key(16), nullable=False),
        sa.Column("level", number(), nullable=False),
        sa.Column("caller_role", key(16), nullable=False),
        sa.Column("tries_used", number(), nullable=False),
        sa.Column("tries_allowed", number(), nullable=False),
        sa.Column("proved_items", long_text(), nullable=False),
        sa.Column("started_at", instant(), nullable=False),
        sa.Column("decided_at", instant()),
        sa.Column("expires_at", instant(), nullable=False),
        sa.Column("overridden", flag(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_verifications"),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name="fk_verifications_call_id"),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_verifications_customer_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_verifications_user_id"),
        **TABLE,
    )
    op.create_index("ix_verifications_call_id_customer_id", "verifications", ["call_id", "customer_id"])
