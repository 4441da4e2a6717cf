"""Which minutes of a recording went out under a grant; addresses of recordings as long as signed ones are."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import blob, words

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    op.add_column("grants", sa.Column("sent", blob()))
    with op.batch_alter_table("recordings") as table:
        table.alter_column("uri", existing_type=words(512), type_=words(2048))
