"""Makes customers of an org's records, from the rows of a bulk result and from JSON alike.

A person account is its contact: the account's row speaks for both, and a contact that is one says nothing but that it
was deleted or merged. A lead that was converted is gone, and is the contact it became.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from connectors.crm.salesforce.mapping import Meaning
from connectors.crm.salesforce.plans import Plan
from plugin.core.customers import CrmCustomer, CustomerKind, NumberKind, WrittenAnswer, WrittenNumber

STAMP_LETTERS = 23  # 2026-11-23T04:31:58.000, without the zone that JSON and CSV write in two ways
_BESIDE = frozenset(Meaning)


class Reader:
    """Reads rows of one plan whose columns stand in the order of `head`. Raises KeyError where one is missing."""

    def __init__(self, plan: Plan, head: Sequence[str]) -> None:
        at = {name: place for place, name in enumerate(head)}
        self._plan = plan
        self._kind = CustomerKind.PERSON if plan.thing != "Account" else CustomerKind.ORGANISATION
        self._id, self._deleted, self._stamp = at["Id"], at["IsDeleted"], at["SystemModstamp"]
        self._name = at["Name"]
        self._at = {name: at[name] for name in plan.fields}
        self._phones = [(at[one.name], one.label, one.kind, one.personal) for one in plan.phones]
        self._phones_of_person = [
            (place, label, NumberKind.OTHER if kind is NumberKind.MAIN else kind, own)
            for place, label, kind, own in self._phones
        ]
        self._answers = [
            (one.meaning, [at[name] for name in one.fields]) for one in plan.mapped if one.meaning not in _BESIDE
        ]
        kana = [one.fields for one in plan.mapped if one.meaning == Meaning.KANA]
        local = [name for name in ("NameLocal", "LastNameLocal", "FirstNameLocal") if name in at]
        self._kana = [at[name] for name in (kana[0] if kana else local)]
        self._code = self._places(Meaning.CODE)
        self._household = self._places(Meaning.HOUSEHOLD)
        self._person_account = self._at.get("IsPersonAccount")
        self._company = self._at.get("AccountId")
        self._converted = self._at.get("IsConverted")

    def _places(self, meaning: Meaning) -> list[int]:
        return [self._at[name] for one in self._plan.mapped if one.meaning == meaning for name in one.fields]

    def read(self, rows: Iterable[Sequence[str]]) -> Iterator[CrmCustomer]:
        """Yield what the rows say: each nothing, one customer, or one who is and one who is no more."""
        for row in rows:
            is_person_account = self._person_account is not None and row[self._person_account] == "true"
            stamp = row[self._stamp][:STAMP_LETTERS]
            if row[self._deleted] == "true" or (self._converted is not None and row[self._converted] == "true"):
                yield self._gone(row, stamp, is_person_account)
            elif not is_person_account:
                yield self._present(row, row[self._id], stamp, self._kind)
            elif self._plan.thing == "Account":
                yield self._present(row, row[self._at["PersonContactId"]], stamp, CustomerKind.PERSON)
                yield CrmCustomer(row[self._id], CustomerKind.ORGANISATION, gone=True)  # it may have been a company

    def _gone(self, row: Sequence[str], stamp: str, is_person_account: bool) -> CrmCustomer:
        if is_person_account and self._plan.thing == "Account":  # its contact tells whom it was merged into
            return CrmCustomer(row[self._at["PersonContactId"]], gone=True, stamp=stamp)
        into = ("ConvertedContactId", "ConvertedAccountId") if row[self._deleted] != "true" else ("MasterRecordId",)
        now = next((row[self._at[name]] for name in into if name in self._at and row[self._at[name]]), None)
        return CrmCustomer(row[self._id], self._kind, gone=True, merged_into=now, stamp=stamp)

    def _present(self, row: Sequence[str], external_id: str, stamp: str, kind: CustomerKind) -> CrmCustomer:
        phones = self._phones_of_person if kind is CustomerKind.PERSON else self._phones
        return CrmCustomer(
            external_id=external_id,
            kind=kind,
            name=row[self._name],
            kana=_joined(row, self._kana, " ") if self._kana else "",
            code=_joined(row, self._code, "") if self._code else "",
            household=_joined(row, self._household, " ") or None if self._household else None,
            organisation=None if self._company is None else row[self._company] or None,
            numbers=tuple([WrittenNumber(label, row[at], kind, own) for at, label, kind, own in phones if row[at]]),
            answers=self._read_answers(row) if self._answers else (),
            stamp=stamp,
        )

    def _read_answers(self, row: Sequence[str]) -> tuple[WrittenAnswer, ...]:
        told = ((item, _joined(row, places, "")) for item, places in self._answers)
        return tuple(WrittenAnswer(item, value) for item, value in told if value)


def _joined(row: Sequence[str], places: Sequence[int], between: str) -> str:
    if len(places) == 1:
        return row[places[0]]
    return between.join(part for part in (row[place] for place in places) if part)


def rows_of(plan: Plan, records: Iterable[Mapping[str, Any]]) -> Iterator[list[str]]:
    """Yield JSON records as rows of the plan's fields, their values as CSV writes them."""
    for record in records:
        yield [_written(record.get(name)) for name in plan.fields]


def _written(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
