"""Who may ask for a customer: proxies with a mandate, and an organisation's people."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import KEYED, TABLE, instant, key, words

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    _mandates()
    _mandate_answers()
    for name in ("contact_id", "mandate_id"):
        op.add_column("verifications", sa.Column(name, key(26)))
    op.create_index("ix_verifications_mandate_id", "verifications", ["mandate_id"])
    op.create_index("ix_customers_organisation", "customers", ["organisation"])


def _mandates() -> None:
    op.create_table(
        "mandates",
        sa.Column("id", key(26), nullable=False),
        sa.Column("customer_id", key(26), nullable=False),
        sa.Column("name", words(128), nullable=False),
        sa.Column("scope", key(16), nullable=False),
        sa.Column("expires_at", instant(), nullable=False),
        sa.Column("registered_at", instant(), nullable=False),
        sa.Column("registered_by", key(26), nullable=False),
        sa.Column("ended_at", instant()),
        sa.PrimaryKeyConstraint("id", name="pk_mandates"),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_mandates_customer_id"),
        sa.ForeignKeyConstraint(["registered_by"], ["users.id"], name="fk_mandates_registered_by"),
        **TABLE,
    )
    op.create_index("ix_mandates_customer_id", "mandates", ["customer_id"])
    op.create_index("ix_mandates_expires_at", "mandates", ["expires_at"])


def _mandate_answers() -> None:
    op.create_table(
        "mandate_answers",
        sa.Column("mandate_id", key(26), nullable=False),
        sa.Column("item", key(32), nullable=False),
        sa.Column("form_hash", key(64), nullable=False),
        sa.Column("key_id", key(16), nullable=False),
        sa.PrimaryKeyConstraint("mandate_id", "item", "form_hash", name="pk_mandate_answers"),
        sa.ForeignKeyConstraint(["mandate_id"], ["mandates.id"], name="fk_mandate_answers_mandate_id"),
        **KEYED,
    )
