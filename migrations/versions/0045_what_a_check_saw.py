"""A check for others' data says what it saw of the call."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import key

revision = "0045"
down_revision = "0044"


def upgrade() -> None:
    op.add_column("disclosure_calls", sa.Column("seen", key(64), nullable=False, server_default=""))
