"""Whose choice a password is: one that somebody else typed counts once, until an instant; and who took factors away."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import instant, key

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    for name in ("password_given_at", "password_until", "password_chosen_at", "factors_reset_at"):
        op.add_column("users", sa.Column(name, instant()))
    for name in ("password_given_by", "factors_reset_by"):
        op.add_column("users", sa.Column(name, key(26)))
