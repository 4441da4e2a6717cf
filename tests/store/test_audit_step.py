"""Lines that were written before there were look-up columns are filed by the step that adds them, and stay whole."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from plugin.core.audit import FIRST_PREV
from plugin.services.audit import Audit
from plugin.store.checkpoints import Checkpoints
from plugin.store.engine import Store
from plugin.store.keys import Keys
from plugin.store.schema import run_steps, upgrade
from plugin.store.tables.audit import audit_lines
from tests.kit.clock import HandClock

BEFORE = "0012"
SAID = (("customer.look_up", "words 1", None), ("identity.judged", "failed", "c1"), ("listen.heard", "0-9", "c2"))


@pytest.fixture(params=["sqlite", pytest.param("mariadb", marks=pytest.mark.needs("mariadbd"))])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "sqlite":
        store = Store(f"sqlite:///{tmp_path / 'old.db'}")
    else:
        store = Store(request.getfixturevalue("mariadb").new_database())
    run_steps(store, BEFORE)
    yield store
    store.close()


def test_the_step_files_what_is_there_and_breaks_nothing(old: Store, tmp_path: Path, clock: HandClock) -> None:
    prev = FIRST_PREV
    with old.write() as connection:
        for seq, (act, outcome, call) in enumerate(SAID * 700, start=1):
            said = {"act": act, "address": None, "at": seq, "call_id": call, "customer_id": None, "outcome": outcome}
            said |= {"prev": prev, "purpose": None, "seq": seq, "subject": None, "user_id": None}
            body = json.dumps(said, sort_keys=True, separators=(",", ":"))
            hashed = hashlib.sha256(body.encode()).hexdigest()
            line = {"seq": seq, "prev": prev, "hash": hashed, "body": body, "act": act, "at": seq}
            connection.execute(
                text(
                    "INSERT INTO audit_lines (seq, prev, hash, body, act, at)"
                    " VALUES (:seq, :prev, :hash, :body, :act, :at)"
                ),
                line,
            )
            prev = hashed
        connection.execute(text("UPDATE audit_head SET seq = :seq, hash = :hash"), {"seq": seq, "hash": prev})
    upgrade(old)
    with old.read() as connection:
        found = connection.execute(select(audit_lines.c.kind, audit_lines.c.call_id).order_by(audit_lines.c.seq)).all()
    assert [tuple(row) for row in found] == [("saw", None), ("failed", "c1"), ("heard", "c2")] * 700
    audit = Audit(old, Checkpoints(tmp_path / "checkpoints", Keys(tmp_path / "keys")), clock)
    assert audit.checkpoint() == 1
    verdict = audit.verify()
    assert (verdict.findings, verdict.lines) == ((), 2100)
    with pytest.raises(DBAPIError), old.write() as connection:
        connection.execute(update(audit_lines).values(kind="saw"))
