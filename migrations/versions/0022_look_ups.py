"""Indexes of what pages and gates look up in tables that grow: whose verification, whose failures, which approval."""

from alembic import op

revision = "0022"
down_revision = "0021"

_INDEXES = (
    ("verifications", ("customer_id", "started_at")),
    ("identity_counters", ("last_failed_at",)),
    ("approvals", ("subject",)),
    ("approvals", ("kind", "used_at")),
    ("approvals", ("decided_by", "decided_at")),
    ("grants", ("expires_at",)),
    ("recording_checks", ("taken_by", "settled_at")),
)


def upgrade() -> None:
    for table, columns in _INDEXES:
        op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))
