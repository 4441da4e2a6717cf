"""What is kept, why and how long: the register of purposes, cases, holds, and what is left of what was purged."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import KEYED, TABLE, instant, key, long_text, number, words

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    _register()
    _cases()
    _call_purposes()
    _holds()
    _purged()


def _register() -> None:
    op.create_table(
        "purposes",
        sa.Column("id", key(26), nullable=False),
        sa.Column("purpose", key(32), nullable=False),
        sa.Column("version", number(), nullable=False),
        sa.Column("applies", key(16), nullable=False),
        sa.Column("notice_ja", long_text(), nullable=False),
        sa.Column("notice_en", long_text(), nullable=False),
        sa.Column("audio_days", number(), nullable=False),
        sa.Column("text_days", number()),
        sa.Column("roles", words(255), nullable=False),
        sa.Column("review_on", key(10), nullable=False),
        sa.Column("in_force_at", instant()),
        sa.Column("written_by", key(26)),
        sa.Column("written_at", instant(), nullable=False),
        sa.Column("approval_id", key(26)),
        sa.ForeignKeyConstraint(["written_by"], ["users.id"], name="fk_purposes_written_by"),
        sa.PrimaryKeyConstraint("id", name="pk_purposes"),
        sa.UniqueConstraint("purpose", "version", name="uq_purposes_purpose_version"),
        **TABLE,
    )


def _cases() -> None:
    op.create_table(
        "cases",
        sa.Column("id", key(26), nullable=False),
        sa.Column("number", key(16), nullable=False),
        sa.Column("kind", key(16), nullable=False),
        sa.Column("title", words(120), nullable=False),
        sa.Column("opened_by", key(26), nullable=False),
        sa.Column("opened_at", instant(), nullable=False),
        sa.Column("due_at", instant()),
        sa.Column("closed_at", instant()),
        sa.Column("closed_by", key(26)),
        sa.ForeignKeyConstraint(["closed_by"], ["users.id"], name="fk_cases_closed_by"),
        sa.ForeignKeyConstraint(["opened_by"], ["users.id"], name="fk_cases_opened_by"),
        sa.PrimaryKeyConstraint("id", name="pk_cases"),
        sa.UniqueConstraint("number", name="uq_cases_number"),
        **TABLE,
    )
    op.create_index("ix_cases_kind_closed_at_due_at", "cases", ["kind", "closed_at", "due_at"])
    op.create_table(
        "case_counts",
        sa.Column("kind", key(16), nullable=False),
        sa.Column("year", number(), nullable=False, autoincrement=False),
        sa.Column("used", number(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "year", name="pk_case_counts"),
        **KEYED,
    )
    op.create_table(
        "case_calls",
        sa.Column("case_id", key(26), nullable=False),
        sa.Column("call_id", key(26), nullable=False),
        sa.Column("added_by", key(26), nullable=False),
        sa.Column("added_at", instant(), nullable=False),
        sa.Column("reason", words(255), nullable=False),
        sa.ForeignKeyConstraint(["added_by"], ["users.id"], name="fk_case_calls_added_by"),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name="fk_case_calls_call_id"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_case_calls_case_id"),
        sa.PrimaryKeyConstraint("case_id", "call_id", name="pk_case_calls"),
        **TABLE,
    )
    op.create_index("ix_case_calls_call_id", "case_calls", ["call_id"])


def _call_purposes() -> None:
    op.create_table(
        "call_purposes",
        sa.Column("id", key(26), nullable=False),
        sa.Column("call_id", key(26), nullable=False),
        sa.Column("purpose", key(32), nullable=False),
        sa.Column("since_at", instant(), nullable=False),
        sa.Column("case_id", key(26)),
        sa.Column("ended_at", instant()),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name="fk_call_purposes_call_id"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_call_purposes_case_id"),
        sa.PrimaryKeyConstraint("id", name="pk_call_purposes"),
        **TABLE,
    )
    op.create_index("ix_call_purposes_call_id", "call_purposes", ["call_id"])
    op.create_index("ix_call_purposes_case_id", "call_purposes", ["case_id"])


def _holds() -> None:
    op.create_table(
        "holds",
        sa.Column("id", key(26), nullable=False),
        sa.Column("case_id", key(26), nullable=False),
        sa.Column("reason", words(255), nullable=False),
        sa.Column("asked_by", words(120), nullable=False),
        sa.Column("placed_by", key(26), nullable=False),
        sa.Column("placed_at", instant(), nullable=False),
        sa.Column("review_on", key(10), nullable=False),
        sa.Column("released_at", instant()),
        sa.Column("approval_id", key(26)),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_holds_case_id"),
        sa.ForeignKeyConstraint(["placed_by"], ["users.id"], name="fk_holds_placed_by"),
        sa.PrimaryKeyConstraint("id", name="pk_holds"),
        **TABLE,
    )
    op.create_index("ix_holds_case_id", "holds", ["case_id"])
    op.create_index("ix_holds_released_at_review_on", "holds", ["released_at", "review_on"])
    op.create_table(
        "hold_calls",
        sa.Column("hold_id", key(26), nullable=False),
        sa.Column("call_id", key(26), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name="fk_hold_calls_call_id"),
        sa.ForeignKeyConstraint(["hold_id"], ["holds.id"], name="fk_hold_calls_hold_id"),
        sa.PrimaryKeyConstraint("hold_id", "call_id", name="pk_hold_calls"),
        **KEYED,
    )
    op.create_index("ix_hold_calls_call_id", "hold_calls", ["call_id"])


def _purged() -> None:
    op.create_table(
        "purge_runs",
        sa.Column("id", key(26), nullable=False),
        sa.Column("state", key(16), nullable=False),
        sa.Column("due_before", instant(), nullable=False),
        sa.Column("found", number(), nullable=False),
        sa.Column("purged", number(), nullable=False),
        sa.Column("purged_bytes", number(), nullable=False),
        sa.Column("begun_at", instant(), nullable=False),
        sa.Column("ended_at", instant()),
        sa.Column("root", key(64)),
        sa.Column("approval_id", key(26)),
        sa.PrimaryKeyConstraint("id", name="pk_purge_runs"),
        **TABLE,
    )
    op.create_index("ix_purge_runs_begun_at", "purge_runs", ["begun_at"])
    op.create_table(
        "tombstones",
        sa.Column("recording_id", key(26), nullable=False),
        sa.Column("call_id", key(26), nullable=False),
        sa.Column("rule", key(64), nullable=False),
        sa.Column("purged_at", instant(), nullable=False),
        sa.Column("run_id", key(26)),
        sa.Column("sha256", key(64)),
        sa.Column("size_bytes", number()),
        sa.Column("length_ms", number()),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name="fk_tombstones_call_id"),
        sa.ForeignKeyConstraint(["run_id"], ["purge_runs.id"], name="fk_tombstones_run_id"),
        sa.PrimaryKeyConstraint("recording_id", name="pk_tombstones"),
        **TABLE,
    )
    op.create_index("ix_tombstones_call_id", "tombstones", ["call_id"])
    op.create_index("ix_tombstones_run_id", "tombstones", ["run_id"])
