"""A pop stands on the right screen for as long as it concerns its operator, and on no other."""

from dataclasses import replace

import pytest

from connectors.bus.datagrams import DatagramBus
from plugin.core.calls import Direction, EventType, TransferFact, TransferKind
from plugin.core.errors import NotFound
from plugin.core.ids import CallId
from plugin.core.pops import PopState
from plugin.services.calls import Calls
from plugin.store.engine import Store
from plugin.store.tables.calls import calls, pops
from tests.kit.clock import HandClock
from tests.kit.events import Tape
from tests.kit.people import Town
from tests.kit.rows import rows

E = EventType


def test_pops_follow_the_call(service: Calls, store: Store, town: Town, bus: DatagramBus) -> None:
    sato = town.staff("101")
    ear = bus.listen(sato.user_id)
    tape = Tape().then(E.OFFERED, direction=Direction.INBOUND).then(E.RINGING, "101", leg_id="a")
    service.take(tape.events)
    shown = service.pops_of(sato.user_id)
    assert ear.wait(0) == {shown[0].call.id}
    assert not ear.wait(0)
    assert [one.pop.state for one in shown] == [PopState.SHOWN]
    service.take(tape.then(E.ANSWERED, "101", leg_id="a").events)
    assert [one.pop.state for one in service.pops_of(sato.user_id)] == [PopState.TAKEN]
    service.take(tape.then(E.LEG_ENDED, "101", leg_id="a").then(E.ENDED).events)
    (wrap_up,) = service.pops_of(sato.user_id)
    assert (wrap_up.pop.state, wrap_up.pop.ended_at is not None) == (PopState.TAKEN, True)
    assert service.users_at(wrap_up.call.id) == (sato.user_id,)
    ear.wait(0)
    service.close_pop(sato.user_id, wrap_up.call.id)
    assert ear.wait(0)
    assert service.pops_of(sato.user_id) == ()
    with pytest.raises(NotFound):
        service.close_pop(sato.user_id, wrap_up.call.id)
    service.take([replace(tape.events[-1], id="late", type=E.NOTICE_PLAYED)])
    assert service.pops_of(sato.user_id) == ()
    ear.close()


def test_a_pop_is_withdrawn_only_when_none_of_his_devices_rings(service: Calls, town: Town, clock: HandClock) -> None:
    sato = town.staff("101")
    tape = Tape().then(E.RINGING, "101", leg_id="a").then(E.RINGING, "101", leg_id="b")
    tape.then(E.LEG_ENDED, "101", leg_id="a")
    service.take(tape.events)
    assert [one.pop.state for one in service.pops_of(sato.user_id)] == [PopState.SHOWN]
    service.take(tape.then(E.LEG_ENDED, "101", leg_id="b").events)
    assert [one.pop.state for one in service.pops_of(sato.user_id)] == [PopState.WITHDRAWN]
    clock.move(minutes=2)
    assert service.pops_of(sato.user_id) == ()
    service.take(tape.then(E.RINGING, "101", leg_id="c").events)
    assert [one.pop.state for one in service.pops_of(sato.user_id)] == [PopState.SHOWN]


def test_a_closed_pop_comes_back_when_his_phone_rings_anew(service: Calls, town: Town) -> None:
    sato = town.staff("101")
    tape = Tape().then(E.ANSWERED, "101", leg_id="a").then(E.LEG_ENDED, "101", leg_id="a")
    service.take(tape.events)
    service.close_pop(sato.user_id, service.pops_of(sato.user_id)[0].call.id)
    service.take(tape.then(E.RINGING, "101", leg_id="b").events)
    assert [one.pop.state for one in service.pops_of(sato.user_id)] == [PopState.SHOWN]


def test_a_consultation_and_a_supervisor_pop_for_nobody(service: Calls, town: Town) -> None:
    tanaka, boss = town.staff("103"), town.staff("109")
    tape = Tape().then(E.ANSWERED, "101", leg_id="a").then(E.RINGING, "103", leg_id="b", parent_leg_id="a")
    tape.then(E.SUPERVISOR_STARTED, "109", leg_id="m").then(E.RINGING, "109", leg_id="m")
    service.take(tape.events)
    service.take(Tape("inside").then(E.OFFERED, direction=Direction.INTERNAL).then(E.RINGING, "103").events)
    assert service.pops_of(tanaka.user_id) == service.pops_of(boss.user_id) == ()
    service.take(tape.then(E.TRANSFERRED, transfer=TransferFact(TransferKind.SEMI_ATTENDED, "101", "103")).events)
    assert [one.pop.state for one in service.pops_of(tanaka.user_id)] == [PopState.SHOWN]


def test_a_leg_that_turns_out_to_be_a_supervisors_takes_its_pop_back(service: Calls, town: Town) -> None:
    boss = town.staff("109")
    tape = Tape().then(E.OFFERED).then(E.RINGING, "109", leg_id="m")
    service.take(tape.events)
    service.take(tape.then(E.SUPERVISOR_STARTED, "109", leg_id="m").events)
    assert [one.pop.state for one in service.pops_of(boss.user_id)] == [PopState.WITHDRAWN]


def test_who_places_a_call_has_its_pop_from_the_start(service: Calls, town: Town) -> None:
    sato = town.staff("101")
    service.take(Tape().then(E.OFFERED, "101", direction=Direction.OUTBOUND, customer_number="0312345678").events)
    (pop,) = service.pops_of(sato.user_id)
    assert (pop.pop.state, pop.call.e164) == (PopState.TAKEN, "+81312345678")


def test_an_agent_who_is_nobody_here_gets_a_pop_that_nobody_sees(service: Calls, store: Store) -> None:
    service.take(Tape().then(E.RINGING, "999").events)
    assert [row.user_id for row in rows(store, pops)] == [None]
    assert service.users_at(CallId(rows(store, calls)[0].id)) == ()


def test_an_outbound_call_that_comes_back_to_who_placed_it_is_one_pop(service: Calls, town: Town) -> None:
    sato = town.staff("101")
    tape = Tape().then(E.OFFERED, "101", direction=Direction.OUTBOUND).then(E.ANSWERED)
    tape.then(E.TRANSFERRED, transfer=TransferFact(TransferKind.ATTENDED, "101", "102", done=True))
    tape.then(E.TRANSFERRED, transfer=TransferFact(TransferKind.ATTENDED, "102", "101", done=True))
    service.take(tape.events)
    assert [one.pop.state for one in service.pops_of(sato.user_id)] == [PopState.TAKEN]
