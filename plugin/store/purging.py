"""Letting go of recordings: each is claimed by one statement that no live hold lets through, with all that hangs on it.

Everything here happens in one transaction; files are removed by who called, once it is committed and written down
outside (plugin/services/letting_go.py). What hangs on a recording is listed in one place: `HEIRS`.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, delete, insert, not_, or_, select, update

from plugin.core.ids import CallId, RecordingId
from plugin.core.recordings import Mover, RecordingState, before
from plugin.core.retention import Tombstone
from plugin.core.times import from_us, to_us
from plugin.store import derivatives, holds
from plugin.store.tables.calls import calls
from plugin.store.tables.keeping import tombstone_marks, tombstones
from plugin.store.tables.recordings import grants, markers, recordings, transcript_segments
from plugin.store.tables.redactions import redactions
from plugin.store.tombstone_files import Mark, Written

FileName = Callable[[RecordingId, bytes], str]
Heir = Callable[[Connection, Mapping[RecordingId, str], datetime, FileName], Mapping[RecordingId, Sequence[str]]]

_TOLD = (
    recordings.c.id,
    recordings.c.call_id,
    recordings.c.keyset,
    recordings.c.sha256,
    recordings.c.size_bytes,
    recordings.c.length_ms,
)
_GONE = {"state": RecordingState.EXPIRED, "next_look_at": None}
_NOTHING = {"keyset": None, "key_id": None, "peaks": None, "uri": None}
# Built once: to build it anew for each recording took more than all else (docs/performance.md).
_CLAIM_LOST = (
    update(recordings)
    .where(recordings.c.id == bindparam("one"), recordings.c.call_id == bindparam("of_call"))
    .where(recordings.c.keyset.is_not(None))
    .values(**_GONE, **_NOTHING, reason=bindparam("by_rule"), expired_at=bindparam("gone_at"))
)
_CLAIM = _CLAIM_LOST.where(
    or_(*(recordings.c.state == state for state in sorted(before(RecordingState.EXPIRED, Mover.RETENTION)))),
    not_(holds.is_held(recordings.c.call_id)),
)


def _transcripts(
    connection: Connection, gone: Mapping[RecordingId, str], _at: datetime, _file_name: FileName
) -> Mapping[RecordingId, Sequence[str]]:
    connection.execute(delete(transcript_segments).where(transcript_segments.c.recording_id.in_(gone)))
    return {}


def _markers(
    connection: Connection, gone: Mapping[RecordingId, str], _at: datetime, _file_name: FileName
) -> Mapping[RecordingId, Sequence[str]]:
    connection.execute(delete(markers).where(markers.c.recording_id.in_(gone)))
    return {}


def _copies(
    connection: Connection, gone: Mapping[RecordingId, str], at: datetime, file_name: FileName
) -> Mapping[RecordingId, Sequence[str]]:
    """Copies from which something was cut out, for cases and for training."""
    had = connection.scalars(select(redactions.c.recording_id).where(redactions.c.recording_id.in_(gone)).distinct())
    files: dict[RecordingId, list[str]] = {}
    for each in map(RecordingId, had):
        made = derivatives.of_recording(connection, each)
        files[each] = [file_name(one.id, one.lock.keyset) for one in made]
        derivatives.forget_recording(connection, each, at, gone[each])
    return files


# What was made from a recording's sound lives as long as the sound. Each takes its rows out of the database, and names
# the files (below the data folder) that are to go with them. `gone`: the rule by which each recording goes.
HEIRS: tuple[Heir, ...] = (_transcripts, _markers, _copies)


def let_go(
    connection: Connection,
    chosen: Mapping[RecordingId, str],
    run_id: str | None,
    at: datetime,
    file_name: FileName,
    *,
    is_lost: bool = False,
) -> list[Tombstone]:
    """Let go of those of the chosen recordings that may go, by the rule of each; return what is left of them.

    One that is on hold, or has nothing to be heard any more, stays as it is and is left out. `file_name` names the file
    of a recording by the mark that its keyset begins with. Grants on them end. `is_lost`: their keys were destroyed
    before any hold, which could keep nothing any more.
    """
    those = recordings.c.id.in_(chosen) & recordings.c.keyset.is_not(None)
    lock_calls_of(connection, those)
    found = connection.execute(select(*_TOLD).where(those).order_by(recordings.c.id)).all()
    went = [row for row in found if _claim(connection, row, chosen[row.id], at, is_lost=is_lost)]
    if not went:
        return []
    files = _leave(connection, {RecordingId(row.id): chosen[row.id] for row in went}, at, file_name)
    made = [
        Tombstone(
            recording_id=row.id,
            call_id=row.call_id,
            rule=chosen[row.id],
            purged_at=at,
            run_id=run_id,
            sha256=row.sha256,
            size_bytes=row.size_bytes,
            length_ms=row.length_ms,
            files=(file_name(row.id, row.keyset), *files.get(row.id, ())),
        )
        for row in went
    ]
    put(connection, made)
    return made


def lock_calls(connection: Connection, call_ids: Collection[CallId]) -> None:
    """Keep holds from being placed on these calls until the transaction ends, and wait for those that are being placed.

    MySQL alone: a statement there does not see what was committed while it waited for a row. A hold's row points to its
    call, whose row it locks by that.
    """
    if connection.dialect.name != "sqlite":
        connection.execute(select(calls.c.id).where(calls.c.id.in_(call_ids)).order_by(calls.c.id).with_for_update())


def lock_calls_of(connection: Connection, those: ColumnElement[bool]) -> None:
    """Do as `lock_calls` with the calls of those recordings.

    While a lock was waited for, the call may have become a part of another, and its recordings that one's.
    """
    if connection.dialect.name == "sqlite":
        return
    locked = set[CallId]()
    while fresh := {CallId(each) for each in connection.scalars(select(recordings.c.call_id).where(those))} - locked:
        lock_calls(connection, fresh)
        locked |= fresh


def _claim(connection: Connection, row: Any, rule: str, at: datetime, *, is_lost: bool) -> bool:
    said = {"one": row.id, "of_call": row.call_id, "by_rule": rule, "gone_at": to_us(at)}
    return connection.execute(_CLAIM_LOST if is_lost else _CLAIM, said).rowcount == 1


def _leave(
    connection: Connection, gone: Mapping[RecordingId, str], at: datetime, file_name: FileName
) -> Mapping[RecordingId, Sequence[str]]:
    live = grants.c.recording_id.in_(gone) & grants.c.revoked_at.is_(None) & (grants.c.expires_at > to_us(at))
    connection.execute(update(grants).where(live).values(revoked_at=to_us(at)))
    files: dict[RecordingId, list[str]] = {}
    for heir in HEIRS:
        for recording_id, names in heir(connection, gone, at, file_name).items():
            files.setdefault(recording_id, []).extend(names)
    return files


def put(connection: Connection, stones: Sequence[Tombstone]) -> None:
    """Store tombstones, unsettled, in place of older ones of the same recordings."""
    if not stones:
        return
    connection.execute(delete(tombstones).where(tombstones.c.recording_id.in_([one.recording_id for one in stones])))
    rows = [
        {
            "recording_id": one.recording_id,
            "call_id": one.call_id,
            "rule": one.rule,
            "purged_at": to_us(one.purged_at),
            "run_id": one.run_id,
            "sha256": one.sha256,
            "size_bytes": one.size_bytes,
            "length_ms": one.length_ms,
            "files": "\n".join(one.files),
        }
        for one in stones
    ]
    connection.execute(insert(tombstones), rows)


def unsettled(connection: Connection, most: int) -> list[Tombstone]:
    """Return tombstones that are not known to be written down outside, or whose files may still be there."""
    wanted = select(tombstones).where(tombstones.c.settled_at.is_(None)).order_by(tombstones.c.recording_id)
    return [_stone(row) for row in connection.execute(wanted.limit(most))]


def settle(connection: Connection, gone: Sequence[RecordingId], at: datetime) -> None:
    """Note that the tombstones are written down outside, and that their files are gone."""
    settled = update(tombstones).where(tombstones.c.recording_id.in_(gone)).values(settled_at=to_us(at))
    connection.execute(settled)


def of_run(connection: Connection, run_id: str, after: str, most: int) -> list[Tombstone]:
    """Return tombstones of a run with ids after `after`, in order."""
    wanted = select(tombstones).where(tombstones.c.run_id == run_id, tombstones.c.recording_id > after)
    return [_stone(row) for row in connection.execute(wanted.order_by(tombstones.c.recording_id).limit(most))]


def apply_again(
    connection: Connection, stones: Sequence[Tombstone], file_name: FileName
) -> tuple[list[Tombstone], list[Tombstone]]:
    """Erase anew, in an older copy of the database, what the tombstones tell of.

    Returns those that had something to erase, and those of all recordings that the copy knows, unsettled, with the
    files that are to go. Whatever state a recording is in there, and whatever hold it knows: it is gone.
    """
    columns = (recordings.c.id, recordings.c.call_id, recordings.c.state)
    wanted = select(*columns).where(recordings.c.id.in_([one.recording_id for one in stones]))
    found = {row.id: row for row in connection.execute(wanted)}
    back = [one for one in stones if one.recording_id in found]
    alive = [one for one in back if found[one.recording_id].state != RecordingState.EXPIRED]
    for one in alive:
        said = {**_GONE, **_NOTHING, "reason": one.rule, "expired_at": to_us(one.purged_at)}
        said |= {"sha256": one.sha256, "size_bytes": one.size_bytes, "length_ms": one.length_ms}
        connection.execute(update(recordings).where(recordings.c.id == one.recording_id).values(said))
    rules = {one.recording_id: one.rule for one in alive}
    more = _leave(connection, rules, alive[0].purged_at, file_name) if alive else {}
    kept = [_as_known(one, CallId(found[one.recording_id].call_id), more.get(one.recording_id, ())) for one in back]
    put(connection, kept)
    return alive, kept


def _as_known(stone: Tombstone, call_id: CallId, files: Sequence[str]) -> Tombstone:
    return replace(stone, call_id=call_id, files=tuple(dict.fromkeys((*stone.files, *files))))


def read_to(connection: Connection) -> dict[str, Mark]:
    """Return how far this database knows each file of tombstones, by its name."""
    return {row.file: Mark(row.known_bytes, row.chain) for row in connection.execute(select(tombstone_marks))}


def note_read(connection: Connection, written: Written) -> None:
    """Note that this database knows the batch, if it knows all before it: no batch of another's is left out by that."""
    same = tombstone_marks.c.file == written.file
    row = connection.execute(select(tombstone_marks).where(same).with_for_update()).one_or_none()
    known = Mark() if row is None else Mark(row.known_bytes, row.chain)
    if known.known_bytes != written.start:
        return
    mark = known.moved(written)
    said = {"known_bytes": mark.known_bytes, "chain": mark.chain}
    if row is None:
        connection.execute(insert(tombstone_marks).values(file=written.file, **said))
    else:
        connection.execute(update(tombstone_marks).where(same).values(**said))


def forget_marks(connection: Connection, files: Collection[str]) -> None:
    """Know nothing of these files any more: they are read anew."""
    connection.execute(delete(tombstone_marks).where(tombstone_marks.c.file.in_(files)))


def settled(connection: Connection, after: str, most: int) -> list[tuple[str, datetime]]:
    """Return recordings whose tombstones are said to be written down outside, and when they went; ids after `after`."""
    told = tombstones.c.settled_at.is_not(None) & (tombstones.c.recording_id > after)
    wanted = select(tombstones.c.recording_id, tombstones.c.purged_at).where(told)
    found = connection.execute(wanted.order_by(tombstones.c.recording_id).limit(most))
    return [(row.recording_id, from_us(row.purged_at)) for row in found]


def unsettle(connection: Connection, ids: Collection[str]) -> None:
    """Let these tombstones be written down outside once more."""
    connection.execute(update(tombstones).where(tombstones.c.recording_id.in_(ids)).values(settled_at=None))


def _stone(row: Row[Any]) -> Tombstone:
    return Tombstone(
        recording_id=RecordingId(row.recording_id),
        call_id=CallId(row.call_id),
        rule=row.rule,
        purged_at=from_us(row.purged_at),
        run_id=row.run_id,
        sha256=row.sha256,
        size_bytes=row.size_bytes,
        length_ms=row.length_ms,
        files=tuple(name for name in (row.files or "").split("\n") if name),
    )
