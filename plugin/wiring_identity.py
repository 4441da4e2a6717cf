"""Builds what stands around the verification of callers. A part of plugin/wiring.py, which alone uses it.

Each part is built at first use and kept; nothing is built at import.
"""

from collections.abc import Callable
from functools import cached_property

from plugin.core.ports import Clock
from plugin.services.answers import Answers
from plugin.services.approvals import Approvals
from plugin.services.extension import Extension
from plugin.services.identity import Identity
from plugin.services.lock_outs import LockOuts
from plugin.services.mandates import Mandates
from plugin.services.policy import PolicyPage
from plugin.settings import Settings
from plugin.site_rules import identity_rules
from plugin.store.engine import Store


class IdentityParts:
    """What stands around the verification of callers, which `identity` gives."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        store: Store,
        answers: Answers,
        identity: Callable[[], Identity],
        approvals: Callable[[], Approvals],
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._store = store
        self._answers = answers
        self._identity = identity
        self._approvals = approvals

    @cached_property
    def extension(self) -> Extension:
        """More time for a verification."""
        return Extension(self._store, self._clock, self._identity(), identity_rules(self._settings))

    @cached_property
    def mandates(self) -> Mandates:
        """Who may ask for a customer."""
        chosen = self._settings
        parts = (self._answers, self._approvals(), chosen.policy, chosen.tz)
        return Mandates(self._store, self._clock, *parts)

    @cached_property
    def policy(self) -> PolicyPage:
        """What callers must prove, explained."""
        return PolicyPage(self._store, self._clock, identity_rules(self._settings))

    @cached_property
    def lock_outs(self) -> LockOuts:
        """Whom nobody may verify for a time."""
        return LockOuts(self._store, self._clock, self._settings.verify_daily_failures)
