"""Backups that only the audit knew of are known to the page of health from the step on."""

from datetime import timedelta

from sqlalchemy import text

from plugin.core.audit import Act, AuditFact
from plugin.store import audit, backups
from plugin.store.engine import Store
from plugin.store.schema import run_steps, upgrade
from tests.kit.clock import HandClock


def test_a_backup_from_before_the_step_is_no_backup_that_never_was(empty_store: Store, clock: HandClock) -> None:
    store, now = empty_store, clock()
    run_steps(store, "0048")
    with store.write() as connection:
        for days, outcome in ((9, "whole"), (2, "findings"), (1, "failed:cannot_write")):
            at = now - timedelta(days=days)
            audit.append(connection, AuditFact(Act.BACKED_UP, at, subject=f"of {days}", outcome=outcome))
    upgrade(store)
    with store.read() as connection:
        tried, made, looked = backups.newest(connection)
        assert connection.scalar(text("SELECT COUNT(*) FROM backups")) == 2
    assert tried == made == backups.Tried("of 2", now - timedelta(days=2), "findings")
    assert looked is None
