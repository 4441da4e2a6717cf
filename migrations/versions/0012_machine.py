"""When the command line gave an account weight or a way in, past any second person."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import instant, key

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("users", sa.Column("machine_at", instant()))
    op.add_column("users", sa.Column("machine_what", key(16)))
