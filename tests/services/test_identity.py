"""Verifying callers: what a set proves, before whom, until when; and that nothing else proves anything."""

import logging
import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from plugin.core.errors import Conflict, Denied, InputError, LimitReached, NotFound
from plugin.core.identity import CallerRole, Item, Level, Verdict
from plugin.core.ids import CallId, VerificationId, new_id
from plugin.core.staff import Role
from plugin.core.times import to_us
from plugin.services.customers import Customers
from plugin.store.engine import Store
from plugin.store.tables import metadata
from plugin.store.tables.audit import audit_lines
from plugin.store.tables.calls import assignments, calls
from plugin.store.tables.identity import verifications
from tests.kit.callers import FURTHER, RIGHT, STORED, WRONG, Line, other_session
from tests.kit.clock import HandClock


@pytest.fixture
def line(store: Store, clock: HandClock, tmp_path: Path) -> Line:
    return Line.on(store, clock, tmp_path / "keys")


def _end(line: Line, call_id: CallId) -> None:
    with line.store.write() as connection:
        now = to_us(line.clock())
        connection.execute(calls.update().where(calls.c.id == call_id).values(ended_at=now, state="ended"))


def _acts(line: Line) -> list[str]:
    with line.store.read() as connection:
        return [
            row.act
            for row in connection.execute(select(audit_lines.c.act, audit_lines.c.seq).order_by(audit_lines.c.seq))
        ]


def test_the_right_set_opens_the_history_and_says_whose_the_call_is(line: Line) -> None:
    staff, customer = line.town.staff("101"), line.customer()
    call = line.town.call(taken_by=staff, ended=False)
    begun = line.begin(staff, call, customer)
    assert line.level(staff, call, customer) is Level.NONE
    assert line.identity.judge(staff, begun.id, RIGHT) == Verdict(passed=True, level=Level.HISTORY, tries_left=2)
    assert line.level(staff, call, customer) is Level.HISTORY
    with line.store.read() as connection:
        assert connection.scalar(select(calls.c.customer_id).where(calls.c.id == call)) == customer
        assert connection.scalar(select(assignments.c.act).where(assignments.c.call_id == call)) == "confirm"
    assert _acts(line) == ["identity.started", "call.assigned", "identity.judged", "history.shown"]
    assert line.bus.told == [(staff.user_id,)] * 2


def test_a_matched_number_and_a_confirmed_call_prove_nothing(line: Line) -> None:
    staff, customer = line.town.staff("101"), line.customer()
    call = line.town.call(customer, taken_by=staff, ended=False)
    assert line.identity.standing(staff, call, customer) is None
    line.begin(staff, call, customer)
    assert line.level(staff, call, customer) is Level.NONE


def test_there_is_one_way_to_a_level() -> None:
    plugin = Path(__file__).parents[2] / "plugin"
    texts = {path.relative_to(plugin).as_posix(): path.read_text("utf-8") for path in plugin.rglob("*.py")}
    writes = re.compile(r"(?:insert|update)\(verifications\)|(?:INSERT INTO|UPDATE) verifications", re.IGNORECASE)
    assert [path for path, code in texts.items() if writes.search(code)] == ["store/identity.py"]
    judged, _, reached = texts["services/identity.py"].partition("def _judge(")[2].partition("def _reached(")
    assert "return self._reached(" in judged.partition("self.speakers.prove(")[2]
    assert "rows.prove(" in reached.partition("def ")[0]
    assert sum(code.count("self._reached(") for code in texts.values()) == 2  # _judge, accept
    assert sum(code.count("rows.prove(") for code in texts.values()) == 1
    carried_out = texts["services/overrides.py"].partition("def carry_out(")[2].partition("def ")[0]
    assert "rows.override(" in carried_out
    assert sum(code.count("rows.override(") for code in texts.values()) == 1


@pytest.mark.parametrize("item", RIGHT)
def test_one_wrong_answer_fails_the_set_and_does_not_say_which(line: Line, item: Item) -> None:
    staff, customer = line.town.staff("101"), line.customer()
    call = line.town.call(taken_by=staff, ended=False)
    begun = line.begin(staff, call, customer)
    verdict = line.identity.judge(staff, begun.id, RIGHT | {item: "0000"})
    assert verdict == Verdict(passed=False, level=Level.NONE, tries_left=1)
    with line.store.read() as connection:
        bodies = connection.scalars(select(audit_lines.c.body)).all()
    assert not any(asked.value in body for asked in RIGHT for body in bodies)


def test_an_item_without_an_answer_fails_like_a_wrong_one(line: Line) -> None:
    staff, customer = line.town.staff("101"), line.customer()
    call = line.town.call(taken_by=staff, ended=False)
    begun = line.begin(staff, call, customer)
    said = RIGHT | {Item.CARD_LAST4: "1234"}
    assert line.identity.judge(staff, begun.id, said) == Verdict(passed=False, level=Level.NONE, tries_left=1)


def test_too_few_items_use_up_no_try(line: Line) -> None:
    staff, customer = line.town.staff("101"), line.customer()
    begun = line.begin(staff, line.town.call(taken_by=staff, ended=False), customer)
    family = {item: STORED[item] for item in (Item.NAME_KANA, Item.BIRTH_DATE, Item.POSTAL_CODE)}
    for said in ({}, family, RIGHT | {Item.CONTRACT_NUMBER: "  "}):
        with pytest.raises(InputError, match="too_few"):
            line.identity.judge(staff, begun.id, said)
    assert line.identity.judge(staff, begun.id, RIGHT).passed


def test_after_the_tries_of_a_call_nothing_is_judged(line: Line) -> None:
    staff, customer = line.town.staff("101"), line.customer()
    call = line.town.call(taken_by=staff, ended=False)
    begun = line.begin(staff, call, customer)
    assert [line.identity.judge(staff, begun.id, WRONG).tries_left for _ in range(2)] == [1, 0]
    with pytest.raises(Conflict, match="failed"):
        line.identity.judge(staff, begun.id, RIGHT)
    with pytest.raises(Conflict, match="failed"):
        line.begin(staff, call, customer)
    assert line.level(staff, call, customer) is Level.NONE


def test_tries_do_not_come_back_by_beginning_again(line: Line) -> None:
    staff, customer, other = line.town.staff("101"), line.customer(), line.customer("S2")
    call = line.town.call(taken_by=staff, ended=False)
    line.identity.judge(staff, line.begin(staff, call, customer).id, WRONG)
    line.begin(staff, call, other)
    assert line.begin(staff, call, customer).tries_left == 1


def test_failures_of_a_customer_count_over_calls_and_staff(line: Line) -> None:
    customer = line.customer()
    people = [line.town.staff(f"10{place}") for place in range(7)]
    for place, staff in enumerate(people[:5]):
        begun = line.begin(staff, line.town.call(taken_by=staff, ended=False), customer)
        assert not line.identity.judge(staff, begun.id, WRONG).passed, place
    call = line.town.call(taken_by=people[5], ended=False)
    with pytest.raises(LimitReached, match="locked_out") as refused:
        line.begin(people[5], call, customer)
    assert refused.value.facts["retry_after_s"] == 24 * 3600 + 1
    line.clock.move(hours=24)
    assert line.begin(people[5], call, customer).tries_left == 2


def test_a_lock_out_stops_what_is_already_under_way(line: Line) -> None:
    customer = line.customer()
    people = [line.town.staff(f"10{place}") for place in range(6)]
    begun = [line.begin(staff, line.town.call(taken_by=staff, ended=False), customer) for staff in people]
    for staff, one in zip(people[:5], begun, strict=False):
        line.identity.judge(staff, one.id, WRONG)
    with pytest.raises(LimitReached):
        line.identity.judge(people[5], begun[5].id, RIGHT)
    assert _acts(line).count("identity.judged") == 6


def test_passing_uses_up_no_failure(line: Line) -> None:
    customer = line.customer()
    for place in range(8):
        staff = line.town.staff(f"20{place}")
        line.verified(staff, line.town.call(taken_by=staff, ended=False), customer)


def test_it_counts_for_this_person_session_call_and_customer_only(line: Line) -> None:
    staff, other = line.town.staff("101"), line.town.staff("102")
    customer, wife = line.customer(), line.customer("S2")
    call, next_call = (line.town.call(taken_by=staff, rang_at=other, ended=False) for _ in range(2))
    line.verified(staff, call, customer)
    assert line.level(staff, call, customer) is Level.HISTORY
    assert line.level(other, call, customer) is Level.NONE
    assert line.level(other_session(staff), call, customer) is Level.NONE
    assert line.level(staff, next_call, customer) is Level.NONE
    assert line.level(staff, call, wife) is Level.NONE


def test_it_ends_with_the_call_and_a_short_grace(line: Line) -> None:
    staff, customer = line.town.staff("101"), line.customer()
    call = line.town.call(taken_by=staff, ended=False)
    line.verified(staff, call, customer)
    line.clock.move(minutes=30)
    _end(line, call)
    standing = line.identity.standing(staff, call, customer)
    assert standing is not None
    assert standing.until == line.clock() + timedelta(minutes=10)
    line.clock.move(minutes=9, seconds=59)
    assert line.level(staff, call, customer) is Level.HISTORY
    line.clock.move(seconds=1)
    assert line.level(staff, call, customer) is Level.NONE
    with pytest.raises(Conflict, match="call_over"):
        line.begin(staff, call, customer)


def test_in_a_call_that_never_ends_it_ends_after_two_hours(line: Line) -> None:
    staff, customer = line.town.staff("101"), line.customer()
    call = line.town.call(taken_by=staff, ended=False)
    line.verified(staff, call, customer)
    line.clock.move(hours=2)
    assert line.level(staff, call, customer) is Level.NONE


def test_whoever_takes_too_long_begins_again(line: Line) -> None:
    staff, customer = line.town.staff("101"), line.customer()
    call = line.town.call(taken_by=staff, ended=False)
    begun = line.begin(staff, call, customer)
    line.clock.move(minutes=2 * len(STORED))
    with pytest.raises(Conflict, match="expired"):
        line.identity.judge(staff, begun.id, RIGHT)
    assert line.verified(staff, call, customer).id != begun.id


def test_verifying_another_person_ends_the_first(line: Line) -> None:
    staff, customer, wife = line.town.staff("101"), line.customer(), line.customer("S2")
    call = line.town.call(taken_by=staff, ended=False)
    line.verified(staff, call, customer)
    line.verified(staff, call, wife)
    assert line.level(staff, call, customer) is Level.NONE
    assert line.level(staff, call, wife) is Level.HISTORY
    with line.store.read() as connection:
        assert connection.scalar(select(calls.c.customer_id).where(calls.c.id == call)) == wife
        acts = connection.scalars(select(assignments.c.act).order_by(assignments.c.id)).all()
    assert sorted(acts) == ["confirm", "reassign"]


@pytest.mark.parametrize("act", ["reassign", "unassign"])
def test_who_is_said_not_to_be_the_caller_has_proved_nothing(line: Line, act: str) -> None:
    staff, customer, other = line.town.staff("101"), line.customer(), line.customer("S2")
    call = line.town.call(taken_by=staff, ended=False)
    line.verified(staff, call, customer)
    customers = Customers(line.store, line.clock, "JP")
    if act == "reassign":
        customers.reassign(staff, call, other)
    else:
        customers.unassign(staff, call)
    assert line.level(staff, call, customer) is Level.NONE
    assert "identity.ended" in _acts(line)


def test_who_is_refused_is_verified_no_further(line: Line) -> None:
    staff, customer, other = line.town.staff("101"), line.customer(), line.customer("S2")
    call = line.town.call(taken_by=staff, ended=False)
    begun, customers = line.begin(staff, call, customer), Customers(line.store, line.clock, "JP")
    customers.refuse(staff, call, other)
    assert line.begin(staff, call, customer).id == begun.id
    customers.refuse(staff, call, customer)
    with pytest.raises(Conflict, match="ended"):
        line.identity.judge(staff, begun.id, RIGHT)


def test_a_colleague_who_takes_over_asks_anew_and_takes_nothing_away(line: Line) -> None:
    staff, colleague, customer = line.town.staff("101"), line.town.staff("102"), line.customer()
    call = line.town.call(taken_by=staff, rang_at=colleague, ended=False)
    line.verified(staff, call, customer)
    line.take(colleague, call)
    begun = line.begin(colleague, call, customer)
    assert line.level(staff, call, customer) is Level.HISTORY
    with pytest.raises(NotFound):
        line.identity.judge(staff, begun.id, RIGHT)
    assert line.identity.judge(colleague, begun.id, RIGHT).passed


def test_a_family_never_reaches_a_level(line: Line) -> None:
    staff, customer = line.town.staff("101"), line.customer()
    call = line.town.call(taken_by=staff, ended=False)
    line.verified(staff, call, customer)
    begun = line.begin(staff, call, customer, CallerRole.FAMILY)
    assert line.level(staff, call, customer) is Level.NONE
    for judge in (line.identity.judge, line.identity.raise_level):
        with pytest.raises((Denied, Conflict)):
            judge(staff, begun.id, RIGHT)
    assert line.level(staff, call, customer) is Level.NONE


def test_one_more_thing_that_only_he_knows_opens_listening(line: Line) -> None:
    staff, customer = line.town.staff("101", Role.SERVICE), line.customer()
    call = line.town.call(taken_by=staff, ended=False)
    begun = line.verified(staff, call, customer)
    for said in (RIGHT, {Item.POSTAL_CODE: "160-0023"}, {}):
        with pytest.raises(InputError, match="too_few"):
            line.identity.raise_level(staff, begun.id, said)
    assert line.identity.raise_level(staff, begun.id, FURTHER) == Verdict(passed=True, level=Level.LISTEN, tries_left=2)
    assert line.level(staff, call, customer) is Level.LISTEN


def test_a_wrong_further_answer_takes_a_try_and_leaves_the_history_open(line: Line) -> None:
    staff, customer = line.town.staff("101"), line.customer()
    call = line.town.call(taken_by=staff, ended=False)
    begun = line.verified(staff, call, customer)
    for left in (1, 0):
        verdict = line.identity.raise_level(staff, begun.id, {Item.PASSPHRASE: "あさがお"})
        assert verdict == Verdict(passed=False, level=Level.HISTORY, tries_left=left)
    with pytest.raises(Conflict, match="failed"):
        line.identity.raise_level(staff, begun.id, FURTHER)
    assert line.level(staff, call, customer) is Level.HISTORY


def test_nobody_verifies_in_a_call_that_is_not_his(line: Line) -> None:
    customer, stranger = line.customer(), line.town.staff("109")
    call = line.town.call(taken_by=line.town.staff("101"), ended=False)
    for unrung in (stranger, line.town.staff("110", Role.SERVICE)):
        with pytest.raises(NotFound, match="call"):
            line.begin(unrung, call, customer)
    for role in (Role.ADMIN, Role.REVIEWER, Role.TRAINER, Role.PRIVACY):
        with pytest.raises(Denied):
            line.begin(line.town.staff(role, role), call, customer)
    with pytest.raises(NotFound):
        line.begin(stranger, CallId(new_id(line.clock())), customer)


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.SERVICE])
def test_nobody_makes_a_colleagues_call_his_own_by_proving_to_be_a_customer_himself(line: Line, role: Role) -> None:
    rung, himself, hanako = line.town.staff("102", role), line.customer(), line.customer("S2")
    call = line.town.call(hanako, taken_by=line.town.staff("101"), rang_at=rung, ended=False)
    with pytest.raises(Denied, match="verify"):
        line.begin(rung, call, himself)
    line.take(rung, call)  # handed on to him: now the caller is on his line
    assert line.begin(rung, call, himself).user_id == rung.user_id


def test_while_it_rings_everybody_who_is_rung_may_begin(line: Line) -> None:
    first, second, customer = line.town.staff("101"), line.town.staff("102", Role.SERVICE), line.customer()
    call = line.town.call(rang_at=first, ended=False)
    with pytest.raises(NotFound):
        line.begin(second, call, customer)
    assert line.begin(first, call, customer).user_id == first.user_id


def test_the_verification_of_another_is_not_found(line: Line) -> None:
    staff, customer = line.town.staff("101"), line.customer()
    begun = line.begin(staff, line.town.call(taken_by=staff, ended=False), customer)
    for person, one in ((other_session(staff), begun.id), (staff, VerificationId(new_id(line.clock())))):
        with pytest.raises(NotFound):
            line.identity.judge(person, one, RIGHT)


def test_a_customer_with_too_few_answers_cannot_be_verified(line: Line) -> None:
    staff = line.town.staff("101")
    family = {item: STORED[item] for item in (Item.NAME_KANA, Item.BIRTH_DATE, Item.POSTAL_CODE)}
    customer = line.customer(stored=family)
    with pytest.raises(Conflict, match="too_few_items"):
        line.begin(staff, line.town.call(taken_by=staff, ended=False), customer)
    assert line.items(customer) == family.keys()


def test_no_answer_is_stored_or_logged(line: Line, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    staff, customer = line.town.staff("101"), line.customer()
    call = line.town.call(taken_by=staff, ended=False)
    begun = line.begin(staff, call, customer)
    line.identity.judge(staff, begun.id, WRONG)
    line.identity.judge(staff, begun.id, RIGHT)
    values = [
        *STORED.values(),
        *RIGHT.values(),
        *WRONG.values(),
        "K44710921",
        "1983-04-12",
        "タカハシミサキ",
        "1600023",
    ]
    held = caplog.text
    with line.store.read() as connection:
        for table in metadata.sorted_tables:
            held += "".join(str(tuple(row)) for row in connection.execute(select(table)))
        assert connection.scalar(select(verifications.c.proved_items)) == "name_kana birth_date contract_number"
    assert [value for value in values if value in held] == []
