"""Two calls that turn out to be one: what hangs on the younger moves to the older, and nothing written is lost.

Runs inside the transaction that learnt it, both rows locked. The younger stays as an alias that points to the older.
"""

from typing import Any

from sqlalchemy import Connection, Row, text

from plugin.core.ids import CallId

_LISTS = {
    "call_keys": "call_id",
    "call_events": "call_id",
    "recordings": "call_id",
    "assignments": "call_id",
    "verifications": "call_id",
    "outbox": "subject_id",
}
# The columns that, beside the call, make up the key of a row: of two such rows one has to give way.
_KEYED = {"pops": "agent", "drafts": "user_id", "timeline_links": "crm"}
_SUMMARIES = text("SELECT * FROM summaries WHERE call_id IN (:older, :younger)")
_DROP_SUMMARY = text("DELETE FROM summaries WHERE call_id = :younger")
_MOVE_SUMMARY = text("UPDATE summaries SET call_id = :older WHERE call_id = :younger")
_ONE_SUMMARY = text(
    "UPDATE summaries SET request = :request, response = :response, promise = :promise, next_step = :next_step,"
    " version = :version, entry_version = :entry_version WHERE call_id = :older"
)
_TEXTS = ("request", "response", "promise", "next_step")
_KEEP_CUSTOMER = text("UPDATE calls SET customer_id = :customer WHERE id = :older AND customer_id IS NULL")
_CUSTOMER = text("SELECT customer_id FROM calls WHERE id = :younger")
_ALIAS = text(
    "UPDATE calls SET merged_into = :older, e164 = NULL, customer_id = NULL, deadline_at = NULL, state = 'ended'"
    " WHERE id = :younger"
)
_FOLLOW = text("UPDATE calls SET merged_into = :older WHERE merged_into = :younger")


def join(connection: Connection, older: CallId, younger: CallId) -> bool:
    """Make `younger` an alias of `older`. Returns whether a summary came with it: its timeline entry must go anew.

    Of two drafts of one person the older call's stays; of two summaries one is made, the texts below each other. Where
    both calls were given to customers, the older call's customer stays.
    """
    both = {"older": older, "younger": younger}
    for table, column in _LISTS.items():
        connection.execute(text(f"UPDATE {table} SET {column} = :older WHERE {column} = :younger"), both)  # noqa: S608
    for table, column in _KEYED.items():
        _move_keyed(connection, table, column, both)
    customer = connection.execute(_CUSTOMER, {"younger": younger}).scalar_one()
    connection.execute(_KEEP_CUSTOMER, {"older": older, "customer": customer})
    brought = _join_summaries(connection, both)
    connection.execute(_FOLLOW, both)
    connection.execute(_ALIAS, both)
    return brought


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


def _join_summaries(connection: Connection, both: dict[str, CallId]) -> bool:
    rows: dict[str, Row[Any]] = {row.call_id: row for row in connection.execute(_SUMMARIES, both)}
    mine, theirs = rows.get(both["older"]), rows.get(both["younger"])
    if theirs is None:
        return False
    if mine is None:
        connection.execute(_MOVE_SUMMARY, both)
        return True
    texts = {name: "\n".join(filter(None, (getattr(mine, name), getattr(theirs, name)))) for name in _TEXTS}
    numbers = {name: max(getattr(mine, name), getattr(theirs, name)) + 1 for name in ("version", "entry_version")}
    connection.execute(_ONE_SUMMARY, {**both, **texts, **numbers})
    connection.execute(_DROP_SUMMARY, both)
    return True
