"""More time for a verification: while the caller is on the line, before it runs out, and never beyond the longest."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from plugin.core.errors import Conflict, NotFound
from plugin.core.identity import LONGEST, CallerRole
from plugin.core.times import to_us
from plugin.services.extension import Extension
from plugin.store.engine import Store
from plugin.store.tables.audit import audit_lines
from plugin.store.tables.calls import calls
from tests.kit.callers import RIGHT, RULES, STORED, WRONG, Line, other_session
from tests.kit.clock import HandClock

SET = timedelta(minutes=2 * len(STORED))


@pytest.fixture
def line(store: Store, clock: HandClock, tmp_path: Path) -> Line:
    return Line.on(store, clock, tmp_path / "keys")


@pytest.fixture
def extension(line: Line) -> Extension:
    return Extension(line.store, line.clock, line.identity, RULES)


def test_the_time_of_a_whole_set_is_given_from_now(line: Line, extension: Extension) -> None:
    staff, customer = line.town.staff("101"), line.customer()
    begun = line.begin(staff, line.town.call(taken_by=staff, ended=False), customer)
    line.clock.move(minutes=9, seconds=30)
    assert extension.extend(staff, begun.id).expires_at == line.clock() + SET
    line.clock.move(minutes=9, seconds=59)
    assert line.identity.judge(staff, begun.id, RIGHT).passed
    with line.store.read() as connection:
        extended = select(audit_lines).where(audit_lines.c.act == "identity.extended")
        row = connection.execute(extended).one()
    assert (row.user_id, row.customer_id) == (staff.user_id, customer)


def test_it_never_runs_longer_than_the_longest(line: Line, extension: Extension) -> None:
    staff, customer = line.town.staff("101"), line.customer()
    begun = line.begin(staff, line.town.call(taken_by=staff, ended=False), customer)
    for _ in range(13):
        line.clock.move(minutes=9)
        until = extension.extend(staff, begun.id).expires_at
        if until == begun.started_at + LONGEST:
            break
    assert until == begun.started_at + LONGEST
    with pytest.raises(Conflict, match="longest"):
        extension.extend(staff, begun.id)
    line.clock.at = begun.started_at + LONGEST
    with pytest.raises(Conflict, match="expired"):
        line.identity.judge(staff, begun.id, RIGHT)


def test_what_has_run_out_stays_so(line: Line, extension: Extension) -> None:
    staff, customer = line.town.staff("101"), line.customer()
    begun = line.begin(staff, line.town.call(taken_by=staff, ended=False), customer)
    line.clock.move(seconds=SET.total_seconds())
    with pytest.raises(Conflict, match="expired"):
        extension.extend(staff, begun.id)
    with pytest.raises(Conflict, match="expired"):
        line.identity.judge(staff, begun.id, RIGHT)


def test_nobody_extends_after_the_call_nor_what_is_decided(line: Line, extension: Extension) -> None:
    staff, customer, other = line.town.staff("101"), line.customer(), line.customer("S2")
    call = line.town.call(taken_by=staff, ended=False)
    begun = line.begin(staff, call, customer)
    with line.store.write() as connection:
        connection.execute(calls.update().where(calls.c.id == call).values(ended_at=to_us(line.clock())))
    with pytest.raises(Conflict, match="call_over"):
        extension.extend(staff, begun.id)
    second = line.town.call(taken_by=staff, ended=False)
    passed = line.verified(staff, second, other)
    with pytest.raises(Conflict, match="passed"):
        extension.extend(staff, passed.id)
    third = line.begin(staff, line.town.call(taken_by=staff, ended=False), other)
    for _ in range(2):
        line.identity.judge(staff, third.id, WRONG)
    with pytest.raises(Conflict, match="failed"):
        extension.extend(staff, third.id)


def test_nobody_extends_for_another(line: Line, extension: Extension) -> None:
    staff, customer = line.town.staff("101"), line.customer()
    begun = line.begin(staff, line.town.call(taken_by=staff, ended=False), customer)
    for person in (other_session(staff), line.town.staff("102")):
        with pytest.raises(NotFound):
            extension.extend(person, begun.id)


def test_tries_do_not_come_back(line: Line, extension: Extension) -> None:
    staff, customer = line.town.staff("101"), line.customer()
    begun = line.begin(staff, line.town.call(taken_by=staff, ended=False), customer)
    line.identity.judge(staff, begun.id, WRONG)
    line.clock.move(minutes=5)
    assert extension.extend(staff, begun.id).tries_left == 1


def test_a_script_for_a_family_needs_no_more_time(line: Line, extension: Extension) -> None:
    staff, customer = line.town.staff("101"), line.customer()
    begun = line.begin(staff, line.town.call(taken_by=staff, ended=False), customer, CallerRole.FAMILY)
    with pytest.raises(Conflict, match="longest"):
        extension.extend(staff, begun.id)
