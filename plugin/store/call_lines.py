"""What a line of a history says of a call and is written elsewhere: who took it first, its topic and its disposition.

Kept in the call's row, so that a ring reads a history from one index (docs/decisions/0285). Read anew from pops and
summaries by whoever changes one of those, in the same transaction and with the call's row locked; decides nothing.
"""

from sqlalchemy import Connection

from plugin.core.ids import CallId
from plugin.store.prepared import Prepared

_SAID = Prepared(
    "SELECT c.taken_by, c.topic, c.disposition, (SELECT p.user_id FROM pops p WHERE p.call_id = c.id"
    " AND p.taken_at IS NOT NULL AND p.user_id IS NOT NULL ORDER BY p.taken_at, p.agent LIMIT 1),"
    " s.topic, s.disposition FROM calls c LEFT JOIN summaries s ON s.call_id = c.id WHERE c.id = :call"
)
_SAY = Prepared("UPDATE calls SET taken_by = :taken_by, topic = :topic, disposition = :disposition WHERE id = :call")


def renew(connection: Connection, call_id: CallId) -> None:
    """Let the call's row say what its pops and its summary say now."""
    row = _SAID.row(connection, call=call_id)
    if row is not None and row[:3] != row[3:]:
        _SAY.write(connection, call=call_id, taken_by=row[3], topic=row[4], disposition=row[5])
