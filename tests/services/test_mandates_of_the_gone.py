"""A mandate is of one record: where that goes, in a merge or for good, the mandate ends with all that it opened."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from connectors.crm.local import LocalCrm
from plugin.core.customers import CrmCustomer
from plugin.core.identity import CallerRole, Level
from plugin.core.ids import CustomerId
from plugin.core.mandates import MandateState, Scope
from plugin.core.ports import CustomerPage
from plugin.core.staff import Role, Staff
from plugin.core.times import to_us
from plugin.services.sync import Sync
from plugin.services.tidy import Tidy
from plugin.store.engine import Store
from plugin.store.tables.audit import audit_lines
from plugin.store.tables.customers import customers
from plugin.store.tables.mandates import mandate_answers
from tests.kit.callers import Line
from tests.kit.clock import HandClock
from tests.kit.mandates import LAST, PROXY, TOLD, Registry


class MergingCrm(LocalCrm):
    def changed_since(self, cursor: str | None) -> Iterator[CustomerPage]:
        yield CustomerPage((CrmCustomer("S1", gone=True, merged_into="S2"),), "now")


@pytest.fixture
def line(store: Store, clock: HandClock, tmp_path: Path) -> Line:
    return Line.on(store, clock, tmp_path)


@pytest.fixture
def boss(line: Line) -> Staff:
    return line.town.staff("boss", Role.SUPERVISOR)


def _ended_as(line: Line) -> list[tuple[str, str]]:
    with line.store.read() as connection:
        bodies = connection.scalars(select(audit_lines.c.body).where(audit_lines.c.act == "mandate.ended"))
        return sorted((told["subject"], told["outcome"]) for told in map(json.loads, bodies))


def test_a_merge_gives_the_proxy_of_the_one_nothing_of_the_other_and_ends_his_mandate(
    line: Line, boss: Staff, tmp_path: Path
) -> None:
    mandates = Registry.on(line)
    staff, loser, winner = line.town.staff("101"), line.customer("S1"), line.customer("S2")
    made = mandates.register(boss, loser, "湊 直人", Scope.HISTORY, LAST, PROXY)
    waits = mandates.ask(boss, loser, "原 亜紀")
    other = mandates.register(boss, winner, "原 亜紀", Scope.HISTORY, LAST, PROXY)
    call = line.town.call(taken_by=staff, ended=False)
    assert line.identity.judge(staff, line.begin(staff, call, loser, CallerRole.PROXY).id, TOLD).passed
    crm = MergingCrm(data_dir=tmp_path / "crm", options={})
    Sync(line.store, crm, "local", "JP", line.answers, line.clock, line.bus, lambda: None).run()
    assert [line.level(staff, call, one) for one in (loser, winner)] == [Level.NONE, Level.NONE]
    state = {one.id: one.state_at(line.clock()) for one in mandates.rooms.open(boss)}
    assert state == {other.id: MandateState.IN_FORCE}
    assert _ended_as(line) == [(one, "customer_gone") for one in sorted((made.id, waits.id))]
    with line.store.read() as connection:
        assert set(connection.scalars(select(mandate_answers.c.mandate_id))) == {other.id}


def test_who_was_deleted_and_comes_back_finds_no_mandate_that_nobody_can_pass(line: Line, boss: Staff) -> None:
    mandates = Registry.on(line)
    here, away = line.customer("S1"), line.customer("S2")
    made = {one: mandates.register(boss, one, "湊 直人", Scope.HISTORY, LAST, PROXY) for one in (here, away)}

    def gone_at(customer: CustomerId, at: int | None) -> None:
        with line.store.write() as connection:
            connection.execute(update(customers).where(customers.c.id == customer).values(gone_at=at))

    tidy = Tidy(line.store, line.clock, timedelta(days=30), lambda: None)
    gone_at(away, to_us(line.clock()))
    assert (tidy.run(), tidy.run()) == (1, 0)
    gone_at(away, None)
    assert [one.id for one in mandates.rooms.open(boss)] == [made[here].id]
    assert _ended_as(line) == [(made[away].id, "customer_gone")]
