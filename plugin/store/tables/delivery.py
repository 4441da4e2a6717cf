"""What must reach the CRM (outbox, links), what came from it (cursors), and the ledger of scheduled work."""

from sqlalchemy import Column, ForeignKey, Index, Table

from migrations.columns import TABLE, flag, instant, key, long_text, number, words
from plugin.store.tables.metadata import metadata, own_id, points_to

outbox = Table(
    "outbox",
    metadata,
    own_id(),
    Column("kind", key(32), nullable=False),
    Column("subject_id", key(26), nullable=False),  # the call; messages of one subject go in order
    Column("body", long_text(), nullable=False),
    Column("state", key(16), nullable=False),  # core/outbox.py MessageState
    Column("attempts", number(), nullable=False),
    Column("due_at", instant(), nullable=False),
    Column("lease_until", instant()),
    Column("lease_by", key(64)),
    Column("error", words(255)),
    Column("created_at", instant(), nullable=False),
    Column("done_at", instant()),
    Index(None, "state", "due_at"),
    Index(None, "subject_id"),
    **TABLE,
)

timeline_links = Table(
    "timeline_links",
    metadata,
    points_to("call_id", "calls", part_of_key=True),
    Column("crm", key(32), primary_key=True),
    Column("remote_id", key(128), nullable=False),
    Column("version", number(), nullable=False),
    Column("sent_at", instant(), nullable=False),
    **TABLE,
)

cursors = Table(
    "cursors",
    metadata,
    Column("crm", key(32), primary_key=True),
    Column("cursor", long_text(), nullable=False),
    Column("moved_at", instant(), nullable=False),
    **TABLE,
)

runs = Table(
    "runs",
    metadata,
    own_id(),
    Column("job", key(64), nullable=False),
    Column("started_at", instant(), nullable=False),
    Column("ended_at", instant()),
    Column("outcome", key(16)),  # core/runs.py RunOutcome; None while it runs
    Column("done", number(), nullable=False),
    Column("error", words(255)),
    Column("total", number()),  # how much there is to get through, where that is known
    Index(None, "job", "started_at"),
    **TABLE,
)

leases = Table(
    "leases",
    metadata,
    Column("name", key(64), primary_key=True),
    Column("holder", key(64), nullable=False),
    Column("until", instant(), nullable=False),  # by the holder's clock, to be shown; nobody decides by it
    Column("beats", number()),  # grows with each renewal: who sees it stand still knows that nobody renews
    Column("since", instant()),
    Column("place", words(255)),  # host and process of the holder
    **TABLE,
)

jobs = Table(
    "jobs",
    metadata,
    Column("name", key(64), primary_key=True),
    Column("every_us", number(), nullable=False),
    Column("daily_at", key(5)),  # "03:30" in the site's zone, for a job of every day
    Column("slotted", flag(), nullable=False),
    Column("next_at", instant()),  # of slotted jobs: moved on by whoever takes the slot
    Column("busy_since", instant()),  # the slot was taken, its end is not known yet
    Column("asked_at", instant()),
    Column("asked_by", key(26), ForeignKey("users.id")),
    Column("paused_at", instant()),
    Column("paused_by", key(26), ForeignKey("users.id")),
    Column("done_at", instant()),  # the last run that succeeded
    Column("ran", number(), nullable=False),
    Column("failed", number(), nullable=False),
    Column("busy_us", number(), nullable=False),
    **TABLE,
)

run_findings = Table(
    "run_findings",
    metadata,
    points_to("run_id", "runs", part_of_key=True),
    Column("place", number(), primary_key=True),
    Column("code", key(64), nullable=False),
    Column("what", words(128), nullable=False),
    Column("n", number(), nullable=False),
    **TABLE,
)

crm_budgets = Table(
    "crm_budgets",
    metadata,
    Column("crm", key(32), primary_key=True),
    Column("used", number(), nullable=False),
    Column("most", number(), nullable=False),
    Column("told_at", instant(), nullable=False),
    **TABLE,
)
