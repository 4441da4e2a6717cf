"""Builds what reaches customers: codes, call-backs, overrides. A part of plugin/wiring.py, which alone uses it.

Each part is built at first use and kept; nothing is built at import.
"""

from collections.abc import Callable
from functools import cached_property

from connectors.messages.registry import open_sender
from plugin.core.ports import Clock, MessageSender, Publisher, ReportReader
from plugin.services.approvals import Approvals
from plugin.services.call_backs import CallBacks
from plugin.services.codes import Codes
from plugin.services.fallbacks import Fallbacks
from plugin.services.identity import Identity
from plugin.services.outward import Outward
from plugin.services.overrides import Overrides
from plugin.services.reachable import Reachable
from plugin.services.reports import Reports
from plugin.settings import Settings
from plugin.site_rules import code_rules, identity_rules
from plugin.store.engine import Store
from plugin.store.keys import Keys
from plugin.wiring_phones import PhoneParts


class ReachParts:
    """What reaches customers. `identity` gives the verification of callers, which itself asks for `reachable`."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        store: Store,
        keys: Keys,
        phones: PhoneParts,
        bus: Callable[[], Publisher],
        identity: Callable[[], Identity],
        approvals: Callable[[], Approvals],
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._store = store
        self._keys = keys
        self._phones = phones
        self._bus = bus
        self._identity = identity
        self._approvals = approvals

    @cached_property
    def reachable(self) -> Reachable:
        """Where customers can be reached, and what that proves."""
        chosen = self._settings
        return Reachable(self._keys, self._clock, chosen.policy, frozenset(chosen.messages_regions))

    @cached_property
    def outward(self) -> Outward:
        """What is asked of the outside while a person waits."""
        return Outward(self._store.close)

    @cached_property
    def codes(self) -> Codes:
        """One-time codes."""
        rules = code_rules(self._settings)
        parts = (self._identity(), self.reachable, self.sender, self.outward, rules, self._bus())
        return Codes(self._store, self._clock, *parts)

    @cached_property
    def reports(self) -> Reports:
        """What the carrier tells of them afterwards."""
        sender = self.sender
        reader = sender if sender is not None and isinstance(sender, ReportReader) else None
        return Reports(self._store, self._clock, reader, self._bus())

    @cached_property
    def call_backs(self) -> CallBacks:
        """Call-backs to registered numbers."""
        parts = (self._identity(), self.reachable, self._phones.controls, self.outward)
        return CallBacks(self._store, self._clock, *parts, self._settings.daily_call_backs, self._bus())

    @cached_property
    def overrides(self) -> Overrides:
        """Callers who are believed by two people."""
        parts = (self._identity(), self._approvals(), identity_rules(self._settings))
        return Overrides(self._store, self._clock, *parts, self._settings.daily_overrides, self._bus())

    @cached_property
    def fallbacks(self) -> Fallbacks:
        """What the panel shows of them."""
        parts = (self.reachable, self.codes, self.call_backs, self._settings.daily_overrides)
        return Fallbacks(self._store, self._clock, *parts)

    @cached_property
    def sender(self) -> MessageSender | None:
        """Who carries messages; None: nobody. Raises SettingError where it is set up wrongly."""
        chosen = self._settings
        options = {name: value.get_secret_value() for name, value in chosen.messages_options.items()}
        return open_sender(chosen.messages, chosen.data_dir, options) if chosen.messages else None

    def close(self) -> None:
        """Wait for what is being asked of the outside."""
        if "outward" in self.__dict__:
            self.outward.close()
