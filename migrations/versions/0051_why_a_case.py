"""A case that somebody opens by hand says why."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import words

revision = "0051"
down_revision = "0050"


def upgrade() -> None:
    op.add_column("cases", sa.Column("why", words(255)))
