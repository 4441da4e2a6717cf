"""A session's token may change while it lasts; by what its person proved himself; his session at the provider."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import instant, key

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    for column in ("key_hash", "provider_hash"):
        op.add_column("sessions", sa.Column(column, key(64)))
    for column in ("known_at", "held_at"):
        op.add_column("sessions", sa.Column(column, instant()))
    op.execute("UPDATE sessions SET key_hash = token_hash, known_at = proved_at")
    with op.batch_alter_table("sessions") as sessions:
        sessions.alter_column("key_hash", existing_type=key(64), nullable=False)
        sessions.drop_column("proved_at")
        sessions.create_unique_constraint("uq_sessions_key_hash", ["key_hash"])
    op.create_index("ix_sessions_provider_hash", "sessions", ["provider_hash"])
