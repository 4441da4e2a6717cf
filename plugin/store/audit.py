"""The audit chain at rest. `append` runs inside the transaction of the act itself; nothing changes or deletes."""

from collections.abc import Iterator

from sqlalchemy import Connection, insert, select, text, update

from plugin.core.audit import AuditFact, AuditLine, Listening, chain
from plugin.core.audit_check import Filed
from plugin.core.ids import CallId
from plugin.core.staff import Role
from plugin.core.times import from_us, to_us
from plugin.store.prepared import Prepared
from plugin.store.tables.audit import audit_head, audit_lines


def append(connection: Connection, fact: AuditFact) -> AuditLine:
    """Chain `fact` behind the newest line, in the caller's writing transaction, and return its line.

    The head row is locked first (on MySQL; SQLite's writer is alone anyway), so the chain never forks.
    """
    seq, prev = connection.execute(select(audit_head.c.seq, audit_head.c.hash).with_for_update()).one()
    line = chain(fact, seq + 1, prev)
    connection.execute(
        insert(audit_lines).values(
            seq=line.seq,
            prev=line.prev,
            hash=line.hash,
            body=line.body,
            act=fact.act.value,
            user_id=fact.user_id,
            customer_id=fact.customer_id,
            at=to_us(fact.at),
        )
    )
    connection.execute(update(audit_head).values(seq=line.seq, hash=line.hash))
    return line


_CHUNK_ROWS = 5000
_LINES = Prepared(
    "SELECT seq, prev, hash, body, act, user_id, customer_id, at FROM audit_lines"
    " WHERE seq > :after ORDER BY seq LIMIT :most"
)


def lines(connection: Connection) -> Iterator[Filed]:
    """Yield every line as it is stored, in order, a few thousand at a time."""
    after = -(1 << 62)
    while chunk := _LINES.rows(connection, after=after, most=_CHUNK_ROWS):
        yield from map(Filed._make, chunk)
        after = chunk[-1][0]


def head(connection: Connection) -> tuple[int, str]:
    """Return number and hash of the newest line, as the head row says."""
    seq, hashed = connection.execute(select(audit_head.c.seq, audit_head.c.hash)).one()
    return seq, hashed


_LISTENINGS = text(
    "SELECT g.granted_at, g.purpose, g.token_hash, r.call_id, c.started_at, u.name, u.role"
    " FROM pops p JOIN calls c ON c.id = p.call_id JOIN recordings r ON r.call_id = p.call_id"
    " JOIN grants g ON g.recording_id = r.id AND g.stream_id IS NOT NULL JOIN users u ON u.id = g.user_id"
    " WHERE p.user_id = :user AND p.taken_at IS NOT NULL AND g.user_id <> :user"
    " ORDER BY g.granted_at DESC LIMIT :most"
)
_HEARD = text("SELECT SUM(to_ms - from_ms) FROM listens WHERE grant_hash = :hash")


def listenings_to(connection: Connection, user_id: str, most: int) -> tuple[Listening, ...]:
    """Return who else listened to the calls that this person took, newest first; of the customers nothing."""
    return tuple(
        Listening(
            at=from_us(row.granted_at),
            call_id=CallId(row.call_id),
            call_started_at=from_us(row.started_at),
            listener=row.name,
            role=Role(row.role),
            purpose=row.purpose,
            heard_ms=int(connection.execute(_HEARD, {"hash": row.token_hash}).scalar() or 0),
        )
        for row in connection.execute(_LISTENINGS, {"user": user_id, "most": most}).all()
    )
