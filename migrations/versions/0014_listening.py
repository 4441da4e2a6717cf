"""What is asked about recordings, noted at places of them, and written down of what was said."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import TABLE, instant, key, long_text, number

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    _recording_checks()
    _markers()
    _transcript_segments()


def _recording_checks() -> None:
    op.create_table(
        "recording_checks",
        sa.Column("id", key(26), nullable=False),
        sa.Column("recording_id", key(26), nullable=False),
        sa.Column("customer_id", key(26)),
        sa.Column("asked_by", key(26), nullable=False),
        sa.Column("question", long_text(), nullable=False),
        sa.Column("state", key(16), nullable=False),
        sa.Column("asked_at", instant(), nullable=False),
        sa.Column("expires_at", instant(), nullable=False),
        sa.Column("taken_by", key(26)),
        sa.Column("taken_at", instant()),
        sa.Column("answer", long_text()),
        sa.Column("settled_at", instant()),
        sa.Column("approved_until", instant()),
        sa.Column("read_at", instant()),
        sa.PrimaryKeyConstraint("id", name="pk_recording_checks"),
        sa.ForeignKeyConstraint(["recording_id"], ["recordings.id"], name="fk_recording_checks_recording_id"),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_recording_checks_customer_id"),
        sa.ForeignKeyConstraint(["asked_by"], ["users.id"], name="fk_recording_checks_asked_by"),
        sa.ForeignKeyConstraint(["taken_by"], ["users.id"], name="fk_recording_checks_taken_by"),
        **TABLE,
    )
    for columns in (["state", "asked_at"], ["asked_by", "read_at"], ["recording_id", "state"]):
        op.create_index(f"ix_recording_checks_{'_'.join(columns)}", "recording_checks", columns)


def _markers() -> None:
    op.create_table(
        "markers",
        sa.Column("id", key(26), nullable=False),
        sa.Column("recording_id", key(26), nullable=False),
        sa.Column("user_id", key(26), nullable=False),
        sa.Column("at_ms", number(), nullable=False),
        sa.Column("words", long_text(), nullable=False),
        sa.Column("set_at", instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_markers"),
        sa.ForeignKeyConstraint(["recording_id"], ["recordings.id"], name="fk_markers_recording_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_markers_user_id"),
        **TABLE,
    )
    op.create_index("ix_markers_recording_id_at_ms", "markers", ["recording_id", "at_ms"])


def _transcript_segments() -> None:
    op.create_table(
        "transcript_segments",
        sa.Column("id", key(26), nullable=False),
        sa.Column("recording_id", key(26), nullable=False),
        sa.Column("from_ms", number(), nullable=False),
        sa.Column("to_ms", number(), nullable=False),
        sa.Column("speaker", key(16), nullable=False),
        sa.Column("words", long_text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_transcript_segments"),
        sa.ForeignKeyConstraint(["recording_id"], ["recordings.id"], name="fk_transcript_segments_recording_id"),
        **TABLE,
    )
    op.create_index("ix_transcript_segments_recording_id_from_ms", "transcript_segments", ["recording_id", "from_ms"])
