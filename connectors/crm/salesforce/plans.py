"""Which fields of an object are read, found by describe and the site's mapping, and what of them is missing.

A field that is not there is told and left out; the rest goes on without it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from connectors.crm.salesforce.mapping import Mapped, Meaning, of_thing
from connectors.crm.salesforce.shapes import ObjectShape
from plugin.core.customers import NumberKind
from plugin.core.runs import Finding

OBJECTS = {"001": "Account", "003": "Contact", "00Q": "Lead"}  # by what their ids begin with, in the order of ids
_ALWAYS = ("Id", "IsDeleted", "SystemModstamp", "Name")
_WHERE_THERE = {
    "Account": ("MasterRecordId", "IsPersonAccount", "PersonContactId", "NameLocal"),
    "Contact": ("MasterRecordId", "AccountId", "IsPersonAccount", "LastNameLocal", "FirstNameLocal"),
    "Lead": (
        "MasterRecordId",
        "IsConverted",
        "ConvertedContactId",
        "ConvertedAccountId",
        "LastNameLocal",
        "FirstNameLocal",
    ),
}
_KINDS = (
    ("fax", NumberKind.FAX),
    ("mobile", NumberKind.MOBILE),
    ("cell", NumberKind.MOBILE),
    ("home", NumberKind.HOME),
)
_PHONE = {"Account": NumberKind.MAIN, "Contact": NumberKind.WORK, "Lead": NumberKind.WORK}


@dataclass(frozen=True, slots=True)
class PhoneField:
    """One field with a number: its API name, what people call it, and what number it holds."""

    name: str
    label: str
    kind: NumberKind
    personal: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """How one object is read. `mark` changes whenever another set of fields, or another meaning of them, is read."""

    thing: str
    fields: tuple[str, ...]
    phones: tuple[PhoneField, ...]
    mapped: tuple[Mapped, ...]
    findings: tuple[Finding, ...] = field(compare=False)

    @property
    def mark(self) -> str:
        """A short word for the plan."""
        return hashlib.sha256(repr((self.fields, self.phones, self.mapped)).encode()).hexdigest()[:12]

    @property
    def has_persons(self) -> bool:
        """Whether the org has person accounts, as far as this object tells."""
        return "IsPersonAccount" in self.fields


def plan_of(shape: ObjectShape, mapping: Sequence[Mapped]) -> Plan:
    """Return how the object is read: every phone field that we may see, what is mapped, and what identity hangs on."""
    wanted = of_thing(mapping, shape.name)
    mapped = tuple(one for one in wanted if all(name in shape for name in one.fields))
    missing = dict.fromkeys(name for one in wanted for name in one.fields if name not in shape)
    personal = {name for one in mapped if one.meaning == Meaning.PERSONAL for name in one.fields}
    phones = tuple(
        PhoneField(one.name, one.label, _kind(shape.name, one.name), one.name in personal)
        for one in sorted(shape.fields.values(), key=lambda one: one.name)
        if one.kind == "phone"
    )
    findings = [] if phones else [Finding("no_phone_field", shape.name)]
    memos = {name for one in mapped if one.meaning == Meaning.MEMO for name in one.fields}
    memos -= {one.name for one in phones}
    phones += tuple(PhoneField(name, shape.fields[name].label, NumberKind.MENTIONED, False) for name in sorted(memos))
    standing = [name for name in _WHERE_THERE[shape.name] if name in shape]
    names = (*_ALWAYS, *standing, *(one.name for one in phones), *(name for one in mapped for name in one.fields))
    told = (*(Finding("field_missing", f"{shape.name}.{name}") for name in missing), *findings)
    return Plan(shape.name, tuple(dict.fromkeys(names)), phones, mapped, told)


def _kind(thing: str, name: str) -> NumberKind:
    folded = name.lower()
    if name == "Phone":
        return _PHONE[thing]
    return next((kind for word, kind in _KINDS if word in folded), NumberKind.OTHER)
