"""How often may be guessed: the tries of a verification, and the failures of a customer over all calls and operators.

A try is taken before anything is compared, by one conditional statement each, so that guesses side by side cannot pass
the limit (docs/decisions/0004); whoever was right gets it back. Compares nothing itself.
"""

from datetime import datetime, timedelta

from plugin.core.errors import Conflict, DenwabanError, LimitReached
from plugin.core.identity import FAILURE_WINDOW, Verdict, Verification, VerificationState
from plugin.core.ids import CustomerId
from plugin.store import failures
from plugin.store import identity as rows
from plugin.store.engine import Connection


class Tries:
    """`daily_failures`: how many failures of one customer any 24 hours may hold."""

    def __init__(self, daily_failures: int) -> None:
        self._daily_failures = daily_failures

    def take(
        self, connection: Connection, found: Verification, now: datetime, *, is_over: bool
    ) -> DenwabanError | None:
        """Take a try and reserve a failure; return why there is none: Conflict("expired" | "failed") or LimitReached.

        `is_over`: its call has ended, and the grace with it.
        """
        if now >= found.expires_at or is_over:
            rows.close(connection, found.id, VerificationState.EXPIRED)
            return Conflict("expired")
        if not rows.take_try(connection, found.id):
            return Conflict("failed")
        over = now - FAILURE_WINDOW
        for place, customer_id in enumerate(found.counted):
            if not failures.take_failure(connection, customer_id, self._daily_failures, over):
                for taken in found.counted[:place]:
                    failures.give_back_failure(connection, taken)
                rows.give_back_try(connection, found.id)
                return self.locked_out(connection, customer_id, now)
        return None

    def give_back(self, connection: Connection, found: Verification) -> None:
        """It was right: the try and the failure were none."""
        rows.give_back_try(connection, found.id)
        for customer_id in found.counted:
            failures.give_back_failure(connection, customer_id)

    def lose(self, connection: Connection, found: Verification, now: datetime) -> Verdict:
        """It was wrong: the failure stands, and the last try of a verification that proved nothing ends it."""
        for customer_id in found.counted:
            failures.note_failure(connection, customer_id, now)
        if found.tries_left == 1 and found.state is VerificationState.OPEN:
            rows.close(connection, found.id, VerificationState.FAILED)
        return Verdict(passed=False, level=found.level, tries_left=found.tries_left - 1)

    def locked_out(self, connection: Connection, customer_id: CustomerId, now: datetime) -> LimitReached | None:
        """Return the refusal of a customer for whom too many failures count, None where another may be judged."""
        over = now - FAILURE_WINDOW
        since = failures.locked_since(connection, customer_id, self._daily_failures, over)
        if since is None:
            return None
        return LimitReached("locked_out", retry_after_s=(since - over) // timedelta(seconds=1) + 1)
