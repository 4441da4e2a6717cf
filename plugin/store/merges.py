"""Who of the customers that are gone is somebody else now, and what follows him: calls and all that hangs on him alone.

The CRM says it: two records were merged into one, or a lead became a contact. Decides no match, and lets nothing that
was proved of the one open what is kept of the other.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, text

from plugin.core.identity import FAILURE_WINDOW
from plugin.core.ids import CallId, CaseId, CustomerId
from plugin.core.times import to_us
from plugin.store import disclosures, failures, identity
from plugin.store.prepared import ManyRows

_FORGET = ManyRows("DELETE FROM customer_merges WHERE customer_id = ? AND merged_into <> ?")
_BACK = ManyRows("DELETE FROM customer_merges WHERE customer_id = ?")
_KNOWN = text("SELECT 1 FROM customer_merges WHERE customer_id = :loser")
_ADD = ManyRows("INSERT INTO customer_merges (customer_id, merged_into) VALUES (?, ?)")
_WAITING = text(
    "SELECT m.customer_id, w.id AS winner, w.gone_at FROM customer_merges m JOIN customers l ON l.id = m.customer_id"
    " JOIN customers w ON w.crm = l.crm AND w.external_id = m.merged_into"
    " WHERE m.moved_at IS NULL AND l.crm = :crm AND l.gone_at IS NOT NULL ORDER BY m.customer_id LIMIT :most"
)
_NEXT = text(
    "SELECT w.id, w.gone_at FROM customer_merges m JOIN customers l ON l.id = m.customer_id"
    " JOIN customers w ON w.crm = l.crm AND w.external_id = m.merged_into WHERE m.customer_id = :loser"
)
_CALLS = text("SELECT id FROM calls WHERE customer_id = :loser ORDER BY started_at LIMIT :most")
_MOVE = ManyRows("UPDATE calls SET customer_id = ?, updated_at = ? WHERE id = ?")
_CHECKS = ManyRows(
    "UPDATE recording_checks SET customer_id = ? WHERE customer_id = ?"
    " AND recording_id IN (SELECT id FROM recordings WHERE call_id = ?)"
)
_MARKS = text("UPDATE harassment_marks SET customer_id = :winner WHERE customer_id = :loser")
_MOVED = text("UPDATE customer_merges SET moved_at = :at WHERE customer_id = :loser")
_LONGEST_CHAIN = 20


def note(connection: Connection, merged: Sequence[tuple[CustomerId, str]]) -> None:
    """Keep who was merged into whom: pairs of our id of who is gone, and the external id of who he is now."""
    _FORGET.run(connection, merged)
    new = [(loser, into) for loser, into in merged if connection.scalar(_KNOWN, {"loser": loser}) is None]
    _ADD.run(connection, new)


def forget(connection: Connection, back: Sequence[CustomerId]) -> None:
    """Forget whom these were merged into: they are there again themselves."""
    _BACK.run(connection, [(one,) for one in back])


def waiting(connection: Connection, crm: str, most: int) -> list[tuple[CustomerId, CustomerId]]:
    """Return pairs of one who is gone, and who he is now, whose calls have not been given over yet.

    Who was merged on is followed to the last of the chain; where that one is not here either, the calls wait.
    """
    found = []
    for row in connection.execute(_WAITING, {"crm": crm, "most": most}):
        winner, gone_at = row.winner, row.gone_at
        for _ in range(_LONGEST_CHAIN):
            if gone_at is None:
                found.append((CustomerId(row.customer_id), CustomerId(winner)))
                break
            after = connection.execute(_NEXT, {"loser": winner}).one_or_none()
            if after is None:
                break
            winner, gone_at = after
    return found


def carry(connection: Connection, loser: CustomerId, winner: CustomerId, at: datetime) -> tuple[CaseId, ...]:
    """Give all but the calls to the winner; return the disclosures that are about him from now on. Safe to repeat.

    Marks of harassment warn of him, failures count against him, verifications are part of his history: one that runs is
    over at `at`, for its answers were another record's. Mandates stay behind (services/mandates.py ends them).
    """
    connection.execute(_MARKS, {"winner": winner, "loser": loser})
    identity.follow(connection, loser, winner, at)
    failures.follow(connection, loser, winner, at - FAILURE_WINDOW)
    return disclosures.follow(connection, loser, winner)


def move_calls(
    connection: Connection, loser: CustomerId, winner: CustomerId, most: int, at: datetime
) -> tuple[CallId, ...]:
    """Give up to `most` of the loser's calls to the winner and return them; none where all have been given.

    What was asked about their recordings goes with them.
    """
    calls = [CallId(call_id) for call_id in connection.scalars(_CALLS, {"loser": loser, "most": most})]
    _MOVE.run(connection, [(winner, to_us(at), call_id) for call_id in calls])
    _CHECKS.run(connection, [(winner, loser, call_id) for call_id in calls])
    if len(calls) < most:
        connection.execute(_MOVED, {"loser": loser, "at": to_us(at)})
    return tuple(calls)
