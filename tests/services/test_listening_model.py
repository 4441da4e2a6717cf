"""Random lives of a gate: whatever is verified, granted, played, ended or revoked, no byte without basis and line."""

import hashlib
import secrets
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plugin.core.access import Purpose
from plugin.core.errors import Denied, NotFound
from plugin.core.identity import Level
from plugin.core.ids import CallId
from plugin.core.staff import Role, Staff
from plugin.store.engine import Store
from tests.kit.clock import HandClock
from tests.kit.listening import Gate, signed_in_elsewhere
from tests.kit.people import Town
from tests.kit.sounds import tone

SECONDS = 20
SOUND = tone(SECONDS)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("verify"), st.sampled_from(Level)),
        st.tuples(st.just("hang_up"), st.just(0)),
        st.tuples(st.just("ask"), st.integers(0, 3)),
        st.tuples(st.just("play"), st.integers(0, 4)),
        st.tuples(st.just("steal"), st.integers(0, 4)),
        st.tuples(st.just("revoke"), st.integers(0, 4)),
        st.tuples(st.just("end"), st.just(0)),
        st.tuples(st.just("wait"), st.sampled_from([1, 60, 600, 1800, 3600])),
    ),
    min_size=15,
    max_size=40,
)


class Model:
    """What must be true, kept by hand beside the real gate."""

    def __init__(self, gate: Gate, town: Town, clock: HandClock) -> None:
        self.gate, self.clock, self.start = gate, clock, clock()
        name = secrets.token_hex(4)
        self.hanako = town.customer(f"C-{name}")
        self.operator = town.staff(f"o-{name}")
        self.service = town.staff(f"s-{name}", Role.SERVICE)
        self.supervisor = town.staff(f"b-{name}", Role.SUPERVISOR)
        self.recording = gate.record(town.call(self.hanako, taken_by=self.operator), SECONDS)
        self.own_until = self.start - timedelta(seconds=80) + timedelta(minutes=30)
        self.proof: tuple[Level, int] | None = None
        self.proofs = 0
        self.now_on: CallId | None = None
        self.proof_until: datetime | None = None
        self.grants: list[tuple[str, Staff, datetime, int]] = []
        self.revoked: set[str] = set()

    def holds(self, actor: Staff, proof: int) -> bool:
        if actor.role is Role.OPERATOR:
            return self.clock() < self.own_until
        if actor.role is Role.SUPERVISOR:
            return True
        alive = self.proof_until is None or self.clock() < self.proof_until
        return self.proof is not None and alive and self.proof == (Level.LISTEN, proof)

    def verify(self, level: Level) -> None:
        self.gate.end_verifications()
        self.now_on = self.gate.verify(self.service, self.hanako, level)
        self.proofs += 1
        self.proof = (level, self.proofs)
        self.proof_until = self.clock() + timedelta(hours=2)

    def hang_up(self, _: int) -> None:
        if self.now_on is not None and self.proof_until is not None:
            self.gate.hang_up(self.now_on)
            self.proof_until = min(self.proof_until, self.clock() + timedelta(minutes=10))
            self.now_on = None

    def end(self, _: int) -> None:
        self.gate.end_verifications()
        self.proof = None

    def wait(self, seconds: int) -> None:
        self.clock.move(seconds=seconds)

    def ask(self, which: int) -> None:
        actor, purpose = (
            (self.operator, Purpose.AFTER_CALL_WORK),
            (self.service, Purpose.CALLER_REQUEST),
            (self.supervisor, Purpose.HARASSMENT),
            (self.operator, Purpose.CALLER_REQUEST),
        )[which]
        may = which < 3 and self.holds(actor, self.proofs)
        try:
            fresh = self.gate.grants.ask(actor, self.recording, purpose, "CS-1")
        except (NotFound, Denied):
            assert not may
            return
        assert may
        until = self.clock() + timedelta(hours=1)
        self.grants.append((fresh.token, actor, until, self.proofs))

    def play(self, which: int) -> None:
        if not self.grants:
            return
        token, actor, until, proof = self.grants[which % len(self.grants)]
        may = token not in self.revoked and self.clock() < until and self.holds(actor, proof)
        acts = len(self.gate.acts())
        try:
            opened = self.gate.playback.open(actor, self.recording, token)
            sound = self.gate.playback.play(actor, opened, 1000, 2000)
        except Denied:
            assert not may
            return
        assert may
        assert self.started(token)  # committed, before a piece was taken
        assert len(self.gate.acts()) - acts <= 1
        assert b"".join(sound) == SOUND[1000:3000]

    def started(self, token: str) -> bool:
        granted = self.gate.granted(hashlib.sha256(token.encode()).hexdigest())
        return granted is not None and granted.grant.stream_id is not None

    def steal(self, which: int) -> None:
        for thief in (signed_in_elsewhere(self.supervisor), self.operator, self.service, self.supervisor):
            token, owner, _, _ = self.grants[which % len(self.grants)] if self.grants else ("x", None, None, None)
            if thief == owner:
                continue
            with pytest.raises(NotFound):
                self.gate.playback.open(thief, self.recording, token)

    def revoke(self, which: int) -> None:
        if self.grants:
            token, actor, _, _ = self.grants[which % len(self.grants)]
            self.gate.grants.revoke(actor, self.recording, token)
            self.revoked.add(token)


def _live(gate: Gate, clock: HandClock, steps: list[tuple[str, int]]) -> None:
    model = Model(gate, Town(gate.store, clock()), clock)
    before = gate.acts()
    for step, argument in steps:
        getattr(model, step)(argument)
    new = gate.acts()[len(before) :]
    played = sum(model.started(token) for token, _, _, _ in model.grants)
    assert new.count("listen.started") == played
    assert new.count("listen.granted") == len(model.grants)


@pytest.fixture
def gate(sqlite_store: Store, tmp_path: Path, clock: HandClock) -> Gate:
    return Gate(sqlite_store, tmp_path, clock)


@given(steps=STEPS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_byte_without_a_basis_and_a_line(gate: Gate, clock: HandClock, steps: list[tuple[str, int]]) -> None:
    _live(gate, clock, steps)


@pytest.mark.soak
@given(steps=STEPS)
@settings(max_examples=2000, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_byte_without_a_basis_and_a_line_at_length(
    gate: Gate, clock: HandClock, steps: list[tuple[str, int]]
) -> None:
    _live(gate, clock, steps)
