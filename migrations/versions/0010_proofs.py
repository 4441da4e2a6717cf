"""What proves a caller beside answers."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import key

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("verifications", sa.Column("proofs", key(128), nullable=False, server_default=""))
