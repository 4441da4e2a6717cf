"""A mandate counts once a second person has confirmed it, and its answers hang on a key of its own, which can be moved.

Mandates from before were one person's alone: none of them counts, and their answers are forgotten.
"""

import sqlalchemy as sa
from alembic import op

from migrations.columns import KEYED, instant, key

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    op.add_column("mandates", sa.Column("confirmed_at", instant()))
    for name, length in (("confirmed_by", 26), ("answer_key", 128), ("answer_key_id", 16)):
        op.add_column("mandates", sa.Column(name, key(length)))
    op.create_index("ix_mandates_answer_key_id", "mandates", ["answer_key_id"])
    op.drop_table("mandate_answers")
    op.create_table(
        "mandate_answers",
        sa.Column("mandate_id", key(26), nullable=False),
        sa.Column("item", key(32), nullable=False),
        sa.Column("form_hash", key(64), nullable=False),
        sa.PrimaryKeyConstraint("mandate_id", "item", "form_hash", name="pk_mandate_answers"),
        sa.ForeignKeyConstraint(["mandate_id"], ["mandates.id"], name="fk_mandate_answers_mandate_id"),
        **KEYED,
    )
