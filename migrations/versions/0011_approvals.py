"""Requests for a second person's approval, and who accounts are at the company's identity provider."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import TABLE, instant, key, long_text, words

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    _approvals()
    _identities()


def _approvals() -> None:
    op.create_table(
        "approvals",
        sa.Column("id", key(26), nullable=False),
        sa.Column("kind", key(32), nullable=False),
        sa.Column("subject", key(64), nullable=False),
        sa.Column("content", long_text(), nullable=False),
        sa.Column("content_hash", key(64), nullable=False),
        sa.Column("asked_by", key(26), nullable=False),
        sa.Column("asked_as", key(64)),
        sa.Column("asked_at", instant(), nullable=False),
        sa.Column("reason", words(200), nullable=False),
        sa.Column("state", key(16), nullable=False),
        sa.Column("expires_at", instant(), nullable=False),
        sa.Column("decided_by", key(26)),
        sa.Column("decided_at", instant()),
        sa.Column("decided_reason", words(200)),
        sa.Column("used_at", instant()),
        sa.ForeignKeyConstraint(["asked_by"], ["users.id"], name="fk_approvals_asked_by"),
        sa.ForeignKeyConstraint(["decided_by"], ["users.id"], name="fk_approvals_decided_by"),
        sa.PrimaryKeyConstraint("id", name="pk_approvals"),
        **TABLE,
    )
    op.create_index("ix_approvals_state_expires_at", "approvals", ["state", "expires_at"])
    op.create_index("ix_approvals_asked_by_asked_at", "approvals", ["asked_by", "asked_at"])


def _identities() -> None:
    op.create_table(
        "identities",
        sa.Column("subject_hash", key(64), nullable=False),
        sa.Column("user_id", key(26), nullable=False),
        sa.Column("issuer", words(255), nullable=False),
        sa.Column("subject", words(255), nullable=False),
        sa.Column("linked_at", instant(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_identities_user_id"),
        sa.PrimaryKeyConstraint("subject_hash", name="pk_identities"),
        sa.UniqueConstraint("user_id", name="uq_identities_user_id"),
        **TABLE,
    )
