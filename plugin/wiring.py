"""The one room that knows all the others: builds stores, connectors and services from the settings. It never runs them.

Each part is built at first use and kept; nothing is built at import.
"""

import random
import time
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

import structlog

from connectors.bus.registry import open_bus
from connectors.crm.registry import open_crm
from connectors.recordings.audio import WaveReader
from plugin.core.approvals import ApprovalKind
from plugin.core.move import Tell
from plugin.core.ports import Clock, Crm
from plugin.services.accounts import Accounts
from plugin.services.address_pops import AddressPops
from plugin.services.alerts import Alerts
from plugin.services.answers import Answers
from plugin.services.approvals import Approvals, Effect
from plugin.services.budget import CrmBudget
from plugin.services.call_pages import CallPages, PageRules
from plugin.services.calls import Calls
from plugin.services.checks import Checks
from plugin.services.customers import Customers
from plugin.services.delivery import Delivery, Site
from plugin.services.desk import Desk
from plugin.services.grants import Grants
from plugin.services.health import Health
from plugin.services.history import History
from plugin.services.identity import Identity
from plugin.services.identity_panel import IdentityPanel
from plugin.services.jobs import Jobs
from plugin.services.keyring import Keyring
from plugin.services.listening import Listening
from plugin.services.live import Live
from plugin.services.passwords import Passwords
from plugin.services.playback import Playback
from plugin.services.player import Player
from plugin.services.quarantine import Quarantine
from plugin.services.recordings import Recordings
from plugin.services.runs import Ledger
from plugin.services.staff import Sessions
from plugin.services.sync import Sync
from plugin.services.tidy import Tidy
from plugin.services.timeline import Timeline
from plugin.settings import Settings
from plugin.site_rules import given_lasts, identity_rules, lanes_of, listening_rules, passwords_of, session_rules
from plugin.store.engine import Store
from plugin.store.keys import Keys
from plugin.store.unheard import Unheard
from plugin.store.vault import Vault
from plugin.wiring_audit import AuditParts
from plugin.wiring_identity import IdentityParts
from plugin.wiring_keeping import KeepingParts
from plugin.wiring_numbers import NumberParts
from plugin.wiring_phones import PhoneParts
from plugin.wiring_reach import ReachParts
from plugin.wiring_staff import StaffParts

if TYPE_CHECKING:
    from connectors.bus.datagrams import DatagramBus
    from connectors.bus.redis import RedisBus
    from plugin.services.move import Move

_SYNC_PAUSE_S = 0.01
_log = structlog.get_logger()


def now() -> datetime:
    """Return this instant; the clock of every house that is not a test."""
    return datetime.now(UTC)


class House:
    """A site put together. One a process, built after any fork."""

    def __init__(self, settings: Settings, clock: Clock = now) -> None:
        self.settings = settings
        self.clock = clock

    @cached_property
    def store(self) -> Store:
        """The database, not yet brought to the newest schema (plugin/store/schema.py does that)."""
        self.settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        return Store(self.settings.store_url)

    @cached_property
    def customers(self) -> Customers:
        """Who may be calling, the look-up, and whose call it was."""
        return Customers(self.store, self.clock, self.settings.region, self.settings.shared_from)

    @cached_property
    def numbers(self) -> NumberParts:
        """What is known of numbers, beside whose they are."""
        parts = (self.settings, self.clock, self.store, self.phones)
        return NumberParts(*parts, lambda: self.bus, lambda: self.reach.outward)

    @cached_property
    def history(self) -> History:
        """What was said before."""
        return History(self.store, self.timeline, self.clock, self.settings.tz)

    @cached_property
    def phones(self) -> PhoneParts:
        """The phone systems."""
        return PhoneParts(self.settings, self.clock)

    @cached_property
    def live(self) -> Live:
        """What is done in calls under way."""
        return Live(self.store, self.clock, self.sessions, self.phones.controls, self.reach.outward)

    @cached_property
    def alerts(self) -> Alerts:
        """Cries for help, and the board of supervisors."""
        return Alerts(self.store, self.clock, self.calls, self.desk, self.live, self.bus)

    @cached_property
    def desk(self) -> Desk:
        """What a person sees of the calls on his screen."""
        detail = self.settings.pre_verify_detail
        parts = (self.calls, self.customers, self.identity, self.timeline, self.history, self.grants)
        return Desk(self.store, *parts, self.keeping.consents, self.bus, detail, *self.settings.desk_times)

    @cached_property
    def call_pages(self) -> CallPages:
        """The pages of calls and customers, and the inbox."""
        after_call = timedelta(minutes=self.settings.own_call_minutes)
        rules = PageRules(self.settings.pre_verify_detail, after_call)
        parts = (self.calls, self.desk, self.customers, self.timeline, self.history, self.grants, self.checks)
        return CallPages(self.store, self.clock, *parts, self.crm, rules)

    @cached_property
    def timeline(self) -> Timeline:
        """Summaries, drafts, promises."""
        chosen = self.settings
        return Timeline(
            self.store,
            self.clock,
            chosen.tz,
            chosen.crm,
            tuple(chosen.topics),
            tuple(chosen.dispositions),
            self.bus,
        )

    @cached_property
    def crm(self) -> Crm:
        """The CRM of the site, not yet asked anything."""
        given = self.settings.crm_options.items()
        options = {name: value.get_secret_value() for name, value in given}
        return open_crm(self.settings.crm, self.settings.data_dir, options)

    @cached_property
    def ledger(self) -> Ledger:
        """What scheduled work was done."""
        return Ledger(self.store, self.clock)

    @cached_property
    def sync(self) -> Sync:
        """The way of customers from the CRM."""
        chosen = self.settings
        return Sync(
            self.store,
            self.crm,
            chosen.crm,
            chosen.region,
            self.answers,
            self.clock,
            self.bus,
            lambda: time.sleep(_SYNC_PAUSE_S),
        )

    @cached_property
    def delivery(self) -> Delivery:
        """The way of the outbox to the CRM."""
        chosen = self.settings
        site = Site(chosen.crm, chosen.tz, chosen.public_url, chosen.lang)
        return Delivery(self.store, self.crm, site, self.clock, self.bus, random.random)

    @cached_property
    def quarantine(self) -> Quarantine:
        """What the CRM refused."""
        return Quarantine(self.store, self.clock)

    @cached_property
    def jobs(self) -> Jobs:
        """Scheduled work as administrators see it."""
        return Jobs(self.store, self.clock, self.settings.crm)

    @cached_property
    def crm_budget(self) -> CrmBudget:
        """What the CRM tells of its budget of calls."""
        return CrmBudget(self.store, self.crm, self.settings.crm)

    @cached_property
    def tidy(self) -> Tidy:
        """The forgetting of what is old and over."""
        kept = timedelta(days=self.settings.outbox_days)
        return Tidy(self.store, self.clock, kept, lambda: time.sleep(_SYNC_PAUSE_S))

    @cached_property
    def keys(self) -> Keys:
        """The secret keys of the site."""
        return Keys(self.settings.keys_folder, self.settings.secret_of_keys)

    @cached_property
    def keyring(self) -> Keyring:
        """What is done with keys as such."""
        parts = (self.store, self.keys, self.vault, self.keeping.letting_go, self.clock, self.approvals)
        return Keyring(*parts, self.keeping.planner.still_kept, lambda: time.sleep(_SYNC_PAUSE_S))

    @cached_property
    def vault(self) -> Vault:
        """The encrypted recordings."""
        return Vault(self.settings.data_dir / "recordings", self.keys)

    @cached_property
    def recordings(self) -> Recordings:
        """The way of recordings into the house."""
        found = self.phones.recording_sources()
        kept_months = self.settings.recording_months
        return Recordings(self.store, self.vault, found, WaveReader(), self.clock, self.bus, kept_months)

    @cached_property
    def grants(self) -> Grants:
        """Who may listen to what, and why."""
        return Grants(self.store, self.clock, self.sessions, listening_rules(self.settings), self.keeping.begun)

    @cached_property
    def checks(self) -> Checks:
        """Questions about recordings, and their answers in words."""
        lasts = timedelta(hours=self.settings.check_hours)
        return Checks(self.store, self.clock, self.sessions, self.bus, listening_rules(self.settings), lasts)

    @cached_property
    def listening(self) -> Listening:
        """Who may listen at this moment."""
        return Listening(self.store, self.clock)

    @cached_property
    def player(self) -> Player:
        """What stands beside the sound."""
        return Player(self.store, self.clock, self.grants, lanes_of(self.settings))

    @cached_property
    def playback(self) -> Playback:
        """The sound that a grant opens."""
        return Playback(self.store, self.vault, self.clock, self.grants)

    @cached_property
    def audits(self) -> AuditParts:
        """What proves, shows and erases of the audit."""
        parts = (self.settings, self.clock, self.store, self.keys, self.vault)
        return AuditParts(*parts, lambda: self.approvals, lambda: self.crm)

    def move(self, url: str, tell: Tell) -> "Move":
        """The move of this site to the MySQL or MariaDB database at `url`. Raises SettingError where that is none."""
        from plugin.services.move import Move  # only one command needs it
        from plugin.store.moving.carrier import ToolCarrier
        from plugin.store.moving.target import Target, read_url

        place = read_url(url)
        target = Target(Store(place), self.audits.whole.public_key())
        return Move(self.store, target, ToolCarrier(place), self.audits.of, self.clock, tell)

    def move_back(self) -> bool:
        """Open the old database again, and remove what a broken-off move left; False where there is no move."""
        from plugin.services.move import take_back

        return take_back(self.store)

    @cached_property
    def answers(self) -> Answers:
        """The customers' answers as marks; the sync keeps them, nobody reads them."""
        return Answers(self.keys, self.settings.region)

    @cached_property
    def identity(self) -> Identity:
        """The verification of callers."""
        parts = (self.answers, identity_rules(self.settings), self.bus, self.reach.reachable)
        return Identity(self.store, self.clock, *parts)

    @cached_property
    def reach(self) -> ReachParts:
        """What reaches customers: codes, call-backs, overrides."""
        parts = (self.settings, self.clock, self.store, self.keys, self.phones)
        return ReachParts(*parts, lambda: self.bus, lambda: self.identity, lambda: self.approvals)

    @cached_property
    def identity_panel(self) -> IdentityPanel:
        """What the verification panel shows."""
        return IdentityPanel(self.store, self.clock, self.identity, identity_rules(self.settings))

    @cached_property
    def verifying(self) -> IdentityParts:
        """What stands around the verification of callers."""
        parts = (self.settings, self.clock, self.store, self.answers)
        return IdentityParts(*parts, lambda: self.identity, lambda: self.approvals)

    @cached_property
    def passwords(self) -> Passwords:
        """How passwords are hashed and checked."""
        return passwords_of(self.settings)

    @cached_property
    def sessions(self) -> Sessions:
        """Sign-in and the sessions of staff."""
        return Sessions(self.store, self.clock, self.passwords, session_rules(self.settings))

    @cached_property
    def entering(self) -> StaffParts:
        """What stands around the way in of staff."""
        parts = (self.settings, self.clock, self.store, self.keys)
        return StaffParts(*parts, lambda: self.sessions, lambda: self.approvals, lambda: self.bus)

    @cached_property
    def accounts(self) -> Accounts:
        """Who works here."""
        return Accounts(self.store, self.clock, self.passwords, self.approvals, self.bus, given_lasts(self.settings))

    @cached_property
    def approvals(self) -> Approvals:
        """What needs a second person."""
        effects: dict[ApprovalKind, Effect] = {  # looked up when one is needed: these ask for approvals themselves
            ApprovalKind.ROLE: lambda *told: self.accounts.carry_out(*told),
            ApprovalKind.AUDIT_ERASURE: lambda *told: self.audits.erasures.carry_out(*told),
            ApprovalKind.VERIFICATION_OVERRIDE: lambda *told: self.reach.overrides.carry_out(*told),
            ApprovalKind.MANDATE: lambda *told: self.verifying.mandates.carry_out(*told),
            **self.keeping.effects,
        }
        return Approvals(self.store, self.clock, effects)

    @cached_property
    def keeping(self) -> KeepingParts:
        """What is kept, why and how long."""
        parts = (self.settings, self.clock, self.store, self.phones, self.keys, self.vault)
        later = (lambda: self.approvals, lambda: self.live, lambda: self.bus)
        return KeepingParts(*parts, *later, lambda: self.grants, lambda: self.sessions)

    @cached_property
    def unheard(self) -> Unheard:
        """What a listener heard that the database could not take before the listener ended."""
        return Unheard(self.settings.data_dir / "unheard")

    @cached_property
    def health(self) -> Health:
        """How the site is."""
        chosen = self.settings
        missing, harmed = self.keyring.missing, self.keeping.letting_go.harmed
        parts = (self.store, self.clock, chosen.data_dir, tuple(chosen.sources))
        due, ending = self.keeping.case_work.due, self.keeping.harassment.ending
        return Health(*parts, lambda: self.crm, missing, harmed, due, ending)

    @cached_property
    def bus(self) -> "DatagramBus | RedisBus":
        """Tells the web workers of this host, and of the others where there are any, whose desk changed."""
        return open_bus(self.settings.data_dir / "bus", self.settings.bus_url.get_secret_value(), _report_bus)

    @cached_property
    def calls(self) -> Calls:
        """What phone systems say, kept as calls."""
        chosen = self.settings
        parts = (self.store, self.clock, self.bus, self.phones.regions, timedelta(hours=chosen.open_call_hours))
        notices, by_address = self.phones.notices, self.phones.address_name is not None
        return Calls(*parts, chosen.shared_from, notices, by_address=by_address)

    @cached_property
    def address_pops(self) -> AddressPops:
        """What soft phones show by opening an address."""
        name = self.phones.address_name or ""
        return AddressPops(self.store, self.clock, self.calls, name, self.phones.regions.of(name))

    def close(self) -> None:
        """Close what this process holds open: what is asked outside, this thread's database connection, the bus."""
        for part in ("reach", "store", "bus"):
            if part in self.__dict__:
                getattr(self, part).close()


def _report_bus(is_up: bool, reason: str) -> None:
    if is_up:
        _log.info("bus.back")
    else:
        _log.error("bus.lost", reason=reason)
