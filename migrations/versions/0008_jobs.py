"""Jobs with their plan, requests and pauses, what runs found, who leads, and the CRM's budget of calls."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import TABLE, flag, instant, key, number, words

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    _jobs()
    _run_findings()
    op.add_column("runs", sa.Column("total", number()))
    for column in (sa.Column("beats", number()), sa.Column("since", instant()), sa.Column("place", words(255))):
        op.add_column("leases", column)
    op.create_table(
        "crm_budgets",
        sa.Column("crm", key(32), nullable=False),
        sa.Column("used", number(), nullable=False),
        sa.Column("most", number(), nullable=False),
        sa.Column("told_at", instant(), nullable=False),
        sa.PrimaryKeyConstraint("crm", name="pk_crm_budgets"),
        **TABLE,
    )


def _jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("name", key(64), nullable=False),
        sa.Column("every_us", number(), nullable=False),
        sa.Column("daily_at", key(5)),
        sa.Column("slotted", flag(), nullable=False),
        sa.Column("next_at", instant()),
        sa.Column("busy_since", instant()),
        sa.Column("asked_at", instant()),
        sa.Column("asked_by", key(26)),
        sa.Column("paused_at", instant()),
        sa.Column("paused_by", key(26)),
        sa.Column("done_at", instant()),
        sa.Column("ran", number(), nullable=False),
        sa.Column("failed", number(), nullable=False),
        sa.Column("busy_us", number(), nullable=False),
        sa.ForeignKeyConstraint(["asked_by"], ["users.id"], name="fk_jobs_asked_by"),
        sa.ForeignKeyConstraint(["paused_by"], ["users.id"], name="fk_jobs_paused_by"),
        sa.PrimaryKeyConstraint("name", name="pk_jobs"),
        **TABLE,
    )


def _run_findings() -> None:
    op.create_table(
        "run_findings",
        sa.Column("run_id", key(26), nullable=False),
        sa.Column("place", number(), nullable=False),
        sa.Column("code", key(64), nullable=False),
        sa.Column("what", words(128), nullable=False),
        sa.Column("n", number(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_run_findings_run_id"),
        sa.PrimaryKeyConstraint("run_id", "place", name="pk_run_findings"),
        **TABLE,
    )
