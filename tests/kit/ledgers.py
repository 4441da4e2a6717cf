"""What the outbox and the ledger of runs hold, for tests of those who write them."""

from plugin.core.outbox import Message, MessageState
from plugin.core.runs import Run
from plugin.services.sync import JOB
from plugin.store import outbox, runs
from plugin.store.engine import Store
from plugin.store.tables.delivery import outbox as messages
from tests.kit.rows import rows

_MOST_RUNS = 20


def in_state(store: Store, state: MessageState) -> tuple[Message, ...]:
    """Return the messages in `state`, the longest waiting first."""
    found = [outbox.message(row) for row in rows(store, messages) if row.state == state]
    return tuple(sorted(found, key=lambda one: one.due_at))


def waiting(store: Store) -> int:
    """Return how many messages are still to go."""
    with store.read() as connection:
        return outbox.backlog(connection).waiting


def sync_runs(store: Store) -> tuple[Run, ...]:
    """Return the newest runs of the sync, newest first."""
    with store.read() as connection:
        return runs.newest(connection, JOB, _MOST_RUNS)
