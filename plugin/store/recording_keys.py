"""Which key each recording hangs on: counted, wrapped anew in small steps, let go of for ever. Knows no key itself.

What was made of a recording (store/derivatives.py) hangs on a key of the same month and is looked after with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Table, and_, func, insert, select, union, update

from plugin.core.ids import CallId, RecordingId
from plugin.core.times import from_us, maybe_at, to_us
from plugin.store import holds
from plugin.store.purging import lock_calls_of
from plugin.store.tables.identity import identity_answers
from plugin.store.tables.mandates import mandates
from plugin.store.tables.recordings import recordings, shreddings
from plugin.store.tables.redactions import derivatives
from plugin.store.vault import Lock

_HANG = (recordings, derivatives)
_AFTER_DOT = "/"  # the letter after the dot that ends the month in a key's id


@dataclass(frozen=True, slots=True)
class Locked:
    """A recording, or what was made of it, and what opens it."""

    id: RecordingId
    call_id: CallId
    lock: Lock


@dataclass(frozen=True, slots=True)
class Shredding:
    """That a month's keys were destroyed, on whose approval; `ended_at` None: its recordings are still being marked."""

    month: str
    approval_id: str
    recordings: int
    begun_at: datetime
    ended_at: datetime | None


def of_recordings(connection: Connection) -> Mapping[str, int]:
    """Return how many recordings, and files made of them, hang on each key, by the key's id with its month."""
    found: dict[str, int] = {}
    for table in _HANG:
        counted = select(table.c.key_id, func.count()).where(table.c.key_id.is_not(None)).group_by(table.c.key_id)
        for key_id, count_of in connection.execute(counted):
            found[key_id] = found.get(key_id, 0) + count_of
    return found


def named(connection: Connection) -> list[str]:
    """Return the ids of the keys that any recording hangs on; quick, however many recordings there are."""
    return sorted({key_id for table in _HANG for key_id in _named(connection, table)})


def _named(connection: Connection, table: Table) -> list[str]:
    found: list[str] = []
    while True:  # from one key to the next by the index
        last = found[-1] if found else ""
        following = connection.scalar(select(func.min(table.c.key_id)).where(table.c.key_id > last))
        if following is None:
            return found
        found.append(following)


def count(connection: Connection, key_id: str) -> int:
    """Return how many recordings, and files made of them, hang on this key."""
    return sum(connection.scalar(select(func.count()).where(table.c.key_id == key_id)) or 0 for table in _HANG)


def of_answers(connection: Connection) -> Mapping[str, int]:
    """Return how many customers' answers, or their proxies', hang on each key, by the key's id."""
    own = select(identity_answers.c.key_id, identity_answers.c.customer_id)
    of_proxies = select(mandates.c.answer_key_id, mandates.c.customer_id).where(mandates.c.answer_key_id.is_not(None))
    whose = union(own, of_proxies).subquery()
    counted = select(whose.c.key_id, func.count()).group_by(whose.c.key_id)
    return {row[0]: row[1] for row in connection.execute(counted)}


def not_under(connection: Connection, month: str, key_id: str, after: str, most: int) -> list[Locked]:
    """Return up to `most` recordings of the month that another key than `key_id` wraps, with ids after `after`.

    Files that were made of recordings are among them.
    """
    found = _locked(connection, and_(_of(month), recordings.c.key_id != key_id, recordings.c.id > after), most)
    first = derivatives.c.key_id >= f"{month}."
    beside = and_(first, derivatives.c.key_id < f"{month}{_AFTER_DOT}", derivatives.c.key_id != key_id)
    wanted = (
        select(derivatives.c.id, recordings.c.call_id, derivatives.c.keyset, derivatives.c.key_id)
        .join(recordings, recordings.c.id == derivatives.c.recording_id)
        .where(beside, derivatives.c.id > after)
        .order_by(derivatives.c.id)
        .limit(most)
    )
    found += [_one(*row) for row in connection.execute(wanted)]
    return sorted(found, key=lambda one: one.id)[:most]


def rewrap(connection: Connection, locked: Locked, to: Lock) -> bool:
    """Put `to` in place of the lock; False where the recording does not have that one (any more)."""
    for table in _HANG:
        same = and_(table.c.id == locked.id, table.c.key_id == locked.lock.key_id)
        same = and_(same, table.c.keyset == locked.lock.keyset)
        changed = update(table).where(same).values(keyset=to.keyset, key_id=to.key_id)
        if connection.execute(changed).rowcount == 1:
            return True
    return False


def of_month(connection: Connection, month: str, after: str, most: int) -> list[Locked]:
    """Return up to `most` recordings that hang on keys of the month, with ids after `after`."""
    return _locked(connection, and_(_of(month), recordings.c.id > after), most)


def count_month(connection: Connection, month: str) -> int:
    """Return how many recordings hang on keys of the month."""
    return connection.scalar(select(func.count()).where(_of(month))) or 0


def count_held(connection: Connection, month: str) -> int:
    """Return how many of them are on hold."""
    held = holds.is_held(recordings.c.call_id)
    return connection.scalar(select(func.count()).where(_of(month), held)) or 0


def lock_month(connection: Connection, month: str) -> None:
    """Keep holds from being placed on what hangs on keys of the month, until the transaction ends."""
    lock_calls_of(connection, _of(month))


def shredding(connection: Connection, month: str) -> Shredding | None:
    """Return the shredding of the month, if it ever began."""
    row = connection.execute(select(shreddings).where(shreddings.c.month == month)).first()
    if row is None:
        return None
    return Shredding(row.month, row.approval_id, row.recordings, from_us(row.begun_at), maybe_at(row.ended_at))


def begun(connection: Connection) -> list[str]:
    """Return the months whose shredding was begun and is not at its end."""
    wanted = select(shreddings.c.month).where(shreddings.c.ended_at.is_(None))
    return list(connection.scalars(wanted.order_by(shreddings.c.month)))


def begin_shredding(connection: Connection, month: str, approval_id: str, hang: int, at: datetime) -> None:
    """Note that the month's keys are being destroyed; once more where an older copy of the database came back."""
    said = {"approval_id": approval_id, "recordings": hang, "begun_at": to_us(at), "ended_at": None}
    if connection.execute(update(shreddings).where(shreddings.c.month == month).values(said)).rowcount == 0:
        connection.execute(insert(shreddings).values(month=month, **said))


def end_shredding(connection: Connection, month: str, at: datetime) -> None:
    """Note that nothing hangs on the month's keys any more."""
    connection.execute(update(shreddings).where(shreddings.c.month == month).values(ended_at=to_us(at)))


def _of(month: str) -> ColumnElement[bool]:
    return and_(recordings.c.key_id >= f"{month}.", recordings.c.key_id < f"{month}{_AFTER_DOT}")


def _locked(connection: Connection, wanted: ColumnElement[bool], most: int) -> list[Locked]:
    columns = (recordings.c.id, recordings.c.call_id, recordings.c.keyset, recordings.c.key_id)
    found = connection.execute(select(*columns).where(wanted).order_by(recordings.c.id).limit(most))
    return [_one(*row) for row in found]


def _one(recording_id: str, call_id: str, keyset: bytes, key_id: str) -> Locked:
    return Locked(RecordingId(recording_id), CallId(call_id), Lock(keyset, key_id))
