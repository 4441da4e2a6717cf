"""The audit chain. Lines are only ever appended: triggers refuse the rest, `prev` is unique, the head is one row.

What people typed stands beside it, and can be erased but not changed.
"""

from sqlalchemy import BigInteger, Column, Index, Table

from migrations.columns import TABLE, blob, instant, key, long_text, number
from plugin.store.tables.metadata import metadata, own_id

audit_lines = Table(
    "audit_lines",
    metadata,
    Column("seq", BigInteger(), primary_key=True, autoincrement=False),
    Column("prev", key(64), nullable=False, unique=True),
    Column("hash", key(64), nullable=False, unique=True),
    Column("body", long_text(), nullable=False),  # the canonical text the hash is over, verbatim
    Column("act", key(48), nullable=False),  # repeated beside the body for look-ups only
    Column("user_id", key(26)),
    Column("customer_id", key(26)),
    Column("at", instant(), nullable=False),
    Column("call_id", key(26)),
    Column("kind", key(16)),  # core/audit.py Kind
    Index(None, "kind", "at", "seq"),
    Index(None, "user_id", "kind", "at", "seq"),
    Index(None, "customer_id", "at", "seq"),
    Index(None, "call_id", "at", "seq"),
    **TABLE,
)

audit_remarks = Table(
    "audit_remarks",
    metadata,
    Column("seq", BigInteger(), primary_key=True, autoincrement=False),
    Column("name", key(16), primary_key=True),  # core/audit.py RemarkName
    Column("salt", blob(), nullable=False),
    Column("text", long_text(), nullable=False),
    **TABLE,
)

audit_head = Table(
    "audit_head",
    metadata,
    Column("id", number(), primary_key=True, autoincrement=False),
    Column("seq", number(), nullable=False),
    Column("hash", key(64), nullable=False),
    **TABLE,
)

audit_looks = Table(
    "audit_looks",
    metadata,
    own_id(),
    Column("looked_at", instant(), nullable=False),
    Column("lines", number(), nullable=False),
    Column("proved_to", number(), nullable=False),
    Column("findings", number(), nullable=False),
    Column("took_us", number(), nullable=False),
    **TABLE,
)

refusals = Table(
    "refusals",
    metadata,
    Column("subject", key(64), primary_key=True),  # a hash of who, which act, which rule
    Column("since", instant(), nullable=False),
    Column("told", number(), nullable=False),  # lines written of it since then
    Column("more", number(), nullable=False),  # that were only counted
    Column("act", key(48), nullable=False),
    Column("user_id", key(26)),
    Column("purpose", key(64)),
    **TABLE,
)

setting_marks = Table(
    "setting_marks",
    metadata,
    Column("name", key(128), primary_key=True),
    Column("mark", key(64), nullable=False),  # a keyed hash of the value
    **TABLE,
)
