"""Files in the vault that were made of a recording: what opens each, and that they go when it goes.

Each is locked under a key of its recording's own month, so that the month's shredding takes it too. Whoever erases a
recording lists them by `of_recording`, lets the vault drop each, and forgets them by `forget_recording`.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from plugin.core.ids import RecordingId, RedactionId
from plugin.core.redaction import Form, RedactionState
from plugin.core.times import to_us
from plugin.store.tables.redactions import derivatives, redactions
from plugin.store.vault import Lock

_LIVE = tuple(state for state in RedactionState if state is not RedactionState.GONE)


@dataclass(frozen=True, slots=True)
class Derivative:
    """One file. The vault knows it by `id`, as if it were a recording; `recording_id` is the one it was made of."""

    id: RecordingId
    redaction_id: RedactionId
    recording_id: RecordingId
    form: Form
    size_bytes: int
    sha256: str
    lock: Lock


def of_recording(connection: Connection, recording_id: RecordingId) -> tuple[Derivative, ...]:
    """Return every file that was made of the recording."""
    return _found(connection, derivatives.c.recording_id == recording_id)


def of_redaction(connection: Connection, redaction_id: RedactionId) -> tuple[Derivative, ...]:
    """Return the files of one copy."""
    return _found(connection, derivatives.c.redaction_id == redaction_id)


def add(connection: Connection, new: Derivative) -> None:
    """Store a file that is on the disk."""
    connection.execute(
        insert(derivatives).values(
            id=new.id,
            redaction_id=new.redaction_id,
            recording_id=new.recording_id,
            form=new.form,
            size_bytes=new.size_bytes,
            sha256=new.sha256,
            keyset=new.lock.keyset,
            key_id=new.lock.key_id,
        )
    )


def forget_recording(connection: Connection, recording_id: RecordingId, at: datetime, rule: str) -> int:
    """Forget the files that were made of a recording, and mark its copies as gone by `rule`; return how many files."""
    gone = {"state": RedactionState.GONE, "gone_at": to_us(at), "reason": rule, "peaks": None}
    of_it = (redactions.c.recording_id == recording_id) & redactions.c.state.in_(_LIVE)
    connection.execute(update(redactions).where(of_it).values(gone))
    return connection.execute(delete(derivatives).where(derivatives.c.recording_id == recording_id)).rowcount


def of_gone(connection: Connection, most: int) -> tuple[Derivative, ...]:
    """Return files whose copy is gone, so that nobody hears them, and that may still be on the disk."""
    gone = select(redactions.c.id).where(redactions.c.state == RedactionState.GONE)
    return _found(connection, derivatives.c.redaction_id.in_(gone))[:most]


def forget(connection: Connection, derivative_id: RecordingId) -> None:
    """Forget one file, which is not on the disk any more."""
    connection.execute(delete(derivatives).where(derivatives.c.id == derivative_id))


def _found(connection: Connection, wanted: ColumnElement[bool]) -> tuple[Derivative, ...]:
    rows = connection.execute(select(derivatives).where(wanted).order_by(derivatives.c.id))
    return tuple(
        Derivative(
            RecordingId(row.id),
            RedactionId(row.redaction_id),
            RecordingId(row.recording_id),
            Form(row.form),
            row.size_bytes,
            row.sha256,
            Lock(row.keyset, row.key_id),
        )
        for row in rows
    )
