"""Random lives of a gate: whatever is verified, asked, granted, played, ended, revoked or killed in between, no byte
without a basis that holds and a committed line of the audit."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plugin.core.access import Purpose
from plugin.core.identity import Level
from plugin.core.staff import Role
from plugin.store.engine import Store
from tests.kit.clock import HandClock
from tests.kit.listening import Gate
from tests.kit.listening_model import APPROVED, PEOPLE, Model
from tests.kit.mortal import Death, Killed, MortalStore

ROLES = (None, None, Role.ADMIN, Role.SUPERVISOR, Role.OPERATOR, Role.SERVICE)  # None: his own again
WISHES = (
    ("operator", Purpose.AFTER_CALL_WORK, "CS-1"),
    ("service", Purpose.CALLER_REQUEST, "CS-1"),
    ("mori", Purpose.HARASSMENT, "CS-1"),
    ("operator", Purpose.CALLER_REQUEST, "CS-1"),
    ("mori", Purpose.RECORDING_CHECK, ""),
    ("abe", Purpose.RECORDING_CHECK, ""),
    ("asker", Purpose.RECORDING_CHECK, ""),
    ("asker", Purpose.COMPLAINT, "CS-1"),
)
DEEDS = ("ask", "ask", "take", "take", "put_back", "answer", "refuse", "approve", "approve")
PLACE = st.integers(0, 5)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("verify"), st.sampled_from(Level)),
        st.tuples(st.just("hang_up"), st.just(0)),
        st.tuples(st.just("end"), st.just(0)),
        st.tuples(st.just("check"), st.tuples(st.sampled_from(DEEDS), st.sampled_from(("mori", "abe")))),
        st.tuples(st.just("ask"), st.sampled_from(WISHES)),
        st.tuples(st.just("prepared"), st.sampled_from(WISHES)),
        st.tuples(st.just("prepared"), st.sampled_from(WISHES)),
        st.tuples(st.just("stream"), PLACE),
        st.tuples(st.just("stream"), PLACE),
        st.tuples(st.just("steal"), PLACE),
        st.tuples(st.just("revoke"), PLACE),
        st.tuples(st.just("officer"), PLACE),
        st.tuples(st.just("sign_out"), st.sampled_from(PEOPLE)),
        st.tuples(st.just("role"), st.tuples(st.sampled_from(PEOPLE), st.sampled_from(ROLES))),
        st.tuples(st.just("whose"), st.integers(0, 2)),
        st.tuples(st.just("wait"), st.sampled_from([1, 60, 600, 1800, 3600])),
        st.tuples(st.just("kill"), st.sampled_from(Death)),
    ),
    min_size=10,
    max_size=25,
)


def _live(gate: Gate, clock: HandClock, steps: list[tuple[str, Any]]) -> None:
    model = Model(gate, clock)
    try:
        for step, argument in steps:
            try:
                getattr(model, step)(argument)
            except Killed:
                model.begin_process()
            if model.store.dies is None:
                model.try_all()
        model.store.dies = None
        model.assert_audited()
    finally:
        model.store.dies = None
        model.begin_process()


@pytest.fixture
def gate(sqlite_store: Store, tmp_path: Path, clock: HandClock) -> Gate:
    return Gate(MortalStore(f"sqlite:///{sqlite_store.engine.url.database}"), tmp_path, clock, approval=APPROVED)


@given(steps=STEPS)
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_byte_without_a_basis_and_a_line(gate: Gate, clock: HandClock, steps: list[tuple[str, Any]]) -> None:
    _live(gate, clock, steps)


@pytest.mark.soak
@pytest.mark.parametrize("site", range(10))  # 10,000 lives, a thousand a database: else each reads all before it
@given(steps=STEPS)
@settings(max_examples=1_000, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_byte_without_a_basis_and_a_line_at_length(
    gate: Gate, clock: HandClock, site: int, steps: list[tuple[str, Any]]
) -> None:
    _live(gate, clock, steps)
