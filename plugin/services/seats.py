"""Phones and seats: which device is which extension, who sits where for a shift, and who watches a queue.

One person at a phone, one phone a person. A seat ends when it is left, with the session in which it was taken, at its
time, or when an administrator ends it; a call that is under way stays with who took it. Never moves anybody by itself.
"""

from dataclasses import dataclass
from datetime import timedelta

from plugin.core.access import Deed, may
from plugin.core.audit import Act, AuditFact
from plugin.core.errors import Conflict, Denied, InputError, NotFound
from plugin.core.ids import UserId
from plugin.core.ports import Clock, Publisher
from plugin.core.seats import Phone, Seat, WaitingCall, Watch, read_devices, read_queue
from plugin.core.staff import Staff, read_extension, read_word
from plugin.services.telling import tell
from plugin.store import audit, seats, staff
from plugin.store.engine import Connection, Store

_MOST_WAITING = 30
_MOST_LABEL = 64


@dataclass(frozen=True, slots=True)
class SeatView:
    """The shared phones, and at which of them this person sits."""

    phones: tuple[Phone, ...]
    own: Seat | None


@dataclass(frozen=True, slots=True)
class PhoneTable:
    """All that is set up: every extension, and who watches which queue."""

    phones: tuple[Phone, ...]
    watches: tuple[Watch, ...]


class Seats:
    """`lasts`: a seat ends after so long, whatever else."""

    def __init__(self, store: Store, clock: Clock, bus: Publisher, lasts: timedelta) -> None:
        self._store = store
        self._clock = clock
        self._bus = bus
        self._lasts = lasts

    def places(self, actor: Staff) -> SeatView:
        """Return where one can sit, and where one sits. Raises Denied("role")."""
        _at_desk(actor)
        with self._store.read() as connection:
            shared = tuple(phone for phone in seats.phones(connection, self._clock()) if phone.is_shared)
        own = next((phone.seat for phone in shared if phone.seat and phone.seat.user_id == actor.user_id), None)
        return SeatView(shared, own)

    def take(self, actor: Staff, extension: str) -> None:
        """Take a seat at the shared phone; he leaves the one before. Again begins anew.

        Raises Denied("role"), NotFound("extension") for a phone that is not a shared one, Conflict("occupied").
        """
        _at_desk(actor)
        now = self._clock()

        def work(connection: Connection) -> None:
            if not seats.lock_phone(connection, extension):
                raise NotFound("extension")
            there = seats.user_at(connection, extension, now)
            if there not in (None, actor.user_id):
                raise Conflict("occupied")
            seats.take(connection, extension, actor.user_id, actor.session_hash, now, now + self._lasts)
            self._note(connection, actor, Act.SEAT_CHANGED, "taken", extension)

        self._store.write_again(work)
        tell(self._bus, (actor.user_id,))

    def leave(self, actor: Staff) -> None:
        """Sit nowhere; calls ring at his own extension again, where he has one. Nothing where he sat nowhere."""
        with self._store.write() as connection:
            if seats.leave(connection, actor.user_id, self._clock()):
                self._note(connection, actor, Act.SEAT_CHANGED, "left", None)
        tell(self._bus, (actor.user_id,))

    def waiting(self, actor: Staff) -> tuple[WaitingCall, ...] | None:
        """Return the calls that wait in the queues that he watches, the longest first; None: he watches none."""
        with self._store.glance() as connection:
            return seats.waiting(connection, actor.user_id, _MOST_WAITING)

    def table(self, actor: Staff) -> PhoneTable:
        """Return all that is set up. Raises Denied("role")."""
        _may_set_up(actor)
        with self._store.read() as connection:
            return PhoneTable(seats.phones(connection, self._clock()), seats.watches(connection))

    def put(self, actor: Staff, extension: str, label: str, devices: str, *, is_shared: bool) -> None:
        """Set an extension up: its label, the names of its devices (one a line), and if people take seats at it.

        Raises Denied("role"), InputError("extension" | "label" | "devices"), and Conflict("owned") for sharing an
        extension that is somebody's own.
        """
        _may_set_up(actor)
        known = read_extension(extension)
        if known is None:
            raise InputError("extension", field="extension")
        name, named = read_word(label, _MOST_LABEL, "label") if label.strip() else "", read_devices(devices)

        def work(connection: Connection) -> None:
            found = {phone.extension: phone for phone in seats.phones(connection, self._clock())}
            if is_shared and known in found and found[known].owner is not None:
                raise Conflict("owned")
            seats.put(connection, known, name, named, is_shared=is_shared)
            if not is_shared:
                seats.end(connection, known, self._clock())
            self._note(connection, actor, Act.PHONES_CHANGED, "put", known)

        self._store.write_again(work)

    def drop(self, actor: Staff, extension: str) -> None:
        """Forget an extension with its devices; who sits there does no more. Raises Denied, NotFound("extension")."""
        _may_set_up(actor)
        with self._store.write() as connection:
            if not seats.drop(connection, extension):
                raise NotFound("extension")
            seats.end(connection, extension, self._clock())
            self._note(connection, actor, Act.PHONES_CHANGED, "dropped", extension)

    def end(self, actor: Staff, extension: str) -> None:
        """End whoever's seat it is. Raises Denied("role")."""
        _may_set_up(actor)
        with self._store.write() as connection:
            there = seats.user_at(connection, extension, self._clock())
            seats.end(connection, extension, self._clock())
            self._note(connection, actor, Act.SEAT_CHANGED, "ended", extension)
        if there is not None:
            tell(self._bus, (there,))

    def watch(self, actor: Staff, queue: str, user_id: UserId, *, on: bool) -> None:
        """Let a person of the desk watch the queue, or no more.

        Raises Denied("role"), InputError("queue"), and NotFound("user") for who does not work at a desk.
        """
        _may_set_up(actor)
        name = read_queue(queue)

        def work(connection: Connection) -> None:
            found = staff.user_by_id(connection, user_id)
            if found is None or (on and not may(found.role, Deed.USE_DESK)):
                raise NotFound("user")
            seats.watch(connection, name, user_id, on=on)
            self._note(connection, actor, Act.PHONES_CHANGED, "watched" if on else "unwatched", user_id)

        self._store.write_again(work)
        tell(self._bus, (user_id,))

    def _note(self, connection: Connection, actor: Staff, act: Act, outcome: str, subject: str | None) -> None:
        fact = AuditFact(
            act, self._clock(), user_id=actor.user_id, subject=subject, outcome=outcome, address=actor.address
        )
        audit.append(connection, fact)


def _at_desk(actor: Staff) -> None:
    if not may(actor.role, Deed.USE_DESK):
        raise Denied("role")


def _may_set_up(actor: Staff) -> None:
    if not may(actor.role, Deed.SET_UP_PHONES):
        raise Denied("role")
