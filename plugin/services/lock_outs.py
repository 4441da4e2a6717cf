"""Who is locked out of being verified, since when and until when; and the lifting by a supervisor who says why.

Refuses to say which answers were wrong: nobody knows. Without a supervisor only time lifts a lock-out.
"""

from plugin.core.access import Deed, may
from plugin.core.audit import Act, AuditFact, Remark, RemarkName
from plugin.core.errors import Conflict, Denied
from plugin.core.identity import FAILURE_WINDOW, LockOut
from plugin.core.ids import CustomerId
from plugin.core.ports import Clock
from plugin.core.staff import Staff, read_word
from plugin.store import audit
from plugin.store import lock_outs as rows
from plugin.store.engine import Connection, Store

_MOST_REASON = 200


class LockOuts:
    """The lock-outs of the site. `daily_failures`: how many failures make one."""

    def __init__(self, store: Store, clock: Clock, daily_failures: int) -> None:
        self._store = store
        self._clock = clock
        self._daily_failures = daily_failures

    def all(self, staff: Staff) -> tuple[LockOut, ...]:
        """Return every lock-out of this moment, the newest first. Raises Denied("role")."""
        _allow(staff)
        with self._store.read() as connection:
            return rows.locked(connection, self._daily_failures, self._clock() - FAILURE_WINDOW)

    def lift(self, staff: Staff, customer_id: CustomerId, reason: str) -> None:
        """Lift one, so that the customer may be verified again at once.

        Raises Denied("role"), InputError("reason") for none or more than 200 letters, Conflict("not_locked_out").
        """
        _allow(staff)
        text = read_word(reason, _MOST_REASON, "reason")

        def work(connection: Connection) -> None:
            now = self._clock()
            if not rows.lift(connection, customer_id, self._daily_failures, now - FAILURE_WINDOW):
                raise Conflict("not_locked_out")
            fact = AuditFact(
                Act.LOCK_OUT_LIFTED,
                now,
                user_id=staff.user_id,
                customer_id=customer_id,
                outcome="lifted",
                address=staff.address,
                remarks=(Remark(RemarkName.REASON, text),),
            )
            audit.append(connection, fact)

        self._store.write_again(work)


def _allow(staff: Staff) -> None:
    if not may(staff.role, Deed.LIFT_LOCK_OUTS):
        raise Denied("role")
