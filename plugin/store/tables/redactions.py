"""Copies of recordings from which something is cut out, their files, the grants that open them, and what was heard."""

from sqlalchemy import Column, ForeignKey, Index, Table

from migrations.columns import TABLE, blob, instant, key, number, words
from plugin.store.tables.metadata import metadata, own_id, points_to

redactions = Table(
    "redactions",
    metadata,
    own_id(),
    points_to("recording_id", "recordings"),
    Column("kind", key(16), nullable=False),  # core/redaction.py RedactionKind
    points_to("case_id", "cases", optional=True),  # None: a clip
    Column("from_ms", number(), nullable=False),
    Column("to_ms", number(), nullable=False),
    Column("hush", key(16), nullable=False),
    Column("state", key(16), nullable=False),  # core/redaction.py RedactionState
    Column("made_by", key(26), ForeignKey("users.id"), nullable=False),
    Column("asked_at", instant(), nullable=False),
    Column("made_at", instant()),
    Column("length_ms", number()),
    Column("channels", number()),
    Column("peaks", blob()),
    Column("approval_id", key(26)),
    Column("confirmed_by", key(26), ForeignKey("users.id")),
    Column("confirmed_at", instant()),
    Column("gone_at", instant()),
    Column("reason", key(64)),  # why it failed or is gone
    Index(None, "recording_id"),
    Index(None, "case_id"),
    Index(None, "kind", "state", "asked_at"),
    Index(None, "state"),
    **TABLE,
)

redaction_ranges = Table(
    "redaction_ranges",
    metadata,
    points_to("redaction_id", "redactions", part_of_key=True),
    Column("place", number(), primary_key=True, autoincrement=False),
    Column("from_ms", number(), nullable=False),
    Column("to_ms", number(), nullable=False),
    Column("reason", key(32), nullable=False),  # core/redaction.py CutReason
    **TABLE,
)

clips = Table(  # what a copy for training has beside that
    "clips",
    metadata,
    points_to("redaction_id", "redactions", part_of_key=True),
    Column("title", words(255), nullable=False),
    Column("audience", key(16), nullable=False),  # core/redaction.py Audience
    Column("team", key(64), nullable=False),  # whose recording it was
    Column("expires_at", instant(), nullable=False),
    Index(None, "expires_at"),
    **TABLE,
)

derivatives = Table(  # files in the vault that were made of a recording; each goes when it goes
    "derivatives",
    metadata,
    own_id(),  # what the vault knows it by; of the WAVE the copy's own
    points_to("redaction_id", "redactions"),
    points_to("recording_id", "recordings"),
    Column("form", key(16), nullable=False),  # wav | flac
    Column("size_bytes", number(), nullable=False),
    Column("sha256", key(64), nullable=False),
    Column("keyset", blob(), nullable=False),  # wrapped by a key of the recording's own month
    Column("key_id", key(32), nullable=False),
    Index(None, "redaction_id"),
    Index(None, "recording_id"),
    Index(None, "key_id"),
    **TABLE,
)

redaction_grants = Table(
    "redaction_grants",
    metadata,
    Column("token_hash", key(64), primary_key=True),
    points_to("redaction_id", "redactions"),
    points_to("user_id", "users"),
    Column("session_hash", key(64), nullable=False),
    Column("granted_at", instant(), nullable=False),
    Column("expires_at", instant(), nullable=False),
    Column("revoked_at", instant()),
    Column("stream_id", key(26)),
    Column("stream_until", instant()),
    Column("sent", blob()),
    Index(None, "redaction_id"),
    Index(None, "user_id", "expires_at"),
    Index(None, "expires_at"),
    **TABLE,
)

redaction_listens = Table(  # heard intervals, in milliseconds of the copy
    "redaction_listens",
    metadata,
    own_id(),
    Column("grant_hash", key(64), nullable=False),
    points_to("redaction_id", "redactions"),
    points_to("user_id", "users"),
    Column("from_ms", number(), nullable=False),
    Column("to_ms", number(), nullable=False),
    Column("heard_at", instant(), nullable=False),
    Index(None, "redaction_id", "user_id"),
    Index(None, "grant_hash"),
    **TABLE,
)
