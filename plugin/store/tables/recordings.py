"""Recordings at rest, the grants that open them, what was heard, and what is asked, noted and written down of them."""

from sqlalchemy import Column, ForeignKey, Index, Table, UniqueConstraint

from migrations.columns import TABLE, blob, instant, key, long_text, number, words
from plugin.store.tables.metadata import metadata, own_id, points_to

recordings = Table(
    "recordings",
    metadata,
    own_id(),
    points_to("call_id", "calls"),
    Column("source", key(64), nullable=False),
    Column("native_key", key(64), nullable=False),  # sha-256 of the source's own id: native names leak numbers
    Column("uri", words(2048)),  # None for withheld callers and once imported
    Column("state", key(16), nullable=False),
    Column("kind", key(16), nullable=False),
    Column("media", key(16)),
    Column("started_at", instant(), nullable=False),
    Column("imported_at", instant()),
    Column("next_look_at", instant()),
    Column("looks", number(), nullable=False),
    Column("length_ms", number()),
    Column("codec", key(32)),
    Column("content_type", key(64)),
    Column("channels", number()),
    Column("size_bytes", number()),
    Column("sha256", key(64)),
    Column("peaks", blob()),
    Column("keyset", blob()),  # wrapped by the key named in key_id
    Column("key_id", key(32)),
    Column("reason", key(64)),  # why missing, damaged or expired
    Column("expired_at", instant()),
    Column("address_key", key(64)),  # sha-256 of the address it is fetched from, kept once it was: never twice
    UniqueConstraint("source", "native_key"),
    Index(None, "call_id", "state"),
    Index(None, "state", "next_look_at"),
    Index(None, "state", "started_at"),
    Index(None, "key_id"),
    **TABLE,
)

shreddings = Table(  # a month whose keys were destroyed; without `ended_at` its recordings are still being marked
    "shreddings",
    metadata,
    Column("month", key(7), primary_key=True),
    Column("approval_id", key(26), nullable=False),
    Column("recordings", number(), nullable=False),
    Column("begun_at", instant(), nullable=False),
    Column("ended_at", instant()),
    **TABLE,
)

grants = Table(
    "grants",
    metadata,
    Column("token_hash", key(64), primary_key=True),
    points_to("recording_id", "recordings"),
    points_to("user_id", "users"),
    points_to("customer_id", "customers", optional=True),
    Column("session_hash", key(64), nullable=False),
    Column("purpose", key(32), nullable=False),
    Column("basis_kind", key(16), nullable=False),  # core/grants.py BasisKind
    Column("basis", key(64), nullable=False),  # the id of verification, call or check, or the case's own number
    Column("granted_at", instant(), nullable=False),
    Column("expires_at", instant(), nullable=False),
    Column("revoked_at", instant()),
    Column("stream_id", key(26)),  # the one open stream, and until when it counts as open
    Column("stream_until", instant()),
    Column("sent", blob()),  # the minutes that went out under it, a bit each: core/heard.py Minutes
    Index(None, "recording_id"),
    Index(None, "user_id", "expires_at"),
    Index(None, "expires_at"),
    **TABLE,
)

listens = Table(  # heard intervals, in milliseconds of the recording
    "listens",
    metadata,
    own_id(),
    Column("grant_hash", key(64), nullable=False),
    points_to("recording_id", "recordings"),
    points_to("user_id", "users"),
    Column("from_ms", number(), nullable=False),
    Column("to_ms", number(), nullable=False),
    Column("heard_at", instant(), nullable=False),
    Index(None, "recording_id", "heard_at"),
    Index(None, "grant_hash"),
    **TABLE,
)

recording_checks = Table(
    "recording_checks",
    metadata,
    own_id(),
    points_to("recording_id", "recordings"),
    points_to("customer_id", "customers", optional=True),
    Column("asked_by", key(26), ForeignKey("users.id"), nullable=False),
    Column("question", long_text(), nullable=False),
    Column("state", key(16), nullable=False),
    Column("asked_at", instant(), nullable=False),
    Column("expires_at", instant(), nullable=False),
    Column("taken_by", key(26), ForeignKey("users.id")),
    Column("taken_at", instant()),
    Column("answer", long_text()),
    Column("settled_at", instant()),
    Column("approved_until", instant()),
    Column("read_at", instant()),
    Index(None, "state", "asked_at"),
    Index(None, "asked_by", "read_at"),
    Index(None, "recording_id", "state"),
    Index(None, "taken_by", "settled_at"),
    **TABLE,
)

markers = Table(  # a listener's notes at places of a recording
    "markers",
    metadata,
    own_id(),
    points_to("recording_id", "recordings"),
    points_to("user_id", "users"),
    Column("at_ms", number(), nullable=False),
    Column("words", long_text(), nullable=False),
    Column("set_at", instant(), nullable=False),
    Index(None, "recording_id", "at_ms"),
    **TABLE,
)

transcript_segments = Table(
    "transcript_segments",
    metadata,
    own_id(),
    points_to("recording_id", "recordings"),
    Column("from_ms", number(), nullable=False),
    Column("to_ms", number(), nullable=False),
    Column("speaker", key(16), nullable=False),  # core/transcripts.py Speaker
    Column("words", long_text(), nullable=False),
    Index(None, "recording_id", "from_ms"),
    **TABLE,
)
