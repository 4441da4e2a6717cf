"""Recordings at rest and the grants that open them."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import TABLE, blob, instant, key, number

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    _recordings()
    _grants()
    _listens()


def _recordings() -> None:
    op.create_table(
        "recordings",
        sa.Column("id", key(26), nullable=False),
        sa.Column("call_id", key(26), nullable=False),
        sa.Column("source", key(64), nullable=False),
        sa.Column("native_key", key(64), nullable=False),
        sa.Column("uri", key(512)),
        sa.Column("state", key(16), nullable=False),
        sa.Column("kind", key(16), nullable=False),
        sa.Column("media", key(16)),
        sa.Column("started_at", instant(), nullable=False),
        sa.Column("imported_at", instant()),
        sa.Column("next_look_at", instant()),
        sa.Column("looks", number(), nullable=False),
        sa.Column("length_ms", number()),
        sa.Column("codec", key(32)),
        sa.Column("content_type", key(64)),
        sa.Column("channels", number()),
        sa.Column("size_bytes", number()),
        sa.Column("sha256", key(64)),
        sa.Column("peaks", blob()),
        sa.Column("keyset", blob()),
        sa.Column("key_id", key(32)),
        sa.Column("reason", key(64)),
        sa.PrimaryKeyConstraint("id", name="pk_recordings"),
        sa.UniqueConstraint("source", "native_key", name="uq_recordings_source_native_key"),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name="fk_recordings_call_id"),
        **TABLE,
    )
    op.create_index("ix_recordings_call_id", "recordings", ["call_id"])
    op.create_index("ix_recordings_state_next_look_at", "recordings", ["state", "next_look_at"])


def _grants() -> None:
    op.create_table(
        "grants",
        sa.Column("token_hash", key(64), nullable=False),
        sa.Column("recording_id", key(26), nullable=False),
        sa.Column("user_id", key(26), nullable=False),
        sa.Column("customer_id", key(26)),
        sa.Column("session_hash", key(64), nullable=False),
        sa.Column("purpose", key(32), nullable=False),
        sa.Column("basis_kind", key(16), nullable=False),
        sa.Column("basis", key(64), nullable=False),
        sa.Column("granted_at", instant(), nullable=False),
        sa.Column("expires_at", instant(), nullable=False),
        sa.Column("revoked_at", instant()),
        sa.Column("stream_id", key(26)),
        sa.Column("stream_until", instant()),
        sa.PrimaryKeyConstraint("token_hash", name="pk_grants"),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_grants_customer_id"),
        sa.ForeignKeyConstraint(["recording_id"], ["recordings.id"], name="fk_grants_recording_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_grants_user_id"),
        **TABLE,
    )
    op.create_index("ix_grants_recording_id", "grants", ["recording_id"])
    op.create_index("ix_grants_user_id_expires_at", "grants", ["user_id", "expires_at"])


def _listens() -> None:
    op.create_table(
        "listens",
        sa.Column("id", key(26), nullable=False),
        sa.Column("grant_hash", key(64), nullable=False),
        sa.Column("recording_id", key(26), nullable=False),
        sa.Column("user_id", key(26), nullable=False),
        sa.Column("from_ms", number(), nullable=False),
        sa.Column("to_ms", number(), nullable=False),
        sa.Column("heard_at", instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_listens"),
        sa.ForeignKeyConstraint(["recording_id"], ["recordings.id"], name="fk_listens_recording_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_listens_user_id"),
        **TABLE,
    )
    op.create_index("ix_listens_grant_hash", "listens", ["grant_hash"])
    op.create_index("ix_listens_recording_id_heard_at", "listens", ["recording_id", "heard_at"])
