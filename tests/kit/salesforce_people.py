"""The people of the CRM contract in a simulated org, as its admin keeps them; and how they come over from there."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

from connectors.crm.salesforce import SalesforceCrm
from plugin.core.customers import CrmCustomer, CustomerKind, NumberKind, WrittenAnswer, WrittenNumber
from plugin.core.runs import Finding
from tests.kit.clock import HandClock
from tests.kit.tempo import HandTempo
from tests.salesforce_org import Org
from tests.salesforce_org.objects import text

FIELDS = (
    "Contact.Member__c=code, Contact.Kana__c=kana, Contact.House__c=household, Contact.MobilePhone=personal,"
    " Contact.Word__c=passphrase"
)
_CUSTOM = ("Member__c", "Kana__c", "House__c", "Word__c")
_LABELS = {NumberKind.MOBILE: ("MobilePhone", "Mobile Phone"), NumberKind.HOME: ("HomePhone", "Home Phone")}


@dataclass
class People:
    """Makes, alters and removes people; time goes on after each change, so that it is no longer fresh."""

    org: Org
    clock: HandClock
    ids: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.org.add_fields("Contact", *(text(name, 128) for name in _CUSTOM))

    def change(self, people: list[CrmCustomer]) -> None:
        """Bring the org to what the people say."""
        for person in people:
            thing = "Account" if person.kind is CustomerKind.ORGANISATION else "Contact"
            values = self._values(person)
            if person.external_id not in self.ids:
                self.ids[person.external_id] = self.org.insert(thing, **values)
            else:
                self.org.edit(thing, self.ids[person.external_id], **values)
            if person.gone:
                self.org.remove(thing, self.ids[person.external_id])
        self.clock.at += timedelta(minutes=2)

    def _values(self, person: CrmCustomer) -> dict[str, object]:
        if person.kind is CustomerKind.ORGANISATION:
            return {"Name": person.name}
        last, _, first = person.name.partition(" ")
        values: dict[str, object] = {"LastName": last, "FirstName": first or None, "Member__c": person.code or None}
        values |= {"Kana__c": person.kana or None, "House__c": person.household}
        values |= {_LABELS[one.kind][0]: one.raw for one in person.numbers}
        values["Word__c"] = next((one.value for one in person.answers if one.item == "passphrase"), None)
        return values | {"AccountId": self.ids.get(person.organisation or "")}

    def as_there(self, person: CrmCustomer) -> CrmCustomer:
        """Return how he comes over as he is in the org just now."""
        own = self.ids[person.external_id]
        thing = "Account" if person.kind is CustomerKind.ORGANISATION else "Contact"
        (row,) = self.org.rows(thing, f"\"Id\" = '{own}'")
        return replace(
            person,
            external_id=own,
            organisation=self.ids.get(person.organisation or ""),
            numbers=tuple(
                WrittenNumber(_LABELS[one.kind][1], one.raw, one.kind, one.kind is NumberKind.MOBILE)
                for one in sorted(person.numbers, key=lambda one: _LABELS[one.kind][0])
            ),
            answers=tuple(WrittenAnswer(one.item, one.value) for one in person.answers if one.item == "passphrase"),
            stamp=str(row["SystemModstamp"])[:23],
        )


def read_on(crm: SalesforceCrm, cursor: str | None = None) -> tuple[dict[str, CrmCustomer], str, list[Finding]]:
    """Read on from the cursor to the end; return the last word about each customer, the cursor, and the findings."""
    found: dict[str, CrmCustomer] = {}
    findings: list[Finding] = []
    for page in crm.changed_since(cursor):
        found |= {person.external_id: person for person in page.customers}
        findings += page.findings
        cursor = page.cursor
    assert cursor is not None
    return found, cursor, findings


def let_pass(time: HandTempo, **on: float) -> None:
    """Let hours and days go by, for tokens and shapes too."""
    before = time.clock.at
    time.passed += (time.clock.move(**on) - before).total_seconds()


def drive(crm: SalesforceCrm, clock: HandClock, cursor: str, **on: float) -> tuple[dict[str, CrmCustomer], str]:
    """Let time go on, then read on."""
    clock.move(**on)
    found, cursor, _ = read_on(crm, cursor)
    return found, cursor
