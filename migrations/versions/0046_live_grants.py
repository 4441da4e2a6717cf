"""Live grants of copies are listed beside those of recordings, and found by an index as they are."""

from alembic import op

revision = "0046"
down_revision = "0045"


def upgrade() -> None:
    op.create_index("ix_redaction_grants_expires_at", "redaction_grants", ["expires_at"])
