"""What there is, and what may be due, read page by page. Erases nothing: that is plugin/store/purging.py."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, literal_column, or_, select, text, tuple_

from plugin.core.access import Purpose
from plugin.core.ids import CallId, RecordingId
from plugin.core.purposes import CallPurpose
from plugin.core.recordings import Mover, RecordingState, before
from plugin.core.retention import Amount
from plugin.core.times import from_us, maybe_at, to_us
from plugin.store import holds, purging
from plugin.store.consents import DECLINED
from plugin.store.tables.calls import calls
from plugin.store.tables.keeping import call_purposes
from plugin.store.tables.recordings import recordings

STATES = tuple(sorted(before(RecordingState.EXPIRED, Mover.RETENTION)))
_AGED = select(recordings.c.id, recordings.c.call_id, recordings.c.started_at, recordings.c.size_bytes)
_UNMARKED = ", ".join(f"'{state}'" for state in STATES if state is not RecordingState.DECLINED)
_C = calls.alias("c")
_IS_DECLINED = literal_column(DECLINED) == 1
# From the few who declined to all their calls: whatever made one theirs, and whenever. DECLINED judges each of them.
_UNHEARD = text(
    "SELECT r.id, r.call_id, r.started_at, r.size_bytes FROM"  # noqa: S608  all text is ours
    " (SELECT w.call_id AS id FROM wishes w WHERE w.declined = 1 UNION SELECT k.id FROM wishes w"
    " JOIN calls o ON o.id = w.call_id JOIN calls k ON k.customer_id = o.customer_id WHERE w.declined = 1) d"
    " JOIN calls c ON c.id = d.id JOIN recordings r ON r.call_id = c.id"
    f" WHERE r.state IN ({_UNMARKED}) AND r.keyset IS NOT NULL AND r.id > :after"
    f" AND {DECLINED} = 1 ORDER BY r.id LIMIT :most"
)


@dataclass(frozen=True, slots=True)
class Aged:
    """A recording that may be due."""

    id: RecordingId
    call_id: CallId
    started_at: datetime
    size_bytes: int


def aged(connection: Connection, state: RecordingState, until: datetime, after: Aged | None, most: int) -> list[Aged]:
    """Return recordings with sound in this state that began at `until` or before, the oldest first, behind `after`."""
    old = (recordings.c.state == state) & (recordings.c.started_at <= to_us(until)) & recordings.c.keyset.is_not(None)
    if after is not None:
        old &= tuple_(recordings.c.started_at, recordings.c.id) > tuple_(to_us(after.started_at), after.id)
        old &= recordings.c.started_at >= to_us(after.started_at)  # what an index is looked up by
    wanted = _AGED.where(old).order_by(recordings.c.started_at, recordings.c.id).limit(most)
    return list(map(_one, connection.execute(wanted).all()))


def count_old(connection: Connection, until: datetime) -> int:
    """Return how many recordings that may be erased began at `until` or before."""
    old = recordings.c.state.in_(STATES) & (recordings.c.started_at <= to_us(until))
    return connection.scalar(select(func.count()).where(old)) or 0


def count_younger(connection: Connection, month: str, than: datetime) -> int:
    """Return how many recordings that hang on keys of the month (`2027-11`) began after `than`."""
    young = _of_key_month(month) & (recordings.c.started_at > to_us(than))
    return connection.scalar(select(func.count()).where(young)) or 0


def owned_of_key_month(connection: Connection, month: str, until: datetime) -> list[Aged]:
    """Return the recordings on keys of the month that began at `until` or before and whose calls have own purposes."""
    owned = select(call_purposes.c.id).where(call_purposes.c.call_id == recordings.c.call_id).exists()
    old = _of_key_month(month) & (recordings.c.started_at <= to_us(until))
    return list(map(_one, connection.execute(_AGED.where(old, owned)).all()))


def _of_key_month(month: str) -> ColumnElement[bool]:
    return (recordings.c.key_id >= f"{month}.") & (recordings.c.key_id < f"{month}/")


def locked(connection: Connection, ids: Collection[RecordingId]) -> list[Aged]:
    """Return these recordings, as far as they are there, with the rows of the calls that they belong to locked."""
    purging.lock_calls_of(connection, recordings.c.id.in_(ids))
    return list(map(_one, connection.execute(_AGED.where(recordings.c.id.in_(ids))).all()))


def declined(connection: Connection, ids: Collection[RecordingId]) -> set[RecordingId]:
    """Return which of these recordings their callers declined: their state says so, or whose call it is by now."""
    of_call = recordings.join(_C, _C.c.id == recordings.c.call_id)
    noted = recordings.c.state == RecordingState.DECLINED
    wanted = select(recordings.c.id).select_from(of_call).where(recordings.c.id.in_(ids), or_(noted, _IS_DECLINED))
    return {RecordingId(each) for each in connection.scalars(wanted)}


def all_declined(connection: Connection, after: str, most: int) -> list[Aged]:
    """Return recordings with sound that `declined` tells of by their call alone, of any age, with ids after `after`."""
    return list(map(_one, connection.execute(_UNHEARD, {"after": after, "most": most}).all()))


def _one(row: Any) -> Aged:
    return Aged(RecordingId(row.id), CallId(row.call_id), from_us(row.started_at), row.size_bytes or 0)


def own_purposes(connection: Connection, call_ids: Collection[CallId]) -> dict[CallId, list[CallPurpose]]:
    """Return the purposes that calls have beyond those of every call; calls without any are left out."""
    found: dict[CallId, list[CallPurpose]] = {}
    for row in connection.execute(select(call_purposes).where(call_purposes.c.call_id.in_(call_ids))):
        own = CallPurpose(Purpose(row.purpose), from_us(row.since_at), row.case_id, maybe_at(row.ended_at))
        found.setdefault(CallId(row.call_id), []).append(own)
    return found


def held(connection: Connection, call_ids: Collection[CallId]) -> set[CallId]:
    """Return which of the calls a live hold keeps."""
    kept = select(calls.c.id).where(calls.c.id.in_(call_ids), holds.is_held(calls.c.id))
    return {CallId(each) for each in connection.scalars(kept)}


def there(connection: Connection) -> Amount:
    """Return all recordings that can be erased one day."""
    return _sum(connection, recordings.c.keyset.is_not(None))


def first_at(connection: Connection) -> datetime | None:
    """Return when the oldest recording that is there began."""
    oldest = select(func.min(recordings.c.started_at)).where(recordings.c.state.in_(STATES))
    return maybe_at(connection.scalar(oldest))


def there_between(connection: Connection, bounds: Collection[tuple[datetime, datetime]]) -> Iterator[Amount]:
    """Return the recordings that began from the one instant on and before the other, of each pair."""
    for start, stop in bounds:
        began = (recordings.c.started_at >= to_us(start)) & (recordings.c.started_at < to_us(stop))
        yield _sum(connection, began & recordings.c.keyset.is_not(None))


def _sum(connection: Connection, wanted: ColumnElement[bool]) -> Amount:
    summed = select(func.count(), func.sum(recordings.c.size_bytes)).where(recordings.c.state.in_(STATES), wanted)
    row = connection.execute(summed).one()
    return Amount(row[0], int(row[1] or 0))
