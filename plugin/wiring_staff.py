"""Builds what stands around the way in of staff. A part of plugin/wiring.py, which alone uses it.

Each part is built at first use and kept; nothing is built at import.
"""

from collections.abc import Callable
from functools import cached_property
from urllib.parse import urlsplit

from plugin.core.ports import Clock
from plugin.services.approvals import Approvals
from plugin.services.factors import FactorRules, SecondFactors
from plugin.services.passkeys import Passkeys
from plugin.services.staff import Sessions
from plugin.settings import Settings
from plugin.site_rules import session_rules
from plugin.store.engine import Store
from plugin.store.keys import Keys


class StaffParts:
    """What stands around the way in of staff, which `sessions` opens."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        store: Store,
        keys: Keys,
        sessions: Callable[[], Sessions],
        approvals: Callable[[], Approvals],
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._store = store
        self._keys = keys
        self._sessions = sessions
        self._approvals = approvals

    @cached_property
    def factors(self) -> SecondFactors:
        """What staff prove themselves by beside a password."""
        rules = session_rules(self._settings)
        site = f"Denwaban ({urlsplit(self._settings.public_url).hostname})"
        named = FactorRules(rules.must_have, rules.grace, site)
        return SecondFactors(self._store, self._clock, self._keys, self._approvals(), named)

    @cached_property
    def passkeys(self) -> Passkeys:
        """Passkeys of staff."""
        chosen = self._settings
        parts = (self._store, self._clock, self._sessions(), self.factors)
        return Passkeys(*parts, chosen.public_url, local=chosen.local_sign_in)
