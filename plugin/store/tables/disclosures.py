"""Disclosures: what was asked, what was seen, what is given of each call, the decision, the letter, what went out."""

from sqlalchemy import Column, ForeignKey, Index, Table

from migrations.columns import TABLE, instant, key, long_text, number, words
from plugin.store.tables.metadata import metadata, own_id, points_to

disclosures = Table(  # one row a case of disclosure, police or court
    "disclosures",
    metadata,
    points_to("case_id", "cases", part_of_key=True),
    Column("asked_by", key(16), nullable=False),  # core/disclosure.py AskedBy
    Column("name", words(128), nullable=False),
    Column("contact", long_text(), nullable=False),
    Column("office", words(200), nullable=False),
    Column("way", key(16), nullable=False),
    Column("received_on", key(10), nullable=False),  # a day
    Column("call_on", key(10), nullable=False),
    Column("from_minute", number()),
    Column("to_minute", number()),
    Column("operator", words(128), nullable=False),
    Column("number", key(24)),
    Column("gist", long_text(), nullable=False),
    Column("reason", long_text(), nullable=False),
    points_to("customer_id", "customers", optional=True),
    points_to("mandate_id", "mandates", optional=True),
    Column("worked_by", key(26), ForeignKey("users.id"), nullable=False),
    Column("second_by", key(26), ForeignKey("users.id")),
    Column("decision", key(16)),  # proposed; in force from decided_at
    Column("ground", key(16)),
    Column("words", long_text()),
    Column("seal", key(64)),
    Column("approval_id", key(26)),
    Column("decided_at", instant()),
    Column("closed_words", long_text()),
    Index(None, "worked_by"),
    Index(None, "second_by"),
    **TABLE,
)

disclosure_papers = Table(  # kind and date of what was seen; never a number of it
    "disclosure_papers",
    metadata,
    own_id(),
    points_to("case_id", "cases"),
    Column("paper", key(32), nullable=False),
    Column("dated_on", key(10), nullable=False),
    points_to("seen_by", "users"),
    Column("seen_at", instant(), nullable=False),
    Index(None, "case_id"),
    **TABLE,
)

disclosure_calls = Table(  # what is given of a call, and what others' data it holds
    "disclosure_calls",
    metadata,
    points_to("case_id", "cases", part_of_key=True),
    points_to("call_id", "calls", part_of_key=True),
    Column("third_party", key(8), nullable=False),
    Column("note", long_text(), nullable=False),
    Column("audio", key(16), nullable=False),
    Column("parts", key(64), nullable=False),  # of the summary, apart by spaces
    Column("leave_out", long_text(), nullable=False),  # a word a line
    points_to("checked_by", "users"),
    Column("checked_at", instant(), nullable=False),
    Column("seen", key(64), nullable=False, server_default=""),  # the call's sight; "": of no call as it stands
    Index(None, "call_id"),
    **TABLE,
)

disclosure_sounds = Table(  # the recordings whose sound a decision gives, as they were when it was made
    "disclosure_sounds",
    metadata,
    points_to("case_id", "cases", part_of_key=True),
    points_to("recording_id", "recordings", part_of_key=True),
    Column("audio", key(16), nullable=False),  # core/disclosure.py Audio
    Column("sha256", key(64), nullable=False),
    Index(None, "recording_id"),
    **TABLE,
)

disclosure_extensions = Table(
    "disclosure_extensions",
    metadata,
    own_id(),
    points_to("case_id", "cases"),
    Column("before", key(10), nullable=False),
    Column("until", key(10), nullable=False),
    Column("reason", long_text(), nullable=False),
    points_to("extended_by", "users"),
    Column("extended_at", instant(), nullable=False),
    Index(None, "case_id"),
    **TABLE,
)

disclosure_letters = Table(  # word for word as it was issued
    "disclosure_letters",
    metadata,
    points_to("case_id", "cases", part_of_key=True),
    Column("lang", key(2), nullable=False),
    Column("body", long_text(), nullable=False),
    Column("sha256", key(64), nullable=False),  # of its plain text
    points_to("issued_by", "users"),
    Column("issued_at", instant(), nullable=False),
    **TABLE,
)

disclosure_deliveries = Table(
    "disclosure_deliveries",
    metadata,
    own_id(),
    points_to("case_id", "cases"),
    Column("what", key(16), nullable=False),
    Column("way", key(32), nullable=False),
    Column("recipient", words(200), nullable=False),
    Column("reference", words(64), nullable=False),
    Column("delivered_on", key(10), nullable=False),
    points_to("noted_by", "users"),
    Column("noted_at", instant(), nullable=False),
    Index(None, "case_id"),
    **TABLE,
)
