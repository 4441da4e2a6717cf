"""What is written in closed cases has a period in the register, and leaves a tombstone when it goes."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import TABLE, instant, key, number

revision = "0048"
down_revision = "0047"

_PERIODS = {"disclosure": 1096, "complaint": 1096, "harassment": 1827, "legal": 1827}


def upgrade() -> None:
    op.add_column("purposes", sa.Column("case_days", number()))
    for purpose, days in _PERIODS.items():  # what people of the site wrote stays as they wrote it: without an end
        ours = f"purpose = '{purpose}' AND written_by IS NULL"
        op.execute(f"UPDATE purposes SET case_days = {days} WHERE {ours}")  # noqa: S608  all is ours
    op.add_column("purge_runs", sa.Column("cases_found", number(), nullable=False, server_default="0"))
    op.add_column("purge_runs", sa.Column("cases", number(), nullable=False, server_default="0"))
    op.create_table(
        "case_tombstones",
        sa.Column("case_id", key(26), nullable=False),
        sa.Column("rule", key(64), nullable=False),
        sa.Column("purged_at", instant(), nullable=False),
        sa.Column("run_id", key(26)),
        sa.Column("settled_at", instant()),
        sa.ForeignKeyConstraint(["run_id"], ["purge_runs.id"], name="fk_case_tombstones_run_id"),
        sa.PrimaryKeyConstraint("case_id", name="pk_case_tombstones"),
        **TABLE,
    )
    op.create_index("ix_case_tombstones_run_id", "case_tombstones", ["run_id"])
    op.create_index("ix_case_tombstones_settled_at", "case_tombstones", ["settled_at"])
