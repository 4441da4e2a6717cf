"""The backups that were made, tried and looked at; and marks of tombstone files that tell what stood in them."""

import json

import sqlalchemy as sa
from alembic import op

from migrations.columns import TABLE, instant, key, words
from plugin.core.ids import new_id
from plugin.core.times import from_us

revision = "0049"
down_revision = "0048"


def upgrade() -> None:
    op.create_table(
        "backups",
        sa.Column("id", key(26), primary_key=True),
        sa.Column("name", words(64), nullable=False),
        sa.Column("at", instant(), nullable=False),
        sa.Column("outcome", key(32), nullable=False),
        sa.Column("looked_at", instant()),
        sa.Column("look", key(16)),
        **TABLE,
    )
    op.create_index("ix_backups_at", "backups", ["at"])
    op.create_index("ix_backups_looked_at", "backups", ["looked_at"])
    _file_what_was_made()
    op.execute("DELETE FROM tombstone_marks")  # all files are read anew, once, at the next start
    op.add_column("tombstone_marks", sa.Column("chain", key(64), nullable=False, server_default=""))


def _file_what_was_made() -> None:
    """Only the audit knew of backups: without this every site would be told that it has none."""
    connection = op.get_bind()
    made = sa.text(
        "SELECT at, body FROM audit_lines WHERE kind = 'machine' AND act = 'site.backed_up' ORDER BY at DESC LIMIT 100"
    )
    filed = sa.text("INSERT INTO backups (id, name, at, outcome) VALUES (:id, :name, :at, :outcome)")
    for row in connection.execute(made).all():
        said = json.loads(row.body)
        if said["outcome"] in ("whole", "findings"):
            told = {"name": said["subject"], "at": row.at, "outcome": said["outcome"]}
            connection.execute(filed, told | {"id": new_id(from_us(row.at))})
