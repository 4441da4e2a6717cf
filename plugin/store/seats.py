"""Phones, devices, seats and watchers at rest. Who may do what with them is not said here.

A seat is live until it is left, its time is over, or the session in which it was taken ended: that is asked each time,
so that a sign-out ends it wherever it happens.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, text

from plugin.core.ids import CallId, UserId, new_id
from plugin.core.numbers import WithheldReason
from plugin.core.seats import Phone, Seat, WaitingCall, Watch
from plugin.core.times import from_us, to_us
from plugin.store.prepared import ManyRows, Prepared

LIVE = (
    "s.left_at IS NULL AND s.ends_at > :now AND EXISTS (SELECT 1 FROM sessions x WHERE x.token_hash = s.session_hash"
    " AND x.revoked_at IS NULL AND x.expires_at > :now)"
)
_EXTENSION_OF = Prepared("SELECT extension FROM phone_devices WHERE device = :device")
_SEATED_AT = Prepared(
    f"SELECT s.user_id FROM seats s JOIN users u ON u.id = s.user_id WHERE s.extension = :agent AND {LIVE}"  # noqa: S608
    " AND u.active = 1 ORDER BY s.id DESC LIMIT 1"
)
_OWNER_OF = Prepared(
    "SELECT u.id FROM users u WHERE u.extension = :agent AND u.active = 1"  # noqa: S608  constants
    f" AND NOT EXISTS (SELECT 1 FROM seats s WHERE s.user_id = u.id AND {LIVE})"
)
_SEAT_OF = Prepared(
    f"SELECT s.extension FROM seats s WHERE s.user_id = :user AND {LIVE} ORDER BY s.id DESC LIMIT 1"  # noqa: S608
)
_SEATS = text(
    "SELECT s.extension, s.user_id, u.name, s.began_at, s.ends_at FROM seats s"  # noqa: S608  constants
    f" JOIN users u ON u.id = s.user_id WHERE {LIVE} ORDER BY s.id"
)
_PHONES = text(
    "SELECT p.extension, p.label, p.shared, u.name FROM phones p"
    " LEFT JOIN users u ON u.extension = p.extension AND u.active = 1 ORDER BY p.extension"
)
_OWN = text("SELECT extension, name FROM users WHERE extension IS NOT NULL AND active = 1 ORDER BY extension")
_DEVICES = text("SELECT extension, device FROM phone_devices ORDER BY device")
_LOCK_PHONE = {
    True: Prepared("SELECT shared FROM phones WHERE extension = :extension"),
    False: Prepared("SELECT shared FROM phones WHERE extension = :extension FOR UPDATE"),
}
_LEAVE_BOTH = Prepared(
    "UPDATE seats SET left_at = :now WHERE left_at IS NULL AND (extension = :extension OR user_id = :user)"
)
_LEAVE = Prepared("UPDATE seats SET left_at = :now WHERE left_at IS NULL AND user_id = :user")
_END = Prepared("UPDATE seats SET left_at = :now WHERE left_at IS NULL AND extension = :extension")
_TAKE = Prepared(
    "INSERT INTO seats (id, extension, user_id, session_hash, began_at, ends_at)"
    " VALUES (:id, :extension, :user, :session, :now, :ends)"
)
_DROP_PHONE = Prepared("DELETE FROM phones WHERE extension = :extension")
_ADD_PHONE = Prepared("INSERT INTO phones (extension, label, shared) VALUES (:extension, :label, :shared)")
_DROP_DEVICES = Prepared("DELETE FROM phone_devices WHERE extension = :extension")
_TAKE_DEVICE = ManyRows("DELETE FROM phone_devices WHERE device = ?")
_ADD_DEVICE = ManyRows("INSERT INTO phone_devices (device, extension) VALUES (?, ?)")
_WATCHES = text(
    "SELECT w.queue, w.user_id, u.name FROM queue_watchers w JOIN users u ON u.id = w.user_id ORDER BY 1, 3"
)
_WATCHERS = Prepared("SELECT user_id FROM queue_watchers WHERE queue = :queue")
_DROP_WATCH = Prepared("DELETE FROM queue_watchers WHERE queue = :queue AND user_id = :user")
_ADD_WATCH = Prepared("INSERT INTO queue_watchers (queue, user_id) VALUES (:queue, :user)")
# Open calls alone have a deadline: by its index, however many calls there were.
_WAITING = Prepared(
    "SELECT c.id, c.queue, c.e164, c.withheld, c.started_at,"
    " (SELECT COUNT(*) FROM pops p WHERE p.call_id = c.id AND p.state = 'shown')"
    " FROM queue_watchers w JOIN calls c ON c.queue = w.queue AND c.deadline_at > 0"
    " WHERE w.user_id = :user AND c.answered_at IS NULL AND c.ended_at IS NULL AND c.direction = 'inbound'"
    " AND c.claimed = 0 AND c.merged_into IS NULL ORDER BY c.started_at LIMIT :most"
)
_WATCHES_ANY = Prepared("SELECT 1 FROM queue_watchers WHERE user_id = :user LIMIT 1")


def extensions_of(connection: Connection, agents: Iterable[str]) -> dict[str, str]:
    """Return the extension of each of the names that is a device's."""
    found = {agent: _EXTENSION_OF.row(connection, device=agent) for agent in agents}
    return {agent: row[0] for agent, row in found.items() if row is not None}


def user_at(connection: Connection, agent: str, now: datetime) -> UserId | None:
    """Return who is at the extension: who took a seat there, else whose own it is, unless he sits elsewhere."""
    at = to_us(now)
    row = _SEATED_AT.row(connection, agent=agent, now=at) or _OWNER_OF.row(connection, agent=agent, now=at)
    return None if row is None else UserId(row[0])


def seat_of(connection: Connection, user_id: UserId, now: datetime) -> str | None:
    """Return the extension of the shared phone at which the person sits, None where he sits at none."""
    row = _SEAT_OF.row(connection, user=user_id, now=to_us(now))
    return None if row is None else str(row[0])


def phones(connection: Connection, now: datetime) -> tuple[Phone, ...]:
    """Return every extension that is set up or somebody's own, with its devices and who sits there."""
    live = connection.execute(_SEATS, {"now": to_us(now)})
    seated = {row[0]: Seat(row[0], UserId(row[1]), row[2], from_us(row[3]), from_us(row[4])) for row in live}
    devices: dict[str, list[str]] = {}
    for extension, device in connection.execute(_DEVICES):
        devices.setdefault(extension, []).append(device)
    rows = {row[0]: (row[1], bool(row[2]), row[3]) for row in connection.execute(_PHONES)}
    rows |= {extension: ("", False, name) for extension, name in connection.execute(_OWN) if extension not in rows}
    return tuple(
        Phone(extension, label, is_shared, tuple(devices.get(extension, ())), owner, seated.get(extension))
        for extension, (label, is_shared, owner) in sorted(rows.items())
    )


def lock_phone(connection: Connection, extension: str) -> bool | None:
    """Return whether the phone is a shared one, None where it is not set up; others wait for it until the end."""
    row = _LOCK_PHONE[connection.dialect.name == "sqlite"].row(connection, extension=extension)
    return None if row is None else bool(row[0])


def take(
    connection: Connection, extension: str, user_id: UserId, session_hash: str, now: datetime, ends_at: datetime
) -> None:
    """Let the person sit there, and at no other phone; whoever sat there does no more."""
    _LEAVE_BOTH.write(connection, extension=extension, user=user_id, now=to_us(now))
    _TAKE.write(
        connection,
        id=new_id(now),
        extension=extension,
        user=user_id,
        session=session_hash,
        now=to_us(now),
        ends=to_us(ends_at),
    )


def leave(connection: Connection, user_id: UserId, now: datetime) -> bool:
    """Let the person sit nowhere; False where he did not."""
    return _LEAVE.write(connection, user=user_id, now=to_us(now)) > 0


def end(connection: Connection, extension: str, now: datetime) -> None:
    """Let nobody sit at the phone."""
    _END.write(connection, extension=extension, now=to_us(now))


def put(connection: Connection, extension: str, label: str, devices: Iterable[str], *, is_shared: bool) -> None:
    """Set the phone up: a device that rang for another extension rings for this one from now on."""
    drop(connection, extension)
    _ADD_PHONE.write(connection, extension=extension, label=label, shared=int(is_shared))
    rows = [(device, extension) for device in devices]
    _TAKE_DEVICE.run(connection, [(device,) for device, _ in rows])
    _ADD_DEVICE.run(connection, rows)


def drop(connection: Connection, extension: str) -> bool:
    """Forget the phone and its devices; False where it is not set up."""
    _DROP_DEVICES.write(connection, extension=extension)
    return _DROP_PHONE.write(connection, extension=extension) > 0


def watches(connection: Connection) -> tuple[Watch, ...]:
    """Return who watches which queue."""
    return tuple(Watch(queue, UserId(user_id), name) for queue, user_id, name in connection.execute(_WATCHES))


def watchers_of(connection: Connection, queue: str) -> frozenset[UserId]:
    """Return who watches the queue."""
    return frozenset(UserId(row[0]) for row in _WATCHERS.rows(connection, queue=queue))


def watch(connection: Connection, queue: str, user_id: UserId, *, on: bool) -> None:
    """Let the person watch the queue, or no more."""
    _DROP_WATCH.write(connection, queue=queue, user=user_id)
    if on:
        _ADD_WATCH.write(connection, queue=queue, user=user_id)


def waiting(connection: Connection, user_id: UserId, most: int) -> tuple[WaitingCall, ...] | None:
    """Return the calls that wait in the queues that this person watches, the longest first; None: he watches none."""
    if _WATCHES_ANY.row(connection, user=user_id) is None:
        return None
    return tuple(
        WaitingCall(
            CallId(row[0]),
            row[1],
            row[2],
            None if row[3] is None else WithheldReason(row[3]),
            from_us(row[4]),
            row[5],
        )
        for row in _WAITING.rows(connection, user=user_id, most=most)
    )
