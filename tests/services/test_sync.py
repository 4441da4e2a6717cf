"""Customers come over from the CRM: in small steps, resumable after a crash, with their answers as marks only."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from connectors.crm.local import LocalCrm
from plugin.core.audit import Act
from plugin.core.customers import CrmCustomer, NumberKind, WrittenAnswer, WrittenNumber
from plugin.core.errors import Conflict, OutsideError
from plugin.core.identity import Item
from plugin.core.ports import CustomerPage
from plugin.core.runs import RunOutcome
from plugin.services.answers import Answers
from plugin.services.sync import MOST_ROWS, Sync
from plugin.store import answers, runs
from plugin.store import customers as replica
from plugin.store.engine import Store
from plugin.store.keys import Keys
from plugin.store.tables import metadata
from plugin.store.tables.audit import audit_lines
from plugin.store.tables.customers import customer_numbers, customers
from tests.kit.clock import HandClock
from tests.kit.ledgers import sync_runs
from tests.kit.replica import held, meant
from tests.kit.sounds import HeardBus

HANAKO = CrmCustomer(
    "c1",
    name="山田 花子",
    numbers=(WrittenNumber("携帯", "090-1111-2222", NumberKind.MOBILE),),
    answers=(WrittenAnswer("birth_date", "昭和34年2月20日"), WrittenAnswer("passphrase", "あさがおの咲く庭")),
)


class BreakingCrm(LocalCrm):
    """The local CRM that breaks off after so many pages."""

    pages = 1_000_000

    def changed_since(self, cursor: str | None) -> Iterator[CustomerPage]:
        for count, page in enumerate(super().changed_since(cursor)):
            if count >= self.pages:
                raise OutsideError("down")
            yield page


class TwiceCrm(LocalCrm):
    """The local CRM that tells of somebody at both ends of a page, the second time with another number."""

    def changed_since(self, cursor: str | None) -> Iterator[CustomerPage]:
        first, last = (
            CrmCustomer("p", name="顧客", numbers=(WrittenNumber("tel", raw),))
            for raw in ("03-1234-5678", "03-1234-5679")
        )
        yield CustomerPage((first, *_people(MOST_ROWS), last), "end")


@pytest.fixture
def crm(tmp_path: Path) -> BreakingCrm:
    return BreakingCrm(data_dir=tmp_path / "crm", options={})


@pytest.fixture
def sync(store: Store, crm: BreakingCrm, clock: HandClock, tmp_path: Path) -> Sync:
    return _sync(store, crm, clock, tmp_path)


AT_ONCE = MOST_ROWS // 10  # people with nine numbers each


def _sync(store: Store, crm: LocalCrm, clock: HandClock, folder: Path) -> Sync:
    return _pausing(store, crm, clock, folder, lambda: None)


def _pausing(store: Store, crm: LocalCrm, clock: HandClock, folder: Path, pause: Callable[[], None]) -> Sync:
    answers = Answers(Keys(folder / "keys"), "JP")
    return Sync(store, crm, "local", "JP", answers, clock, HeardBus(), pause)


def _people(count: int, numbers: int = 1) -> list[CrmCustomer]:
    return [
        CrmCustomer(
            f"p{number:05}",
            name=f"顧客{number}",
            numbers=tuple(WrittenNumber(f"tel{place}", f"090-1234-{number:04}") for place in range(numbers)),
        )
        for number in range(count)
    ]


def _count(store: Store) -> int:
    with store.read() as connection:
        return connection.scalar(select(func.count()).select_from(customers)) or 0


def test_customers_come_over_with_numbers_and_marks(
    store: Store, crm: BreakingCrm, sync: Sync, clock: HandClock
) -> None:
    crm.change([HANAKO])
    assert sync.run() == 1
    with store.read() as connection:
        row = connection.execute(select(customers)).one()
        assert connection.scalar(select(customer_numbers.c.e164)) == "+819011112222"
        assert answers.items_of(connection, row.id, clock()) == {Item.BIRTH_DATE, Item.PASSPHRASE}
    assert (row.crm, row.external_id, row.name) == ("local", "c1", "山田 花子")
    clock.move(seconds=1)
    assert sync.run() == 0
    (again, first) = sync_runs(store)
    assert (first.done, first.outcome, again.done) == (1, RunOutcome.DONE, 0)


def test_no_answer_is_stored_as_it_is_written(store: Store, crm: BreakingCrm, sync: Sync) -> None:
    crm.change([HANAKO])
    sync.run()
    with store.read() as connection:
        everything = repr([connection.execute(select(table)).all() for table in metadata.sorted_tables])
    assert "山田 花子" in everything
    for value in ("あさがお", "昭和34", "1959"):
        assert value not in everything


def test_who_is_gone_loses_his_answers(store: Store, crm: BreakingCrm, sync: Sync, clock: HandClock) -> None:
    crm.change([HANAKO])
    sync.run()
    crm.change([replace(HANAKO, gone=True)])
    sync.run()
    with store.read() as connection:
        row = connection.execute(select(customers)).one()
        assert (row.gone_at is not None, row.name) == (True, "")
        assert answers.items_of(connection, row.id, clock()) == frozenset()
        assert answers.marks_of(connection, row.id, clock()) == ()


def test_a_sync_that_breaks_off_resumes_at_its_cursor(store: Store, crm: BreakingCrm, sync: Sync) -> None:
    crm.change(_people(1100))
    crm.pages = 1
    with pytest.raises(OutsideError):
        sync.run()
    assert _count(store) == 500
    (broken,) = sync_runs(store)
    assert (broken.outcome, broken.error, broken.done) == (RunOutcome.FAILED, "outside.down", 500)
    crm.pages = 1_000_000
    assert sync.run() == 600
    assert _count(store) == 1100


def test_a_sync_that_is_stopped_in_a_page_reads_that_page_again(store: Store, crm: BreakingCrm, sync: Sync) -> None:
    crm.change(_people(500, numbers=9))
    asked = iter([False, False, True])
    assert sync.run(lambda: next(asked)) == 2 * AT_ONCE
    assert _count(store) == 2 * AT_ONCE
    assert sync_runs(store)[0].outcome is RunOutcome.STOPPED
    assert len(held(store)) == 2 * AT_ONCE  # whoever is here is found
    assert sync.run() == 500
    assert _count(store) == 500
    assert held(store) == meant(store)


def test_a_sync_that_dies_before_its_page_is_in_the_index_reads_that_page_again(
    store: Store, crm: BreakingCrm, clock: HandClock, tmp_path: Path
) -> None:
    crm.change(_people(2 * AT_ONCE + 1, numbers=9))
    left = [None, None]

    def die_before_the_index() -> None:
        if not left:
            raise BrokenPipeError
        left.pop()

    with pytest.raises(BrokenPipeError):
        _pausing(store, crm, clock, tmp_path, die_before_the_index).run()
    assert (_count(store), held(store)) == (2 * AT_ONCE + 1, set())
    assert _sync(store, crm, clock, tmp_path).run() == 2 * AT_ONCE + 1
    assert held(store) == meant(store) != set()


def test_somebody_who_comes_twice_in_a_page_is_found_by_the_last_word(
    store: Store, clock: HandClock, tmp_path: Path
) -> None:
    crm = TwiceCrm(data_dir=tmp_path / "crm", options={})
    assert _sync(store, crm, clock, tmp_path).run() == MOST_ROWS + 1
    assert held(store) == meant(store)
    with store.read() as connection:
        assert replica.holders(connection, "+81312345678", 10) == []


def test_progress_can_be_read_while_it_runs(store: Store, crm: BreakingCrm, clock: HandClock, tmp_path: Path) -> None:
    crm.change(_people(2 * AT_ONCE, numbers=9))
    seen: list[tuple[int, int | None]] = []

    def look() -> None:
        with store.read() as connection:
            (run,) = runs.newest(connection, "sync", 1)
        assert run.ended_at is None
        seen.append((run.done, run.total))

    _pausing(store, crm, clock, tmp_path, look).run()
    all_there = (2 * AT_ONCE, 2 * AT_ONCE)
    assert seen == [(AT_ONCE, 2 * AT_ONCE), all_there, all_there]  # at last they get into the index of numbers


def test_two_syncs_at_once_do_not_move_the_cursor_past_each_other(
    store: Store, crm: BreakingCrm, clock: HandClock, tmp_path: Path
) -> None:
    crm.change(_people(600))
    other = _sync(store, crm, clock, tmp_path)
    first = iter([True])

    def another_in_between() -> None:
        if next(first, False):
            other.run()

    mine = _pausing(store, crm, clock, tmp_path, another_in_between)
    with pytest.raises(Conflict):
        mine.run()
    assert _count(store) == 600
    assert mine.run() == 0


def test_an_import_is_audited_without_names(store: Store, sync: Sync) -> None:
    sync.import_file("会員番号,氏名\nS1,山田 花子\n".encode(), (), dry=True)
    sync.import_file("会員番号,氏名\nS1,\n".encode(), (), dry=False)
    report = sync.import_file("会員番号,氏名\nS1,山田 花子\n".encode(), (), dry=False)
    assert report.new == 1
    with store.read() as connection:
        (line,) = connection.execute(select(audit_lines)).all()
    assert line.act == Act.IMPORTED
    assert "山田" not in line.body
    assert sync.run() == 1
