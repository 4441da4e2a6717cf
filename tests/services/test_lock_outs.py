"""Lock-outs as supervisors see them, and that nothing lifts one but time or a supervisor who says why."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from plugin.core.errors import Conflict, Denied, InputError, LimitReached
from plugin.core.ids import CustomerId, new_id
from plugin.core.staff import Role
from plugin.services.lock_outs import LockOuts
from plugin.store.engine import Store
from plugin.store.tables.audit import audit_lines, audit_remarks
from tests.kit.callers import RULES, WRONG, Line
from tests.kit.clock import HandClock


@pytest.fixture
def line(store: Store, clock: HandClock, tmp_path: Path) -> Line:
    return Line.on(store, clock, tmp_path / "keys")


@pytest.fixture
def board(line: Line) -> LockOuts:
    return LockOuts(line.store, line.clock, RULES.daily_failures)


def lock(line: Line, customer: CustomerId) -> None:
    """Let five sets of this customer be wrong, in three calls before three people."""
    for place in range(3):
        staff = line.town.staff(f"1{place}-{customer[-4:]}")
        begun = line.begin(staff, line.town.call(taken_by=staff, ended=False), customer)
        for _ in range(1 if place == 2 else 2):
            line.identity.judge(staff, begun.id, WRONG)


def test_supervisors_see_who_is_locked_out_since_when_and_until_when(line: Line, board: LockOuts) -> None:
    boss, customer, other = line.town.staff("boss", Role.SUPERVISOR), line.customer(), line.customer("S2")
    assert board.all(boss) == ()
    lock(line, customer)
    staff = line.town.staff("109")
    line.identity.judge(
        staff, line.begin(staff, line.town.call(taken_by=staff, ended=False), other).id, WRONG
    )  # one failure locks nobody out
    since = line.clock()
    (one,) = board.all(boss)
    assert (one.customer_id, one.failures, one.calls, one.operators) == (customer, 5, 3, 3)
    assert (one.since, one.until) == (since, since + timedelta(hours=24))
    line.clock.move(hours=24)
    assert board.all(boss) == ()


def test_a_supervisor_lifts_it_and_says_why(line: Line, board: LockOuts) -> None:
    boss, staff, customer = line.town.staff("boss", Role.SUPERVISOR), line.town.staff("109"), line.customer()
    lock(line, customer)
    call = line.town.call(taken_by=staff, ended=False)
    with pytest.raises(LimitReached):
        line.begin(staff, call, customer)
    for reason in ("", "  ", "x" * 201, "a\x00b"):
        with pytest.raises(InputError, match="reason"):
            board.lift(boss, customer, reason)
    board.lift(boss, customer, "登録番号へ折り返し、ご本人と確認")
    assert board.all(boss) == ()
    assert line.verified(staff, call, customer).tries_left == 2
    with line.store.read() as connection:
        row = connection.execute(select(audit_lines).where(audit_lines.c.act == "lock_out.lifted")).one()
        remarks = connection.execute(select(audit_remarks)).all()
    assert (row.user_id, row.customer_id) == (boss.user_id, customer)
    assert "折り返し" not in row.body
    assert any("登録番号へ折り返し、ご本人と確認" in str(tuple(each)) for each in remarks)
    with pytest.raises(Conflict, match="not_locked_out"):
        board.lift(boss, customer, "もう一度")


def test_nobody_else_sees_or_lifts_one(line: Line, board: LockOuts) -> None:
    customer = line.customer()
    lock(line, customer)
    for role in set(Role) - {Role.SUPERVISOR}:
        person = line.town.staff(role, role)
        with pytest.raises(Denied):
            board.all(person)
        with pytest.raises(Denied):
            board.lift(person, customer, "急ぎ")


def test_who_is_not_there_is_not_locked_out(line: Line, board: LockOuts) -> None:
    boss = line.town.staff("boss", Role.SUPERVISOR)
    with pytest.raises(Conflict):
        board.lift(boss, CustomerId(new_id(line.clock())), "理由")
