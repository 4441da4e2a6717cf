"""Calls, the events they were folded from, the keys they are known by, and what people decided about them."""

from sqlalchemy import Column, Index, Table

from migrations.columns import TABLE, flag, instant, key, long_text, number, words
from plugin.store.tables.metadata import LOOKED_UP_BY, metadata, own_id, points_to

# What store/history.py reads of a call.
_LINE = ("id", "direction", "answered_at", "ended_at", "outcome", "queue", "taken_by", "topic", "disposition")

calls = Table(
    "calls",
    metadata,
    own_id(),
    Column("source", key(64), nullable=False),
    Column("direction", key(16), nullable=False),
    Column("state", key(16), nullable=False),
    Column("e164", key(24)),
    Column("withheld", key(32)),
    Column("our_number", key(64)),
    Column("queue", key(64)),
    Column("started_at", instant(), nullable=False),
    Column("answered_at", instant()),
    Column("ended_at", instant()),
    Column("outcome", key(32)),
    Column("record", long_text(), nullable=False),  # the folded Call, as core/call_json.py writes it
    Column("revision", number(), nullable=False),
    Column("deadline_at", instant()),  # an open call is looked at again then
    Column("merged_into", key(26)),
    points_to("customer_id", "customers", optional=True),
    Column("updated_at", instant(), nullable=False),
    Column("claimed", flag(), nullable=False, server_default="0"),  # only an opened address tells of it
    Column("taken_by", key(26)),  # this and the next two: store/call_lines.py
    Column("topic", words(64)),
    Column("disposition", key(64)),
    # A ring reads histories from the indexes alone: the calls themselves lie scattered over years (decision 283). Those
    # of a number that nobody was given are together, however many others it has.
    Index(None, "e164", "started_at", "id"),
    Index("ix_calls_history_of_number", "e164", "customer_id", "started_at", *_LINE, info={LOOKED_UP_BY: 3}),
    Index("ix_calls_history_of_customer", "customer_id", "started_at", *_LINE, info={LOOKED_UP_BY: 2}),
    Index(None, "deadline_at"),
    Index(None, "started_at"),
    **TABLE,
)

call_events = Table(
    "call_events",
    metadata,
    Column("source", key(64), primary_key=True),
    Column("event_id", key(191), primary_key=True),
    points_to("call_id", "calls"),
    Column("occurred_at", instant(), nullable=False),
    Column("sequence", number(), nullable=False),
    Column("body", long_text(), nullable=False),
    Column("received_at", instant(), nullable=False),
    Index(None, "call_id"),
    **TABLE,
)

call_keys = Table(
    "call_keys",
    metadata,
    Column("source", key(64), primary_key=True),
    Column("native_id", key(191), primary_key=True),
    points_to("call_id", "calls"),
    Index(None, "call_id"),
    **TABLE,
)

pops = Table(  # one per (call, agent), whatever the number of his devices
    "pops",
    metadata,
    points_to("call_id", "calls", part_of_key=True),
    Column("agent", key(64), primary_key=True),
    points_to("user_id", "users", optional=True),
    Column("state", key(16), nullable=False),  # shown, taken, withdrawn, closed
    Column("shown_at", instant(), nullable=False),
    Column("taken_at", instant()),
    Column("ended_at", instant()),  # his part of the call ended
    Column("closed_at", instant()),
    Index(None, "user_id", "state", "ended_at"),
    **TABLE,
)

assignments = Table(  # the history of who said whose call this is
    "assignments",
    metadata,
    own_id(),
    points_to("call_id", "calls"),
    points_to("customer_id", "customers", optional=True),
    Column("act", key(16), nullable=False),  # confirm, refuse, reassign, unassign
    points_to("user_id", "users"),
    Column("reason", words(255), nullable=False),
    Column("decided_at", instant(), nullable=False),
    Index(None, "call_id", "decided_at", "customer_id", "act", "user_id"),  # a ring asks for all but the reasons
    **TABLE,
)

summaries = Table(
    "summaries",
    metadata,
    points_to("call_id", "calls", part_of_key=True),
    Column("topic", words(64), nullable=False),
    Column("disposition", key(64), nullable=False),
    Column("request", long_text(), nullable=False),
    Column("response", long_text(), nullable=False),
    Column("promise", long_text(), nullable=False),
    Column("next_step", long_text(), nullable=False),
    Column("promise_due_on", key(10)),
    Column("promise_done_at", instant()),
    points_to("promise_done_by", "users", optional=True),
    points_to("author_id", "users"),
    Column("saved_at", instant(), nullable=False),
    Column("version", number(), nullable=False),
    Column("entry_version", number(), nullable=False),  # of the CRM's entry: rises with re-assignments too
    Index(None, "promise_done_at", "promise_due_on"),
    Index(None, "author_id", "promise_done_at", "promise_due_on"),
    **TABLE,
)

drafts = Table(
    "drafts",
    metadata,
    points_to("call_id", "calls", part_of_key=True),
    points_to("user_id", "users", part_of_key=True),
    Column("body", long_text(), nullable=False),
    Column("saved_at", instant(), nullable=False),
    **TABLE,
)
