"""What is kept, why and how long: purposes, cases, holds, and what is left of a recording that was purged."""

from sqlalchemy import Column, ForeignKey, Index, Table, UniqueConstraint

from migrations.columns import KEYED, TABLE, instant, key, long_text, number, words
from plugin.store.tables.metadata import metadata, own_id, points_to

purposes = Table(  # the register: one row a version of a purpose, never changed once it was in force
    "purposes",
    metadata,
    own_id(),
    Column("purpose", key(32), nullable=False),  # core/access.py Purpose
    Column("version", number(), nullable=False),
    Column("applies", key(16), nullable=False),  # to every call, or by case
    Column("notice_ja", long_text(), nullable=False),
    Column("notice_en", long_text(), nullable=False),
    Column("audio_days", number(), nullable=False),
    Column("text_days", number()),  # None: the text is never erased
    Column("case_days", number()),  # of what is written in a closed case; None: no case has the purpose
    Column("roles", words(255), nullable=False),  # who may listen for it, apart by spaces
    Column("review_on", key(10), nullable=False),  # a day
    Column("in_force_at", instant()),  # None: a draft
    points_to("written_by", "users", optional=True),  # None: what the site began with
    Column("written_at", instant(), nullable=False),
    Column("approval_id", key(26)),
    UniqueConstraint("purpose", "version"),
    **TABLE,
)

cases = Table(
    "cases",
    metadata,
    own_id(),
    Column("number", key(16), nullable=False),
    Column("kind", key(16), nullable=False),
    Column("title", words(120), nullable=False),
    Column("opened_by", key(26), ForeignKey("users.id"), nullable=False),
    Column("opened_at", instant(), nullable=False),
    Column("due_at", instant()),
    Column("closed_at", instant()),
    Column("closed_by", key(26), ForeignKey("users.id")),
    Column("why", words(255)),  # of one that was opened by hand
    UniqueConstraint("number"),
    Index(None, "kind", "closed_at", "due_at"),
    **TABLE,
)

case_counts = Table(  # how many cases of a kind a year has had
    "case_counts",
    metadata,
    Column("kind", key(16), primary_key=True),
    Column("year", number(), primary_key=True, autoincrement=False),
    Column("used", number(), nullable=False),
    **KEYED,
)

case_calls = Table(
    "case_calls",
    metadata,
    points_to("case_id", "cases", part_of_key=True),
    points_to("call_id", "calls", part_of_key=True),
    points_to("added_by", "users"),
    Column("added_at", instant(), nullable=False),
    Column("reason", words(255), nullable=False),
    Index(None, "call_id"),
    **TABLE,
)

call_purposes = Table(  # purposes that a call has beyond those of every call
    "call_purposes",
    metadata,
    own_id(),
    points_to("call_id", "calls"),
    Column("purpose", key(32), nullable=False),
    Column("since_at", instant(), nullable=False),
    points_to("case_id", "cases", optional=True),
    Column("ended_at", instant()),
    Index(None, "call_id"),
    Index(None, "case_id"),
    **TABLE,
)

holds = Table(
    "holds",
    metadata,
    own_id(),
    points_to("case_id", "cases"),
    Column("reason", words(255), nullable=False),
    Column("asked_by", words(120), nullable=False),
    points_to("placed_by", "users"),
    Column("placed_at", instant(), nullable=False),
    Column("review_on", key(10), nullable=False),
    Column("released_at", instant()),
    Column("approval_id", key(26)),
    Index(None, "case_id"),
    Index(None, "released_at", "review_on"),
    **TABLE,
)

hold_calls = Table(  # while the hold lives, so does everything of the call
    "hold_calls",
    metadata,
    points_to("hold_id", "holds", part_of_key=True),
    points_to("call_id", "calls", part_of_key=True),
    Index(None, "call_id"),
    **KEYED,
)

purge_runs = Table(
    "purge_runs",
    metadata,
    own_id(),
    Column("state", key(16), nullable=False),
    Column("due_before", instant(), nullable=False),
    Column("found", number(), nullable=False),
    Column("found_bytes", number(), nullable=False, server_default="0"),
    Column("there", number(), nullable=False, server_default="0"),
    Column("there_bytes", number(), nullable=False, server_default="0"),
    Column("purged", number(), nullable=False),
    Column("purged_bytes", number(), nullable=False),
    Column("texts_found", number(), nullable=False, server_default="0"),
    Column("texts", number(), nullable=False, server_default="0"),
    Column("cases_found", number(), nullable=False, server_default="0"),
    Column("cases", number(), nullable=False, server_default="0"),
    Column("rules", long_text()),  # the periods it was planned by
    Column("begun_at", instant(), nullable=False),
    Column("ended_at", instant()),
    Column("root", key(64)),  # of the proof's tree
    Column("approval_id", key(26)),
    Column("fingerprint", key(64)),  # of its list, where it waited for a second person
    Index(None, "begun_at"),
    **TABLE,
)

purge_lists = Table(  # what a run that waits for a second person would erase; forgotten once it is over
    "purge_lists",
    metadata,
    points_to("run_id", "purge_runs", part_of_key=True),
    Column("kind", key(8), primary_key=True),  # store/purge_lists.py Listed
    Column("subject", key(26), primary_key=True),
    Column("rule", key(64), nullable=False),
    **KEYED,
)

tombstones = Table(  # outlives the recording's bytes, and is applied again to an older copy of the database
    "tombstones",
    metadata,
    Column("recording_id", key(26), primary_key=True),
    points_to("call_id", "calls"),
    Column("rule", key(64), nullable=False),
    Column("purged_at", instant(), nullable=False),
    points_to("run_id", "purge_runs", optional=True),
    Column("sha256", key(64)),
    Column("size_bytes", number()),
    Column("length_ms", number()),
    Column("files", long_text()),  # names below the data folder, a line each
    Column("settled_at", instant()),  # None: not known to be written down outside, with its files gone
    Index(None, "call_id"),
    Index(None, "run_id"),
    Index(None, "settled_at"),
    **TABLE,
)

text_tombstones = Table(  # the same of what people wrote about a call
    "text_tombstones",
    metadata,
    Column("call_id", key(26), ForeignKey("calls.id"), primary_key=True),
    Column("rule", key(64), nullable=False),
    Column("purged_at", instant(), nullable=False),
    points_to("run_id", "purge_runs", optional=True),
    Column("settled_at", instant()),
    Index(None, "run_id"),
    Index(None, "settled_at"),
    **TABLE,
)

case_tombstones = Table(  # the same of what people wrote in a case, or reported without one
    "case_tombstones",
    metadata,
    Column("case_id", key(26), primary_key=True),
    Column("rule", key(64), nullable=False),
    Column("purged_at", instant(), nullable=False),
    points_to("run_id", "purge_runs", optional=True),
    Column("settled_at", instant()),
    Index(None, "run_id"),
    Index(None, "settled_at"),
    **TABLE,
)

remark_tombstones = Table(  # the same of a text beside a line of the audit
    "remark_tombstones",
    metadata,
    Column("remark", key(40), primary_key=True),  # number of the line, dot, name
    Column("line_hash", key(64), nullable=False),
    Column("rule", key(64), nullable=False),
    Column("purged_at", instant(), nullable=False),
    Column("settled_at", instant()),
    Index(None, "settled_at"),
    **TABLE,
)

kept_plans = Table(  # what a run would do, as it was worked out last: one row
    "kept_plans",
    metadata,
    own_id(),
    Column("made_at", instant(), nullable=False),
    Column("plan", long_text(), nullable=False),  # core/kept_plan.py
    Index(None, "made_at"),
    **TABLE,
)

tombstone_marks = Table(  # how far this database knows each file of tombstones that stands outside
    "tombstone_marks",
    metadata,
    Column("file", key(64), primary_key=True),
    Column("known_bytes", number(), nullable=False),
    Column("chain", key(64), nullable=False, server_default=""),  # over the lines up to there
    **KEYED,
)
