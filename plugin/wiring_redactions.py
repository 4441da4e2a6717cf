"""Builds what cuts ranges out of recordings, for cases and for training. A part of plugin/wiring_keeping.py.

Each part is built at first use and kept; nothing is built at import.
"""

from functools import cached_property

from connectors.recordings.cutting import SoundCutter
from plugin.core.ports import Clock
from plugin.core.purposes import Register
from plugin.services.approvals import Approvals
from plugin.services.grants import Grants, Sessions
from plugin.services.playback import Playback
from plugin.services.redaction_grants import RedactionGrants
from plugin.services.redaction_making import RedactionMaking
from plugin.services.redactions import Redactions
from plugin.store import redaction_grants
from plugin.store.engine import Store
from plugin.store.vault import Vault


class RedactionParts:
    """Copies of recordings from which something is cut out."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        clock: Clock,
        approvals: Approvals,
        grants: Grants,
        sessions: Sessions,
        begun: Register,
    ) -> None:
        self._begun = begun
        self._store = store
        self._vault = vault
        self._clock = clock
        self._approvals = approvals
        self._of_recordings = grants
        self._sessions = sessions

    @cached_property
    def redactions(self) -> Redactions:
        """The way of a copy between people."""
        return Redactions(self._store, self._vault, self._clock, self._approvals, self._of_recordings, self._begun)

    @cached_property
    def making(self) -> RedactionMaking:
        """The making of copies, and their end."""
        return RedactionMaking(self._store, self._vault, SoundCutter(), self._clock, self._begun)

    @cached_property
    def grants(self) -> RedactionGrants:
        """Who may hear a copy."""
        return RedactionGrants(self._store, self._clock, self._sessions, self._begun)

    @cached_property
    def playback(self) -> Playback:
        """The sound of copies."""
        return Playback(self._store, self._vault, self._clock, self.grants, redaction_grants)
