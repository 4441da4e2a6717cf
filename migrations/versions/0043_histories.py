"""A call's row says who took it first, its topic and its disposition, and so do the indexes of histories."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import key, words

revision = "0043"
down_revision = "0042"

_LINE = ["id", "direction", "answered_at", "ended_at", "outcome", "queue", "taken_by", "topic", "disposition"]
_FILL = """
UPDATE calls SET
  taken_by = (SELECT p.user_id FROM pops p WHERE p.call_id = calls.id AND p.taken_at IS NOT NULL
    AND p.user_id IS NOT NULL ORDER BY p.taken_at, p.agent LIMIT 1),
  topic = (SELECT s.topic FROM summaries s WHERE s.call_id = calls.id),
  disposition = (SELECT s.disposition FROM summaries s WHERE s.call_id = calls.id)
"""


def upgrade() -> None:
    for name, column in (("taken_by", key(26)), ("topic", words(64)), ("disposition", key(64))):
        op.add_column("calls", sa.Column(name, column))
    op.execute(_FILL)
    op.create_index("ix_calls_history_of_number", "calls", ["e164", "customer_id", "started_at", *_LINE])
    op.create_index("ix_calls_history_of_customer", "calls", ["customer_id", "started_at", *_LINE])
    for table, name in (
        ("calls", "lines_of_number"),
        ("calls", "lines_of_customer"),
        ("pops", "call_id_taken_at_user_id"),
        ("summaries", "call_id_topic_disposition"),
    ):
        op.drop_index(f"ix_{table}_{name}", table)
