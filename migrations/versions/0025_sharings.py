"""Numbers that several use, and past calls that stand with whom their number belongs to since."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import KEYED, TABLE, instant, key, number, words

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    op.create_table(
        "number_sharings",
        sa.Column("e164", key(24), nullable=False),
        sa.Column("kind", key(16), nullable=False),
        sa.Column("persons", number(), nullable=False),
        sa.Column("user_id", key(26)),
        sa.Column("since", instant(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_number_sharings_user_id"),
        sa.PrimaryKeyConstraint("e164", name="pk_number_sharings"),
        **TABLE,
    )
    op.create_index("ix_number_sharings_since", "number_sharings", ["since"])
    op.create_table(
        "sharing_changes",
        sa.Column("id", key(26), nullable=False),
        sa.Column("e164", key(24), nullable=False),
        sa.Column("kind", key(16)),
        sa.Column("persons", number(), nullable=False),
        sa.Column("user_id", key(26)),
        sa.Column("reason", words(255), nullable=False),
        sa.Column("changed_at", instant(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_sharing_changes_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_sharing_changes"),
        **TABLE,
    )
    op.create_index("ix_sharing_changes_e164_changed_at", "sharing_changes", ["e164", "changed_at"])
    _adoptions()


def _adoptions() -> None:
    op.create_table(
        "call_adoptions",
        sa.Column("call_id", key(26), nullable=False),
        sa.Column("customer_id", key(26), nullable=False),
        sa.Column("e164", key(24), nullable=False),
        sa.Column("started_at", instant(), nullable=False),
        sa.Column("adopted_at", instant(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name="fk_call_adoptions_call_id"),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_call_adoptions_customer_id"),
        sa.PrimaryKeyConstraint("call_id", name="pk_call_adoptions"),
        **TABLE,
    )
    op.create_index("ix_call_adoptions_customer_id_started_at", "call_adoptions", ["customer_id", "started_at"])
    op.create_index("ix_call_adoptions_e164", "call_adoptions", ["e164"])
    op.create_table(
        "numbers_to_adopt",
        sa.Column("e164", key(24), nullable=False),
        sa.Column("asked_at", instant(), nullable=False),
        sa.Column("before_at", instant()),
        sa.Column("before_id", key(26)),
        sa.PrimaryKeyConstraint("e164", name="pk_numbers_to_adopt"),
        **KEYED,
    )
    op.create_index("ix_numbers_to_adopt_asked_at", "numbers_to_adopt", ["asked_at"])
