"""Second factors of staff: authenticators, recovery codes, passkeys, and sign-ins that are half way."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import TABLE, flag, instant, key, long_text, number, words

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.add_column("users", sa.Column("factor_at", instant()))
    _authenticators()
    _recovery_codes()
    _passkeys()
    _sign_in_steps()


def _authenticators() -> None:
    op.create_table(
        "authenticators",
        sa.Column("user_id", key(26), nullable=False),
        sa.Column("sealed", words(255), nullable=False),
        sa.Column("key_id", key(16), nullable=False),
        sa.Column("made_at", instant(), nullable=False),
        sa.Column("confirmed_at", instant()),
        sa.Column("last_step", number(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_authenticators_user_id"),
        sa.PrimaryKeyConstraint("user_id", name="pk_authenticators"),
        **TABLE,
    )


def _recovery_codes() -> None:
    op.create_table(
        "recovery_codes",
        sa.Column("code_hash", key(64), nullable=False),
        sa.Column("user_id", key(26), nullable=False),
        sa.Column("key_id", key(16), nullable=False),
        sa.Column("used_at", instant()),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_recovery_codes_user_id"),
        sa.PrimaryKeyConstraint("code_hash", name="pk_recovery_codes"),
        **TABLE,
    )
    op.create_index("ix_recovery_codes_user_id", "recovery_codes", ["user_id"])


def _passkeys() -> None:
    op.create_table(
        "passkeys",
        sa.Column("id", key(64), nullable=False),
        sa.Column("user_id", key(26), nullable=False),
        sa.Column("credential", long_text(), nullable=False),
        sa.Column("public_key", long_text(), nullable=False),
        sa.Column("sign_count", number(), nullable=False),
        sa.Column("synced", flag(), nullable=False),
        sa.Column("name", words(64), nullable=False),
        sa.Column("made_at", instant(), nullable=False),
        sa.Column("used_at", instant()),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_passkeys_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_passkeys"),
        **TABLE,
    )
    op.create_index("ix_passkeys_user_id", "passkeys", ["user_id"])


def _sign_in_steps() -> None:
    op.create_table(
        "sign_in_steps",
        sa.Column("token_hash", key(64), nullable=False),
        sa.Column("kind", key(16), nullable=False),
        sa.Column("owner", key(64), nullable=False),
        sa.Column("challenge", words(512), nullable=False),
        sa.Column("expires_at", instant(), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name="pk_sign_in_steps"),
        **TABLE,
    )
    op.create_index("ix_sign_in_steps_expires_at", "sign_in_steps", ["expires_at"])
