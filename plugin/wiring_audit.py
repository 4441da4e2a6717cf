"""Builds what proves, shows and erases of the audit. A part of plugin/wiring.py, which alone uses it.

Each part is built at first use and kept; nothing is built at import.
"""

from collections.abc import Callable
from functools import cached_property
from pathlib import Path

from plugin.core.ports import Clock, Crm
from plugin.core.purposes import beginning
from plugin.services.approvals import Approvals
from plugin.services.audit import Audit
from plugin.services.audit_pages import AuditPages
from plugin.services.erasure import Erasures
from plugin.services.evidence import Evidence
from plugin.services.refusals import Refusals
from plugin.services.settings_watch import SettingsWatch
from plugin.services.witnessing import Witnessing
from plugin.settings import Settings
from plugin.store.checkpoints import Checkpoints
from plugin.store.engine import Store
from plugin.store.keys import Keys
from plugin.store.vault import Vault


class AuditParts:
    """The audit of a site."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        store: Store,
        keys: Keys,
        vault: Vault,
        approvals: Callable[[], Approvals],
        crm: Callable[[], Crm],
    ) -> None:
        self._crm = crm
        self._keys = keys
        self._vault = vault
        self._settings = settings
        self._clock = clock
        self._store = store
        self._approvals = approvals
        self._checkpoints = Checkpoints(settings.checkpoints_dir or settings.data_dir / "checkpoints", keys)

    @cached_property
    def whole(self) -> Audit:
        """Whether the audit is whole, and who listened."""
        return self.of(self._store)

    def of(self, store: Store) -> Audit:
        """The audit of another copy of this site's database, beside the same checkpoints."""
        return Audit(store, self._checkpoints, self._clock)

    @cached_property
    def pages(self) -> AuditPages:
        """The audit as the privacy officer reads it."""
        return AuditPages(self._store, self.whole, self._checkpoints, self._clock)

    @cached_property
    def witnessing(self) -> Witnessing:
        """What the CRM witnesses of the audit."""
        return Witnessing(self._checkpoints, self._crm)

    @cached_property
    def refusals(self) -> Refusals:
        """What rules refused."""
        return Refusals(self._store, self._clock)

    @cached_property
    def settings_watch(self) -> SettingsWatch:
        """Which settings changed between two starts."""
        return SettingsWatch(self._store, self._clock, self._keys)

    @cached_property
    def erasures(self) -> Erasures:
        """The erasure of what people typed beside the audit."""
        return Erasures(self._store, self._clock, self._approvals())

    @cached_property
    def evidence(self) -> Evidence:
        """What of a case leaves the house, provably whole."""
        chosen = self._settings
        parts = (self._store, self._clock, self._vault, self.whole, self._approvals(), chosen.tz)
        return Evidence(*parts, chosen.public_url, chosen.letter_name, beginning(chosen.recording_months))


def audit_of_copy(database: Path, checkpoints: Path, clock: Clock) -> Audit:
    """Return the audit of a copied SQLite file beside copied checkpoints; of a site nothing is needed, of keys neither.

    Raises InputError("database").
    """
    from plugin.store.copies import Copy  # only one command needs it

    return Audit(Copy(database), Checkpoints(checkpoints, Keys(checkpoints / "no keys")), clock)
