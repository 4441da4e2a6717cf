"""Whose answers count: the customer's own, those of a proxy with a mandate, or those of an organisation's contact.

Refuses to tell a mandate that is not there from one whose proxy answered wrongly: both are a set that is not right.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from plugin.core.customers import CustomerKind
from plugin.core.errors import InputError, NotFound
from plugin.core.identity import CallerRole, Factor, Item, Level, Policy, Verification
from plugin.core.ids import CustomerId, MandateId
from plugin.core.mandates import MOST_IN_FORCE, Mandate
from plugin.services.answers import Answers
from plugin.store import answers, mandates
from plugin.store import speakers as rows
from plugin.store.engine import Connection

_NO_MANDATE = MandateId("")


@dataclass(frozen=True, slots=True)
class Said:
    """What a caller answered: of himself, and of his company where he speaks for one. Blank answers are left out."""

    own: Mapping[Item, str]
    company: Mapping[Item, str]


class Speakers:
    """The people whose answers count for a customer."""

    def __init__(self, answers: Answers, policy: Policy) -> None:
        self._answers = answers
        self._policy = policy

    def check(
        self, connection: Connection, customer_id: CustomerId, caller_role: CallerRole, contact_id: CustomerId | None
    ) -> None:
        """Refuse who cannot speak for the customer: an organisation has contacts, and a person is none.

        Raises NotFound("customer" | "contact") and InputError("role").
        """
        named = rows.named(connection, customer_id)
        if named is None:
            raise NotFound("customer")
        kind = named[1]
        is_company = caller_role is CallerRole.COMPANY
        if caller_role is not CallerRole.PROXY and is_company != (kind is CustomerKind.ORGANISATION):
            raise InputError("role")
        if is_company != (contact_id is not None):
            raise InputError("contact")
        if contact_id is not None and contact_id not in dict(rows.contacts_of(connection, customer_id)):
            raise NotFound("contact")

    def askable(
        self,
        connection: Connection,
        customer_id: CustomerId,
        now: datetime,
        caller_role: CallerRole = CallerRole.SELF,
        contact_id: CustomerId | None = None,
    ) -> frozenset[Item]:
        """Return what can be asked: what is on record long enough; of a proxy everything, whatever is registered."""
        if caller_role is CallerRole.PROXY:
            return self._policy.asked
        settled_by = now - self._policy.settled
        return self._policy.asked & answers.items_of(connection, contact_id or customer_id, settled_by)

    def contacts(
        self, connection: Connection, customer_id: CustomerId, kind: CustomerKind
    ) -> tuple[tuple[CustomerId, str], ...] | None:
        """Return id and name of those who may speak for an organisation; None where the customer is a person."""
        is_company = kind is CustomerKind.ORGANISATION
        return rows.contacts_of(connection, customer_id) if is_company else None

    def company_items(self, connection: Connection, found: Verification, now: datetime) -> frozenset[Item]:
        """Return what can be asked about the company that the caller speaks for: what not everybody can look up."""
        if found.caller_role is not CallerRole.COMPANY:
            return frozenset()
        held = answers.items_of(connection, found.customer_id, now - self._policy.settled)
        return frozenset(item for item in self._policy.asked & held if item.factor is not Factor.PUBLIC)

    def read(self, caller_role: CallerRole, own: Mapping[Item, str], company: Mapping[Item, str]) -> Said:
        """Return what the caller was asked and said; what the site does not ask proves nothing."""
        asked = {item: text for item, text in own.items() if item in self._policy.asked and text.strip()}
        if caller_role is not CallerRole.COMPANY:
            return Said(asked, {})
        about = {item: text for item, text in company.items() if item in self._policy.asked and text.strip()}
        return Said(asked, about)

    def is_enough_of_company(self, found: Verification, said: Said) -> bool:
        """Tell whether somebody who speaks for a company told something of it that not everybody can look up."""
        if found.caller_role is not CallerRole.COMPANY:
            return True
        return any(item.factor is not Factor.PUBLIC for item in said.company)

    def is_of_his_making(self, connection: Connection, begun: Verification, now: datetime) -> bool:
        """Tell whether who verifies is one of the two who made a mandate of this customer that is in force."""
        if begun.caller_role is not CallerRole.PROXY:
            return False
        all_of_his = mandates.of_customer(connection, begun.customer_id)
        return any(one.is_of(begun.user_id) for one in all_of_his if one.is_in_force(now))

    def prove(self, connection: Connection, found: Verification, said: Said, now: datetime) -> Verification | None:
        """Return the verification with the mandate under which its set is right, itself without one; None if wrong."""
        if found.caller_role is CallerRole.PROXY:
            return self._prove_proxy(connection, found, said, now)
        settled_by = now - self._policy.settled
        person = found.contact_id or found.customer_id
        own = self._answers.proved(connection, person, said.own, settled_by) == said.own.keys()
        about = self._answers.proved(connection, found.customer_id, said.company, settled_by) == said.company.keys()
        return found if own and about else None

    def _prove_proxy(
        self, connection: Connection, found: Verification, said: Said, now: datetime
    ) -> Verification | None:
        mandates.hold(connection, found.customer_id)
        ids = [one.id for one in self._mandates(connection, found, now)]
        kept = mandates.kept_of(connection, ids)
        # As much work where there is none: how many there are, time shall not tell.
        decoy = (_NO_MANDATE, self._answers.decoy(_NO_MANDATE))
        compared = [(one, kept[one]) for one in ids if kept[one].sealed]
        compared += [decoy] * (MOST_IN_FORCE - len(compared))
        heard = self._answers.heard(said.own)
        right = [self._answers.fitting(one, heard, held) == heard.keys() for one, held in compared]
        fits = [one for (one, _), is_right in zip(compared, right, strict=True) if is_right and one != _NO_MANDATE]
        return found.under(fits[0]) if fits else None

    def _mandates(self, connection: Connection, found: Verification, now: datetime) -> list[Mandate]:
        all_of_his = mandates.of_customer(connection, found.customer_id)
        in_force = [one for one in all_of_his if one.is_in_force(now) and not one.is_of(found.user_id)]
        return [one for one in in_force if found.mandate_id in (None, one.id)][:MOST_IN_FORCE]

    def most(self, connection: Connection, found: Verification) -> Level:
        """Return the highest level that whoever speaks may reach."""
        return self.bounded(connection, found, Level.LISTEN, found.expires_at)[0]

    def bounded(
        self, connection: Connection, found: Verification, level: Level, until: datetime
    ) -> tuple[Level, datetime]:
        """Return how far and how long somebody may go who has proved `level`: a mandate may hold less."""
        mandate = None if found.mandate_id is None else mandates.find(connection, found.mandate_id)
        if mandate is None:
            return level, until
        return min(level, mandate.scope.level), min(until, mandate.expires_at)
