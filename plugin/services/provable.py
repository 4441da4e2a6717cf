"""What a caller can prove at all: the items with an answer, the proofs beside them, and whether they could be enough.

Looks at names of items only, and at no call.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from plugin.core.identity import CallerRole, Item, Policy, Proof, Verification
from plugin.core.ids import CustomerId
from plugin.services.reachable import Reachable
from plugin.services.speakers import Speakers
from plugin.store.engine import Connection


@dataclass(frozen=True, slots=True)
class IdentityRules:
    """What the site sets: tries per call and customer, failures per customer in a day, how long after the call.

    `policy`: what a caller has to prove; `offered`: the proofs beside answers that this site can establish.
    """

    tries: int
    daily_failures: int
    grace: timedelta
    policy: Policy
    offered: frozenset[Proof] = frozenset()


class Provable:
    """What can be proved on this site. `reachable` None: nobody is ever rung or texted."""

    def __init__(self, speakers: Speakers, rules: IdentityRules, reachable: Reachable | None) -> None:
        self._speakers = speakers
        self._rules = rules
        self._reachable = reachable

    def askable(self, connection: Connection, found: Verification, now: datetime) -> frozenset[Item]:
        """Return the items that can be asked: the site asks them, and their answers are old enough."""
        return self._speakers.askable(connection, found.customer_id, now, found.caller_role, found.contact_id)

    def offered(self, connection: Connection, customer_id: CustomerId) -> frozenset[Proof]:
        """Return the proofs beside answers that this site can establish, and this customer be reached for."""
        if self._reachable is None or not self._rules.offered:
            return frozenset()
        return self._rules.offered & self._reachable.proofs(connection, customer_id)

    def can_pass(self, connection: Connection, begun: Verification, now: datetime) -> bool:
        """Tell whether enough is on record for whoever speaks to pass at all."""
        is_self = begun.caller_role is CallerRole.SELF
        offered = self.offered(connection, begun.customer_id) if is_self else frozenset()
        if not self._rules.policy.level_of(self.askable(connection, begun, now), offered):
            return False
        is_company = begun.caller_role is CallerRole.COMPANY
        return not is_company or bool(self._speakers.company_items(connection, begun, now))

    def can_customer_pass(self, connection: Connection, customer_id: CustomerId, now: datetime) -> bool:
        """Tell whether a person could pass as himself, before anything was begun."""
        items = self._speakers.askable(connection, customer_id, now)
        if self._rules.policy.level_of(items):
            return True  # as most do: his numbers need not be looked at while it rings
        return bool(self._rules.policy.level_of(items, self.offered(connection, customer_id)))
