"""What a phone system may say that is untrue or careless: it opens no customer to another, and betrays no number."""

from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from plugin.core.calls import AgentRef
from plugin.core.calls import EventType as E
from plugin.core.identity import Level
from plugin.core.ids import CallId
from plugin.core.numbers import WithheldReason
from plugin.core.timeline import DISPOSITIONS, TOPICS, SummaryForm
from plugin.services.calls import Calls
from plugin.services.timeline import Timeline
from plugin.store.engine import Store
from plugin.store.tables.calls import call_events, calls
from plugin.store.tables.delivery import outbox
from tests.kit.callers import Line
from tests.kit.clock import HandClock
from tests.kit.events import Tape, answered_call
from tests.kit.people import Town
from tests.kit.rows import rows
from tests.kit.sounds import HeardBus


@pytest.mark.parametrize("same", [True, False])
def test_two_customers_never_become_one_by_a_word_of_the_phone_system(
    service: Calls, store: Store, town: Town, clock: HandClock, tmp_path: Path, same: bool
) -> None:
    line, sato = Line.on(store, clock, tmp_path / "keys"), town.staff("101")
    service.take(answered_call("a", agent="101").events)
    clock.move(seconds=5)
    service.take(answered_call("b", agent="101").events)
    older, younger = sorted(CallId(row.id) for row in rows(store, calls))
    mine = line.customer("c1")
    theirs = mine if same else line.customer("c2")
    for call_id, customer in ((older, mine), (younger, theirs)):
        line.verified(sato, call_id, customer)
    timeline = Timeline(store, clock, ZoneInfo("Asia/Tokyo"), "local", TOPICS, DISPOSITIONS, HeardBus())
    timeline.save(sato, older, SummaryForm("delivery", "solved", "一"))
    service.take([Tape("bridge").then(E.UPDATED, after=2, source_call_ids=("a", "b")).events[0]])
    assert service.call(older).customer_id == (mine if same else None)
    level = Level.HISTORY if same else Level.NONE
    assert {line.level(sato, older, customer) for customer in (mine, theirs)} == {level}
    assert [row.state for row in rows(store, outbox) if row.state != "superseded"] == [
        "waiting" if same else "unassigned"
    ]


@pytest.mark.parametrize("late", [False, True])
def test_a_withheld_number_stands_in_no_free_text(service: Calls, store: Store, late: bool) -> None:
    written = ("090-1234-5678", "+81 90 1234 5678", "０９０１２３４５６７８")
    path, reason, name = (f"1>2>{number}>9" for number in written)
    event = Tape().then(E.ALERT_RAISED, "101", ivr_path=path, reason=reason, withheld=WithheldReason.REFUSED).events[0]
    told = replace(event, agent=AgentRef("101", None, name))
    if late:
        service.take([replace(told, withheld=None)])
        service.take([replace(told, id="late")])
    else:
        service.take([told])
    stored = repr([rows(store, table) for table in (calls, call_events)])
    assert not any(number in stored for number in (*written, "5678"))
    (row,) = rows(store, calls)
    call = service.call(CallId(row.id)).call
    assert call.ivr_path == "1>2>…>9"
    assert call.alert is not None
    assert call.alert.reason == call.ivr_path
