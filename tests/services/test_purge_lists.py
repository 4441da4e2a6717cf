"""What a second person let go is one list: never more, never others, and less where something came to be kept."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, insert

from plugin.core.access import Purpose
from plugin.core.errors import Conflict
from plugin.core.ids import new_id
from plugin.core.retention import Amount, PurgeState
from plugin.store.tables.audit import audit_lines
from plugin.store.tables.calls import summaries
from plugin.store.tables.keeping import purge_lists, purposes, text_tombstones
from tests.kit.clock import HandClock
from tests.kit.retention import Attic, attic
from tests.kit.rows import rows

OLD, YOUNG = timedelta(days=400), timedelta(days=30)


@pytest.fixture
def site(tmp_path: Path, clock: HandClock) -> Iterator[Attic]:
    with attic(tmp_path, clock) as made:
        yield made


def test_what_was_approved_is_not_widened(site: Attic) -> None:
    hara, mori = site.people()
    old = site.fill(6, OLD)
    made = site.hold(hara, old[0].call_id, old[1].call_id)
    retention = site.house.keeping.retention
    with pytest.raises(Conflict, match="purge_brake"):
        retention.run()
    site.allow(hara, mori)
    site.release(made)  # six are due, and four were approved
    with pytest.raises(Conflict, match="purge_brake"):
        retention.run()
    assert site.files() == {old[0].id, old[1].id}
    (braked,) = site.runs(PurgeState.BRAKED)
    assert braked.found == Amount(2, 128)


def test_as_many_others_are_not_what_was_approved(site: Attic) -> None:
    hara, mori = site.people()
    old = site.fill(6, OLD)
    made = site.hold(hara, *(one.call_id for one in old[:3]))
    retention = site.house.keeping.retention
    with pytest.raises(Conflict, match="purge_brake"):
        retention.run()
    site.allow(hara, mori)
    site.release(made)
    site.hold(hara, *(one.call_id for one in old[3:]))  # three are due as before, and others
    with pytest.raises(Conflict, match="purge_brake"):
        retention.run()
    assert site.files() == {one.id for one in old}
    (done,) = site.runs(PurgeState.DONE)
    assert done.purged == Amount()


def test_a_list_that_is_another_than_was_approved_lets_nothing_go(site: Attic) -> None:
    hara, mori = site.people()
    site.fill(60, YOUNG)
    old = site.fill(6, OLD)
    retention = site.house.keeping.retention
    with pytest.raises(Conflict, match="purge_brake"):
        retention.run()
    site.allow(hara, mori)
    with site.store.write() as connection:
        connection.execute(delete(purge_lists).where(purge_lists.c.subject == old[0].id))
    with pytest.raises(Conflict, match="purge_changed"):
        retention.run()
    assert len(site.files()) == 66
    assert '"changed"' in str(rows(site.store, audit_lines)[-1].body)


def test_an_approved_run_that_was_cut_off_erases_its_list_and_less(site: Attic) -> None:
    hara, mori = site.people()
    site.fill(600, YOUNG)
    old = site.fill(120, OLD)
    retention = site.house.keeping.retention
    with pytest.raises(Conflict, match="purge_brake"):
        retention.run()
    site.allow(hara, mori)
    turns = iter([False, False])
    assert retention.run(lambda: next(turns, True)) == 50
    kept = next(one for one in old if one.id in site.files())
    site.hold(hara, kept.call_id)
    assert retention.run() == 69
    assert site.files() & {one.id for one in old} == {kept.id}
    assert rows(site.store, purge_lists) == []
    (done,) = site.runs(PurgeState.DONE)
    assert (done.purged.count, done.found.count) == (119, 120)


def test_an_approved_run_that_was_cut_off_erases_no_words_twice(site: Attic) -> None:
    hara, mori = site.people()
    made = [*site.fill(60, timedelta(days=2000)), *site.fill(60, YOUNG)]
    said = {"topic": "repair", "disposition": "solved", "request": "折り返し", "response": "", "promise": ""}
    said |= {"author_id": hara.user_id, "next_step": ""}
    rule = {"notice_ja": "-", "notice_en": "-", "roles": "", "review_on": "", "in_force_at": 1, "written_at": 1}
    kept = {"applies": "every_call", "audio_days": 3650, "text_days": 1825, "version": 1}
    with site.store.write() as connection:
        told = [{"call_id": one.call_id, "saved_at": 1, "version": 1, "entry_version": 1, **said} for one in made]
        connection.execute(insert(summaries), told)
        for purpose in Purpose:
            connection.execute(insert(purposes).values(id=new_id(site.clock()), purpose=purpose, **kept, **rule))
    retention = site.house.keeping.retention
    with pytest.raises(Conflict, match="purge_brake"):
        retention.run()
    site.allow(hara, mori)
    turns = iter([False, False])
    assert retention.run(lambda: next(turns, True)) == 50
    assert retention.run() == 10
    gone = [row.call_id for row in rows(site.store, audit_lines) if row.act == "summary.expired"]
    assert len(gone) == len(set(gone)) == len(rows(site.store, text_tombstones)) == 60
