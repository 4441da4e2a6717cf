"""Phones and seats: devices of one extension are one agent, one person sits at a phone, and queues can be watched."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import update

from connectors.bus.datagrams import DatagramBus
from plugin.core.calls import Direction, EventType
from plugin.core.errors import Conflict, Denied, InputError, NotFound
from plugin.core.ids import UserId, new_id
from plugin.core.staff import Role, Staff
from plugin.core.times import to_us
from plugin.services.calls import Calls
from plugin.services.seats import Seats
from plugin.store import seats as rows
from plugin.store.engine import Store
from plugin.store.tables.staff import sessions
from tests.kit.clock import HandClock
from tests.kit.events import Tape
from tests.kit.people import Town
from tests.kit.together import at_once

SHARED = "300"


@pytest.fixture
def seats(store: Store, clock: HandClock, bus: DatagramBus) -> Seats:
    return Seats(store, clock, bus, timedelta(hours=12))


def _signed_in(town: Town, login: str, role: Role = Role.OPERATOR) -> Staff:
    """Return somebody with a session of his own in the database."""
    staff = replace(town.staff(login, role), session_hash=new_id(town.at))
    with town.store.write() as connection:
        connection.execute(
            sessions.insert().values(
                token_hash=staff.session_hash,
                key_hash=staff.session_hash,
                user_id=staff.user_id,
                created_at=to_us(town.at),
                seen_at=to_us(town.at),
                expires_at=to_us(town.at + timedelta(hours=12)),
                address="::1",
                browser="test",
            )
        )
    return staff


@pytest.fixture
def admin(town: Town, seats: Seats) -> Staff:
    kanri = _signed_in(town, "kanri", Role.ADMIN)
    seats.put(kanri, SHARED, "窓際の席", "PJSIP/soft-7\nagent-77", is_shared=True)
    return kanri


def _at(store: Store, clock: HandClock, extension: str = SHARED) -> UserId | None:
    with store.read() as connection:
        return rows.user_at(connection, extension, clock())


def _ring(service: Calls, native: str, agent: str, clock: HandClock, queue: str | None = None) -> Tape:
    tape = Tape(native, start=clock())
    tape.then(EventType.OFFERED, direction=Direction.INBOUND, customer_number="09012345678")
    if queue:
        tape.then(EventType.QUEUED, queue=queue)
    tape.then(EventType.RINGING, agent, leg_id=f"{native}-{agent}")
    service.take(tape.events)
    return tape


@pytest.mark.usefixtures("admin")
def test_calls_ring_at_who_sits_there_and_stay_with_who_took_them(
    store: Store, town: Town, clock: HandClock, service: Calls, seats: Seats
) -> None:
    tanaka, suzuki = _signed_in(town, "101"), _signed_in(town, "102")
    seats.take(tanaka, SHARED)
    tape = _ring(service, "n-1", SHARED, clock)
    assert len(service.pops_of(tanaka.user_id)) == 1
    assert _at(store, clock, "101") is None  # at his own phone he is not, meanwhile
    with pytest.raises(Conflict, match="occupied"):
        seats.take(suzuki, SHARED)
    tape.then(EventType.ANSWERED, SHARED, leg_id=f"n-1-{SHARED}")
    service.take(tape.events)
    seats.leave(tanaka)
    seats.take(suzuki, SHARED)
    assert (_at(store, clock), _at(store, clock, "101")) == (suzuki.user_id, tanaka.user_id)
    tape.then(EventType.ENDED, after=30)
    service.take(tape.events)
    _ring(service, "n-2", SHARED, clock)
    (his,), (hers,) = service.pops_of(tanaka.user_id), service.pops_of(suzuki.user_id)
    assert his.pop.taken_at is not None
    assert hers.pop.taken_at is None


@pytest.mark.usefixtures("admin")
def test_several_devices_and_ids_are_one_agent(town: Town, clock: HandClock, service: Calls, seats: Seats) -> None:
    tanaka = _signed_in(town, "101")
    seats.take(tanaka, SHARED)
    tape = _ring(service, "n-1", "PJSIP/soft-7", clock)
    tape.then(EventType.RINGING, "agent-77", leg_id="other")
    service.take(tape.events)
    (pop,) = service.pops_of(tanaka.user_id)
    assert pop.pop.agent == SHARED
    assert {offer.agent for offer in pop.call.call.offers} == {SHARED}


@pytest.mark.parametrize("how", ["left", "time", "signed_out", "session_over", "ended", "dropped", "closed"])
def test_a_seat_ends(how: str, store: Store, town: Town, clock: HandClock, seats: Seats, admin: Staff) -> None:
    tanaka = _signed_in(town, "101")
    seats.take(tanaka, SHARED)
    assert _at(store, clock) == tanaka.user_id
    match how:
        case "left":
            seats.leave(tanaka)
        case "time" | "session_over":
            clock.move(hours=12)
        case "signed_out":
            with store.write() as connection:
                connection.execute(update(sessions).values(revoked_at=to_us(clock())))
        case "ended":
            seats.end(admin, SHARED)
        case "dropped":
            seats.drop(admin, SHARED)
        case "closed":
            seats.put(admin, SHARED, "窓際の席", "", is_shared=False)
    assert _at(store, clock) is None
    assert seats.places(tanaka).own is None
    if how in ("dropped", "closed"):
        with pytest.raises(NotFound):
            seats.take(tanaka, SHARED)
    else:
        seats.take(_signed_in(Town(store, clock()), "102"), SHARED)  # free for the next


def test_of_many_who_sit_down_at_once_one_sits(store: Store, town: Town, seats: Seats, admin: Staff) -> None:
    crowd = [_signed_in(town, f"10{at}") for at in range(5)]

    def sit(staff: Staff) -> bool:
        try:
            seats.take(staff, SHARED)
        except Conflict:
            return False
        finally:
            store.close()
        return True

    with ThreadPoolExecutor(5) as pool:
        assert list(pool.map(sit, crowd)).count(True) == 1
    (phone,) = [phone for phone in seats.table(admin).phones if phone.is_shared]
    assert phone.seat is not None


@pytest.mark.needs("mariadbd")
def test_what_several_set_up_at_once_is_set_up_once(mariadb_store: Store, clock: HandClock, bus: DatagramBus) -> None:
    seats, town = Seats(mariadb_store, clock, bus, timedelta(hours=12)), Town(mariadb_store, clock())
    admin, user = _signed_in(town, "chief", Role.ADMIN), _signed_in(town, "tanaka").user_id
    for at in range(6):
        works = [partial(seats.watch, admin, f"queue {at}", user, on=True)] * 3
        works += [partial(seats.put, admin, f"3{at}", "", f"dev{at}", is_shared=True)] * 3
        assert at_once(works) == [None] * 6
    assert len(seats.table(admin).watches) == 6


def test_who_may_set_up_what(town: Town, seats: Seats, admin: Staff) -> None:
    tanaka = _signed_in(town, "101")
    for act in (
        lambda: seats.put(tanaka, "1", "", "", is_shared=True),
        lambda: seats.drop(tanaka, SHARED),
        lambda: seats.end(tanaka, SHARED),
        lambda: seats.table(tanaka),
        lambda: seats.watch(tanaka, "サポート", tanaka.user_id, on=True),
        lambda: seats.take(admin, SHARED),
    ):
        with pytest.raises(Denied):
            act()
    with pytest.raises(Conflict, match="owned"):
        seats.put(admin, "101", "", "", is_shared=True)
    for wrong in (" ", "x" * 65):
        with pytest.raises(InputError, match="extension"):
            seats.put(admin, wrong, "", "", is_shared=False)
    with pytest.raises(InputError, match="devices"):
        seats.put(admin, "7", "", "\n".join(map(str, range(21))), is_shared=False)
    with pytest.raises(NotFound):
        seats.watch(admin, "サポート", admin.user_id, on=True)


def test_who_watches_a_queue_sees_what_waits_and_is_told(
    town: Town, clock: HandClock, service: Calls, seats: Seats, admin: Staff, bus: DatagramBus
) -> None:
    mori, tanaka = _signed_in(town, "mori", Role.SUPERVISOR), _signed_in(town, "101")
    assert seats.waiting(mori) is None
    seats.watch(admin, "サポート", mori.user_id, on=True)
    assert seats.waiting(mori) == ()
    ear = bus.listen(mori.user_id)
    tape = _ring(service, "n-1", "101", clock, "サポート")
    _ring(service, "n-2", "101", clock, "ほか")
    assert ear.wait(30)
    ear.close()
    (call,) = seats.waiting(mori) or ()
    assert (call.queue, call.number, call.ringing) == ("サポート", "+819012345678", 1)
    assert service.pops_of(mori.user_id) == ()
    assert len(service.pops_of(tanaka.user_id)) == 2
    tape.then(EventType.ANSWERED, "101", leg_id="n-1-101")
    service.take(tape.events)
    assert seats.waiting(mori) == ()
    seats.watch(admin, "サポート", mori.user_id, on=False)
    assert seats.waiting(mori) is None
