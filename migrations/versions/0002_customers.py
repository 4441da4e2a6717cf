"""The replica of the CRM's customers."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import TABLE, flag, instant, key

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    _customers()
    _customer_numbers()
    _name_pairs()


def _customers() -> None:
    op.create_table(
        "customers",
        sa.Column("id", key(26), nullable=False),
        sa.Column("crm", key(32), nullable=False),
        sa.Column("external_id", key(128), nullable=False),
        sa.Column("kind", key(16), nullable=False),
        sa.Column("name", key(255), nullable=False),
        sa.Column("kana", key(255), nullable=False),
        sa.Column("code", key(64), nullable=False),
        sa.Column("household", key(128)),
        sa.Column("organisation", key(128)),
        sa.Column("gone_at", instant()),
        sa.Column("updated_at", instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_customers"),
        sa.UniqueConstraint("crm", "external_id", name="uq_customers_crm_external_id"),
        **TABLE,
    )
    op.create_index("ix_customers_code", "customers", ["code"])
    op.create_index("ix_customers_household", "customers", ["household"])


def _customer_numbers() -> None:
    op.create_table(
        "customer_numbers",
        sa.Column("customer_id", key(26), nullable=False),
        sa.Column("field", key(64), nullable=False),
        sa.Column("place", key(4), nullable=False),
        sa.Column("raw", key(255), nullable=False),
        sa.Column("e164", key(24)),
        sa.Column("extension", key(24)),
        sa.Column("valid", flag(), nullable=False),
        sa.Column("kind", key(16), nullable=False),
        sa.Column("personal", flag(), nullable=False),
        sa.Column("changed_at", instant(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", "field", "place", name="pk_customer_numbers"),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_customer_numbers_customer_id"),
        **TABLE,
    )
    op.create_index("ix_customer_numbers_e164", "customer_numbers", ["e164"])


def _name_pairs() -> None:
    op.create_table(
        "name_pairs",
        sa.Column("pair", key(4), nullable=False),
        sa.Column("customer_id", key(26), nullable=False),
        sa.PrimaryKeyConstraint("pair", "customer_id", name="pk_name_pairs"),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_name_pairs_customer_id"),
        **TABLE,
    )
    op.create_index("ix_name_pairs_customer_id", "name_pairs", ["customer_id"])
