"""Two calls that turn out to be one: what hangs on the younger moves to the older, and nothing written is lost.

Runs inside the transaction that learnt it, both rows locked. The younger stays as an alias that points to the older.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from plugin.core.identity import RUNNING
from plugin.core.ids import CallId
from plugin.core.times import to_us
from plugin.store import adoptions, call_lines, consents, disclosures, identity, text_erasure

_LISTS = (
    "call_keys",
    "call_events",
    "recordings",
    "assignments",
    "verifications",
    "alerts",
    "call_backs",
    "call_purposes",
    "tombstones",
    "harassment_reports",
)
# The columns that, beside the call, make up the key of a row: of two such rows one has to give way.
_KEYED = {
    "pops": "agent",
    "drafts": "user_id",
    "case_calls": "case_id",
    "hold_calls": "hold_id",
}
_SUMMARIES = text("SELECT * FROM summaries WHERE call_id IN (:older, :younger)")
_TEXTS = ("request", "response", "promise", "next_step")
_COPIED = (
    "topic, disposition, request, response, promise, next_step, promise_due_on, promise_done_at, promise_done_by,"
    " author_id, saved_at, version"
)
_COPY_SUMMARY = text(
    f"INSERT INTO summaries (call_id, {_COPIED}, entry_version)"  # noqa: S608
    f" SELECT :older, {_COPIED}, 0 FROM summaries WHERE call_id = :younger"
)
_ONE_SUMMARY = text(
    "UPDATE summaries SET request = :request, response = :response, promise = :promise, next_step = :next_step,"
    " promise_due_on = :due_on, promise_done_at = :done_at, saved_at = :saved_at, version = :version"
    " WHERE call_id = :older"
)
_EMPTY_SUMMARY = text(
    "UPDATE summaries SET request = '', response = '', promise = '', next_step = '', promise_due_on = NULL"
    " WHERE call_id = :younger"
)
_DROP_SUMMARY = text("DELETE FROM summaries WHERE call_id = :younger")
_STANDS = text(
    "SELECT 1 FROM timeline_links WHERE call_id = :younger"
    " UNION ALL SELECT 1 FROM outbox WHERE subject_id = :younger AND attempts > 0"
)
_SEND_NO_MORE = text(
    "UPDATE outbox SET state = 'superseded', done_at = :now"
    " WHERE subject_id = :younger AND state IN ('unassigned', 'waiting', 'dead')"
)
_CUSTOMERS = text("SELECT DISTINCT customer_id FROM calls WHERE id IN (:older, :younger) AND customer_id IS NOT NULL")
_GIVE = text("UPDATE calls SET customer_id = :customer WHERE id = :older")
_ALIAS = text(
    "UPDATE calls SET merged_into = :older, e164 = NULL, customer_id = NULL, deadline_at = NULL, state = 'ended'"
    " WHERE id = :younger"
)
_NO_WORK = text("DELETE FROM missed_work WHERE call_id = :younger")
_FOLLOW = text("UPDATE calls SET merged_into = :older WHERE merged_into = :younger")


def join(connection: Connection, older: CallId, younger: CallId, now: datetime) -> None:
    """Make `younger` an alias of `older`; what is sent to the CRM of either has to be ordered anew by the caller.

    Of two drafts of one person the older call's stays; of two summaries one is made, the texts below each other. Where
    the two were given to different customers the call is nobody's until a person says whose it is, and nothing counts
    as proved in it: else a phone system that takes two calls for one would open the one customer's to the other. An
    entry that may stand in the CRM for the younger keeps an empty summary: without a customer, delivery takes it back.
    """
    both = {"older": older, "younger": younger}
    for table in _LISTS:
        connection.execute(text(f"UPDATE {table} SET call_id = :older WHERE call_id = :younger"), both)  # noqa: S608
    for table, column in _KEYED.items():
        _move_keyed(connection, table, column, both)
    customers = list(connection.scalars(_CUSTOMERS, both))
    connection.execute(_GIVE, {"older": older, "customer": customers[0] if len(customers) == 1 else None})
    running = {one.customer_id for one in identity.of_call(connection, older) if one.state in RUNNING}
    if len(customers) > 1 or len(running) > 1:
        identity.close_of_call(connection, older)
    _join_summaries(connection, both, now)
    consents.join(connection, older, younger)
    disclosures.join(connection, older, younger)
    text_erasure.join(connection, older, younger, now)
    adoptions.forget(connection, younger)
    connection.execute(_NO_WORK, {"younger": younger})
    connection.execute(_FOLLOW, both)
    connection.execute(_ALIAS, both)
    for call_id in (older, younger):
        call_lines.renew(connection, call_id)


def _move_keyed(connection: Connection, table: str, column: str, both: dict[str, CallId]) -> None:
    taken = {
        row[0]
        for row in connection.execute(text(f"SELECT {column} FROM {table} WHERE call_id = :older"), both)  # noqa: S608
    }
    rest = connection.execute(text(f"SELECT {column} FROM {table} WHERE call_id = :younger"), both).all()  # noqa: S608
    for (key,) in rest:
        verb = "DELETE FROM" if key in taken else "UPDATE"
        change = "" if key in taken else " SET call_id = :older"
        where = f"WHERE call_id = :younger AND {column} = :key"
        connection.execute(text(f"{verb} {table}{change} {where}"), {**both, "key": key})


def _join_summaries(connection: Connection, both: dict[str, CallId], now: datetime) -> None:
    rows: dict[str, Row[Any]] = {row.call_id: row for row in connection.execute(_SUMMARIES, both)}
    mine, theirs = rows.get(both["older"]), rows.get(both["younger"])
    if theirs is None:
        return
    if mine is None:
        connection.execute(_COPY_SUMMARY, both)
    else:
        connection.execute(_ONE_SUMMARY, {**both, **_one_of(mine, theirs)})
    if connection.execute(_STANDS, both).first() is not None:
        connection.execute(_EMPTY_SUMMARY, both)
    else:
        connection.execute(_DROP_SUMMARY, both)
        connection.execute(_SEND_NO_MORE, {**both, "now": to_us(now)})


def _one_of(mine: Row[Any], theirs: Row[Any]) -> dict[str, Any]:
    texts = {name: "\n".join(filter(None, (getattr(mine, name), getattr(theirs, name)))) for name in _TEXTS}
    promised = [one for one in (mine, theirs) if one.promise]
    due = [one.promise_due_on for one in promised if one.promise_due_on is not None]
    done = [one.promise_done_at for one in promised]
    return texts | {
        "due_on": min(due, default=None),
        "done_at": None if not done or None in done else max(done),
        "saved_at": max(mine.saved_at, theirs.saved_at),
        "version": max(mine.version, theirs.version) + 1,
    }
