"""Recordings' rows: noted as the phone system tells of them, claimed by one importer at a time, settled once.

A row names its file only until it is imported, and never by a name that leaks a withheld number.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, literal_column, select, update

from plugin.core.calls import CallState, Media, RecordingFact, RecordingKind
from plugin.core.ids import CallId, RecordingId, UserId, new_id
from plugin.core.ports import Audio
from plugin.core.recordings import (
    AWAITED,
    Mover,
    Recording,
    RecordingState,
    address_key,
    before,
    is_address,
    recording_key,
    uri_without_number,
)
from plugin.core.times import from_us, maybe_at, maybe_us, to_us
from plugin.store.consents import DECLINED
from plugin.store.tables.calls import calls, pops
from plugin.store.tables.recordings import recordings
from plugin.store.vault import Lock, Sealed

_OPEN = (RecordingState.RECORDING, RecordingState.PENDING)
_NOTED = (recordings.c.id, recordings.c.uri, recordings.c.state, recordings.c.media, recordings.c.address_key)
_SHOWN = tuple(column for column in recordings.c if column.name not in ("uri", "keyset"))


def native_key(native_id: str) -> str:
    """Return the form in which a phone system's own id of a recording is kept: ids are file names and leak numbers."""
    return recording_key(native_id)


def note(
    connection: Connection,
    call_id: CallId,
    source: str,
    facts: Iterable[RecordingFact],
    at: datetime,
    *,
    withheld: bool,
    native_call_ids: Collection[str],
) -> bool:
    """Keep what the call's record says of its recordings, in the transaction that saves the call; safe to repeat.

    Returns whether one was not known before.

    What is imported already stays as it is. For a caller who withholds his number, also late, names of files that
    could hold it are kept only in the form of `uri_without_number`.
    """
    is_new = False
    for fact in facts:
        uri = uri_without_number(fact.uri or "", native_call_ids) if withheld else fact.uri
        state = RecordingState.RECORDING if fact.ended_at is None else RecordingState.PENDING
        said = {"uri": uri, "kind": fact.kind, "media": fact.media, "state": state, "call_id": call_id}
        known = (recordings.c.source == source) & (recordings.c.native_key == native_key(fact.id))
        row = connection.execute(select(*_NOTED).where(known)).first()
        address = address_key(uri) if uri and is_address(uri) else None
        said["address_key"] = address
        if row is None and address and _is_fetched(connection, call_id, address):
            continue  # the same file under another id
        if row is None:
            _add(connection, source, fact, said, at)
            is_new = True
        elif row.state in _OPEN:
            connection.execute(update(recordings).where(recordings.c.id == row.id).values(said))
        elif _is_news(row, uri, fact.media):
            values = {**said, "looks": 0, "next_look_at": to_us(at), "reason": None}
            connection.execute(update(recordings).where(recordings.c.id == row.id).values(values))
        elif (row.uri is not None and uri != row.uri) or (withheld and row.address_key != address):
            gone = {"uri": uri, "address_key": address}
            connection.execute(update(recordings).where(recordings.c.id == row.id).values(gone))
    return is_new


def _is_fetched(connection: Connection, call_id: CallId, address: str) -> bool:
    same = (recordings.c.call_id == call_id) & (recordings.c.address_key == address)
    return connection.execute(select(recordings.c.id).where(same).limit(1)).first() is not None


def _is_news(row: Any, uri: str | None, media: Media | None) -> bool:
    # A name for what was missing, or talk where only waiting was known: events come in any order.
    if row.state == RecordingState.MISSING:
        return bool(uri != row.uri)
    return bool(row.state == RecordingState.WAITING_ONLY and media is Media.TALK and row.media != Media.TALK)


def _add(connection: Connection, source: str, fact: RecordingFact, said: dict[str, Any], at: datetime) -> None:
    connection.execute(
        insert(recordings).values(
            id=new_id(at),
            source=source,
            native_key=native_key(fact.id),
            started_at=to_us(fact.started_at or at),
            next_look_at=to_us(at),
            looks=0,
            **said,
        )
    )


def find(connection: Connection, recording_id: str) -> Recording | None:
    """Return the recording with this id."""
    row = connection.execute(select(*_SHOWN).where(recordings.c.id == recording_id)).first()
    return _recording(row) if row else None


def lock_of(connection: Connection, recording_id: RecordingId) -> Lock | None:
    """Return what opens the recording; None where nothing of it is there."""
    row = connection.execute(select(recordings.c.keyset, recordings.c.key_id).where(recordings.c.id == recording_id))
    found = row.one_or_none()
    return Lock(found.keyset, found.key_id) if found and found.keyset and found.key_id else None


def of_calls(connection: Connection, call_ids: Collection[CallId]) -> dict[CallId, tuple[Recording, ...]]:
    """Return the recordings of each of these calls, in order of their beginnings; a call without any is absent."""
    found: dict[CallId, tuple[Recording, ...]] = {}
    wanted = select(*_SHOWN).where(recordings.c.call_id.in_(call_ids)).order_by(recordings.c.started_at)
    for row in connection.execute(wanted):
        found[CallId(row.call_id)] = (*found.get(CallId(row.call_id), ()), _recording(row))
    return found


def _recording(row: Row[Any]) -> Recording:
    return Recording(
        id=RecordingId(row.id),
        call_id=CallId(row.call_id),
        state=RecordingState(row.state),
        kind=RecordingKind(row.kind),
        started_at=from_us(row.started_at),
        imported_at=maybe_at(row.imported_at),
        length_ms=row.length_ms,
        content_type=row.content_type,
        channels=row.channels,
        size_bytes=row.size_bytes,
        sha256=row.sha256,
        peaks=row.peaks or b"",
        reason=row.reason,
        expired_at=maybe_at(row.expired_at),
        native_key=row.native_key,
        source=row.source,
    )


@dataclass(frozen=True, slots=True)
class Due:
    """A recording whose file is to be looked for. `seen_bytes`: its size at the last look; `answered`: somebody talked.

    `look_at` is when it was due, later the lease under which its importer works. `declined`: its caller did not want to
    be recorded.
    """

    id: RecordingId
    call_id: CallId
    source: str
    uri: str | None
    media: Media | None
    started_at: datetime
    state: RecordingState
    look_at: datetime
    looks: int
    seen_bytes: int | None
    answered: bool
    declined: bool = False

    @property
    def is_remote(self) -> bool:
        """Whether it is fetched from an address, not found in a folder."""
        return self.uri is not None and is_address(self.uri)


def due(connection: Connection, now: datetime, most: int, *, remote: bool = False) -> list[Due]:
    """Return up to `most` recordings of ended calls that are to be looked at, the longest waiting first.

    `remote`: those behind an address; else those of folders, and those of which no name is known.
    """
    c = calls.alias("c")
    wanted = (
        select(recordings, c.c.answered_at, literal_column(DECLINED).label("declined"))
        .join_from(recordings, c, c.c.id == recordings.c.call_id)
        .where(recordings.c.state.in_(AWAITED), recordings.c.next_look_at <= to_us(now))
        .where(c.c.state == CallState.ENDED)
        .where(recordings.c.address_key.is_not(None) if remote else recordings.c.address_key.is_(None))
        .order_by(recordings.c.next_look_at)
        .limit(most)
    )
    return [
        Due(
            id=RecordingId(row.id),
            call_id=CallId(row.call_id),
            source=row.source,
            uri=row.uri,
            media=Media(row.media) if row.media else None,
            started_at=from_us(row.started_at),
            state=RecordingState(row.state),
            look_at=from_us(row.next_look_at),
            looks=row.looks,
            seen_bytes=row.size_bytes,
            answered=row.answered_at is not None,
            declined=bool(row.declined),
        )
        for row in connection.execute(wanted)
    ]


def claim(connection: Connection, found: Due, until: datetime) -> bool:
    """Take the recording for one look, until `until`; False where another importer was faster."""
    taken = connection.execute(
        update(recordings)
        .where(recordings.c.id == found.id, recordings.c.state == found.state)
        .where(recordings.c.next_look_at == to_us(found.look_at))
        .values(state=RecordingState.PROCESSING, next_look_at=to_us(until), looks=found.looks + 1)
    )
    return taken.rowcount == 1


def release_claims(connection: Connection, at: datetime) -> int:
    """Let what an importer works on be looked at anew from `at` on; return how many. Their importers lose them."""
    done = connection.execute(
        update(recordings)
        .where(recordings.c.state == RecordingState.PROCESSING, recordings.c.next_look_at > to_us(at))
        .values(next_look_at=to_us(at))
    )
    return done.rowcount


def put_back(
    connection: Connection,
    recording_id: RecordingId,
    lease: datetime,
    next_at: datetime,
    seen_bytes: int | None,
    reason: str,
) -> bool:
    """End the claim of `lease` without result (`reason` says why); look again at `next_at`. False: it had run out."""
    values = {"state": RecordingState.PENDING, "next_look_at": to_us(next_at), "size_bytes": seen_bytes}
    return _settle(connection, recording_id, lease, {**values, "reason": reason or None})


def end_without(
    connection: Connection, recording_id: RecordingId, lease: datetime, state: RecordingState, reason: str
) -> bool:
    """End the claim of `lease` with a state in which there is nothing to hear; False where it had run out."""
    values: dict[str, Any] = {"state": state, "reason": reason or None, "next_look_at": None, "size_bytes": None}
    if state is not RecordingState.MISSING:  # a missing file may still come: a later fact starts the looks anew
        values["uri"] = None
    return _settle(connection, recording_id, lease, values)


def make_ready(
    connection: Connection, recording_id: RecordingId, lease: datetime, audio: Audio, sealed: Sealed, at: datetime
) -> bool:
    """End the claim of `lease` with the imported audio; False where it had run out: the file is then not the row's."""
    return _settle(
        connection,
        recording_id,
        lease,
        {
            "state": RecordingState.READY,
            "uri": None,
            "next_look_at": None,
            "imported_at": maybe_us(at),
            "length_ms": audio.length_ms,
            "codec": audio.codec,
            "content_type": audio.content_type,
            "channels": audio.channels,
            "size_bytes": sealed.size_bytes,
            "sha256": sealed.sha256,
            "peaks": audio.peaks,
            "keyset": sealed.lock.keyset,
            "key_id": sealed.lock.key_id,
            "reason": None,
        },
    )


def _settle(connection: Connection, recording_id: RecordingId, lease: datetime, values: dict[str, Any]) -> bool:
    done = connection.execute(
        update(recordings)
        .where(recordings.c.id == recording_id, recordings.c.state == RecordingState.PROCESSING)
        .where(recordings.c.next_look_at == to_us(lease))
        .values(values)
    )
    return done.rowcount == 1


def desks_of(connection: Connection, call_id: CallId) -> tuple[UserId, ...]:
    """Return the people on whose desks the call stands or stood."""
    wanted = select(pops.c.user_id).where(pops.c.call_id == call_id, pops.c.user_id.is_not(None)).distinct()
    return tuple(UserId(user_id) for user_id in connection.execute(wanted).scalars() if user_id)


def mark_corrupt(connection: Connection, recording_id: RecordingId) -> bool:
    """Note that our own copy cannot be read (any more); False where it was noted already."""
    done = connection.execute(
        update(recordings)
        .where(recordings.c.id == recording_id)
        .where(recordings.c.state.in_(before(RecordingState.CORRUPT, Mover.PLAYER)))
        .values(state=RecordingState.CORRUPT, reason="copy_damaged")
    )
    return done.rowcount == 1


def decline(connection: Connection, call_id: CallId) -> list[RecordingId]:
    """Take what is here, or on its way, of a call whose caller does not want to be recorded from everybody's ears.

    Returns which. What is not brought in yet stays as it is: its importer asks the same, and fetches nothing.
    """
    mine = (recordings.c.call_id == call_id) & recordings.c.state.in_(before(RecordingState.DECLINED, Mover.CALLER))
    found = [RecordingId(one) for one in connection.scalars(select(recordings.c.id).where(mine))]
    gone = {"state": RecordingState.DECLINED, "next_look_at": None, "uri": None, "reason": None}
    connection.execute(update(recordings).where(mine).values(gone))
    return found


def agree(connection: Connection, call_id: CallId) -> list[RecordingId]:
    """Give back what was taken by `decline` and is here; return which."""
    mine = (recordings.c.call_id == call_id) & (recordings.c.state == RecordingState.DECLINED)
    mine &= recordings.c.keyset.is_not(None)
    found = [RecordingId(one) for one in connection.scalars(select(recordings.c.id).where(mine))]
    connection.execute(update(recordings).where(mine).values(state=RecordingState.READY))
    return found
