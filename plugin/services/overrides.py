"""Overrides: the operator asks with a reason, a supervisor of another account approves exactly that, and it shows.

Carried out in the transaction of the decision, under the roles and states of that moment. Never above level 1, never
for a customer who is locked out, and only so often a day on the whole site.
"""

from plugin.core.access import Deed, may
from plugin.core.approvals import Approval, ApprovalKind, read_reason
from plugin.core.audit import Act
from plugin.core.errors import Conflict, Denied, NotFound
from plugin.core.identity import LONGEST, CallerRole, Level, Verification, VerificationState
from plugin.core.ids import CallId, CustomerId, VerificationId
from plugin.core.overrides import WINDOW, Override, OverrideReason
from plugin.core.parts import CallPart
from plugin.core.ports import Clock, Publisher
from plugin.core.staff import Staff
from plugin.services.approvals import Approvals, Content
from plugin.services.identity import Identity
from plugin.services.identity_notes import confirm, note
from plugin.services.provable import IdentityRules
from plugin.services.telling import tell
from plugin.services.tries import Tries
from plugin.services.verifiable import part_of
from plugin.store import approvals as parties
from plugin.store import audit, call_parts, overrides
from plugin.store import identity as rows
from plugin.store.engine import Connection, Store

_MOST_SHOWN = 100
_MOST_OF_CALL = 10
_MAY_BE = frozenset({VerificationState.OPEN, VerificationState.FAILED, VerificationState.EXPIRED})


class Overrides:
    """The overrides of a site. `daily`: how many in 24 hours, over the whole site."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        identity: Identity,
        approvals: Approvals,
        rules: IdentityRules,
        daily: int,
        bus: Publisher,
    ) -> None:
        self._store = store
        self._clock = clock
        self._identity = identity
        self._approvals = approvals
        self._rules = rules
        self._daily = daily
        self._bus = bus
        self._tries = Tries(rules.daily_failures)

    def ask(self, actor: Staff, verification_id: VerificationId, why: OverrideReason, words: str) -> Approval:
        """Ask a supervisor to believe the caller. `words`: why, on one line of at most 200 letters.

        Raises NotFound, Denied("caller_role" | "verify"), InputError("reason"), Conflict("call_over" | "passed" |
        "ended" | "other_caller" | "locked_out" | "override_limit" | "override_waits"), LimitReached("approvals").
        """
        said = read_reason(words)
        with self._store.read() as connection:
            found = rows.verification(connection, verification_id)
            if found is None or (found.user_id, found.session_hash) != (actor.user_id, actor.session_hash):
                raise NotFound("verification")
            call = part_of(connection, actor, found.call_id)
            self._check(connection, found, call)
            if overrides.count_since(connection, self._clock() - WINDOW) >= self._daily:
                raise Conflict("override_limit")
            before = overrides.newest_of(connection, found.id, self._clock())
            if before is not None and before.state == "waiting" and not before.is_over:
                raise Conflict("override_waits")
        kind = ApprovalKind.VERIFICATION_OVERRIDE
        asked = self._approvals.ask(kind, found.id, _content(found, why), said, actor)
        tell(self._bus, (actor.user_id,))
        return asked

    def ask_unprovable(
        self, actor: Staff, call_id: CallId, customer_id: CustomerId, why: OverrideReason, words: str
    ) -> Approval:
        """Ask for it where nothing could be begun, because the customer's record holds too few items.

        Raises as `ask` does, and Conflict("provable") where he can be verified.
        """
        read_reason(words)
        noted = self._identity.note_unprovable(actor, call_id, customer_id)
        return self.ask(actor, noted.id, why, words)

    def carry_out(self, connection: Connection, approval: Approval, by: Staff) -> None:
        """Believe the caller, now that `by` has approved; the effect of the approval (services/approvals.py).

        Raises Conflict as `ask` does, and Denied("role") where who asked may no longer verify.
        """
        now = self._clock()
        found = rows.verification(connection, VerificationId(approval.subject))
        if found is None or found.user_id != approval.asked_by:
            raise NotFound("verification")
        asker = parties.party(connection, found.user_id)
        call = call_parts.find(connection, found.call_id, found.user_id, lock=True)
        found = rows.verification(connection, found.id)  # anew: the call's lock may have been waited for
        if found is None or call is None or asker is None or not asker.active or not may(asker.role, Deed.USE_DESK):
            raise Denied("role")
        self._check(connection, found, call)
        audit.lock(connection)  # of two that are approved at once the second counts the first
        if overrides.count_since(connection, now - WINDOW) > self._daily:  # with this one, which is used up already
            raise Conflict("override_limit")
        until = now + LONGEST if call.ended_at is None else call.ended_at + self._rules.grace
        rows.override(connection, found.id, Level.HISTORY, now, until)
        confirm(connection, by, found, call, now)
        about = (found.call_id, found.customer_id)
        note(connection, Act.OVERRIDDEN, by, about, now, f"level_{int(Level.HISTORY)}", found.id, approval.id)

    def of_call(self, call_id: CallId) -> tuple[Override, ...]:
        """Return those of a call that were carried out, the newest first."""
        with self._store.read() as connection:
            return overrides.of_call(connection, call_id, self._clock(), _MOST_OF_CALL)

    def list(self, actor: Staff) -> tuple[tuple[Override, ...], int, int]:
        """Return the newest requests, how many were carried out in 24 hours, and how many may be.

        Raises Denied("role") for who may neither read the audit nor lead.
        """
        if not may(actor.role, Deed.SEE_OVERRIDES):
            raise Denied("role")
        now = self._clock()
        with self._store.read() as connection:
            newest = overrides.newest(connection, now, _MOST_SHOWN)
            return newest, overrides.count_since(connection, now - WINDOW), self._daily

    def _check(self, connection: Connection, found: Verification, call: CallPart) -> None:
        now = self._clock()
        if found.caller_role is not CallerRole.SELF:
            raise Denied("caller_role")
        if call.ended_at is not None and now >= call.ended_at + self._rules.grace:
            raise Conflict("call_over")
        if found.state not in _MAY_BE:
            raise Conflict(found.state.value)
        if any(
            one.is_running(now) and one.customer_id != found.customer_id for one in rows.of_call(connection, call.id)
        ):
            raise Conflict("other_caller")  # one person speaks in a call: whoever he said he was last
        if self._tries.locked_out(connection, found.customer_id, now) is not None:
            raise Conflict("locked_out")


def _content(found: Verification, why: OverrideReason) -> Content:
    return {
        "verification": found.id,
        "call": found.call_id,
        "customer": found.customer_id,
        "level": int(Level.HISTORY),
        "why": why.value,
    }
