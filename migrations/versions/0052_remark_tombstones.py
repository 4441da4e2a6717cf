"""What is erased beside the audit leaves a tombstone; what was before gets one from the line that tells of it."""

import json

import sqlalchemy as sa
from alembic import op

from migrations.columns import TABLE, instant, key

revision = "0052"
down_revision = "0051"


def upgrade() -> None:
    stones = op.create_table(
        "remark_tombstones",
        sa.Column("remark", key(40), nullable=False),
        sa.Column("line_hash", key(64), nullable=False),
        sa.Column("rule", key(64), nullable=False),
        sa.Column("purged_at", instant(), nullable=False),
        sa.Column("settled_at", instant()),
        sa.PrimaryKeyConstraint("remark", name="pk_remark_tombstones"),
        **TABLE,
    )
    op.create_index("ix_remark_tombstones_settled_at", "remark_tombstones", ["settled_at"])
    for erased in _erased():
        op.execute(stones.insert().values(**erased))


def _erased() -> list[dict[str, str | int]]:
    """Return what lines of the audit say was erased, each once."""
    connection = op.get_bind()
    told = connection.execute(sa.text("SELECT body, at FROM audit_lines WHERE act = 'remark.erased' ORDER BY seq"))
    found: dict[str, dict[str, str | int]] = {}
    for body, at in told.all():
        said = json.loads(body)
        seq = int(said["subject"].partition(".")[0])
        line_hash = connection.scalar(sa.text("SELECT hash FROM audit_lines WHERE seq = :seq"), {"seq": seq})
        if line_hash is not None:
            row = {"remark": said["subject"], "line_hash": line_hash, "rule": said["purpose"], "purged_at": at}
            found.setdefault(said["subject"], row)
    return list(found.values())
