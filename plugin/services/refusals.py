"""What a rule refused to somebody who is signed in, written into the audit; a flood of it is counted, not written."""

from collections.abc import Callable

from plugin.core.audit import Act, AuditFact
from plugin.core.ports import Clock
from plugin.core.staff import Staff
from plugin.store import refusals as rows
from plugin.store.engine import Store

_AT_ONCE = 100


class Refusals:
    """The refusals of a site."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def note(self, actor: Staff, what: str, reason: str) -> None:
        """Write down that he was refused `what` (the name of a door) by the rule `reason`."""
        fact = AuditFact(
            Act.REFUSED,
            self._clock(),
            user_id=actor.user_id,
            purpose=what,
            outcome=reason,
            address=actor.address,
        )
        self._store.write_again(lambda connection: rows.append(connection, fact))

    def tell(self, stop: Callable[[], bool] = lambda: False) -> int:
        """Write down what was counted in windows that are over; return how many windows."""
        told = 0
        while not stop():
            some = self._store.write_again(lambda connection: rows.end(connection, self._clock(), _AT_ONCE))
            told += some
            if some < _AT_ONCE:
                break
        return told
