"""What the carrier told of a one-time code after it was sent."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import key

revision = "0041"
down_revision = "0040"


def upgrade() -> None:
    op.add_column("one_time_codes", sa.Column("arrival", key(16)))
    op.add_column("one_time_codes", sa.Column("arrival_why", key(32)))
