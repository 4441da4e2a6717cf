"""A run that waits for a second person has a list, and its fingerprint is what is approved."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import KEYED, key

revision = "0047"
down_revision = "0046"


def upgrade() -> None:
    op.add_column("purge_runs", sa.Column("fingerprint", key(64)))
    op.create_table(
        "purge_lists",
        sa.Column("run_id", key(26), nullable=False),
        sa.Column("kind", key(8), nullable=False),
        sa.Column("subject", key(26), nullable=False),
        sa.Column("rule", key(64), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["purge_runs.id"], name="fk_purge_lists_run_id"),
        sa.PrimaryKeyConstraint("run_id", "kind", "subject", name="pk_purge_lists"),
        **KEYED,
    )
    # What waits without a list was planned by an older version: the next run plans it anew.
    op.execute("UPDATE purge_runs SET state = 'dropped' WHERE state = 'braked'")
