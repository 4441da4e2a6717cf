"""Who works here: users, their sessions on our side, and the counters that slow down guessing."""

from sqlalchemy import Column, Index, Table, UniqueConstraint

from migrations.columns import TABLE, flag, instant, key, number, words
from plugin.store.tables.metadata import metadata, own_id, points_to

users = Table(
    "users",
    metadata,
    own_id(),
    Column("login", key(64), nullable=False, unique=True),
    Column("name", words(128), nullable=False),
    Column("password_hash", words(255), nullable=False),
    Column("role", key(32), nullable=False),
    Column("team", key(64), nullable=False),
    Column("extension", key(64), unique=True),
    Column("lang", key(8), nullable=False),
    Column("active", flag(), nullable=False),
    Column("created_at", instant(), nullable=False),
    Column("machine_at", instant()),  # when the command line last gave it weight or a way in, past any second person
    Column("machine_what", key(16)),
    Column("factor_at", instant()),  # since when something beside the password is asked for; absent: it is not
    Column("password_given_at", instant()),  # when somebody else than its owner last typed a password for it, and who
    Column("password_given_by", key(26)),
    Column("password_until", instant()),  # until when that one counts, once; absent: the password is its owner's choice
    Column("password_chosen_at", instant()),
    Column("factors_reset_at", instant()),  # when others last took its second factors away, and who
    Column("factors_reset_by", key(26)),
    **TABLE,
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", key(64), primary_key=True),  # of its first token: what names the session for good
    points_to("user_id", "users"),
    Column("created_at", instant(), nullable=False),
    Column("seen_at", instant(), nullable=False),
    Column("expires_at", instant(), nullable=False),
    Column("revoked_at", instant()),
    Column("address", key(64), nullable=False),
    Column("browser", words(255), nullable=False),
    Column("embed_origin", key(255)),  # the site whose page shows the desk; such a session comes by header alone
    Column("parent_hash", key(64)),  # the session that it began from: ended there, it ends with it
    Column("key_hash", key(64), nullable=False, unique=True),  # of the token by which it comes now
    Column("provider_hash", key(64)),  # of its session at the company's identity provider
    Column("known_at", instant()),  # when what its person knows was last given: step-up asks again
    Column("held_at", instant()),  # and what he holds
    Index(None, "user_id", "expires_at"),
    Index(None, "provider_hash"),
    **TABLE,
)

start_tokens = Table(  # what begins a session inside another site's page: once, within a minute
    "start_tokens",
    metadata,
    Column("token_hash", key(64), primary_key=True),
    points_to("user_id", "users"),
    Column("session_hash", key(64), nullable=False),
    Column("origin", key(255), nullable=False),
    Column("challenge", key(64), nullable=False),
    Column("expires_at", instant(), nullable=False),
    Column("used_at", instant()),
    Index(None, "expires_at"),
    **TABLE,
)

tries = Table(  # conditional counters: sign-in by login and by address
    "tries",
    metadata,
    Column("subject", key(96), primary_key=True),
    Column("window_started_at", instant(), nullable=False),
    Column("used", number(), nullable=False),
    **TABLE,
)

identities = Table(  # who an account is at the company's identity provider
    "identities",
    metadata,
    Column("subject_hash", key(64), primary_key=True),  # of issuer and subject: one account a person
    points_to("user_id", "users"),
    Column("issuer", words(255), nullable=False),
    Column("subject", words(255), nullable=False),
    Column("linked_at", instant(), nullable=False),
    UniqueConstraint("user_id"),
    **TABLE,
)
