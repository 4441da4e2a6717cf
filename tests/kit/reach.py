"""A customer with numbers, and the services that reach him there: what tests of codes and call-backs begin with."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, insert, select, update

from connectors.messages.folder import FolderSender
from plugin.core.control import CallControl
from plugin.core.customers import NumberKind
from plugin.core.identity import Policy, Proof
from plugin.core.ids import CustomerId, VerificationId
from plugin.core.ports import MessageSender, MessageWay
from plugin.core.staff import Staff
from plugin.core.times import to_us
from plugin.services.call_backs import CallBacks
from plugin.services.codes import CodeRules, Codes
from plugin.services.identity import Identity
from plugin.services.outward import Outward
from plugin.services.provable import IdentityRules
from plugin.services.reachable import Reachable
from plugin.store import number_holders
from plugin.store.engine import Store
from plugin.store.keys import Keys
from plugin.store.tables.customers import customer_numbers, customers
from tests.kit.callers import STORED, Line
from tests.kit.clock import HandClock

MOBILE, FIXED = "+819012345678", "+81312345678"
RULES = IdentityRules(2, 5, timedelta(minutes=10), Policy(), frozenset(Proof))


def give_number(
    store: Store,
    customer_id: CustomerId,
    e164: str = MOBILE,
    kind: NumberKind = NumberKind.MOBILE,
    *,
    personal: bool = True,
    changed_us: int = 0,
) -> None:
    """Give the customer one more number, by which he is found."""
    values = {"customer_id": customer_id, "field": f"{kind.value} {e164[-4:]}", "place": "0", "raw": e164}
    values |= {"e164": e164, "kind": kind.value}
    with store.write() as connection:
        connection.execute(
            insert(customer_numbers).values(**values, valid=1, personal=int(personal), changed_at=changed_us)
        )
        of_one = customers.c.id == customer_id
        place = connection.scalar(select(customers.c.place).where(of_one))
        if place is None:
            place = (connection.scalar(select(func.max(customers.c.place))) or 0) + 1
            connection.execute(update(customers).where(of_one).values(place=place))
        number_holders.hold(connection, [(e164, place)])


@dataclass(frozen=True, slots=True)
class Phones:
    """One store with what reaches customers, a folder of the messages that went out, and a line to the desk."""

    line: Line
    reachable: Reachable
    codes: Codes
    call_backs: CallBacks
    folder: Path
    outward: Outward

    @classmethod
    def on(
        cls,
        store: Store,
        clock: HandClock,
        data: Path,
        *,
        sender: Callable[[Path], MessageSender] | None = None,
        controls: Mapping[str, CallControl] | None = None,
        daily: int = 5,
        bound_s: float = 30.0,
    ) -> "Phones":
        plain = Line.on(store, clock, data / "keys", RULES)
        reachable = Reachable(Keys(data / "keys"), clock, RULES.policy, frozenset({"JP"}))
        identity = Identity(store, clock, plain.answers, RULES, plain.bus, reachable)
        line = Line(store, clock, plain.answers, identity, plain.panel, plain.bus, plain.town)
        carrier = sender(data) if sender else FolderSender(data, {})
        outward = Outward(store.leave, bound_s=bound_s)
        rules = CodeRules(daily, "みなと通販", "ja")
        codes = Codes(store, clock, identity, reachable, carrier, outward, rules, plain.bus)
        call_backs = CallBacks(store, clock, identity, reachable, controls or {}, outward, daily, plain.bus)
        return cls(line, reachable, codes, call_backs, data / "messages", outward)

    def customer(self, external_id: str = "S1", e164: str = MOBILE) -> CustomerId:
        """Add a customer with answers and a mobile that is his alone."""
        customer_id = self.line.customer(external_id, STORED)
        give_number(self.line.store, customer_id, e164)
        return customer_id

    def mark(self, customer_id: CustomerId, e164: str = MOBILE) -> str:
        """Return by what a page chooses that number."""
        with self.line.store.read() as connection:
            numbers = self.reachable.numbers(connection, customer_id)
        return next(mark for mark, reach in numbers.items() if reach.e164 == e164)

    def begin(self, staff: Staff, customer_id: CustomerId) -> VerificationId:
        """Begin to verify him in a new call that `staff` has taken."""
        return self.line.begin(staff, self.line.town.call(taken_by=staff, ended=False), customer_id).id

    def send(self, staff: Staff, verification_id: VerificationId, customer_id: CustomerId, e164: str = MOBILE) -> str:
        """Send a code by text, and return it as the customer reads it."""
        self.codes.send(staff, verification_id, self.mark(customer_id, e164), MessageWay.SMS)
        return self.read()[-1]

    def read(self) -> list[str]:
        """Return the codes of all messages, the oldest first."""
        files = sorted(self.folder.iterdir()) if self.folder.exists() else []
        found = (re.search(r"\d{6}(?=（)", path.read_text("utf-8")) for path in files)
        return [one[0] for one in found if one]

    def now_us(self) -> int:
        """Return this instant as the database has it."""
        return to_us(self.line.clock())
