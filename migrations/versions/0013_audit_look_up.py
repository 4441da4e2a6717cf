"""What the audit is looked up by (kind of act, call), and what people typed, beside the lines that commit to it."""

import json

import sqlalchemy as sa
from alembic import op

from migrations.columns import TABLE, blob, key, long_text
from plugin.core.audit import kind_of

revision = "0013"
down_revision = "0012"

_AT_ONCE = 2000
_OLD = {"at": ["at"], "customer_id_at": ["customer_id", "at"], "user_id_at": ["user_id", "at"]}
_NEW = (
    ("kind", "at", "seq"),
    ("user_id", "kind", "at", "seq"),
    ("customer_id", "at", "seq"),
    ("call_id", "at", "seq"),
)


def upgrade() -> None:
    for column in (sa.Column("call_id", key(26)), sa.Column("kind", key(16))):
        op.add_column("audit_lines", column)
    for name in _OLD:
        op.drop_index(f"ix_audit_lines_{name}", "audit_lines")
    op.execute("DROP TRIGGER audit_lines_no_update")
    _file_the_old_lines()
    _refuse("audit_lines", "UPDATE", "the audit is append-only")
    for columns in _NEW:
        op.create_index(f"ix_audit_lines_{'_'.join(columns)}", "audit_lines", list(columns))
    op.create_table(
        "audit_remarks",
        sa.Column("seq", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("name", key(16), nullable=False),
        sa.Column("salt", blob(), nullable=False),
        sa.Column("text", long_text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", "name", name="pk_audit_remarks"),
        **TABLE,
    )
    _refuse("audit_remarks", "UPDATE", "a remark is erased or kept")


def _file_the_old_lines() -> None:
    connection = op.get_bind()
    found = sa.text("SELECT seq, body FROM audit_lines WHERE seq > :after ORDER BY seq LIMIT :most")
    filed = sa.text("UPDATE audit_lines SET call_id = :call_id, kind = :kind WHERE seq = :seq")
    after = 0
    while rows := connection.execute(found, {"after": after, "most": _AT_ONCE}).all():
        said = [(row.seq, json.loads(row.body)) for row in rows]
        connection.execute(
            filed,
            [
                {"seq": seq, "call_id": line["call_id"], "kind": kind_of(line["act"], line["outcome"]).value}
                for seq, line in said
            ],
        )
        after = rows[-1].seq


def _refuse(table: str, act: str, words: str) -> None:
    head = f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"{head}BEGIN SELECT RAISE(ABORT, '{words}'); END")
    else:
        op.execute(f"{head}FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '{words}'")
