"""What the site asks of callers, explained: who comes how far, and how many customers could ever be verified."""

from dataclasses import dataclass

from plugin.core.access import Deed, may
from plugin.core.errors import Denied
from plugin.core.policy_effect import Coverage, Effect, effects
from plugin.core.ports import Clock
from plugin.core.staff import Staff
from plugin.services.provable import IdentityRules
from plugin.store import identity_counts
from plugin.store.engine import Store


@dataclass(frozen=True, slots=True)
class PolicyView:
    """The rules as they are set, and what they mean. `coverage`: the customers counted, None where nobody asked."""

    rules: IdentityRules
    effects: tuple[Effect, ...]
    coverage: Coverage | None


class PolicyPage:
    """The view of the policy for those who answer for it."""

    def __init__(self, store: Store, clock: Clock, rules: IdentityRules) -> None:
        self._store = store
        self._clock = clock
        self._rules = rules

    def view(self, staff: Staff, *, counted: bool) -> PolicyView:
        """Return the policy in force; `counted`: look at every customer, too. Raises Denied("role")."""
        if not may(staff.role, Deed.SEE_POLICY):
            raise Denied("role")
        policy, offered = self._rules.policy, self._rules.offered
        coverage = None
        if counted:
            with self._store.read() as connection:
                coverage = identity_counts.count(connection, policy, offered, self._clock() - policy.settled)
        return PolicyView(self._rules, effects(policy, offered), coverage)
