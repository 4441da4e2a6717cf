"""The replica of the CRM's customers."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import KEYED, TABLE, blob, flag, instant, key, number

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    _customers()
    _customer_merges()
    _customer_numbers()
    _name_blocks()


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
        sa.Column("stamp", key(40)),
        sa.Column("place", number()),
        sa.Column("gone_at", instant()),
        sa.Column("updated_at", instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_customers"),
        sa.UniqueConstraint("crm", "external_id", name="uq_customers_crm_external_id"),
        sa.UniqueConstraint("place", name="uq_customers_place"),
        **TABLE,
    )
    op.create_index("ix_customers_code", "customers", ["code"])


def _customer_merges() -> None:
    op.create_table(
        "customer_merges",
        sa.Column("customer_id", key(26), nullable=False),
        sa.Column("merged_into", key(128), nullable=False),
        sa.Column("moved_at", instant()),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_customer_merges_customer_id"),
        sa.PrimaryKeyConstraint("customer_id", name="pk_customer_merges"),
        **TABLE,
    )
    op.create_index("ix_customer_merges_moved_at", "customer_merges", ["moved_at"])


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
        **KEYED,
    )
    op.create_index("ix_customer_numbers_e164", "customer_numbers", ["e164"])


def _name_blocks() -> None:
    op.create_table(
        "name_blocks",
        sa.Column("block", number(), nullable=False, autoincrement=False),
        sa.Column("pair", key(4), nullable=False),
        sa.Column("members", blob(), nullable=False),
        sa.PrimaryKeyConstraint("block", "pair", name="pk_name_blocks"),
        **KEYED,
    )
