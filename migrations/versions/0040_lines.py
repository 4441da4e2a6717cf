"""What a line of a history says stands in the indexes by which it is found."""

from alembic import op

revision = "0040"
down_revision = "0039"

_LINE = ["id", "direction", "answered_at", "ended_at", "outcome", "our_number", "queue"]


def upgrade() -> None:
    op.create_index("ix_calls_e164_started_at_id", "calls", ["e164", "started_at", "id"])
    op.create_index("ix_calls_lines_of_number", "calls", ["e164", "customer_id", "started_at", *_LINE])
    op.create_index("ix_calls_lines_of_customer", "calls", ["customer_id", "started_at", *_LINE])
    op.create_index("ix_pops_call_id_taken_at_user_id", "pops", ["call_id", "taken_at", "user_id"])
    op.create_index("ix_summaries_call_id_topic_disposition", "summaries", ["call_id", "topic", "disposition"])
    op.create_index("ix_recordings_call_id_state", "recordings", ["call_id", "state"])
    op.create_index(
        "ix_assignments_call_id_decided_at_customer_id_act_user_id",
        "assignments",
        ["call_id", "decided_at", "customer_id", "act", "user_id"],
    )
    # Afterwards: MySQL keeps a key to another table only with an index under it.
    for table, columns in (
        ("calls", "e164_started_at"),
        ("calls", "e164_customer_id_started_at"),
        ("calls", "customer_id_started_at"),
        ("assignments", "call_id_decided_at"),
        ("recordings", "call_id"),
    ):
        op.drop_index(f"ix_{table}_{columns}", table)
