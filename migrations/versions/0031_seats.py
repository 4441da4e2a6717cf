"""Extensions with their devices, seats at shared phones, and who watches a queue."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import KEYED, TABLE, flag, instant, key, words

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    op.create_table(
        "phones",
        sa.Column("extension", key(64), nullable=False),
        sa.Column("label", words(64), nullable=False),
        sa.Column("shared", flag(), nullable=False),
        sa.PrimaryKeyConstraint("extension", name="pk_phones"),
        **TABLE,
    )
    op.create_table(
        "phone_devices",
        sa.Column("device", key(64), nullable=False),
        sa.Column("extension", key(64), nullable=False),
        sa.PrimaryKeyConstraint("device", name="pk_phone_devices"),
        **TABLE,
    )
    op.create_index("ix_phone_devices_extension", "phone_devices", ["extension"])
    op.create_table(
        "queue_watchers",
        sa.Column("queue", key(64), nullable=False),
        sa.Column("user_id", key(26), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_queue_watchers_user_id"),
        sa.PrimaryKeyConstraint("queue", "user_id", name="pk_queue_watchers"),
        **KEYED,
    )
    op.create_index("ix_queue_watchers_user_id", "queue_watchers", ["user_id"])
    _seats()


def _seats() -> None:
    op.create_table(
        "seats",
        sa.Column("id", key(26), nullable=False),
        sa.Column("extension", key(64), nullable=False),
        sa.Column("user_id", key(26), nullable=False),
        sa.Column("session_hash", key(64), nullable=False),
        sa.Column("began_at", instant(), nullable=False),
        sa.Column("ends_at", instant(), nullable=False),
        sa.Column("left_at", instant()),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_seats_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_seats"),
        **TABLE,
    )
    op.create_index("ix_seats_extension_left_at", "seats", ["extension", "left_at"])
    op.create_index("ix_seats_user_id_left_at", "seats", ["user_id", "left_at"])
