"""Calls that only an opened address tells of: found, made parts of the phone system's own call, let go."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, text

from plugin.core.ids import CallId, UserId
from plugin.core.times import to_us
from plugin.store import call_joins
from plugin.store.prepared import Prepared

_ON_SCREEN = (
    "FROM pops p JOIN calls c ON c.id = p.call_id WHERE p.user_id = :user AND p.state IN ('shown', 'taken')"
    " AND c.merged_into IS NULL AND (c.claimed = 0 OR c.started_at >= :since)"
)
_STANDS = text(
    f"SELECT 1 {_ON_SCREEN} AND c.ended_at IS NULL AND c.direction = 'inbound'"
    " AND (c.e164 = :e164 OR (:e164 IS NULL AND c.e164 IS NULL AND c.withheld IS NOT NULL)) LIMIT 1"
)
_CLAIMED = Prepared(f"SELECT c.id, c.e164, c.withheld {_ON_SCREEN} AND c.claimed = 1")
_LOCK_SQL = "SELECT id FROM calls WHERE id = :id AND claimed = 1 AND merged_into IS NULL"
_LOOK, _LOCK = Prepared(_LOCK_SQL), Prepared(f"{_LOCK_SQL} FOR UPDATE")
_HANGS_ON = ("alerts", "assignments", "verifications", "summaries", "recordings")
_OWN = ("pops", "drafts", "call_keys", "call_events")


def stands(connection: Connection, user_id: UserId, e164: str | None, since: datetime) -> bool:
    """Tell whether a call of that number (None: of a withheld caller) stands on his desk and goes on."""
    given = {"user": user_id, "e164": e164, "since": to_us(since)}
    return connection.execute(_STANDS, given).first() is not None


def meet(
    connection: Connection,
    call_id: CallId,
    e164: str | None,
    users: Iterable[UserId],
    since: datetime,
    now: datetime,
    *,
    withheld: bool,
) -> bool:
    """Make the claims of these people that speak of the same caller parts of the call; tell whether there were any.

    The same: begun since `since`, by somebody at whom the call rings, with the same number or both without.
    """
    met = False
    for user_id in users:
        for claim, number, reason in _CLAIMED.rows(connection, user=user_id, since=to_us(since)):
            same = number == e164 if e164 else number is None and withheld and reason is not None
            if claim == call_id or not same or not _is_claim(connection, claim):
                continue
            call_joins.join(connection, call_id, CallId(claim), now)
            met = True
    return met


def let_go(connection: Connection, call_id: CallId) -> bool:
    """Forget a claim that nothing confirmed; False where something of somebody's hangs on it, which keeps it."""
    if not _is_claim(connection, call_id):
        return False
    given = {"call": call_id}
    for table in _HANGS_ON:
        if connection.execute(text(f"SELECT 1 FROM {table} WHERE call_id = :call LIMIT 1"), given).first():  # noqa: S608
            return False
    for table in _OWN:
        connection.execute(text(f"DELETE FROM {table} WHERE call_id = :call"), given)  # noqa: S608
    connection.execute(text("DELETE FROM calls WHERE id = :call"), given)
    return True


def _is_claim(connection: Connection, call_id: str) -> bool:
    """Lock the call if it still is a claim."""
    one = _LOOK if connection.dialect.name == "sqlite" else _LOCK  # SQLite's one writer is alone anyway
    return one.row(connection, id=call_id) is not None
