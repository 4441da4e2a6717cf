"""More time for a verification that is under way, asked for while the caller is still on the line.

Refuses after the time is up, after the call, and beyond the longest that any verification may last. Gives no try back.
"""

from plugin.core.audit import Act
from plugin.core.errors import Conflict
from plugin.core.identity import LONGEST, Verification, VerificationState
from plugin.core.ids import VerificationId
from plugin.core.ports import Clock
from plugin.core.staff import Staff
from plugin.services.identity import Identity
from plugin.services.identity_notes import note
from plugin.services.provable import IdentityRules
from plugin.services.verifiable import mine
from plugin.store import identity as rows
from plugin.store.engine import Connection, Store


class Extension:
    """The extension of verifications."""

    def __init__(self, store: Store, clock: Clock, identity: Identity, rules: IdentityRules) -> None:
        self._store = store
        self._clock = clock
        self._identity = identity
        self._rules = rules

    def extend(self, actor: Staff, verification_id: VerificationId) -> Verification:
        """Give the caller the time of a whole set from now, and return the verification as it then is.

        Raises NotFound, Denied("verify"), and Conflict("expired", "call_over", "longest", or the word of a state that
        is not under way). What has passed is not extended: it ends with the call.
        """

        def work(connection: Connection) -> Verification:
            found, call = mine(connection, actor, verification_id)
            now = self._clock()
            if found.state is not VerificationState.OPEN:
                raise Conflict(found.state.value)
            if now >= found.expires_at:
                raise Conflict("expired")
            if call.ended_at is not None:
                raise Conflict("call_over")
            wanted = now + self._rules.policy.lasts(len(self._identity.provable.askable(connection, found, now)))
            until = min(wanted, found.started_at + LONGEST)
            if until <= found.expires_at:
                raise Conflict("longest")
            rows.extend(connection, found.id, until)
            about = (found.call_id, found.customer_id)
            note(connection, Act.VERIFY_EXTENDED, actor, about, now, "extended", found.id)
            return self._identity.find(connection, found.id)

        return self._store.write_again(work)
