"""Recorders' files at rest, and the calls that one may be of. Knows no file's name and judges nothing."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, text, update

from plugin.core.history import StoredCall
from plugin.core.recorder_files import FileState, UnmatchedFile
from plugin.core.recorders import RecordedName
from plugin.core.times import from_us, maybe_at, maybe_us, to_us
from plugin.store.calls import stored
from plugin.store.tables.recorders import recorder_files

_LONGEST = timedelta(hours=12)
_MOST = 200
_IN_TIME = (
    "SELECT c.id, c.revision, c.record, c.e164, c.customer_id FROM calls c {joined} WHERE c.started_at >= :since"
    " AND c.started_at <= :until AND c.merged_into IS NULL AND c.claimed = 0 AND (:source = '' OR c.source = :source)"
    " AND (c.ended_at IS NULL OR c.ended_at >= :began){more} ORDER BY c.started_at DESC LIMIT :most"
)
_BY_TELEPHONE = text(_IN_TIME.format(joined="JOIN pops p ON p.call_id = c.id AND p.agent = :extension", more=""))
_BY_NUMBER = text(_IN_TIME.format(joined="", more=" AND c.e164 = :e164"))


def near(connection: Connection, told: RecordedName, tolerance: timedelta, source: str) -> list[StoredCall]:
    """Return the calls in the file's time at its telephone or, where it names none, with its number."""
    given = {
        "since": to_us(told.start - tolerance - _LONGEST),
        "until": to_us(told.start + tolerance),
        "began": to_us(told.start - tolerance),
        "source": source,
        "most": _MOST,
    }
    if told.extension is not None:
        return [stored(row) for row in connection.execute(_BY_TELEPHONE, {**given, "extension": told.extension})]
    return [stored(row) for row in connection.execute(_BY_NUMBER, {**given, "e164": told.e164})]


def known(connection: Connection, source: str, key: str) -> FileState | None:
    """Return what became of the file, None where nothing did."""
    wanted = select(recorder_files.c.state).where(recorder_files.c.source == source, recorder_files.c.file_key == key)
    state = connection.scalar(wanted)
    return None if state is None else FileState(state)


def note(connection: Connection, source: str, key: str, told: RecordedName, state: FileState, now: datetime) -> None:
    """Write down what became of a file that was not known."""
    connection.execute(
        insert(recorder_files).values(
            source=source,
            file_key=key,
            state=state.value,
            began_at=to_us(told.start),
            ended_at=maybe_us(told.end),
            extension=told.extension,
            seen_at=to_us(now),
        )
    )


def settle(connection: Connection, source: str, key: str, state: FileState) -> bool:
    """Bring a file out of those that wait; False where it does not wait (any more)."""
    waiting = (recorder_files.c.source == source) & (recorder_files.c.file_key == key)
    waiting &= recorder_files.c.state == FileState.UNMATCHED.value
    return connection.execute(update(recorder_files).where(waiting).values(state=state.value)).rowcount == 1


def unmatched(connection: Connection, most: int) -> tuple[UnmatchedFile, ...]:
    """Return the newest files that wait for somebody to say whose they are."""
    waiting = select(recorder_files).where(recorder_files.c.state == FileState.UNMATCHED.value)
    return tuple(map(_file, connection.execute(waiting.order_by(recorder_files.c.began_at.desc()).limit(most))))


def find(connection: Connection, source: str, key: str) -> UnmatchedFile | None:
    """Return such a file, None where it does not wait."""
    waiting = select(recorder_files).where(recorder_files.c.source == source, recorder_files.c.file_key == key)
    row = connection.execute(waiting.where(recorder_files.c.state == FileState.UNMATCHED.value)).one_or_none()
    return None if row is None else _file(row)


def forget(connection: Connection, before: datetime) -> int:
    """Forget files that were seen before then, unless they wait; return how many."""
    old = (recorder_files.c.seen_at < to_us(before)) & (recorder_files.c.state != FileState.UNMATCHED.value)
    return connection.execute(delete(recorder_files).where(old)).rowcount


def _file(row: Row[Any]) -> UnmatchedFile:
    return UnmatchedFile(row.source, row.file_key, from_us(row.began_at), maybe_at(row.ended_at), row.extension)
