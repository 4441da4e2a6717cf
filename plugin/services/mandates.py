"""Registers who may ask for a customer, and ends it. What the proxy answers is kept as marks alone.

Refuses a mandate under which the proxy could not be verified as a person of his own.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from plugin.core.access import Deed, may
from plugin.core.audit import Act, AuditFact, Remark, RemarkName
from plugin.core.customers import WrittenAnswer
from plugin.core.errors import Conflict, Denied, InputError, NotFound
from plugin.core.identity import Item, Level, Policy
from plugin.core.ids import CustomerId, MandateId, new_id
from plugin.core.mandates import MOST_IN_FORCE, Mandate, Scope, read_last_day
from plugin.core.ports import Clock
from plugin.core.staff import Staff, read_word
from plugin.core.times import local_day
from plugin.services.answers import Answers
from plugin.store import audit, speakers
from plugin.store import identity as identities
from plugin.store import mandates as rows
from plugin.store.engine import Connection, Store

_MOST_NAME = 128
_MOST_REASON = 200


class Mandates:
    """The mandates of a site. `zone`: whose days they end with; `policy`: what the proxy has to prove of himself."""

    def __init__(self, store: Store, clock: Clock, answers: Answers, policy: Policy, zone: ZoneInfo) -> None:
        self._store = store
        self._clock = clock
        self._answers = answers
        self._policy = policy
        self._zone = zone

    def in_force(self, staff: Staff) -> tuple[Mandate, ...]:
        """Return what is in force, the next to end first. Raises Denied("role")."""
        _allow(staff)
        with self._store.read() as connection:
            return rows.in_force(connection, self._clock())

    def customers_with_code(self, staff: Staff, code: str) -> tuple[tuple[CustomerId, str], ...]:
        """Return id and name of the customers of exactly that number of the CRM. Raises Denied("role")."""
        _allow(staff)
        with self._store.read() as connection:
            return speakers.with_code(connection, code.strip()) if code.strip() else ()

    def of(self, staff: Staff, customer_id: CustomerId) -> tuple[str, tuple[Mandate, ...]]:
        """Return the customer's name and all his mandates. Raises Denied("role"), NotFound("customer")."""
        _allow(staff)
        with self._store.read() as connection:
            return _name(connection, customer_id), rows.of_customer(connection, customer_id)

    def register(
        self,
        staff: Staff,
        customer_id: CustomerId,
        name: str,
        scope: Scope,
        last_day: date,
        said: Mapping[Item, str],
    ) -> Mandate:
        """Register that the person `name`, who answers as `said`, may ask for the customer until the end of `last_day`.

        Raises Denied("role"), NotFound("customer"), Conflict("too_many"), and InputError: "name", "valid_until",
        "answer" (fact `item`: one that cannot be read in exactly one way), "too_few" (they could not verify anybody).
        """
        _allow(staff)
        now = self._clock()
        last = read_last_day(last_day, local_day(now, self._zone))
        until = datetime.combine(last + timedelta(days=1), time(), self._zone).astimezone(UTC)
        proxy = read_word(name, _MOST_NAME, "name")
        forms = self._answers.read(WrittenAnswer(item.value, text) for item, text in said.items() if text.strip())
        for item, found in forms.items():
            if not found or item not in self._policy.asked:
                raise InputError("answer", item=item.value)
        if self._policy.level_of(forms.keys()) < Level.HISTORY:
            raise InputError("too_few")

        def work(connection: Connection) -> Mandate:
            customer_name = _name(connection, customer_id)
            if sum(one.is_in_force(now) for one in rows.of_customer(connection, customer_id)) >= MOST_IN_FORCE:
                raise Conflict("too_many")
            new = Mandate(
                MandateId(new_id(now)), customer_id, customer_name, proxy, scope, until, now, registered_by=staff.name
            )
            rows.add(connection, new, staff.user_id, self._answers.marks(new.id, forms))
            self._note(connection, Act.MANDATE_REGISTERED, staff, new, scope.value, now)
            return new

        return self._store.write_again(work)

    def end(self, staff: Staff, mandate_id: MandateId, reason: str) -> Mandate:
        """End a mandate at once, with whatever is under way or proved under it.

        Raises Denied("role"), InputError("reason"), NotFound("mandate"), Conflict("not_in_force").
        """
        _allow(staff)
        text = read_word(reason, _MOST_REASON, "reason")

        def work(connection: Connection) -> Mandate:
            now = self._clock()
            found = rows.find(connection, mandate_id)
            if found is None:
                raise NotFound("mandate")
            if not rows.end(connection, mandate_id, now):
                raise Conflict("not_in_force")
            identities.close_of_mandate(connection, mandate_id)
            said = (Remark(RemarkName.REASON, text),)
            self._note(connection, Act.MANDATE_ENDED, staff, found, "ended", now, said)
            return found

        return self._store.write_again(work)

    def _note(
        self,
        connection: Connection,
        act: Act,
        staff: Staff,
        about: Mandate,
        outcome: str,
        at: datetime,
        remarks: tuple[Remark, ...] = (),
    ) -> None:
        fact = AuditFact(
            act,
            at,
            user_id=staff.user_id,
            customer_id=about.customer_id,
            subject=about.id,
            outcome=outcome,
            address=staff.address,
            remarks=remarks,
        )
        audit.append(connection, fact)


def _allow(staff: Staff) -> None:
    if not may(staff.role, Deed.REGISTER_MANDATES):
        raise Denied("role")


def _name(connection: Connection, customer_id: CustomerId) -> str:
    named = speakers.named(connection, customer_id)
    if named is None:
        raise NotFound("customer")
    return named[0]
