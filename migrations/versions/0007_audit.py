"""The audit chain, with triggers that refuse any change to a line."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import TABLE, instant, key, long_text, number

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    _audit_head()
    _first_head()
    _audit_lines()
    _refuse_changes()


def _audit_head() -> None:
    op.create_table(
        "audit_head",
        sa.Column("id", number(), nullable=False, autoincrement=False),
        sa.Column("seq", number(), nullable=False),
        sa.Column("hash", key(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_head"),
        **TABLE,
    )


def _audit_lines() -> None:
    op.create_table(
        "audit_lines",
        sa.Column("seq", number(), nullable=False, autoincrement=False),
        sa.Column("prev", key(64), nullable=False),
        sa.Column("hash", key(64), nullable=False),
        sa.Column("body", long_text(), nullable=False),
        sa.Column("act", key(48), nullable=False),
        sa.Column("user_id", key(26)),
        sa.Column("customer_id", key(26)),
        sa.Column("at", instant(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_audit_lines"),
        sa.UniqueConstraint("hash", name="uq_audit_lines_hash"),
        sa.UniqueConstraint("prev", name="uq_audit_lines_prev"),
        **TABLE,
    )
    op.create_index("ix_audit_lines_at", "audit_lines", ["at"])
    op.create_index("ix_audit_lines_customer_id_at", "audit_lines", ["customer_id", "at"])
    op.create_index("ix_audit_lines_user_id_at", "audit_lines", ["user_id", "at"])


def _refuse_changes() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_lines_no_{act.lower()} BEFORE {act} ON audit_lines "
                "BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END"
            )
    else:
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_lines_no_{act.lower()} BEFORE {act} ON audit_lines FOR EACH ROW "
                "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the audit is append-only'"
            )


def _first_head() -> None:
    head = sa.table("audit_head", sa.column("id"), sa.column("seq"), sa.column("hash"))
    op.bulk_insert(head, [{"id": 1, "seq": 0, "hash": "0" * 64}])
