"""Keeping answers as marks: unchanged ones keep their day, a newer key takes over, and nothing plain stays."""

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import delete, select

from plugin.core.customers import WrittenAnswer
from plugin.core.errors import InputError, Unavailable
from plugin.core.identity import Item
from plugin.core.ids import CustomerId
from plugin.core.times import from_us, to_us
from plugin.store.engine import Store
from plugin.store.keys import Keys
from plugin.store.tables.identity import identity_answers, identity_items
from tests.kit.callers import RIGHT, STORED, Line
from tests.kit.clock import HandClock


@pytest.fixture
def line(store: Store, clock: HandClock, tmp_path: Path) -> Line:
    return Line.on(store, clock, tmp_path / "keys")


def _marks(line: Line) -> set[tuple[str, str, str]]:
    with line.store.read() as connection:
        return {(row.item, row.form_hash, row.key_id) for row in connection.execute(select(identity_answers))}


def _since(line: Line, customer: CustomerId, item: Item) -> datetime:
    of_item = (identity_items.c.customer_id == customer) & (identity_items.c.item == item)
    with line.store.read() as connection:
        return from_us(connection.execute(select(identity_items.c.changed_at).where(of_item)).scalar_one())


def _proved(line: Line, customer: CustomerId) -> frozenset[Item]:
    with line.store.read() as connection:
        return line.answers.proved(connection, customer, RIGHT, line.clock())


def test_the_same_answer_in_another_writing_changes_nothing(line: Line) -> None:
    customer = line.customer()
    marks = _marks(line)
    line.clock.move(days=1)
    line.keep(customer, STORED | {Item.BIRTH_DATE: "1983-04-12"})
    assert _marks(line) == marks
    assert to_us(_since(line, customer, Item.BIRTH_DATE)) == 0  # as long as we know him


def test_an_answer_from_which_a_newer_version_reads_more_keeps_its_day_and_gets_its_marks(line: Line) -> None:
    customer = line.customer()
    marks = _marks(line)
    (_, *others) = [mark for item, mark, _ in marks if item == Item.NAME_KANA]
    assert others
    with line.store.write() as connection:
        connection.execute(delete(identity_answers).where(identity_answers.c.form_hash.in_(others)))
    line.clock.move(days=1)
    line.keep(customer, STORED)
    assert _marks(line) == marks
    assert to_us(_since(line, customer, Item.NAME_KANA)) == 0


def test_a_changed_answer_is_new_since_today_and_the_old_one_counts_no_longer(line: Line) -> None:
    customer = line.customer()
    line.keep(customer, STORED | {Item.BIRTH_DATE: "1983-04-13"})
    later = line.clock.move(days=1)
    line.keep(customer, STORED | {Item.BIRTH_DATE: "1983-04-14"})
    assert _since(line, customer, Item.BIRTH_DATE) == later
    assert _proved(line, customer) == RIGHT.keys() - {Item.BIRTH_DATE}


def test_an_answer_that_is_gone_is_forgotten(line: Line) -> None:
    customer = line.customer()
    line.keep(customer, {Item.NAME_KANA: STORED[Item.NAME_KANA], Item.BIRTH_DATE: " "})
    assert line.items(customer) == {Item.NAME_KANA}
    line.keep(customer, {})
    assert _marks(line) == set()


def test_what_cannot_be_read_is_not_kept(line: Line) -> None:
    customer = line.customer(stored={})
    line.keep(customer, {Item.BIRTH_DATE: "昭和64年1月8日", Item.NAME_KANA: "タカハシ"})
    assert line.items(customer) == {Item.NAME_KANA}
    with pytest.raises(InputError, match="item"):
        line.answers.read([WrittenAnswer("shoe_size", "24")])


def test_two_customers_with_one_answer_have_no_mark_in_common(line: Line) -> None:
    line.customer("S1")
    first = {mark for _, mark, _ in _marks(line)}
    line.customer("S2")
    assert len({mark for _, mark, _ in _marks(line)}) == 2 * len(first)


def test_a_newer_key_takes_over_at_the_next_sync(line: Line, tmp_path: Path) -> None:
    customer = line.customer()
    old = {key_id for _, _, key_id in _marks(line)}
    Keys(tmp_path / "keys").rotate("answers")
    assert _proved(line, customer) == RIGHT.keys()
    line.clock.move(days=1)
    line.keep(customer, STORED)
    assert _proved(line, customer) == RIGHT.keys()
    assert {key_id for _, _, key_id in _marks(line)}.isdisjoint(old)
    assert to_us(_since(line, customer, Item.PASSPHRASE)) == 0


def test_without_the_key_nothing_is_judged(line: Line, clock: HandClock, tmp_path: Path) -> None:
    customer = line.customer()
    elsewhere = Line.on(line.store, clock, tmp_path / "other-keys")
    with pytest.raises(Unavailable, match="answer_key"):
        _proved(elsewhere, customer)
