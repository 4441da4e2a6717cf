"""Calls at rest: the keys they are known by, the events they are folded from, the record that pages read.

Hot path: plain `text()` by key. Folds nothing and decides nothing; a call's row is locked while its events change.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from plugin.core.call_json import read_call, restore_event, write_call, write_event
from plugin.core.calls import Call, CallEvent, Direction
from plugin.core.history import StoredCall
from plugin.core.ids import CallId, CustomerId
from plugin.core.times import from_us, maybe_us, to_us
from plugin.store.engine import Clash
from plugin.store.prepared import Given, Prepared

_KEY_LETTERS = 64
_SEEN = Prepared("SELECT 1 FROM call_events WHERE source = :source AND event_id = :id")
_KNOWN_BY = Prepared("SELECT call_id FROM call_keys WHERE source = :source AND native_id = :native")
_ROW = "SELECT id, revision, record, e164, customer_id, started_at, withheld, merged_into FROM calls WHERE id = :id"
_ONE = Prepared(_ROW)
_ONE_LOCKED = Prepared(_ROW + " FOR UPDATE")
_ADD_CALL = Prepared(
    "INSERT INTO calls (id, source, direction, state, e164, withheld, our_number, queue, started_at, answered_at,"
    " ended_at, outcome, record, revision, deadline_at, updated_at, claimed) VALUES (:id, :source, :direction, :state,"
    " :e164, :withheld, :our_number, :queue, :started_at, :answered_at, :ended_at, :outcome, :record, 1, :deadline_at,"
    " :now, :claimed)"
)
_SAVE_CALL = Prepared(
    "UPDATE calls SET direction = :direction, state = :state, e164 = :e164, withheld = :withheld,"
    " our_number = :our_number, queue = :queue, started_at = :started_at, answered_at = :answered_at,"
    " ended_at = :ended_at, outcome = :outcome, record = :record, revision = revision + :changed,"
    " deadline_at = :deadline_at, updated_at = :now, claimed = :claimed WHERE id = :id"
)
_ADD_KEY = Prepared("INSERT INTO call_keys (source, native_id, call_id) VALUES (:source, :native, :call)")
_FORGET_KEY = Prepared("DELETE FROM call_keys WHERE source = :source AND native_id = :native")
_ADD_EVENT = Prepared(
    "INSERT INTO call_events (source, event_id, call_id, occurred_at, sequence, body, received_at)"
    " VALUES (:source, :id, :call, :occurred_at, :sequence, :body, :now)"
)
_EVENTS = Prepared("SELECT source, body FROM call_events WHERE call_id = :call")
_REWRITE_EVENT = text("UPDATE call_events SET body = :body WHERE source = :source AND event_id = :id")
_UNASSIGN = text("UPDATE calls SET customer_id = NULL WHERE id = :id")
_PROVED = text("SELECT 1 FROM verifications WHERE call_id = :call AND customer_id = :customer AND level > 0")
_FORGET_MATCHES = text("DELETE FROM assignments WHERE call_id = :call")
_OVERDUE = text(
    "SELECT id, revision, record, e164, customer_id FROM calls"
    " WHERE deadline_at <= :now AND merged_into IS NULL ORDER BY deadline_at LIMIT :most"
)


@dataclass(frozen=True, slots=True)
class Kept:
    """A call's row as the fold needs it, locked until the transaction ends."""

    id: CallId
    started_at: datetime
    record: str
    withheld: str | None
    customer_id: CustomerId | None


def unseen(connection: Connection, events: Iterable[CallEvent]) -> list[CallEvent]:
    """Return those of the events that are not stored yet, each once."""
    fresh: dict[tuple[str, str], CallEvent] = {}
    for event in events:
        key = (event.source, event.id)
        if key not in fresh and _SEEN.row(connection, source=event.source, id=event.id) is None:
            fresh[key] = event
    return list(fresh.values())


def locked(connection: Connection, source: str, native_ids: Iterable[str]) -> list[Kept]:
    """Lock and return the calls that any of the native ids names, the oldest first.

    Raises Clash where another writer joined one of them meanwhile.
    """
    known = {
        call_id for native in native_ids for (call_id,) in _KNOWN_BY.rows(connection, source=source, native=native)
    }
    one = _ONE if connection.dialect.name == "sqlite" else _ONE_LOCKED  # SQLite's one writer is alone anyway
    rows = [row for call_id in sorted(known) for row in one.rows(connection, id=call_id)]
    return sorted(map(_kept, rows), key=lambda kept: (kept.started_at, kept.id))


def known(connection: Connection, source: str, native_ids: Iterable[str]) -> frozenset[str]:
    """Return those of the native ids by which a call is known."""
    return frozenset(
        native for native in native_ids if _KNOWN_BY.row(connection, source=source, native=native) is not None
    )


def records_of(connection: Connection, source: str, native_ids: Iterable[str]) -> list[str]:
    """Return the record of each call that any of the native ids names, of a joined one the one it was joined to."""
    known = {
        call_id for native in native_ids for (call_id,) in _KNOWN_BY.rows(connection, source=source, native=native)
    }
    return [row[2] for call_id in sorted(known) for row in _ONE.rows(connection, id=call_id)]


def _kept(row: Sequence[Any]) -> Kept:
    call_id, _, record, _, customer_id, started_at, withheld, merged_into = row
    if merged_into is not None:
        raise Clash
    return Kept(call_id, from_us(started_at), record, withheld, customer_id)


def events_of(connection: Connection, call_id: CallId) -> list[CallEvent]:
    """Return all stored events of the call, in no order."""
    return [restore_event(body, source) for source, body in _EVENTS.rows(connection, call=call_id)]


def add(
    connection: Connection, call_id: CallId, call: Call, e164: str | None, deadline_at: datetime, now: datetime
) -> None:
    """Store a new call."""
    _ADD_CALL.write(connection, **_values(call_id, call, e164, deadline_at, now))


def save(
    connection: Connection, kept: Kept, call: Call, e164: str | None, deadline_at: datetime, now: datetime
) -> bool:
    """Store the record of a locked call; its revision grows where the record changed. Returns whether it did."""
    values = _values(kept.id, call, e164, deadline_at, now)
    changed = values["record"] != kept.record
    _SAVE_CALL.write(connection, **values, changed=int(changed))
    return changed


def _values(call_id: CallId, call: Call, e164: str | None, deadline_at: datetime, now: datetime) -> dict[str, Given]:
    return {
        "id": call_id,
        "source": call.source,
        "direction": (call.direction or Direction.INBOUND).value,
        "state": call.state.value,
        "e164": e164,
        "withheld": call.withheld,
        "our_number": _short(call.our_number),
        "queue": _short(call.queue),
        "started_at": to_us(call.started_at),
        "answered_at": maybe_us(call.answered_at),
        "ended_at": maybe_us(call.ended_at),
        "outcome": call.outcome,
        "record": write_call(call),
        "deadline_at": None if call.ended_at is not None else to_us(deadline_at),
        "now": to_us(now),
        "claimed": int(call.claimed),
    }


def _short(name: str | None) -> str | None:
    # A column to search by; the record holds the whole. Anybody may dial us by any name that long.
    return None if name is None else name[:_KEY_LETTERS].rstrip()


def add_events(connection: Connection, call_id: CallId, events: Sequence[CallEvent], now: datetime) -> None:
    """Store events of the call that are not stored yet."""
    for event in events:
        _ADD_EVENT.write(
            connection,
            source=event.source,
            id=event.id,
            call=call_id,
            occurred_at=to_us(event.occurred_at),
            sequence=event.sequence,
            body=write_event(event),
            now=to_us(now),
        )


def rewrite_event(connection: Connection, event: CallEvent) -> None:
    """Store `event` in place of what was stored under its id."""
    values = {"source": event.source, "id": event.id, "body": write_event(event)}
    connection.execute(_REWRITE_EVENT, values)


def add_keys(connection: Connection, call_id: CallId, source: str, native_ids: Iterable[str]) -> None:
    """Let the call be known by each of the native ids too. Raises Clash where one is another call's since a moment."""
    for native in native_ids:
        known = _KNOWN_BY.row(connection, source=source, native=native)
        if known is None:
            _ADD_KEY.write(connection, source=source, native=native, call=call_id)
        elif known[0] != call_id:
            raise Clash


def forget_keys(connection: Connection, source: str, native_ids: Iterable[str]) -> None:
    """Let no call be known by these native ids any more: the phone system gave them to another call."""
    for native in native_ids:
        _FORGET_KEY.write(connection, source=source, native=native)


def forget_match(connection: Connection, kept: Kept) -> bool:
    """Take the call from its customer again, and who gave it to him, unless the caller proved to be him.

    Returns whether it was taken away.
    """
    if kept.customer_id is None:
        return False
    proved = connection.execute(_PROVED, {"call": kept.id, "customer": kept.customer_id}).first()
    if proved is not None:
        return False
    connection.execute(_UNASSIGN, {"id": kept.id})
    connection.execute(_FORGET_MATCHES, {"call": kept.id})
    return True


def overdue(connection: Connection, now: datetime, most: int) -> tuple[StoredCall, ...]:
    """Return open calls whose deadline has passed, the longest ago first."""
    rows = connection.execute(_OVERDUE, {"now": to_us(now), "most": most})
    return tuple(map(stored, rows))


def one(connection: Connection, call_id: CallId, *, lock: bool = False) -> StoredCall | None:
    """Return the call, or the one that it was joined to, or None.

    `lock` keeps it from being joined to another until the transaction ends.
    """
    is_locked = lock and connection.dialect.name != "sqlite"  # whose one writer is alone anyway
    asked = _ONE_LOCKED if is_locked else _ONE
    row = asked.row(connection, id=call_id)
    while row is not None and row[-1] is not None:
        row = asked.row(connection, id=row[-1])
    return None if row is None else stored(row)


def stored(row: Sequence[Any]) -> StoredCall:
    """Return the call that a row holds which begins with id, revision, record, e164 and customer_id."""
    call_id, revision, record, e164, customer_id = row[:5]
    return StoredCall(call_id, revision, read_call(record), e164, customer_id)
