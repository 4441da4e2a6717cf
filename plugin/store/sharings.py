"""How numbers are used, each with its history: what calls taught, and what people said. Judges nothing.

What was learned is counted anew whenever a call from the number is given to somebody or taken from him; what a person
said stays until a person says otherwise.
"""

from datetime import datetime

from sqlalchemy import Connection, text

from plugin.core.customers import Customer
from plugin.core.ids import CallId, UserId, new_id
from plugin.core.sharing import SharedNumber, Sharing, SharingChange, SharingKind, learned
from plugin.core.times import from_us, to_us
from plugin.store import customers
from plugin.store.prepared import Prepared

_OF_NUMBER = Prepared(
    "SELECT s.kind, s.persons, u.name, s.since FROM number_sharings s LEFT JOIN users u ON u.id = s.user_id"
    " WHERE s.e164 = :e164"
)
_NUMBER_OF = Prepared("SELECT e164 FROM calls WHERE id = :call")
# One step from customer to customer: a number's half a million calls are not counted.
_NEXT_CALLER = Prepared("SELECT MIN(customer_id) FROM calls WHERE e164 = :e164 AND customer_id > :after")
_CALLED = Prepared("SELECT id FROM calls WHERE e164 = :e164 ORDER BY started_at DESC LIMIT 1")
_DROP = Prepared("DELETE FROM number_sharings WHERE e164 = :e164")
_ADD = Prepared(
    "INSERT INTO number_sharings (e164, kind, persons, user_id, since) VALUES (:e164, :kind, :persons, :user, :at)"
)
_NOTE = Prepared(
    "INSERT INTO sharing_changes (id, e164, kind, persons, user_id, reason, changed_at)"
    " VALUES (:id, :e164, :kind, :persons, :user, :reason, :at)"
)
_HISTORY = text(
    "SELECT h.kind, h.persons, u.name, h.reason, h.changed_at FROM sharing_changes h"
    " LEFT JOIN users u ON u.id = h.user_id WHERE h.e164 = :e164 ORDER BY h.changed_at, h.id"
)
_FORGET_HISTORY = Prepared("DELETE FROM sharing_changes WHERE e164 = :e164")
_NEWEST = text(
    "SELECT s.e164, s.kind, s.persons, u.name, s.since,"
    " (SELECT c.id FROM calls c WHERE c.e164 = s.e164 ORDER BY c.started_at DESC LIMIT 1)"
    " FROM number_sharings s LEFT JOIN users u ON u.id = s.user_id ORDER BY s.since DESC LIMIT :most"
)
_MOST_COUNTED = 20


def of_number(connection: Connection, e164: str) -> Sharing | None:
    """Return how the number is used, where that is known."""
    row = _OF_NUMBER.row(connection, e164=e164)
    return None if row is None else Sharing(SharingKind(row[0]), row[1], row[2], from_us(row[3]))


def number_of(connection: Connection, call_id: CallId) -> str | None:
    """Return the number that a call came from, None where none is known."""
    row = _NUMBER_OF.row(connection, call=call_id)
    return None if row is None else row[0]


def learn(connection: Connection, e164: str, least: int, at: datetime) -> bool:
    """Count anew who called from the number, and keep what `least` different persons teach; return if that is news.

    What a person said of the number is left alone.
    """
    known = of_number(connection, e164)
    if known is not None and known.by is not None:
        return False
    callers = _callers(connection, e164)
    kind = learned(callers, least)
    if kind is (known and known.kind):
        return False
    _put(connection, e164, kind, len(callers), None, at)
    _note(connection, e164, kind, len(callers), None, "", at)
    return True


def say(connection: Connection, e164: str, kind: SharingKind, user_id: UserId, reason: str, at: datetime) -> None:
    """Keep what a person says of the number."""
    persons = len(_callers(connection, e164))
    _put(connection, e164, kind, persons, user_id, at)
    _note(connection, e164, kind, persons, user_id, reason, at)


def take_back(connection: Connection, e164: str, least: int, user_id: UserId, reason: str, at: datetime) -> None:
    """Take back what somebody said of the number: what `least` different persons teach counts again."""
    callers = _callers(connection, e164)
    _put(connection, e164, learned(callers, least), len(callers), None, at)
    _note(connection, e164, None, len(callers), user_id, reason, at)


def history(connection: Connection, e164: str) -> tuple[SharingChange, ...]:
    """Return what was learned and said of the number, the oldest first."""
    return tuple(
        SharingChange(None if row[0] is None else SharingKind(row[0]), row[1], row[2], row[3], from_us(row[4]))
        for row in connection.execute(_HISTORY, {"e164": e164})
    )


def newest(connection: Connection, most: int) -> tuple[SharedNumber, ...]:
    """Return the numbers of which something is known, the newest first."""
    return tuple(
        SharedNumber(row[0], Sharing(SharingKind(row[1]), row[2], row[3], from_us(row[4])), row[5])
        for row in connection.execute(_NEWEST, {"most": most})
    )


def withdrawn(connection: Connection, e164: str, least: int, at: datetime) -> None:
    """Forget the number where no call has it any more: its caller withheld it, late. Else count anew."""
    if _CALLED.row(connection, e164=e164) is None:
        _DROP.write(connection, e164=e164)
        _FORGET_HISTORY.write(connection, e164=e164)
    else:
        learn(connection, e164, least, at)


def _callers(connection: Connection, e164: str) -> list[Customer]:
    """Return up to 20 different customers to whom calls from the number were given, who are not gone."""
    after = ""
    found: list[str] = []
    while len(found) < _MOST_COUNTED:
        row = _NEXT_CALLER.row(connection, e164=e164, after=after)
        if row is None or row[0] is None:
            break
        after = row[0]
        found.append(after)
    known = customers.of_ids(connection, found)
    return [one for _, one in sorted(known.items()) if one.gone_at is None]


def _put(
    connection: Connection, e164: str, kind: SharingKind | None, persons: int, user_id: UserId | None, at: datetime
) -> None:
    _DROP.write(connection, e164=e164)
    if kind is not None:
        _ADD.write(connection, e164=e164, kind=kind, persons=persons, user=user_id, at=to_us(at))


def _note(
    connection: Connection,
    e164: str,
    kind: SharingKind | None,
    persons: int,
    user_id: UserId | None,
    reason: str,
    at: datetime,
) -> None:
    _NOTE.write(
        connection, id=new_id(at), e164=e164, kind=kind, persons=persons, user=user_id, reason=reason, at=to_us(at)
    )
