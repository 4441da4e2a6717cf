"""Outbox, cursors and the ledger of scheduled work."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import TABLE, instant, key, long_text, number

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    _cursors()
    _leases()
    _outbox()
    _runs()
    _timeline_links()


def _cursors() -> None:
    op.create_table(
        "cursors",
        sa.Column("crm", key(32), nullable=False),
        sa.Column("cursor", long_text(), nullable=False),
        sa.Column("moved_at", instant(), nullable=False),
        sa.PrimaryKeyConstraint("crm", name="pk_cursors"),
        **TABLE,
    )


def _leases() -> None:
    op.create_table(
        "leases",
        sa.Column("name", key(64), nullable=False),
        sa.Column("holder", key(64), nullable=False),
        sa.Column("until", instant(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_leases"),
        **TABLE,
    )


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", key(26), nullable=False),
        sa.Column("kind", key(32), nullable=False),
        sa.Column("subject_id", key(26), nullable=False),
        sa.Column("body", long_text(), nullable=False),
        sa.Column("state", key(16), nullable=False),
        sa.Column("attempts", number(), nullable=False),
        sa.Column("due_at", instant(), nullable=False),
        sa.Column("lease_until", instant()),
        sa.Column("lease_by", key(64)),
        sa.Column("error", key(255)),
        sa.Column("created_at", instant(), nullable=False),
        sa.Column("done_at", instant()),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        **TABLE,
    )
    op.create_index("ix_outbox_state_due_at", "outbox", ["state", "due_at"])
    op.create_index("ix_outbox_subject_id", "outbox", ["subject_id"])


def _runs() -> None:
    op.create_table(
        "runs",
        sa.Column("id", key(26), nullable=False),
        sa.Column("job", key(64), nullable=False),
        sa.Column("started_at", instant(), nullable=False),
        sa.Column("ended_at", instant()),
        sa.Column("outcome", key(16)),
        sa.Column("done", number(), nullable=False),
        sa.Column("error", key(255)),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
        **TABLE,
    )
    op.create_index("ix_runs_job_started_at", "runs", ["job", "started_at"])


def _timeline_links() -> None:
    op.create_table(
        "timeline_links",
        sa.Column("call_id", key(26), nullable=False),
        sa.Column("crm", key(32), nullable=False),
        sa.Column("remote_id", key(128), nullable=False),
        sa.Column("version", number(), nullable=False),
        sa.Column("sent_at", instant(), nullable=False),
        sa.PrimaryKeyConstraint("call_id", "crm", name="pk_timeline_links"),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name="fk_timeline_links_call_id"),
        **TABLE,
    )
