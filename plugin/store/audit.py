"""The audit chain at rest. `append` runs inside the transaction of the act itself; no line is changed or deleted."""

import secrets
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, text

from plugin.core.audit import (
    MOST_REMARK_LETTERS,
    SALT_BYTES,
    Act,
    AuditFact,
    AuditLine,
    Kind,
    Listening,
    chain,
    commitment,
)
from plugin.core.audit_check import Filed, Kept, Restored
from plugin.core.heard import SoundKind
from plugin.core.ids import CallId
from plugin.core.redaction import RedactionKind
from plugin.core.staff import Role
from plugin.core.times import from_us, to_us
from plugin.store.keepable import keepable
from plugin.store.prepared import Prepared
from plugin.store.redaction_grants import ground_of
from plugin.store.tables.audit import audit_remarks

_HEAD = "SELECT seq, hash FROM audit_head"
_HEAD_SQLITE = Prepared(_HEAD)  # its one writer is alone anyway
_HEAD_MYSQL = Prepared(f"{_HEAD} FOR UPDATE")
_ADD = Prepared(
    "INSERT INTO audit_lines (seq, prev, hash, body, act, user_id, customer_id, call_id, kind, at)"
    " VALUES (:seq, :prev, :hash, :body, :act, :user, :customer, :call, :kind, :at)"
)
_MOVE_HEAD = Prepared("UPDATE audit_head SET seq = :seq, hash = :hash")


def append(connection: Connection, fact: AuditFact) -> AuditLine:
    """Chain `fact` behind the newest line, in the caller's writing transaction, and return its line.

    The head row is locked first, so the chain never forks. What people typed is kept beside the line, each text under a
    salt of its own.
    """
    seq, prev = lock(connection)
    texts = {remark.name.value: keepable(remark.text, MOST_REMARK_LETTERS) for remark in fact.remarks}
    salted = [(name, secrets.token_bytes(SALT_BYTES), kept) for name, kept in texts.items() if kept]
    sealed = {name: commitment(name, salt, kept) for name, salt, kept in salted}
    line = chain(fact, seq + 1, prev, sealed)
    _ADD.write(
        connection,
        seq=line.seq,
        prev=line.prev,
        hash=line.hash,
        body=line.body,
        act=fact.act.value,
        user=fact.user_id,
        customer=fact.customer_id,
        call=fact.call_id,
        kind=fact.kind.value,
        at=to_us(fact.at),
    )
    _MOVE_HEAD.write(connection, seq=line.seq, hash=line.hash)
    for name, salt, kept in salted:
        connection.execute(insert(audit_remarks).values(seq=line.seq, name=name, salt=salt, text=kept))
    return line


def erase_remark(connection: Connection, seq: int, name: str) -> bool:
    """Erase one remark with its salt; False where it is not there."""
    gone = delete(audit_remarks).where(audit_remarks.c.seq == seq, audit_remarks.c.name == name)
    return connection.execute(gone).rowcount == 1


def lock(connection: Connection) -> tuple[int, str]:
    """Keep everybody else from appending until the transaction ends; return number and hash of the newest line."""
    found = (_HEAD_SQLITE if connection.dialect.name == "sqlite" else _HEAD_MYSQL).row(connection)
    assert found is not None
    return found[0], found[1]


CHUNK_LINES = 5000
_LINES = Prepared(
    "SELECT seq, prev, hash, body, act, user_id, customer_id, call_id, kind, at FROM audit_lines"
    " WHERE seq > :after AND seq <= :upto ORDER BY seq LIMIT :most"
)
_BODIES = Prepared("SELECT seq, body FROM audit_lines WHERE seq > :after AND seq <= :upto ORDER BY seq LIMIT :most")
_REMARKS = Prepared(
    "SELECT seq, name, salt, text FROM audit_remarks WHERE seq > :after AND seq <= :upto ORDER BY seq, name"
)
_STRAY = Prepared(
    "SELECT r.seq, r.name, r.salt, r.text FROM audit_remarks r LEFT JOIN audit_lines l ON l.seq = r.seq"
    " WHERE l.seq IS NULL ORDER BY r.seq, r.name"
)
_ENDS = Prepared("SELECT h.seq, h.hash, (SELECT MAX(seq) FROM audit_lines) FROM audit_head h")
LOWEST, HIGHEST = -(1 << 62), 1 << 62


def lines(connection: Connection, after: int, upto: int) -> list[tuple[Filed, tuple[Kept, ...]]]:
    """Return some lines behind number `after` as they are stored, in order, each with the remarks beside it."""
    chunk = [Filed._make(row) for row in _LINES.rows(connection, after=after, upto=upto, most=CHUNK_LINES)]
    if not chunk:
        return []
    beside = remarks(connection, after, chunk[-1].seq)
    return [(line, beside.get(line.seq, ())) for line in chunk]


def bodies(connection: Connection, after: int, upto: int) -> list[tuple[int, str]]:
    """Return some lines behind number `after` as number and text, in order."""
    return [(seq, body) for seq, body in _BODIES.rows(connection, after=after, upto=upto, most=CHUNK_LINES)]


def remarks(connection: Connection, after: int, upto: int) -> dict[int, tuple[Kept, ...]]:
    """Return the remarks beside the lines behind number `after` up to `upto`, by the line's number."""
    found = map(Kept._make, _REMARKS.rows(connection, after=after, upto=upto))
    return {seq: tuple(group) for seq, group in groupby(found, key=lambda kept: kept.seq)}


def stray_remarks(connection: Connection) -> Iterator[Kept]:
    """Return the remarks that stand beside no line."""
    return map(Kept._make, _STRAY.rows(connection))


def ends(connection: Connection) -> tuple[int, str, int]:
    """Return number and hash of the newest line as the head row says, and the highest number that is there.

    Of one instant, whoever appends meanwhile.
    """
    found = _ENDS.row(connection)
    assert found is not None
    return found[0], found[1], found[2] or 0


def head(connection: Connection) -> tuple[int, str]:
    """Return number and hash of the newest line, as the head row says."""
    seq, hashed, _ = ends(connection)
    return seq, hashed


_RESTORED = Prepared(  # by the index of kinds
    "SELECT seq, at, user_id FROM audit_lines WHERE kind = :kind AND act = :act ORDER BY at, seq"
)


def restored(connection: Connection) -> list[Restored]:
    """Return the lines that say that a copy was put back, by age."""
    found = _RESTORED.rows(connection, kind=Kind.CHANGED.value, act=Act.RESTORED.value)
    return [Restored(seq, at_us, user_id) for seq, at_us, user_id in found]


_LISTENINGS = text(
    "SELECT g.granted_at, g.purpose, g.token_hash, r.call_id, c.started_at, u.name, u.role"
    " FROM pops p JOIN calls c ON c.id = p.call_id JOIN recordings r ON r.call_id = p.call_id"
    " JOIN grants g ON g.recording_id = r.id AND g.stream_id IS NOT NULL JOIN users u ON u.id = g.user_id"
    " WHERE p.user_id = :user AND p.taken_at IS NOT NULL AND g.user_id <> :user"
    " ORDER BY g.granted_at DESC LIMIT :most"
)
_COPY_LISTENINGS = text(
    "SELECT g.granted_at, x.kind, g.token_hash, r.call_id, c.started_at, u.name, u.role"
    " FROM pops p JOIN calls c ON c.id = p.call_id JOIN recordings r ON r.call_id = p.call_id"
    " JOIN redactions x ON x.recording_id = r.id"
    " JOIN redaction_grants g ON g.redaction_id = x.id AND g.stream_id IS NOT NULL JOIN users u ON u.id = g.user_id"
    " WHERE p.user_id = :user AND p.taken_at IS NOT NULL AND g.user_id <> :user"
    " ORDER BY g.granted_at DESC LIMIT :most"
)
_HEARD = text("SELECT SUM(to_ms - from_ms) FROM listens WHERE grant_hash = :hash")
_COPY_HEARD = text("SELECT SUM(to_ms - from_ms) FROM redaction_listens WHERE grant_hash = :hash")


def listenings_to(connection: Connection, user_id: str, most: int) -> tuple[Listening, ...]:
    """Return who else listened to the calls that this person took, newest first; of the customers nothing.

    To the recordings, and to copies of them from which something was cut out.
    """
    asked = {"user": user_id, "most": most}
    found = [
        _listening(row, row.purpose, connection.scalar(_HEARD, {"hash": row.token_hash}), SoundKind.RECORDING)
        for row in connection.execute(_LISTENINGS, asked).all()
    ]
    for row in connection.execute(_COPY_LISTENINGS, asked).all():
        kind = RedactionKind(row.kind)
        heard = connection.scalar(_COPY_HEARD, {"hash": row.token_hash})
        found.append(_listening(row, ground_of(kind)[0], heard, SoundKind(kind.value)))
    return tuple(sorted(found, key=lambda one: one.at, reverse=True)[:most])


def _listening(row: Row[Any], purpose: str, heard_ms: Any, kind: SoundKind) -> Listening:
    return Listening(
        at=from_us(row.granted_at),
        call_id=CallId(row.call_id),
        call_started_at=from_us(row.started_at),
        listener=row.name,
        role=Role(row.role),
        purpose=purpose,
        heard_ms=int(heard_ms or 0),  # MySQL adds integers up to a decimal
        kind=kind,
    )
