"""What proves staff beside the password: authenticators, recovery codes, passkeys; and steps that are under way."""

from sqlalchemy import Column, Index, Table

from migrations.columns import TABLE, flag, instant, key, long_text, number, words
from plugin.store.tables.metadata import metadata, points_to

authenticators = Table(
    "authenticators",
    metadata,
    points_to("user_id", "users", part_of_key=True),
    Column("sealed", words(255), nullable=False),  # the secret, encrypted under the key with this id
    Column("key_id", key(16), nullable=False),
    Column("made_at", instant(), nullable=False),
    Column("confirmed_at", instant()),  # absent: shown, but no code of it was typed yet
    Column("last_step", number(), nullable=False),  # no code of this half minute, or an earlier one, counts any more
    **TABLE,
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("code_hash", key(64), primary_key=True),
    points_to("user_id", "users"),
    Column("key_id", key(16), nullable=False),
    Column("used_at", instant()),
    Index(None, "user_id"),
    **TABLE,
)

passkeys = Table(
    "passkeys",
    metadata,
    Column("id", key(64), primary_key=True),
    points_to("user_id", "users"),
    Column("credential", long_text(), nullable=False),
    Column("public_key", long_text(), nullable=False),
    Column("sign_count", number(), nullable=False),
    Column("synced", flag(), nullable=False),
    Column("name", words(64), nullable=False),
    Column("made_at", instant(), nullable=False),
    Column("used_at", instant()),
    Index(None, "user_id"),
    **TABLE,
)

sign_in_steps = Table(  # a sign-in, or a ceremony with a passkey or identity provider, that is half way: used up once
    "sign_in_steps",
    metadata,
    Column("token_hash", key(64), primary_key=True),
    Column("kind", key(16), nullable=False),
    Column("owner", key(64), nullable=False),  # of whom, or of which session; empty: of nobody known yet
    Column("challenge", words(512), nullable=False),
    Column("expires_at", instant(), nullable=False),
    Index(None, "expires_at"),
    **TABLE,
)
