"""What the verification panel shows. Reads only; holds no answer, and nothing of which answer was wrong."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from plugin.core.errors import NotFound
from plugin.core.identity import (
    FAILURE_WINDOW,
    LONGEST,
    AnswerType,
    CallerRole,
    Factor,
    Item,
    Level,
    Proof,
    Standing,
    Verification,
    VerificationState,
)
from plugin.core.ids import CallId, CustomerId, VerificationId
from plugin.core.ports import Clock
from plugin.core.staff import Staff
from plugin.services.identity import Identity
from plugin.services.provable import IdentityRules
from plugin.services.verifiable import part_of
from plugin.store import failures, speakers
from plugin.store import identity as rows
from plugin.store.engine import Connection, Store


class PanelState(StrEnum):
    """Which panel is drawn. IMPOSSIBLE: the CRM holds too few answers of this customer to verify him."""

    LOCKED = "locked"
    IN_PROGRESS = "in_progress"
    VERIFIED = "verified"
    FAMILY = "family"
    FAILED = "failed"
    LOCKED_OUT = "locked_out"
    EXPIRED = "expired"
    IMPOSSIBLE = "impossible"


@dataclass(frozen=True, slots=True)
class AskedItem:
    """A field of the panel. `person`: only the customer himself knows it."""

    item: Item
    answer_type: AnswerType
    person: bool


@dataclass(frozen=True, slots=True)
class PanelView:
    """The panel for one caller, one customer and one member of staff at one moment.

    `items` are the fields to draw; `needed`: how many at least, `own_needed` of them the person's own. `until`: when
    what is under way, or proved, ends; `ends_in_s` the same from now; `wait_s`: when a locked-out customer may be tried
    again. `by` is who verifies; `missed`: a set was wrong before, and another may be tried. `may_extend`: more time may
    be asked for. `role`: who speaks; `speaker`: his name, where he is an organisation's contact; `about` are the fields
    that ask for something of his company; `contacts` are those who may speak for an organisation (None: a person);
    `is_overridden`: two people believed the caller, nothing is proved.
    """

    state: PanelState
    call_id: CallId
    customer_id: CustomerId
    customer_name: str
    by: str
    verification_id: VerificationId | None = None
    items: tuple[AskedItem, ...] = ()
    needed: int = 0
    own_needed: int = 1
    tries_left: int = 0
    missed: bool = False
    level: Level = Level.NONE
    until: datetime | None = None
    ends_in_s: int = 0
    wait_s: int = 0
    may_begin: bool = False
    may_extend: bool = False
    role: CallerRole = CallerRole.SELF
    speaker: str = ""
    about: tuple[AskedItem, ...] = ()
    contacts: tuple[tuple[CustomerId, str], ...] | None = None
    is_overridden: bool = False


class IdentityPanel:
    """The panel's view of a verification."""

    def __init__(self, store: Store, clock: Clock, identity: Identity, rules: IdentityRules) -> None:
        self._store = store
        self._clock = clock
        self._identity = identity
        self._rules = rules

    def view(self, staff: Staff, call_id: CallId, customer_id: CustomerId) -> PanelView:
        """Return the panel. Raises NotFound, and Denied("verify") where he may not verify the caller of this call."""
        now = self._clock()
        with self._store.read() as connection:
            call = part_of(connection, staff, call_id)
            named = speakers.named(connection, customer_id)
            if named is None:
                raise NotFound("customer")
            name, kind = named
            over = call.ended_at is not None and now >= call.ended_at + self._rules.grace
            needed = self._rules.policy.items
            contacts = self._identity.speakers.contacts(connection, customer_id, kind)
            bare = PanelView(
                PanelState.LOCKED,
                call.id,
                customer_id,
                name,
                staff.name,
                needed=needed,
                own_needed=self._rules.policy.persons,
                may_begin=not over,
                contacts=contacts,
            )
            standing = self._identity.standing_in(connection, staff, call.id, customer_id)
            if standing is not None:
                return self._verified(connection, bare, standing, now)
            return self._unverified(connection, bare, staff, now, is_talking=call.ended_at is None)

    def _verified(self, connection: Connection, bare: PanelView, standing: Standing, now: datetime) -> PanelView:
        found = rows.verification(connection, standing.verification_id)
        assert found is not None
        policy = self._rules.policy
        held = self._identity.provable.askable(connection, found, now)
        further = in_order({item for item in held - found.proved if item.factor is Factor.PERSON})
        could = policy.level_of(found.proved | set(further), found.proofs)
        most = self._identity.speakers.most(connection, found)
        may_raise = standing.level < most and could > standing.level
        return replace(
            bare,
            state=PanelState.VERIFIED,
            verification_id=found.id,
            items=_fields(further) if may_raise and found.tries_left else (),
            needed=policy.further,
            tries_left=found.tries_left,
            level=standing.level,
            until=standing.until,
            ends_in_s=_seconds(standing.until - now),
            role=found.caller_role,
            speaker=self._speaker(connection, found),
            is_overridden=standing.is_overridden and standing.level == Level.HISTORY,
        )

    def _unverified(
        self, connection: Connection, bare: PanelView, staff: Staff, now: datetime, *, is_talking: bool
    ) -> PanelView:
        of_call = [one for one in rows.of_call(connection, bare.call_id) if one.customer_id == bare.customer_id]
        mine = [one for one in of_call if (one.user_id, one.session_hash) == (staff.user_id, staff.session_hash)]
        last = mine[-1] if mine else None
        running = last if last is not None and last.is_running(now) and bare.may_begin else None
        if running is not None and running.caller_role is CallerRole.FAMILY:
            return replace(bare, state=PanelState.FAMILY, role=CallerRole.FAMILY)
        over = now - FAILURE_WINDOW
        locked = failures.locked_since(connection, bare.customer_id, self._rules.daily_failures, over)
        if locked is not None:
            return replace(bare, state=PanelState.LOCKED_OUT, wait_s=_seconds(locked - over))
        tries_left = self._rules.tries - max((one.tries_used for one in of_call), default=0)
        if tries_left <= 0:
            return replace(bare, state=PanelState.FAILED, role=last.caller_role if last else CallerRole.SELF)
        if running is not None:
            return replace(
                bare,
                state=PanelState.IN_PROGRESS,
                role=running.caller_role,
                speaker=self._speaker(connection, running),
                about=_fields(in_order(self._identity.speakers.company_items(connection, running, now))),
                verification_id=running.id,
                items=_fields(in_order(self._identity.provable.askable(connection, running, now))),
                needed=self._needed(running),
                tries_left=min(tries_left, running.tries_left),
                missed=running.tries_used > 0,
                until=running.expires_at,
                ends_in_s=_seconds(running.expires_at - now),
                may_extend=is_talking and running.expires_at < running.started_at + LONGEST,
            )
        provable = self._identity.provable
        possible = bare.contacts or (
            bare.contacts is None and provable.can_customer_pass(connection, bare.customer_id, now)
        )
        if not possible:
            return replace(bare, state=PanelState.IMPOSSIBLE)
        expired = not bare.may_begin or (last is not None and _has_expired(last, now))
        return replace(bare, state=PanelState.EXPIRED if expired else PanelState.LOCKED, tries_left=tries_left)

    def _speaker(self, connection: Connection, found: Verification) -> str:
        named = None if found.contact_id is None else speakers.named(connection, found.contact_id)
        return "" if named is None else named[0]

    def _needed(self, running: Verification) -> int:
        """Return how many items must be asked at least, with what was proved beside them."""
        policy = self._rules.policy
        left = policy.items - len({proof.factor for proof in running.proofs})
        if Proof.CALL_BACK_PERSONAL_MOBILE in running.proofs and policy.call_back_items:
            left = min(left, policy.call_back_items)
        return max(1, left)


def in_order(items: Collection[Item]) -> tuple[Item, ...]:
    """Return the items in the order of asking."""
    return tuple(item for item in Item if item in items)


def _has_expired(last: Verification, now: datetime) -> bool:
    ran = last.state in (VerificationState.OPEN, VerificationState.PASSED)
    return last.state is VerificationState.EXPIRED or (ran and now >= last.expires_at)


def _fields(items: tuple[Item, ...]) -> tuple[AskedItem, ...]:
    return tuple(AskedItem(item, item.answer_type, item.factor is Factor.PERSON) for item in items)


def _seconds(length: timedelta) -> int:
    return max(0, -(-length // timedelta(seconds=1)))
