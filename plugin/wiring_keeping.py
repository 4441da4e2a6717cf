"""Builds what keeps and lets go: cases, holds. A part of plugin/wiring.py, which alone uses it.

Each part is built at first use and kept; nothing is built at import.
"""

import time
from collections.abc import Callable
from functools import cached_property

from plugin.core.approvals import ApprovalKind
from plugin.core.disclosure_letter import Sender
from plugin.core.ports import Clock, Publisher
from plugin.core.purposes import Register, beginning
from plugin.services.approvals import Approvals, Effect
from plugin.services.case_words import CaseWords
from plugin.services.case_work import CaseWork
from plugin.services.cases import Cases
from plugin.services.consents import Consents
from plugin.services.disclosure_answers import DisclosureAnswers
from plugin.services.disclosure_identity import DisclosureIdentity
from plugin.services.disclosures import Disclosures
from plugin.services.grants import Grants
from plugin.services.harassment import Harassment
from plugin.services.holds import Holds
from plugin.services.kept_plans import KeptPlans
from plugin.services.letting_go import LettingGo
from plugin.services.live import Live
from plugin.services.purposes import Purposes
from plugin.services.recording_rules import RecordingRules
from plugin.services.retention import Retention
from plugin.services.retention_plans import Planner
from plugin.services.staff import Sessions
from plugin.settings import Settings
from plugin.store.checkpoints import Signer
from plugin.store.engine import Store
from plugin.store.keys import Keys
from plugin.store.purge_proofs import PurgeProofs
from plugin.store.tombstone_files import TombstoneFiles
from plugin.store.vault import Vault
from plugin.wiring_phones import PhoneParts
from plugin.wiring_redactions import RedactionParts

_PAUSE_S = 0.01


class KeepingParts:
    """What is kept, why and how long."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        store: Store,
        phones: PhoneParts,
        keys: Keys,
        vault: Vault,
        approvals: Callable[[], Approvals],
        live: Callable[[], Live],
        bus: Callable[[], Publisher],
        grants: Callable[[], Grants],
        sessions: Callable[[], Sessions],
    ) -> None:
        self._phones = phones
        self._live = live
        self._bus = bus
        self._grants = grants
        self._sessions = sessions
        self._settings = settings
        self._clock = clock
        self._store = store
        self._vault = vault
        self._signer = Signer(keys)
        self._outside = settings.checkpoints_dir or settings.data_dir / "checkpoints"
        self._approvals = approvals

    @cached_property
    def begun(self) -> Register:
        """The register of purposes that the site began with."""
        return beginning(self._settings.recording_months)

    @cached_property
    def purposes(self) -> Purposes:
        """The register of purposes."""
        return Purposes(self._store, self._clock, self._approvals, self.begun, self._settings.tz)

    @cached_property
    def rules(self) -> RecordingRules:
        """The rules of recording, and who knows them."""
        return RecordingRules(self._store, self._clock, self.begun, self._settings.tz)

    @property
    def effects(self) -> dict[ApprovalKind, Effect]:
        """What follows an approval of these kinds; each is looked up when one is needed."""
        return {
            ApprovalKind.DISCLOSURE: lambda *told: self.disclosure_answers.carry_out(*told),
            ApprovalKind.HOLD_RELEASE: lambda *told: self.holds.carry_out(*told),
            ApprovalKind.PURGE: lambda *told: self.retention.carry_out(*told),
            ApprovalKind.PURPOSE: lambda *told: self.purposes.carry_out(*told),
            ApprovalKind.REDACTION: lambda *told: self.redacting.redactions.carry_out(*told),
            ApprovalKind.CLIP: lambda *told: self.redacting.redactions.carry_out(*told),
        }

    @cached_property
    def consents(self) -> Consents:
        """What callers were told of being recorded, and said to it."""
        return Consents(self._store, self._clock, self._live(), self._bus(), self._phones.notices)

    @cached_property
    def cases(self) -> Cases:
        """Why calls belong together."""
        return Cases(self._clock, self._settings.tz)

    @cached_property
    def case_words(self) -> CaseWords:
        """Until when what is written in a closed case stays."""
        return CaseWords(self._store, self.begun, self._settings.tz)

    @cached_property
    def holds(self) -> Holds:
        """What is erased by no rule while somebody needs it."""
        return Holds(self._store, self._clock, self._approvals(), self._settings.tz)

    @cached_property
    def case_work(self) -> CaseWork:
        """Work on legal matters and complaints, and what every case's page shows."""
        return CaseWork(self._store, self._clock, self.cases, self.holds, self._settings.tz)

    @cached_property
    def disclosures(self) -> Disclosures:
        """What persons, the police and courts ask for, until it is found."""
        return Disclosures(self._store, self._clock, self.cases, self.holds, self._settings.tz)

    @cached_property
    def disclosure_identity(self) -> DisclosureIdentity:
        """Who asks."""
        return DisclosureIdentity(self._store, self._clock, self.disclosures, self._settings.tz)

    @cached_property
    def disclosure_answers(self) -> DisclosureAnswers:
        """What they are answered."""
        sender = Sender(self._settings.letter_name, self._settings.letter_contact)
        parts = (self.disclosures, self.cases, self._approvals, sender, self._settings.tz)
        return DisclosureAnswers(self._store, self._clock, *parts)

    @cached_property
    def redacting(self) -> RedactionParts:
        """Copies of recordings from which something is cut out."""
        parts = (self._store, self._vault, self._clock)
        return RedactionParts(*parts, self._approvals(), self._grants(), self._sessions(), self.begun)

    @cached_property
    def letting_go(self) -> LettingGo:
        """The one way in which a recording, or what was written about a call, ceases to be."""
        outside = TombstoneFiles(self._outside / "tombstones", self._signer)
        parts = (self._store, self._vault, self._settings.data_dir, outside, self._clock)
        return LettingGo(*parts, _pause)

    @cached_property
    def planner(self) -> Planner:
        """What is due."""
        return Planner(self._store, self._clock, self.begun, self._settings.tz)

    @cached_property
    def plans(self) -> KeptPlans:
        """What would be erased, as it was worked out last."""
        return KeptPlans(self._store, self._clock, self.planner, self._settings.purge_brake_percent)

    @cached_property
    def retention(self) -> Retention:
        """What is erased in turn."""
        parts = (self.planner, self.letting_go, PurgeProofs(self._outside / "purges", self._signer), self._approvals())
        return Retention(self._store, self._clock, *parts, self._settings.purge_brake_percent, _pause)

    @cached_property
    def harassment(self) -> Harassment:
        """What callers did to those who answer."""
        return Harassment(self._store, self._clock, self.cases, self.holds, self._settings.tz, self.begun)


def _pause() -> None:
    time.sleep(_PAUSE_S)
