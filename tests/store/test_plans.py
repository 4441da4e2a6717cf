"""What pages and gates look up is found by an index: no look-up reads a whole table that grows."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from plugin.core.approvals import ApprovalKind
from plugin.core.history import HistoryOf, PagePlace
from plugin.core.ids import CallId, CustomerId, MandateId, RecordingId, UserId, VerificationId
from plugin.store import (
    adoptions,
    approvals,
    assignments,
    call_backs,
    checks,
    codes,
    factors,
    history,
    identity,
    live_grants,
    lock_outs,
    mandates,
    missed,
    overrides,
    playback,
    recording_keys,
    recordings,
    seats,
    sharings,
    speakers,
    transcripts,
)
from plugin.store.engine import Connection, Store

NOW = datetime(2027, 3, 1, tzinfo=UTC)
CALL, CUSTOMER, MANDATE = CallId("c"), CustomerId("k"), MandateId("m")
RECORDING, USER, VERIFICATION = RecordingId("r"), UserId("u"), VerificationId("v")
HISTORIES = [HistoryOf(CUSTOMER, "+81312345678", 20)]
ASKED = adoptions.Asked("+81312345678", 1, None, None)
ASKER = identity.Asker(USER, "s")

LOOK_UPS: dict[str, Callable[[Connection], object]] = {
    "override of a verification": lambda it: overrides.newest_of(it, VERIFICATION, NOW),
    "overrides of a call": lambda it: overrides.of_call(it, CALL, NOW, 10),
    "overridden calls": lambda it: overrides.overridden(it, frozenset({CALL})),
    "overrides of a day": lambda it: overrides.count_since(it, NOW),
    "waiting requests": lambda it: approvals.waiting(it, NOW, frozenset(ApprovalKind)),
    "waiting requests of a person": lambda it: approvals.count_waiting(it, USER, NOW),
    "own requests": lambda it: approvals.asked_by(it, USER, 20),
    "decided requests": lambda it: approvals.decided_by(it, USER, 20),
    "lock-outs": lambda it: lock_outs.locked(it, 5, NOW),
    "what is proved in a call": lambda it: identity.standing(it, ASKER, CALL, CUSTOMER, NOW, NOW),
    "what is proved anywhere": lambda it: identity.standing(it, ASKER, None, CUSTOMER, NOW, NOW),
    "contacts of a company": lambda it: speakers.contacts_of(it, CUSTOMER),
    "customers of a code": lambda it: speakers.with_code(it, "1"),
    "what ends with a mandate": lambda it: identity.close_of_mandate(it, MANDATE),
    "mandates of a customer": lambda it: mandates.of_customer(it, CUSTOMER),
    "mandates in force": lambda it: mandates.open_at(it, NOW),
    "live grants": lambda it: live_grants.newest(it, NOW, 10),
    "who heard it": lambda it: playback.hearings(it, [RECORDING]),
    "what was heard": lambda it: playback.heard_of(it, RECORDING),
    "waiting checks": lambda it: checks.live(it, NOW, 10),
    "settled checks": lambda it: checks.settled_by(it, USER, NOW, 10),
    "asked checks": lambda it: checks.asked_by(it, USER, NOW, 10),
    "unread checks": lambda it: checks.unread(it, USER),
    "checks of a call": lambda it: checks.of_call(it, CALL),
    "codes of a verification": lambda it: codes.newest(it, VERIFICATION),
    "call-backs of a verification": lambda it: call_backs.newest(it, VERIFICATION),
    "call-backs still to come": lambda it: call_backs.hopeful_of(it, USER, CUSTOMER, NOW),
    "recordings to be collected": lambda it: recordings.due(it, NOW, 10),
    "recordings to be fetched": lambda it: recordings.due(it, NOW, 10, remote=True),
    "recordings of a month's keys": lambda it: recording_keys.of_month(it, "2027-03", "", 10),
    "factors of a person": lambda it: factors.factors_of(it, USER),
    "use of a number": lambda it: sharings.of_number(it, "+81312345678"),
    "who called from a number": lambda it: sharings.learn(it, "+81312345678", 3, NOW),
    "history of a number": lambda it: sharings.history(it, "+81312345678"),
    "calls that may be adopted": lambda it: adoptions.adopt(
        it, adoptions.Asked("+8131", 1, None, None), CUSTOMER, NOW, 9
    ),
    "calls adopted by others": lambda it: adoptions.take_from_others(it, "+81312345678", CUSTOMER, 10),
    "a history": lambda it: history.newest(it, HISTORIES),
    "earlier choices": lambda it: assignments.earlier(it, "+81312345678", None),
    "a page of a history": lambda it: history.page(it, CUSTOMER, PagePlace(NOW, CALL), 10),
    "the call before": lambda it: history.last_from(it, "+81312345678", NOW, CALL),
    "missed calls": lambda it: missed.waiting(it, NOW, 10),
    "missed calls of a line": lambda it: missed.of_line(it, CALL, NOW),
    "who is at a phone": lambda it: seats.user_at(it, "101", NOW),
    "who watches a queue": lambda it: seats.watchers_of(it, "q"),
    "markers of a recording": lambda it: transcripts.markers_of(it, RECORDING),
}


def _plans(store: Store, look_up: Callable[[Connection], object]) -> dict[str, list[str]]:
    """Return each statement of the look-up with the steps in which SQLite takes it."""
    said: list[str] = []
    with store.read() as connection:
        raw: Any = connection.connection.driver_connection
        raw.set_trace_callback(said.append)  # each statement as SQLite runs it, its values written in
        try:
            look_up(connection)
        finally:
            raw.set_trace_callback(None)
        return {one: [step[3] for step in raw.execute(f"EXPLAIN QUERY PLAN {one}")] for one in said}


@pytest.mark.parametrize("name", LOOK_UPS)
def test_a_look_up_follows_an_index(sqlite_store: Store, name: str) -> None:
    plans = _plans(sqlite_store, LOOK_UPS[name])
    assert plans
    for statement, steps in plans.items():
        assert not [step for step in steps if re.match(r"SCAN (?!CONSTANT|\(|k$)", step)], statement


def test_a_ring_reads_past_calls_from_indexes_alone(sqlite_store: Store) -> None:
    """Rows lie scattered over years; those alone are read that stand with him since the number is his."""
    (steps,) = _plans(sqlite_store, lambda it: history.newest(it, HISTORIES)).values()
    (decided,) = _plans(sqlite_store, lambda it: assignments.earlier(it, "+81312345678", None)).values()
    looked = [step for step in steps + decided if re.match(r"SEARCH (c|r|calls|a) ", step)]
    rows = [step for step in looked if "COVERING INDEX" not in step]
    assert {step.split()[4] for step in rows} == {
        "ix_call_adoptions_customer_id_started_at",
        "sqlite_autoindex_calls_1",
    }
    assert len(looked) == 9
    assert not [step for step in steps + decided if "TEMP B-TREE" in step]
