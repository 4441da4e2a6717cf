"""One-time codes, call-backs, and how many were asked for."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import TABLE, instant, key, number

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    _one_time_codes()
    _call_backs()
    op.create_table(
        "send_counters",
        sa.Column("about", key(80), nullable=False),
        sa.Column("began_at", instant(), nullable=False),
        sa.Column("counted", number(), nullable=False),
        sa.PrimaryKeyConstraint("about", name="pk_send_counters"),
        **TABLE,
    )


def _one_time_codes() -> None:
    op.create_table(
        "one_time_codes",
        sa.Column("id", key(26), nullable=False),
        sa.Column("verification_id", key(26), nullable=False),
        sa.Column("customer_id", key(26), nullable=False),
        sa.Column("number_mark", key(64), nullable=False),
        sa.Column("tail", key(2), nullable=False),
        sa.Column("way", key(8), nullable=False),
        sa.Column("code_mark", key(64), nullable=False),
        sa.Column("key_id", key(16), nullable=False),
        sa.Column("state", key(16), nullable=False),
        sa.Column("missed", number(), nullable=False),
        sa.Column("asked_at", instant(), nullable=False),
        sa.Column("expires_at", instant(), nullable=False),
        sa.Column("why", key(32)),
        sa.PrimaryKeyConstraint("id", name="pk_one_time_codes"),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_one_time_codes_customer_id"),
        sa.ForeignKeyConstraint(["verification_id"], ["verifications.id"], name="fk_one_time_codes_verification_id"),
        **TABLE,
    )
    op.create_index("ix_one_time_codes_verification_id", "one_time_codes", ["verification_id"])


def _call_backs() -> None:
    op.create_table(
        "call_backs",
        sa.Column("id", key(26), nullable=False),
        sa.Column("verification_id", key(26), nullable=False),
        sa.Column("customer_id", key(26), nullable=False),
        sa.Column("user_id", key(26), nullable=False),
        sa.Column("number_mark", key(64), nullable=False),
        sa.Column("tail", key(2), nullable=False),
        sa.Column("key_id", key(16), nullable=False),
        sa.Column("proof", key(32), nullable=False),
        sa.Column("state", key(16), nullable=False),
        sa.Column("asked_at", instant(), nullable=False),
        sa.Column("expires_at", instant(), nullable=False),
        sa.Column("call_id", key(26)),
        sa.Column("why", key(32)),
        sa.PrimaryKeyConstraint("id", name="pk_call_backs"),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name="fk_call_backs_call_id"),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_call_backs_customer_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_call_backs_user_id"),
        sa.ForeignKeyConstraint(["verification_id"], ["verifications.id"], name="fk_call_backs_verification_id"),
        **TABLE,
    )
    op.create_index("ix_call_backs_verification_id", "call_backs", ["verification_id"])
    op.create_index("ix_call_backs_user_id_customer_id_state", "call_backs", ["user_id", "customer_id", "state"])
