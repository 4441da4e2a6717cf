"""At which of his registered numbers a customer can be reached, and what that proves; each number has a mark.

A mark is a keyed hash: by it a page chooses a number that it does not know, and a table remembers one that it does not
hold. Rings nobody.
"""

import hmac
from collections.abc import Mapping

from plugin.core.errors import NotFound, Unavailable
from plugin.core.identity import Policy, Proof
from plugin.core.ids import CustomerId
from plugin.core.ports import Clock
from plugin.core.reach import Reach, all_of
from plugin.store import customers, number_holders
from plugin.store.engine import Connection
from plugin.store.keys import Keys, Secret

KEY_NAME = "proofs"


class Reachable:
    """`regions`: where the site rings and texts at all (two letters, as JP)."""

    def __init__(self, keys: Keys, clock: Clock, policy: Policy, regions: frozenset[str]) -> None:
        self._keys = keys
        self._clock = clock
        self._policy = policy
        self._regions = regions

    def numbers(self, connection: Connection, customer_id: CustomerId, key_id: str = "") -> Mapping[str, Reach]:
        """Return where the customer can be reached now, by mark under the key `key_id` (the newest if none is named).

        Raises Unavailable("proof_key") where that key is missing.
        """
        held = customers.numbers_of(connection, customer_id)
        shared = number_holders.shared_with_others(connection, customer_id) if held else frozenset()
        secret = self.secret(key_id)
        found = all_of(held, shared, self._policy, self._regions, self._clock())
        return {mark_of(secret, one.e164): one for one in found}

    def proofs(self, connection: Connection, customer_id: CustomerId) -> frozenset[Proof]:
        """Return what reaching this customer could prove at best."""
        found = self.numbers(connection, customer_id).values()
        code = frozenset({Proof.ONE_TIME_CODE}) if any(one.code for one in found) else frozenset()
        return code | {one.call_back for one in found}

    def secret(self, key_id: str = "") -> Secret:
        """Return the key of that id, the newest if none is named. Raises Unavailable("proof_key")."""
        try:
            return self._keys.secret_by_id(KEY_NAME, key_id) if key_id else self._keys.secret(KEY_NAME)
        except NotFound as error:
            raise Unavailable("proof_key", retry_after_s=60) from error


def mark_of(secret: Secret, e164: str) -> str:
    """Return the mark of a number, in hex."""
    return hmac.digest(secret.value, f"number\0{e164}".encode(), "sha256").hex()
