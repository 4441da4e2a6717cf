"""What was erased beside the audit before the step has a tombstone from it on, which is then written down outside."""

from datetime import timedelta

from plugin.core.audit import Act, AuditFact
from plugin.core.retention import RemarkStone
from plugin.store import audit, remark_erasure
from plugin.store.engine import Store
from plugin.store.schema import run_steps, upgrade
from tests.kit.clock import HandClock


def test_what_was_erased_before_the_step_has_a_stone(empty_store: Store, clock: HandClock) -> None:
    run_steps(empty_store, "0051")
    later = clock() + timedelta(days=1)
    with empty_store.write() as connection:
        line = audit.append(connection, AuditFact(Act.LOOK_UP, clock()))
        for subject in ("1.search", "1.search", "99.reason"):  # of the last no line is there
            fact = AuditFact(Act.REMARK_ERASED, later, subject=subject, purpose="mistake", outcome="approval:x")
            audit.append(connection, fact)
    upgrade(empty_store)
    with empty_store.read() as connection:
        assert remark_erasure.unsettled(connection, 9) == [RemarkStone("1.search", line.hash, "mistake", later)]
