"""Transcripts and markers at rest. Knows nothing of who may read them: services ask under a grant."""

from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select

from plugin.core.ids import RecordingId, UserId, new_id
from plugin.core.times import from_us, to_us
from plugin.core.transcripts import Marker, Segment, Speaker
from plugin.store.tables.recordings import markers, transcript_segments
from plugin.store.tables.staff import users


def segments_of(connection: Connection, recording_id: RecordingId) -> tuple[Segment, ...]:
    """Return what was said, in order; nothing where nobody has written it down."""
    rows = transcript_segments.c
    wanted = select(rows.from_ms, rows.to_ms, rows.speaker, rows.words).where(rows.recording_id == recording_id)
    return tuple(
        Segment(row.from_ms, row.to_ms, Speaker(row.speaker), row.words)
        for row in connection.execute(wanted.order_by(rows.from_ms, rows.id))
    )


def markers_of(connection: Connection, recording_id: RecordingId) -> tuple[Marker, ...]:
    """Return the notes at places of the recording, in order of the places."""
    wanted = (
        select(markers, users.c.name)
        .join(users, users.c.id == markers.c.user_id)
        .where(markers.c.recording_id == recording_id)
        .order_by(markers.c.at_ms, markers.c.id)
    )
    return tuple(
        Marker(row.id, row.at_ms, row.words, UserId(row.user_id), row.name, from_us(row.set_at))
        for row in connection.execute(wanted)
    )


def set_marker(
    connection: Connection, recording_id: RecordingId, user_id: UserId, at_ms: int, words: str, at: datetime, most: int
) -> str | None:
    """Keep a note and return its id; None where the recording has `most` already."""
    held = select(func.count()).select_from(markers).where(markers.c.recording_id == recording_id)
    if connection.execute(held).scalar_one() >= most:
        return None
    marker_id = new_id(at)
    values = {"id": marker_id, "recording_id": recording_id, "user_id": user_id}
    connection.execute(insert(markers).values(**values, at_ms=at_ms, words=words, set_at=to_us(at)))
    return marker_id


def take_marker_off(connection: Connection, recording_id: RecordingId, user_id: UserId, marker_id: str) -> bool:
    """Take the person's own note off; False where it is not his, or not there."""
    chosen = delete(markers).where(markers.c.id == marker_id, markers.c.recording_id == recording_id)
    return connection.execute(chosen.where(markers.c.user_id == user_id)).rowcount == 1
