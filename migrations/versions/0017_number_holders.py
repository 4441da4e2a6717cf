"""Who holds which number, in a table of its own in place of an index of the numbers."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import KEYED, key, number

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.create_table(
        "number_holders",
        sa.Column("e164", key(24), nullable=False),
        sa.Column("place", number(), nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("e164", "place", name="pk_number_holders"),
        **KEYED,
    )
    op.execute(
        "INSERT INTO number_holders (e164, place) SELECT DISTINCT n.e164, c.place FROM customer_numbers n"
        " JOIN customers c ON c.id = n.customer_id WHERE n.e164 IS NOT NULL AND c.place IS NOT NULL"
    )
    op.drop_index("ix_customer_numbers_e164", "customer_numbers")
