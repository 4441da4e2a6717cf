"""What a database remembers of its backups goes with them, and never grows for good."""

from datetime import timedelta

from sqlalchemy import func, insert, select

from plugin.core.ids import new_id
from plugin.core.times import to_us
from plugin.store import backups
from plugin.store.engine import Store
from plugin.store.tables.backup import backups as rows
from tests.kit.clock import HandClock


def test_what_was_dropped_is_forgotten_but_not_that_somebody_looked(store: Store, clock: HandClock) -> None:
    with store.write() as connection:
        for name in ("first", "second", "third"):
            backups.note(connection, name, clock.move(days=1), "whole")
        assert backups.note_look(connection, "second", clock(), "whole")
        assert backups.forget(connection, ("first", "second", "of another place")) == 1
        _, made, looked = backups.newest(connection)
        assert (made and made.name, looked and looked.name) == ("third", "second")
        assert not backups.note_look(connection, "first", clock(), "damaged")


def test_a_site_that_drops_none_and_fails_for_years_keeps_the_newest_and_the_last_good_one(
    store: Store, clock: HandClock
) -> None:
    start = clock()
    failed = [
        {"id": new_id(at), "name": f"{n}", "at": to_us(at), "outcome": "cannot_write"}
        for n, at in ((n, start + timedelta(hours=n)) for n in range(1, 1_021))
    ]
    with store.write() as connection:
        backups.note(connection, "good", start, "findings")
        connection.execute(insert(rows), failed)
        assert backups.forget(connection, ()) == 20
        assert connection.scalar(select(func.count()).select_from(rows)) == 1_001
        assert connection.scalar(select(func.min(rows.c.at)).where(rows.c.name != "good")) == failed[20]["at"]
        tried, made, _ = backups.newest(connection)
        assert (tried and tried.name, made and made.name) == ("1020", "good")
        assert backups.forget(connection, ()) == 0
