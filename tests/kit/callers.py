"""A customer with answers, a call of his, and staff who may verify him: what tests of the lock begin with."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import update

from plugin.core.customers import WrittenAnswer
from plugin.core.identity import CallerRole, Item, Level, Policy, Verification
from plugin.core.ids import CallId, CustomerId
from plugin.core.staff import Staff
from plugin.core.times import to_us
from plugin.services.answers import Answers
from plugin.services.identity import Identity
from plugin.services.identity_panel import IdentityPanel
from plugin.services.provable import IdentityRules
from plugin.store import call_lines
from plugin.store.answers import items_of
from plugin.store.engine import Connection, Store
from plugin.store.keys import Keys
from plugin.store.tables.calls import pops
from tests.kit.canary import Kind
from tests.kit.clock import HandClock
from tests.kit.people import Town
from tests.kit.sounds import HeardBus
from tests.kit.watch import know

STORED = {
    Item.NAME_KANA: "タカハシ ミサキ",
    Item.BIRTH_DATE: "昭和58年4月12日",
    Item.POSTAL_CODE: "160-0023",
    Item.CONTRACT_NUMBER: "K-4471-0921",
    Item.PASSPHRASE: "ひまわり",
}
RIGHT = {Item.NAME_KANA: "たかはし みさき", Item.BIRTH_DATE: "1983/4/12", Item.CONTRACT_NUMBER: "k44710921"}
WRONG = RIGHT | {Item.BIRTH_DATE: "1983/4/13"}
FURTHER = {Item.PASSPHRASE: "ひまわり"}
RULES = IdentityRules(tries=2, daily_failures=5, grace=timedelta(minutes=10), policy=Policy())


def keep(
    answers: Answers, connection: Connection, customer_id: CustomerId, stored: Mapping[Item, str], at: datetime
) -> None:
    """Keep a customer's answers as a sync does."""
    written = [WrittenAnswer(item.value, value) for item, value in stored.items()]
    know(Kind.ANSWER, *(value for item, value in stored.items() if item is not Item.NAME_KANA))
    new = () if items_of(connection, customer_id, at) else (customer_id,)
    answers.keep(connection, {customer_id: answers.read(written)}, at, new)


@dataclass(frozen=True, slots=True)
class Line:
    """One store with its services, and the doings that tests repeat."""

    store: Store
    clock: HandClock
    answers: Answers
    identity: Identity
    panel: IdentityPanel
    bus: HeardBus
    town: Town

    @classmethod
    def on(cls, store: Store, clock: HandClock, keys: Path, rules: IdentityRules = RULES) -> "Line":
        bus = HeardBus()
        answers = Answers(Keys(keys), "JP")
        identity = Identity(store, clock, answers, rules, bus)
        panel = IdentityPanel(store, clock, identity, rules)
        return cls(store, clock, answers, identity, panel, bus, Town(store, clock()))

    def customer(self, external_id: str = "S1", stored: Mapping[Item, str] = STORED) -> CustomerId:
        customer_id = self.town.customer(external_id)
        self.keep(customer_id, stored)
        return customer_id

    def keep(self, customer_id: CustomerId, stored: Mapping[Item, str]) -> None:
        with self.store.write() as connection:
            keep(self.answers, connection, customer_id, stored, self.clock())

    def level(self, staff: Staff, call_id: CallId, customer_id: CustomerId) -> Level:
        """Return the level of this moment."""
        standing = self.identity.standing(staff, call_id, customer_id)
        return Level.NONE if standing is None else standing.level

    def items(self, customer_id: CustomerId) -> frozenset[Item]:
        """Return the items that the customer has an answer for."""
        with self.store.read() as connection:
            return items_of(connection, customer_id, self.clock())

    def take(self, staff: Staff, call_id: CallId) -> None:
        """Let him take a call that rang at him."""
        mine = (pops.c.call_id == call_id) & (pops.c.user_id == staff.user_id)
        with self.store.write() as connection:
            taken = update(pops).where(mine).values(state="taken", taken_at=to_us(self.clock()))
            assert connection.execute(taken).rowcount == 1
            call_lines.renew(connection, call_id)

    def begin(
        self, staff: Staff, call_id: CallId, customer_id: CustomerId, role: CallerRole = CallerRole.SELF
    ) -> Verification:
        return self.identity.begin(staff, call_id, customer_id, role)

    def verified(self, staff: Staff, call_id: CallId, customer_id: CustomerId) -> Verification:
        begun = self.begin(staff, call_id, customer_id)
        assert self.identity.judge(staff, begun.id, RIGHT).passed
        return begun


def other_session(staff: Staff) -> Staff:
    """Return the same person, signed in elsewhere."""
    return replace(staff, session_hash="elsewhere")
