"""Reports of harassment, and the marks that confirmed ones leave on numbers and customers."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import TABLE, instant, key, long_text

revision = "0038"
down_revision = "0037"


def upgrade() -> None:
    op.create_table(
        "harassment_reports",
        sa.Column("id", key(26), nullable=False),
        sa.Column("call_id", key(26), nullable=False),
        sa.Column("reported_by", key(26), nullable=False),
        sa.Column("conduct", key(32), nullable=False),
        sa.Column("words", long_text(), nullable=False),
        sa.Column("reported_at", instant(), nullable=False),
        sa.Column("state", key(16), nullable=False),
        sa.Column("reviewed_by", key(26)),
        sa.Column("reviewed_at", instant()),
        sa.Column("answer", long_text(), nullable=False),
        sa.Column("case_id", key(26)),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name="fk_harassment_reports_call_id"),
        sa.ForeignKeyConstraint(["reported_by"], ["users.id"], name="fk_harassment_reports_reported_by"),
        sa.ForeignKeyConstraint(["reviewed_by"], ["users.id"], name="fk_harassment_reports_reviewed_by"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_harassment_reports_case_id"),
        sa.PrimaryKeyConstraint("id", name="pk_harassment_reports"),
        **TABLE,
    )
    op.create_index("ix_harassment_reports_call_id", "harassment_reports", ["call_id"])
    op.create_index("ix_harassment_reports_state_reported_at", "harassment_reports", ["state", "reported_at"])
    op.create_index("ix_harassment_reports_case_id", "harassment_reports", ["case_id"])
    op.create_index(
        "ix_harassment_reports_reported_by_reported_at", "harassment_reports", ["reported_by", "reported_at"]
    )
    op.create_table(
        "harassment_marks",
        sa.Column("id", key(26), nullable=False),
        sa.Column("case_id", key(26), nullable=False),
        sa.Column("conduct", key(32), nullable=False),
        sa.Column("e164", key(24)),
        sa.Column("customer_id", key(26)),
        sa.Column("ends_at", instant(), nullable=False),
        sa.Column("set_by", key(26), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_harassment_marks_case_id"),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_harassment_marks_customer_id"),
        sa.ForeignKeyConstraint(["set_by"], ["users.id"], name="fk_harassment_marks_set_by"),
        sa.PrimaryKeyConstraint("id", name="pk_harassment_marks"),
        **TABLE,
    )
    op.create_index("ix_harassment_marks_case_id", "harassment_marks", ["case_id"])
    op.create_index("ix_harassment_marks_e164_ends_at", "harassment_marks", ["e164", "ends_at"])
    op.create_index("ix_harassment_marks_customer_id_ends_at", "harassment_marks", ["customer_id", "ends_at"])
