"""A call-back end to end with an exchange: the order goes out over one manager session, and another hears the call."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.bus.datagrams import DatagramBus
from connectors.calls.asterisk import AsteriskControl, AsteriskStream, Dialling
from plugin.core.calls import Direction, EventType
from plugin.core.errors import Conflict
from plugin.core.identity import Item, Level
from plugin.core.regions import Regions
from plugin.services.calls import Calls
from plugin.store.engine import Store
from tests.kit.ami import Exchange
from tests.kit.callers import RIGHT
from tests.kit.clock import HandClock
from tests.kit.events import Tape
from tests.kit.reach import Phones

HOUSEHOLD = {item: RIGHT[item] for item in (Item.NAME_KANA, Item.BIRTH_DATE)}


def _until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("answers", [True, False])
def test_from_the_order_to_the_history(
    store: Store, clock: HandClock, tmp_path: Path, bus: DatagramBus, answers: bool
) -> None:
    with Exchange(answers=answers) as exchange:
        control = AsteriskControl(exchange.account, Dialling("PJSIP/{extension}", "from-internal", "", "JP"))
        phones = Phones.on(store, clock, tmp_path, controls={"pbx1": control})
        service = Calls(store, clock, bus, Regions("JP"), timedelta(hours=4))
        staff, customer = phones.line.town.staff("101"), phones.customer()
        tape = Tape("a-1", start=clock()).then(
            EventType.OFFERED, direction=Direction.INBOUND, customer_number="0311112222"
        )
        tape.then(EventType.RINGING, "101", leg_id="a").then(EventType.ANSWERED, "101", leg_id="a")
        service.take(tape.events)
        first = phones.line.begin(staff, service.pops_of(staff.user_id)[0].call.id, customer).id
        clock.move(seconds=10)
        over, stream = (
            threading.Event(),
            AsteriskStream("pbx1", exchange.account, ["PJSIP/trunk*"], clock, lambda _: None),
        )
        listener = threading.Thread(target=lambda: _listen(stream, service, store, over))
        listener.start()
        try:
            _until(lambda: any(action["Action"] == "QueueStatus" for action in exchange.said))
            phones.call_backs.ask(staff, first, phones.mark(customer))
            _until(lambda: len(service.pops_of(staff.user_id)) == 2)
            ours = next(one.call for one in service.pops_of(staff.user_id) if one.call.e164 == "+819012345678")
            begun = phones.line.begin(staff, ours.id, customer).id
            if not answers:
                with pytest.raises(Conflict, match="not_called_back"):
                    phones.call_backs.count(staff, begun)
                return
            _until(lambda: bool(service.call(ours.id).call.answered_by))
            assert phones.call_backs.count(staff, begun).passed
            assert phones.line.identity.judge(staff, begun, HOUSEHOLD).level is Level.HISTORY
            exchange.hang_up()
            _until(lambda: service.call(ours.id).call.ended_at is not None)
        finally:
            over.set()
            listener.join()


def _listen(stream: AsteriskStream, service: Calls, store: Store, over: threading.Event) -> None:
    try:
        stream.run(service.take, over.is_set)
    finally:
        store.close()
