"""Copies of recordings from which something is cut out, for cases and for training; their files and their grants."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import TABLE, blob, instant, key, number, words

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    _redactions()
    _redaction_ranges()
    _clips()
    _derivatives()
    _redaction_grants()
    _redaction_listens()


def _redactions() -> None:
    op.create_table(
        "redactions",
        sa.Column("id", key(26), nullable=False),
        sa.Column("recording_id", key(26), nullable=False),
        sa.Column("kind", key(16), nullable=False),
        sa.Column("case_id", key(26)),
        sa.Column("from_ms", number(), nullable=False),
        sa.Column("to_ms", number(), nullable=False),
        sa.Column("hush", key(16), nullable=False),
        sa.Column("state", key(16), nullable=False),
        sa.Column("made_by", key(26), nullable=False),
        sa.Column("asked_at", instant(), nullable=False),
        sa.Column("made_at", instant()),
        sa.Column("length_ms", number()),
        sa.Column("channels", number()),
        sa.Column("peaks", blob()),
        sa.Column("approval_id", key(26)),
        sa.Column("confirmed_by", key(26)),
        sa.Column("confirmed_at", instant()),
        sa.Column("gone_at", instant()),
        sa.Column("reason", key(64)),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_redactions_case_id"),
        sa.ForeignKeyConstraint(["confirmed_by"], ["users.id"], name="fk_redactions_confirmed_by"),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name="fk_redactions_made_by"),
        sa.ForeignKeyConstraint(["recording_id"], ["recordings.id"], name="fk_redactions_recording_id"),
        sa.PrimaryKeyConstraint("id", name="pk_redactions"),
        **TABLE,
    )
    op.create_index("ix_redactions_case_id", "redactions", ["case_id"])
    op.create_index("ix_redactions_kind_state_asked_at", "redactions", ["kind", "state", "asked_at"])
    op.create_index("ix_redactions_recording_id", "redactions", ["recording_id"])
    op.create_index("ix_redactions_state", "redactions", ["state"])


def _redaction_ranges() -> None:
    op.create_table(
        "redaction_ranges",
        sa.Column("redaction_id", key(26), nullable=False),
        sa.Column("place", number(), nullable=False, autoincrement=False),
        sa.Column("from_ms", number(), nullable=False),
        sa.Column("to_ms", number(), nullable=False),
        sa.Column("reason", key(32), nullable=False),
        sa.ForeignKeyConstraint(["redaction_id"], ["redactions.id"], name="fk_redaction_ranges_redaction_id"),
        sa.PrimaryKeyConstraint("redaction_id", "place", name="pk_redaction_ranges"),
        **TABLE,
    )


def _clips() -> None:
    op.create_table(
        "clips",
        sa.Column("redaction_id", key(26), nullable=False),
        sa.Column("title", words(255), nullable=False),
        sa.Column("audience", key(16), nullable=False),
        sa.Column("team", key(64), nullable=False),
        sa.Column("expires_at", instant(), nullable=False),
        sa.ForeignKeyConstraint(["redaction_id"], ["redactions.id"], name="fk_clips_redaction_id"),
        sa.PrimaryKeyConstraint("redaction_id", name="pk_clips"),
        **TABLE,
    )
    op.create_index("ix_clips_expires_at", "clips", ["expires_at"])


def _derivatives() -> None:
    op.create_table(
        "derivatives",
        sa.Column("id", key(26), nullable=False),
        sa.Column("redaction_id", key(26), nullable=False),
        sa.Column("recording_id", key(26), nullable=False),
        sa.Column("form", key(16), nullable=False),
        sa.Column("size_bytes", number(), nullable=False),
        sa.Column("sha256", key(64), nullable=False),
        sa.Column("keyset", blob(), nullable=False),
        sa.Column("key_id", key(32), nullable=False),
        sa.ForeignKeyConstraint(["recording_id"], ["recordings.id"], name="fk_derivatives_recording_id"),
        sa.ForeignKeyConstraint(["redaction_id"], ["redactions.id"], name="fk_derivatives_redaction_id"),
        sa.PrimaryKeyConstraint("id", name="pk_derivatives"),
        **TABLE,
    )
    op.create_index("ix_derivatives_key_id", "derivatives", ["key_id"])
    op.create_index("ix_derivatives_recording_id", "derivatives", ["recording_id"])
    op.create_index("ix_derivatives_redaction_id", "derivatives", ["redaction_id"])


def _redaction_grants() -> None:
    op.create_table(
        "redaction_grants",
        sa.Column("token_hash", key(64), nullable=False),
        sa.Column("redaction_id", key(26), nullable=False),
        sa.Column("user_id", key(26), nullable=False),
        sa.Column("session_hash", key(64), nullable=False),
        sa.Column("granted_at", instant(), nullable=False),
        sa.Column("expires_at", instant(), nullable=False),
        sa.Column("revoked_at", instant()),
        sa.Column("stream_id", key(26)),
        sa.Column("stream_until", instant()),
        sa.Column("sent", blob()),
        sa.ForeignKeyConstraint(["redaction_id"], ["redactions.id"], name="fk_redaction_grants_redaction_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_redaction_grants_user_id"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_redaction_grants"),
        **TABLE,
    )
    op.create_index("ix_redaction_grants_redaction_id", "redaction_grants", ["redaction_id"])
    op.create_index("ix_redaction_grants_user_id_expires_at", "redaction_grants", ["user_id", "expires_at"])


def _redaction_listens() -> None:
    op.create_table(
        "redaction_listens",
        sa.Column("id", key(26), nullable=False),
        sa.Column("grant_hash", key(64), nullable=False),
        sa.Column("redaction_id", key(26), nullable=False),
        sa.Column("user_id", key(26), nullable=False),
        sa.Column("from_ms", number(), nullable=False),
        sa.Column("to_ms", number(), nullable=False),
        sa.Column("heard_at", instant(), nullable=False),
        sa.ForeignKeyConstraint(["redaction_id"], ["redactions.id"], name="fk_redaction_listens_redaction_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_redaction_listens_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_redaction_listens"),
        **TABLE,
    )
    op.create_index("ix_redaction_listens_grant_hash", "redaction_listens", ["grant_hash"])
    op.create_index("ix_redaction_listens_redaction_id_user_id", "redaction_listens", ["redaction_id", "user_id"])
