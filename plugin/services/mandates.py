"""Registers who may ask for a customer, by two people, and ends it. What the proxy answers is kept as marks alone.

Refuses a mandate under which the proxy could not be verified as a person of his own. What one person registered counts
for nothing until another has confirmed exactly that (services/approvals.py).
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from plugin.core.access import Deed, may
from plugin.core.approvals import MOST_REASON, Approval, ApprovalKind, canonical
from plugin.core.audit import Act, AuditFact, Remark, RemarkName
from plugin.core.customers import WrittenAnswer
from plugin.core.errors import Conflict, Denied, InputError, NotFound
from plugin.core.identity import Item, Level, Policy
from plugin.core.ids import CustomerId, MandateId, new_id
from plugin.core.mandates import MOST_IN_FORCE, Mandate, MandateState, Scope, read_last_day
from plugin.core.ports import Clock
from plugin.core.staff import Staff, read_word
from plugin.core.times import local_day
from plugin.services.answers import Answers
from plugin.services.approvals import Approvals, Content
from plugin.store import audit, speakers
from plugin.store import identity as identities
from plugin.store import mandates as rows
from plugin.store.engine import Connection, Store

_OPEN = frozenset({MandateState.WAITING, MandateState.IN_FORCE})
_AT_ONCE = 100
_MOST_NAME = 128
_MOST_REASON = 200


class Mandates:
    """The mandates of a site. `zone`: whose days they end with; `policy`: what the proxy has to prove of himself."""

    def __init__(
        self, store: Store, clock: Clock, answers: Answers, approvals: Approvals, policy: Policy, zone: ZoneInfo
    ) -> None:
        self._store = store
        self._clock = clock
        self._answers = answers
        self._approvals = approvals
        self._policy = policy
        self._zone = zone

    def open(self, staff: Staff) -> tuple[Mandate, ...]:
        """Return what is in force or waits for a second person, the next to end first. Raises Denied("role")."""
        _allow(staff)
        now = self._clock()
        with self._store.read() as connection:
            found = rows.open_at(connection, now)
        return tuple(one for one in found if one.state_at(now) in _OPEN)

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
        basis: str,
    ) -> Mandate:
        """Ask a second person to confirm that `name`, who answers as `said`, may ask for the customer.

        It counts once he has, until the end of `last_day`. `basis`: the papers on which, for the second person. Raises
        Denied("role"), NotFound("customer"), Conflict("too_many"), LimitReached("approvals"), and InputError: "name",
        "basis", "valid_until", "answer" (fact `item`: one that cannot be read in exactly one way), "too_few" (they
        could not verify anybody).
        """
        _allow(staff)
        now = self._clock()
        last = read_last_day(last_day, local_day(now, self._zone))
        until = datetime.combine(last + timedelta(days=1), time(), self._zone).astimezone(UTC)
        proxy, papers = read_word(name, _MOST_NAME, "name"), read_word(basis, MOST_REASON, "basis")
        forms = self._answers.read(WrittenAnswer(item.value, text) for item, text in said.items() if text.strip())
        for item, found in forms.items():
            if not found or item not in self._policy.asked:
                raise InputError("answer", item=item.value)
        if self._policy.level_of(forms.keys()) < Level.HISTORY:
            raise InputError("too_few")

        def work(connection: Connection) -> Mandate:
            customer_name = _name(connection, customer_id)
            if self._open_of(connection, customer_id) >= MOST_IN_FORCE:
                raise Conflict("too_many")
            made = MandateId(new_id(now))
            new = Mandate(made, customer_id, customer_name, proxy, scope, until, now, staff.name, staff.user_id)
            kept = self._answers.seal(new.id, forms)
            rows.add(connection, new, kept)
            content = self._content(new, kept)
            asked = self._approvals.ask_in(connection, ApprovalKind.MANDATE, new.id, content, papers, staff)
            self._note(connection, Act.MANDATE_REGISTERED, staff, new, scope.value, now)
            return replace(new, request=asked.state)

        return self._store.write_again(work)

    def carry_out(self, connection: Connection, approval: Approval, by: Staff) -> None:
        """Let a mandate count, now that `by` has confirmed it; the effect of the approval (services/approvals.py).

        Raises NotFound, Conflict("approval_changed" | "not_waiting" | "too_many").
        """
        now = self._clock()
        mandate_id = MandateId(approval.subject)
        found = rows.find(connection, mandate_id)
        if found is None or found.registrar != approval.asked_by:
            raise NotFound("mandate")
        _name(connection, found.customer_id)
        if canonical(self._content(found, rows.kept_of(connection, [mandate_id])[mandate_id])) != approval.content:
            raise Conflict("approval_changed")
        if self._open_of(connection, found.customer_id) > MOST_IN_FORCE:
            raise Conflict("too_many")
        if not rows.confirm(connection, mandate_id, by.user_id, now):
            raise Conflict("not_waiting")
        self._note(connection, Act.MANDATE_CONFIRMED, by, found, found.scope.value, now)

    def name_of(self, staff: Staff, mandate_id: MandateId) -> str:
        """Return the proxy's name, for who is to confirm the mandate. Raises Denied("role"), NotFound("mandate")."""
        _allow(staff)
        with self._store.read() as connection:
            found = rows.find(connection, mandate_id)
        if found is None:
            raise NotFound("mandate")
        return found.name

    def rekey(self) -> int:
        """Bring the answers of all proxies under the newest key, in small steps; return of how many mandates.

        May be cut off and called again. Raises Unavailable("answer_key") where an older key is missing.
        """
        moved, newest = 0, self._answers.newest_key_id()

        def work(connection: Connection) -> int:
            ids = rows.not_under(connection, newest, _AT_ONCE)
            for mandate_id, kept in rows.kept_of(connection, ids).items():
                rows.reseal(connection, mandate_id, kept, *self._answers.sealed_anew(mandate_id, kept))
            return len(ids)

        while some := self._store.write_again(work):
            moved += some
        return moved

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

    def _open_of(self, connection: Connection, customer_id: CustomerId) -> int:
        now = self._clock()
        return sum(one.state_at(now) in _OPEN for one in rows.of_customer(connection, customer_id))

    def _content(self, about: Mandate, kept: rows.Kept) -> Content:
        """Return exactly what a second person confirms; `seal` binds the name and the answers, which it cannot hold."""
        told = json.dumps([about.name, kept.rows])
        return {
            "mandate": about.id,
            "customer": about.customer_id,
            "scope": about.scope.value,
            "until": about.last_day(self._zone).isoformat(),
            "answers": " ".join(item.value for item in Item if item in kept.marks),
            "seal": hashlib.sha256(told.encode()).hexdigest(),
        }

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


def end_of_gone(connection: Connection, at: datetime, most: int, customer_id: CustomerId | None = None) -> int:
    """End up to `most` mandates of customers whose record is gone, or of that one, with what was proved under them.

    They follow nobody: two people confirmed whom a mandate is of, and a merge in the CRM is neither of them.
    """
    ended = rows.end_of_gone(connection, at, most, customer_id)
    for one in ended:
        identities.close_of_mandate(connection, one.id)
        fact = AuditFact(Act.MANDATE_ENDED, at, customer_id=one.customer_id, subject=one.id, outcome="customer_gone")
        audit.append(connection, fact)
    return len(ended)


def _allow(staff: Staff) -> None:
    if not may(staff.role, Deed.REGISTER_MANDATES):
        raise Denied("role")


def _name(connection: Connection, customer_id: CustomerId) -> str:
    named = speakers.named(connection, customer_id)
    if named is None:
        raise NotFound("customer")
    return named[0]
