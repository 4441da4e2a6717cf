"""Calls, their events and what people decided about them."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import TABLE, instant, key, long_text, number

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    _calls()
    _assignments()
    _call_events()
    _call_keys()
    _drafts()
    _pops()
    _summaries()


def _calls() -> None:
    op.create_table(
        "calls",
        sa.Column("id", key(26), nullable=False),
        sa.Column("source", key(64), nullable=False),
        sa.Column("direction", key(16), nullable=False),
        sa.Column("state", key(16), nullable=False),
        sa.Column("e164", key(24)),
        sa.Column("withheld", key(32)),
        sa.Column("our_number", key(64)),
        sa.Column("queue", key(64)),
        sa.Column("started_at", instant(), nullable=False),
        sa.Column("answered_at", instant()),
        sa.Column("ended_at", instant()),
        sa.Column("outcome", key(32)),
        sa.Column("record", long_text(), nullable=False),
        sa.Column("revision", number(), nullable=False),
        sa.Column("deadline_at", instant()),
        sa.Column("merged_into", key(26)),
        sa.Column("customer_id", key(26)),
        sa.Column("updated_at", instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_calls"),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_calls_customer_id"),
        **TABLE,
    )
    op.create_index("ix_calls_customer_id_started_at", "calls", ["customer_id", "started_at"])
    op.create_index("ix_calls_deadline_at", "calls", ["deadline_at"])
    op.create_index("ix_calls_e164_started_at", "calls", ["e164", "started_at"])
    op.create_index("ix_calls_e164_customer_id_started_at", "calls", ["e164", "customer_id", "started_at"])
    op.create_index("ix_calls_started_at", "calls", ["started_at"])


def _assignments() -> None:
    op.create_table(
        "assignments",
        sa.Column("id", key(26), nullable=False),
        sa.Column("call_id", key(26), nullable=False),
        sa.Column("customer_id", key(26)),
        sa.Column("act", key(16), nullable=False),
        sa.Column("user_id", key(26), nullable=False),
        sa.Column("reason", key(255), nullable=False),
        sa.Column("decided_at", instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_assignments"),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name="fk_assignments_call_id"),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_assignments_customer_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_assignments_user_id"),
        **TABLE,
    )
    op.create_index("ix_assignments_call_id_decided_at", "assignments", ["call_id", "decided_at"])


def _call_events() -> None:
    op.create_table(
        "call_events",
        sa.Column("source", key(64), nullable=False),
        sa.Column("event_id", key(191), nullable=False),
        sa.Column("call_id", key(26), nullable=False),
        sa.Column("occurred_at", instant(), nullable=False),
        sa.Column("sequence", number(), nullable=False),
        sa.Column("body", long_text(), nullable=False),
        sa.Column("received_at", instant(), nullable=False),
        sa.PrimaryKeyConstraint("source", "event_id", name="pk_call_events"),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name="fk_call_events_call_id"),
        **TABLE,
    )
    op.create_index("ix_call_events_call_id", "call_events", ["call_id"])


def _call_keys() -> None:
    op.create_table(
        "call_keys",
        sa.Column("source", key(64), nullable=False),
        sa.Column("native_id", key(191), nullable=False),
        sa.Column("call_id", key(26), nullable=False),
        sa.PrimaryKeyConstraint("source", "native_id", name="pk_call_keys"),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name="fk_call_keys_call_id"),
        **TABLE,
    )
    op.create_index("ix_call_keys_call_id", "call_keys", ["call_id"])


def _drafts() -> None:
    op.create_table(
        "drafts",
        sa.Column("call_id", key(26), nullable=False),
        sa.Column("user_id", key(26), nullable=False),
        sa.Column("body", long_text(), nullable=False),
        sa.Column("saved_at", instant(), nullable=False),
        sa.PrimaryKeyConstraint("call_id", "user_id", name="pk_drafts"),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name="fk_drafts_call_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_drafts_user_id"),
        **TABLE,
    )


def _pops() -> None:
    op.create_table(
        "pops",
        sa.Column("call_id", key(26), nullable=False),
        sa.Column("agent", key(64), nullable=False),
        sa.Column("user_id", key(26)),
        sa.Column("state", key(16), nullable=False),
        sa.Column("shown_at", instant(), nullable=False),
        sa.Column("taken_at", instant()),
        sa.Column("ended_at", instant()),
        sa.Column("closed_at", instant()),
        sa.PrimaryKeyConstraint("call_id", "agent", name="pk_pops"),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name="fk_pops_call_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_pops_user_id"),
        **TABLE,
    )
    op.create_index("ix_pops_user_id_state_ended_at", "pops", ["user_id", "state", "ended_at"])


def _summaries() -> None:
    op.create_table(
        "summaries",
        sa.Column("call_id", key(26), nullable=False),
        sa.Column("topic", key(64), nullable=False),
        sa.Column("disposition", key(64), nullable=False),
        sa.Column("request", long_text(), nullable=False),
        sa.Column("response", long_text(), nullable=False),
        sa.Column("promise", long_text(), nullable=False),
        sa.Column("next_step", long_text(), nullable=False),
        sa.Column("promise_due_on", key(10)),
        sa.Column("promise_done_at", instant()),
        sa.Column("promise_done_by", key(26)),
        sa.Column("author_id", key(26), nullable=False),
        sa.Column("saved_at", instant(), nullable=False),
        sa.Column("version", number(), nullable=False),
        sa.Column("entry_version", number(), nullable=False),
        sa.PrimaryKeyConstraint("call_id", name="pk_summaries"),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name="fk_summaries_author_id"),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name="fk_summaries_call_id"),
        sa.ForeignKeyConstraint(["promise_done_by"], ["users.id"], name="fk_summaries_promise_done_by"),
        **TABLE,
    )
    op.create_index("ix_summaries_promise_done_at_promise_due_on", "summaries", ["promise_done_at", "promise_due_on"])
    op.create_index(
        "ix_summaries_author_id_promise_done_at_promise_due_on",
        "summaries",
        ["author_id", "promise_done_at", "promise_due_on"],
    )
