"""From which address a recording is, or was, fetched: as a hash, so that none is fetched twice."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import key

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.add_column("recordings", sa.Column("address_key", key(64)))
