"""Calls that only an opened address tells of."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import flag

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    op.add_column("calls", sa.Column("claimed", flag(), nullable=False, server_default="0"))
