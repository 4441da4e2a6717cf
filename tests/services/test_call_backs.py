"""Call-backs: what a call must show to count, whoever dialled, and that nothing less does."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from connectors.bus.datagrams import DatagramBus
from plugin.core.call_backs import CallBackState
from plugin.core.calls import Direction, EventType, TransferFact, TransferKind
from plugin.core.customers import NumberKind
from plugin.core.errors import Conflict, DenwabanError, LimitReached, NotFound, OutsideError
from plugin.core.identity import Item, Level, Proof
from plugin.core.ids import CallId, CustomerId, VerificationId
from plugin.core.regions import Regions
from plugin.core.staff import Staff
from plugin.services.calls import Calls
from plugin.store.engine import Store
from plugin.store.tables.audit import audit_lines
from plugin.store.tables.calls import calls
from plugin.store.tables.customers import customer_numbers
from tests.kit.callers import RIGHT
from tests.kit.clock import HandClock
from tests.kit.control import Obedient
from tests.kit.events import Tape
from tests.kit.reach import FIXED, MOBILE, Phones, give_number

E = EventType
HOUSEHOLD = {item: RIGHT[item] for item in (Item.NAME_KANA, Item.BIRTH_DATE)}


@dataclass
class Scene:
    """A customer who has rung at the operator, and the operator's phone."""

    phones: Phones
    calls: Calls
    clock: HandClock
    staff: Staff
    customer: CustomerId
    first: VerificationId

    def dials(
        self, number: str = "09012345678", agent: str = "101", native: str = "b-1", *, answered: bool = True
    ) -> Tape:
        """Let the operator's phone ring up a number."""
        tape = Tape(native, start=self.clock())
        tape.then(E.OFFERED, agent, direction=Direction.OUTBOUND, customer_number=number)
        tape.then(E.RINGING, agent, leg_id=f"{native}-leg")
        if answered:
            tape.then(E.ANSWERED, agent, leg_id=f"{native}-leg")
        self.calls.take(tape.events)
        return tape

    def call(self) -> CallId:
        return self.calls.pops_of(self.staff.user_id)[0].call.id

    def begin(self) -> VerificationId:
        return self.phones.line.begin(self.staff, self.call(), self.customer).id

    def ask(self, e164: str = MOBILE) -> None:
        self.phones.call_backs.ask(self.staff, self.first, self.phones.mark(self.customer, e164))


MakeScene = Callable[..., Scene]


@pytest.fixture
def make(store: Store, clock: HandClock, tmp_path: Path, bus: DatagramBus) -> MakeScene:
    def made(control: Obedient | None = None) -> Scene:
        phones = Phones.on(store, clock, tmp_path, controls={} if control is None else {"pbx1": control})
        service = Calls(store, clock, bus, Regions("JP"), timedelta(hours=4))
        staff, customer = phones.line.town.staff("101"), phones.customer()
        tape = Tape("a-1", start=clock()).then(E.OFFERED, direction=Direction.INBOUND, customer_number="0312349999")
        tape.then(E.RINGING, "101", leg_id="a").then(E.ANSWERED, "101", leg_id="a")
        service.take(tape.events)
        incoming = service.pops_of(staff.user_id)[0].call.id
        first = phones.line.begin(staff, incoming, customer).id
        clock.move(seconds=30)
        return Scene(phones, service, clock, staff, customer, first)

    return made


def test_a_call_by_hand_to_exactly_that_number_counts(make: MakeScene) -> None:
    scene = make()
    scene.ask()
    scene.clock.move(seconds=20)
    scene.dials()
    begun = scene.begin()
    with pytest.raises(DenwabanError, match="too_few"):
        scene.phones.line.identity.judge(scene.staff, begun, HOUSEHOLD)
    verdict = scene.phones.call_backs.count(scene.staff, begun)
    assert (verdict.passed, verdict.level) == (True, Level.NONE)  # a call-back alone opens nothing
    assert scene.phones.line.identity.judge(scene.staff, begun, HOUSEHOLD).level is Level.HISTORY


def test_where_the_phone_system_can_it_dials_once(make: MakeScene) -> None:
    control = Obedient()
    scene = make(control)
    made = scene.phones.call_backs.ask(scene.staff, scene.first, scene.phones.mark(scene.customer))
    assert (made.state, control.dialled) == (CallBackState.DIALLED, [("101", MOBILE)])
    assert made.proof is Proof.CALL_BACK_PERSONAL_MOBILE
    scene.dials()
    assert scene.phones.call_backs.count(scene.staff, scene.begin()).passed


def test_a_fixed_line_is_the_households(make: MakeScene) -> None:
    scene = make()
    give_number(scene.phones.line.store, scene.customer, FIXED, NumberKind.HOME)
    scene.ask(FIXED)
    scene.dials("0312345678")
    begun = scene.begin()
    assert scene.phones.call_backs.count(scene.staff, begun).passed
    with pytest.raises(DenwabanError, match="too_few"):
        scene.phones.line.identity.judge(scene.staff, begun, HOUSEHOLD)


def _not_counted(scene: Scene) -> None:
    with pytest.raises(Conflict, match="not_called_back"):
        scene.phones.call_backs.count(scene.staff, scene.begin())


def test_another_number_counts_for_nothing(make: MakeScene) -> None:
    scene = make()
    scene.ask()
    scene.dials("09012345679")
    _not_counted(scene)


def test_a_call_that_was_not_asked_for_counts_for_nothing(make: MakeScene) -> None:
    scene = make()
    scene.dials()
    _not_counted(scene)


def test_a_phone_that_only_rings_counts_for_nothing_yet(make: MakeScene) -> None:
    scene = make()
    scene.ask()
    tape = scene.dials(answered=False)
    begun = scene.begin()
    with pytest.raises(Conflict, match="not_called_back"):
        scene.phones.call_backs.count(scene.staff, begun)
    scene.calls.take(tape.then(E.ANSWERED, "101", leg_id="b-1-leg").events)
    assert scene.phones.call_backs.count(scene.staff, begun).passed


def test_the_caller_who_rings_from_that_number_proves_nothing(make: MakeScene) -> None:
    scene = make()
    scene.ask()
    tape = Tape("c-1", start=scene.clock()).then(E.OFFERED, direction=Direction.INBOUND, customer_number="09012345678")
    tape.then(E.RINGING, "101", leg_id="c").then(E.ANSWERED, "101", leg_id="c")
    scene.calls.take(tape.events)
    _not_counted(scene)


@pytest.mark.parametrize("what", ["held", "transferred", "ended"])
def test_the_customer_has_to_be_on_the_line(make: MakeScene, what: str) -> None:
    scene = make()
    scene.ask()
    tape = scene.dials()
    begun = scene.begin()
    if what == "held":
        tape.then(E.HELD, "101", leg_id="b-1-leg")
    elif what == "transferred":
        tape.then(E.TRANSFERRED, transfer=TransferFact(TransferKind.BLIND, "101", "102"))
    else:
        tape.then(E.ENDED)
    scene.calls.take(tape.events)
    with pytest.raises(Conflict, match="not_called_back"):
        scene.phones.call_backs.count(scene.staff, begun)


def test_a_colleagues_call_is_not_mine(make: MakeScene) -> None:
    scene = make()
    colleague = scene.phones.line.town.staff("102")
    scene.ask()
    scene.dials(agent="102")
    call = scene.calls.pops_of(colleague.user_id)[0].call.id
    his = scene.phones.line.begin(colleague, call, scene.customer).id
    with pytest.raises(Conflict, match="not_called_back"):
        scene.phones.call_backs.count(colleague, his)
    with pytest.raises(NotFound):
        scene.phones.call_backs.count(scene.staff, his)


def test_a_call_back_counts_once_and_for_a_quarter_of_an_hour(make: MakeScene) -> None:
    scene = make()
    scene.ask()
    scene.dials()
    scene.phones.call_backs.count(scene.staff, scene.begin())
    scene.clock.move(minutes=1)
    scene.dials(native="b-2")
    _not_counted(scene)
    scene.ask()
    scene.clock.move(minutes=15)
    scene.dials(native="b-3")
    _not_counted(scene)


def test_a_call_from_before_it_was_asked_for_is_none(make: MakeScene) -> None:
    scene = make()
    scene.dials()
    scene.clock.move(minutes=2)
    scene.ask()
    _not_counted(scene)


def test_a_number_that_changes_meanwhile_counts_for_nothing(make: MakeScene) -> None:
    scene = make()
    scene.ask()
    scene.dials()
    with scene.phones.line.store.write() as connection:
        changed = update(customer_numbers).where(customer_numbers.c.customer_id == scene.customer)
        connection.execute(changed.values(changed_at=scene.phones.now_us()))
    _not_counted(scene)


def test_for_another_customer_it_counts_for_nothing(make: MakeScene) -> None:
    scene = make()
    other = scene.phones.customer("S2", "+818012345679")
    scene.ask()
    scene.dials()
    begun = scene.phones.line.begin(scene.staff, scene.call(), other).id
    with pytest.raises(Conflict, match="not_called_back"):
        scene.phones.call_backs.count(scene.staff, begun)


def test_only_registered_numbers_and_so_many_a_day(make: MakeScene) -> None:
    scene = make()
    with pytest.raises(NotFound, match="number"):
        scene.phones.call_backs.ask(scene.staff, scene.first, MOBILE)
    for _ in range(5):
        scene.ask()
    with pytest.raises(LimitReached, match="call_back_limit"):
        scene.ask()


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (OutsideError("dial_refused", permanent=True), CallBackState.REFUSED),
        (OutsideError("silent", perhaps=True), CallBackState.DOUBTFUL),
        (RuntimeError("somebody else's"), CallBackState.DOUBTFUL),
    ],
)
def test_what_the_phone_system_did_is_told(make: MakeScene, error: Exception, state: CallBackState) -> None:
    scene = make(Obedient(fails=error))
    made = scene.phones.call_backs.ask(scene.staff, scene.first, scene.phones.mark(scene.customer))
    assert made.state is state
    scene.dials()  # by hand, or it did all the same
    begun = scene.begin()
    if state is CallBackState.DOUBTFUL:
        assert scene.phones.call_backs.count(scene.staff, begun).passed
    else:
        with pytest.raises(Conflict, match="not_called_back"):
            scene.phones.call_backs.count(scene.staff, begun)


def test_who_has_no_extension_dials_by_hand(make: MakeScene) -> None:
    control = Obedient()
    scene = make(control)
    bare = replace(scene.staff, extension=None)
    made = scene.phones.call_backs.ask(bare, scene.first, scene.phones.mark(scene.customer))
    assert (made.state, control.dialled) == (CallBackState.ASKED, [])


def test_it_is_counted_once_by_many_at_once(make: MakeScene) -> None:
    scene = make()
    scene.ask()
    scene.dials()
    begun, said, gate = scene.begin(), [], threading.Barrier(8)

    def count() -> None:
        gate.wait(60)
        try:
            said.append(scene.phones.call_backs.count(scene.staff, begun).passed)
        except Conflict as error:
            said.append(error.reason == "passed")
        finally:
            scene.phones.line.store.close()

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == [False] * 7 + [True]


def test_every_step_is_in_the_audit_without_a_number(make: MakeScene) -> None:
    scene = make()
    scene.ask()
    scene.dials()
    scene.phones.call_backs.count(scene.staff, scene.begin())
    with scene.phones.line.store.read() as connection:
        bodies = [row.body for row in connection.execute(select(audit_lines).order_by(audit_lines.c.seq))]
        assert connection.execute(select(calls)).all()
    told = [body for body in bodies if "identity.call_back" in body]
    assert [one.count('"outcome":"asked"') + one.count('"outcome":"counted"') for one in told] == [1, 1]
    assert not any("9012345678" in body for body in bodies)
