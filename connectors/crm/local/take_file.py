"""Stores the people of a customer list: all or none, and only what the file has columns for."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from connectors.crm.local import customers
from connectors.crm.local.client import LocalFile
from connectors.crm.local.people_file import PeopleFile, read_people
from connectors.crm.meanings import ANSWERS, Meaning
from plugin.core.customers import CrmCustomer, CustomerKind, ImportReport


def take_file(file: LocalFile, data: bytes, mapping: Sequence[tuple[str, str]], *, dry: bool) -> ImportReport:
    """Read `data` and, unless a row is bad or `dry`, store everybody in one transaction; see core/ports.py."""
    read = read_people(data, mapping)
    with file.write() as connection:
        kept = {person.external_id: person for person in customers.everyone(connection)}
        companies = _companies([*kept.values(), *(person for person, _ in read.people)])
        changed: list[CrmCustomer] = []
        unlinked = new = 0
        for written, company in read.people:
            before = kept.get(written.external_id)
            organisation = companies.get(company)
            unlinked += bool(company) and organisation is None
            person = _merged(before, replace(written, organisation=organisation), read)
            if person != before:
                changed.append(person)
                new += before is None
        if not dry and not read.bad:
            customers.store(connection, changed)
    return ImportReport(
        encoding=read.encoding,
        columns=tuple((header, target.value) for header, target in read.columns),
        ignored=read.ignored,
        new=new,
        changed=len(changed) - new,
        same=len(read.people) - len(changed),
        unlinked=unlinked,
        bad=read.bad,
        dry=dry,
    )


def _companies(everybody: Iterable[CrmCustomer]) -> dict[str, str]:
    """Return the external id of each company by that id, and by its name where only one bears it."""
    companies = {one.external_id: one.name for one in everybody if one.kind is CustomerKind.ORGANISATION}
    bearers = Counter(companies.values())
    by_name = {name: external_id for external_id, name in companies.items() if bearers[name] == 1}
    return by_name | {external_id: external_id for external_id in companies}


def _merged(before: CrmCustomer | None, row: CrmCustomer, read: PeopleFile) -> CrmCustomer:
    headers = {header for header, _ in read.columns}
    targets = {target for _, target in read.columns}
    items = {ANSWERS[target] for target in targets if target in ANSWERS}
    old = before if before is not None else CrmCustomer(row.external_id)

    def pick(target: Meaning) -> CrmCustomer:
        return row if target in targets else old

    numbers = (*(number for number in old.numbers if number.field not in headers), *row.numbers)
    answers = (*(answer for answer in old.answers if answer.item not in items), *row.answers)
    return CrmCustomer(
        external_id=row.external_id,
        kind=pick(Meaning.KIND).kind,
        name=row.name,
        kana=pick(Meaning.KANA).kana,
        code=pick(Meaning.CODE).code,
        household=pick(Meaning.HOUSEHOLD).household,
        organisation=pick(Meaning.COMPANY).organisation,
        numbers=tuple(sorted(numbers, key=lambda number: number.field)),
        answers=tuple(sorted(answers, key=lambda answer: answer.item)),
        gone=row.gone,
    )
