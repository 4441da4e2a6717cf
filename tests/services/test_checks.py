"""Recording checks: who asks, who takes, what comes of it, each step audited, and what it opens of the sound."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from plugin.core.access import HistoryView, Purpose
from plugin.core.checks import CheckState
from plugin.core.errors import Conflict, Denied, InputError, NotFound
from plugin.core.grants import BasisKind, ListeningRules
from plugin.core.ids import CheckId, new_id
from plugin.core.staff import Role, Staff
from plugin.services.checks import Checks
from plugin.store.engine import Store
from plugin.store.tables.audit import audit_lines
from plugin.store.tables.calls import calls
from plugin.store.tables.recordings import recordings
from plugin.store.tables.staff import users
from tests.kit.clock import HandClock
from tests.kit.listening import Gate
from tests.kit.people import Town
from tests.kit.sounds import HeardBus

HALF_AN_HOUR = timedelta(minutes=30)


@dataclass
class Desks:
    """One recorded call of Hanako, an operator who wants to know, and two supervisors."""

    gate: Gate
    town: Town
    bus: HeardBus = field(default_factory=HeardBus)

    def __post_init__(self) -> None:
        self.store, self.clock = self.gate.store, self.gate.clock
        self.hanako = self.town.customer("C-1")
        self.taker = self.town.staff("taker")
        self.asker = self.town.staff("asker")
        self.mori = self.town.staff("mori", Role.SUPERVISOR)
        self.abe = self.town.staff("abe", Role.SUPERVISOR)
        self.call = self.town.call(self.hanako, taken_by=self.taker)
        self.recording = self.gate.record(self.call)
        self.checks = self.with_rules(self.gate.rules)

    def with_rules(self, rules: ListeningRules) -> Checks:
        return Checks(self.store, self.clock, self.gate.sessions, self.bus, rules, timedelta(hours=72))

    def ask(self, question: str = "送料は無料と案内していますか", by: Staff | None = None) -> CheckId:
        return self.checks.ask(by or self.asker, self.recording, HistoryView.FULL, question)

    def acts(self) -> list[str]:
        with self.store.read() as connection:
            found = connection.execute(select(audit_lines.c.act).order_by(audit_lines.c.seq)).scalars()
            return [act for act in found if act.startswith("check.")]

    def state(self, check_id: CheckId) -> CheckState:
        (found,) = [check for check in self.checks.of_call(self.call) if check.id == check_id]
        return found.state_at(self.clock())


@pytest.fixture
def desks(store: Store, tmp_path: Path, clock: HandClock) -> Desks:
    return Desks(Gate(store, tmp_path, clock, approval=HALF_AN_HOUR), Town(store, clock()))


def test_a_question_is_taken_answered_and_read_and_each_step_is_audited(desks: Desks) -> None:
    check_id = desks.ask()
    assert [line.check.question for line in desks.checks.board(desks.mori).waiting] == ["送料は無料と案内していますか"]
    assert desks.checks.page(desks.mori, check_id).line.is_free
    desks.checks.take(desks.mori, check_id)
    desks.checks.answer(desks.mori, check_id, "はい、\n無料とご案内しています。")
    (own,) = desks.checks.on_desk(desks.asker).own
    assert (own.state, own.answer, own.taker) == (
        CheckState.ANSWERED,
        "はい、\n無料とご案内しています。",
        desks.mori.name,
    )
    desks.checks.put_away(desks.asker, check_id)
    desks.checks.put_away(desks.asker, check_id)
    assert desks.checks.on_desk(desks.asker).own == ()
    assert desks.acts() == ["check.asked", "check.shown", "check.taken", "check.settled", "check.read"]


def test_the_desks_of_who_asked_and_of_all_supervisors_hear_of_each_step(desks: Desks) -> None:
    check_id = desks.ask()
    desks.checks.take(desks.mori, check_id)
    desks.checks.refuse(desks.mori, check_id, "個人情報のため")
    assert len(desks.bus.told) == 3
    for told in desks.bus.told:
        assert set(told) == {desks.asker.user_id, desks.mori.user_id, desks.abe.user_id}


def test_of_many_takers_at_once_one_wins(desks: Desks) -> None:
    check_id = desks.ask()

    def take(place: int) -> bool:
        try:
            desks.checks.take((desks.mori, desks.abe)[place % 2], check_id)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(take, range(16))) == 1
    assert desks.acts().count("check.taken") == 1


def test_only_who_took_it_settles_it_and_only_once(desks: Desks) -> None:
    check_id = desks.ask()
    with pytest.raises(Conflict):
        desks.checks.answer(desks.mori, check_id, "はい")
    desks.checks.take(desks.mori, check_id)
    with pytest.raises(Conflict):
        desks.checks.answer(desks.abe, check_id, "はい")
    desks.checks.answer(desks.mori, check_id, "はい")
    for again in (desks.checks.answer, desks.checks.refuse):
        with pytest.raises(Conflict):
            again(desks.mori, check_id, "いいえ")
    assert desks.state(check_id) is CheckState.ANSWERED


def test_what_was_put_back_or_left_lying_may_be_taken_by_another(desks: Desks) -> None:
    check_id = desks.ask()
    desks.checks.take(desks.mori, check_id)
    desks.checks.put_back(desks.mori, check_id)
    desks.checks.take(desks.abe, check_id)
    with pytest.raises(Conflict):
        desks.checks.take(desks.mori, check_id)
    desks.clock.move(hours=1)
    desks.checks.take(desks.mori, check_id)
    with pytest.raises(Conflict):
        desks.checks.answer(desks.abe, check_id, "はい")


def test_to_all_others_a_check_does_not_exist(desks: Desks) -> None:
    check_id = desks.ask()
    with desks.store.write() as connection:
        connection.execute(update(users).where(users.c.id == desks.taker.user_id).values(team="support"))
    other_team = replace(desks.mori, team="sales")
    own_team = replace(desks.mori, team="support")
    asker_risen = replace(desks.asker, role=Role.SUPERVISOR, team="support")
    strangers = [replace(desks.asker, role=role) for role in Role if role is not Role.SUPERVISOR]
    for who in (other_team, asker_risen, desks.taker, *strangers):
        for act in (desks.checks.page, desks.checks.take):
            with pytest.raises(NotFound):
                act(who, check_id)
        with pytest.raises(NotFound):
            desks.checks.page(who, new_id(desks.clock()))
    assert desks.checks.board(other_team).waiting == ()
    desks.checks.take(own_team, check_id)


@pytest.mark.parametrize("question", ["", "  \n ", "あ" * 1001, "null\0", "bell\a"])
def test_a_question_that_is_none_is_refused_and_nothing_is_stored(desks: Desks, question: str) -> None:
    with pytest.raises(InputError):
        desks.ask(question)
    assert desks.checks.of_call(desks.call) == ()
    assert desks.acts() == []


def test_the_same_question_twice_at_once_is_one(desks: Desks) -> None:
    def ask(_: int) -> bool:
        try:
            desks.ask()
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(ask, range(6))) == 1
    desks.ask(by=desks.taker)  # another person's question is another one


def test_what_nobody_settles_expires_and_may_be_asked_again(desks: Desks) -> None:
    check_id = desks.ask()
    desks.clock.move(hours=72)
    with pytest.raises(Conflict):
        desks.checks.take(desks.mori, check_id)
    assert desks.checks.board(desks.mori).waiting == ()
    assert desks.checks.expire_overdue() == 1
    assert desks.checks.expire_overdue() == 0
    assert desks.state(check_id) is CheckState.EXPIRED
    desks.ask()
    assert desks.acts() == ["check.asked", "check.settled", "check.asked"]


def test_a_call_that_turns_out_to_be_somebody_elses_is_answered_to_nobody(desks: Desks) -> None:
    check_id = desks.ask()
    desks.checks.take(desks.mori, check_id)
    taro = desks.town.customer("C-2")
    with desks.store.write() as connection:
        connection.execute(update(calls).where(calls.c.id == desks.call).values(customer_id=taro))
    with pytest.raises(Conflict):
        desks.checks.answer(desks.mori, check_id, "はい")
    assert desks.state(check_id) is CheckState.EXPIRED
    (own,) = desks.checks.on_desk(desks.asker).own
    assert own.answer == ""


def test_who_took_a_check_hears_on_its_basis_without_a_case_until_it_is_settled(desks: Desks) -> None:
    check_id = desks.ask()
    with pytest.raises(InputError):
        desks.gate.grants.ask(desks.mori, desks.recording, Purpose.RECORDING_CHECK)
    desks.checks.take(desks.mori, check_id)
    asked = desks.gate.grants.page(desks.mori, desks.recording)
    assert asked.check
    assert asked.check.id == check_id
    token = desks.gate.grants.ask(desks.mori, desks.recording, Purpose.RECORDING_CHECK).token
    assert desks.gate.grants.own(desks.mori, desks.recording, token).grant.basis_kind is BasisKind.CHECK
    assert len(desks.gate.play(desks.mori, desks.recording, token)) == 1000
    for other in (desks.abe, desks.asker):
        with pytest.raises((InputError, NotFound)):
            desks.gate.grants.ask(other, desks.recording, Purpose.RECORDING_CHECK)
    with pytest.raises(InputError):  # a colleague's question is the ground of no other purpose
        desks.gate.grants.ask(desks.mori, desks.recording, Purpose.COMPLAINT)
    desks.checks.answer(desks.mori, check_id, "はい")
    with pytest.raises(Denied):
        desks.gate.play(desks.mori, desks.recording, token)


def test_who_was_let_listen_hears_that_recording_so_long_and_nobody_else_does(desks: Desks) -> None:
    check_id = desks.ask()
    desks.checks.take(desks.mori, check_id)
    with pytest.raises(NotFound):
        desks.gate.grants.ask(desks.asker, desks.recording, Purpose.RECORDING_CHECK)
    desks.checks.approve(desks.mori, check_id, timedelta(minutes=10))
    other = desks.gate.record(desks.town.call(desks.hanako))
    token = desks.gate.grants.ask(desks.asker, desks.recording, Purpose.RECORDING_CHECK).token
    assert len(desks.gate.play(desks.asker, desks.recording, token)) == 1000
    for who, recording in ((desks.asker, other), (desks.taker, desks.recording)):
        with pytest.raises((NotFound, InputError)):
            desks.gate.grants.ask(who, recording, Purpose.RECORDING_CHECK)
    with pytest.raises(Denied):
        desks.gate.grants.ask(desks.asker, desks.recording, Purpose.CALLER_REQUEST)
    desks.clock.move(minutes=10)
    with pytest.raises(Denied):
        desks.gate.play(desks.asker, desks.recording, token)
    with pytest.raises(NotFound):
        desks.gate.grants.ask(desks.asker, desks.recording, Purpose.RECORDING_CHECK)


def test_nobody_is_let_listen_where_the_site_allows_none_nor_longer_than_it_does(desks: Desks) -> None:
    check_id = desks.ask()
    desks.checks.take(desks.mori, check_id)
    strict = desks.with_rules(replace(desks.gate.rules, approval=timedelta(0)))
    for checks, minutes in ((strict, 10), (desks.checks, 31), (desks.checks, 0)):
        with pytest.raises(Denied):
            checks.approve(desks.mori, check_id, timedelta(minutes=minutes))
    desks.gate.sessions.proved = False
    with pytest.raises(Denied) as refused:
        desks.checks.approve(desks.mori, check_id, timedelta(minutes=10))
    assert refused.value.reason == "step_up"


def test_what_cannot_be_played_is_not_asked_about(desks: Desks) -> None:
    with desks.store.write() as connection:
        connection.execute(update(recordings).values(state="expired"))
    with pytest.raises(Conflict):
        desks.ask()


def test_what_was_allowed_while_the_call_was_anothers_hides_nothing_that_is_allowed_now(desks: Desks) -> None:
    taro = desks.town.customer("C-2")
    for whose in (desks.hanako, taro):
        with desks.store.write() as connection:
            connection.execute(update(calls).where(calls.c.id == desks.call).values(customer_id=whose))
        check_id = desks.checks.ask(desks.asker, desks.recording, HistoryView.FULL, "送料は")
        desks.checks.take(desks.mori, check_id)
        desks.checks.approve(desks.mori, check_id, timedelta(minutes=10))
    token = desks.gate.grants.ask(desks.asker, desks.recording, Purpose.RECORDING_CHECK).token
    assert desks.gate.grants.own(desks.asker, desks.recording, token).grant.basis == check_id


@pytest.mark.parametrize("view", set(HistoryView) - {HistoryView.FULL})
def test_who_has_not_read_what_was_written_asks_nothing(desks: Desks, view: HistoryView) -> None:
    with pytest.raises(Denied, match="not_read"):
        desks.checks.ask(desks.asker, desks.recording, view, "送料は")
    for one in (desks.mori, desks.town.staff("priv", Role.PRIVACY), desks.town.staff("admin", Role.ADMIN)):
        with pytest.raises(Denied, match="not_read"):
            desks.checks.ask(one, desks.recording, HistoryView.FULL, "送料は")
    for strange in ("", "x", new_id(desks.clock())):
        with pytest.raises(NotFound):
            desks.checks.ask(desks.asker, strange, HistoryView.FULL, "送料は")
    assert desks.checks.of_call(desks.call) == ()
