"""A record of the customers app as a customer: which field holds what, and how each type of field is read.

Keeps no value; what a record does not show is empty, and told as a finding by its field code.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.crm.kintone.client import Record
from connectors.crm.kintone.meanings import Mapped
from connectors.crm.kintone.options import Options
from connectors.crm.kintone.shapes import AppShape
from connectors.crm.meanings import ANSWERS, NUMBERS, Meaning
from plugin.core.customers import CrmCustomer, CustomerKind, WrittenAnswer, WrittenNumber
from plugin.core.errors import OutsideError
from plugin.core.runs import Finding

ID = "$id"
REVISION = "$revision"
_MOST_FIELD_LETTERS = 60
_ORGANISATIONS = {"法人", "企業", "団体", "会社", "organisation", "organization", "company"}
_PERSONS = {"個人", "person", "individual"}
_YES = {"1", "true", "yes", "y", "退会", "退会済み", "解約", "削除", "済", "○", "〇", "はい"}
_SPACED = {Meaning.NAME, Meaning.KANA, Meaning.HOUSEHOLD}
_TICKED = {"CHECK_BOX", "MULTI_SELECT", "DATE", "DATETIME"}


@dataclass(frozen=True, slots=True)
class Plan:
    """How customers are read from the app. `mark` is another one whenever they would be read otherwise."""

    app: int
    mapped: tuple[Mapped, ...]
    kinds: Mapping[str, str]
    updated: str
    kind: CustomerKind
    findings: tuple[Finding, ...]
    mark: str

    @property
    def codes(self) -> list[str]:
        """The fields that are asked for; a column comes with its table."""
        named = (code.partition(".")[0] for one in self.mapped for code in one.codes)
        return list(dict.fromkeys((ID, REVISION, self.updated, *named)))

    @property
    def census_codes(self) -> list[str]:
        """The fields that tell who is there: a record that says its customer has left is not."""
        named = (code.partition(".")[0] for one in self.mapped if one.meaning is Meaning.GONE for code in one.codes)
        return list(dict.fromkeys((ID, REVISION, *named)))


def plan_of(options: Options, shape: AppShape) -> Plan:
    """Return how this app is read. Raises OutsideError("fields_missing") where no field holds the name."""
    mapped: list[Mapped] = []
    findings: list[Finding] = []
    for one in options.meanings:
        there = tuple(code for code in one.codes if shape.find(code) is not None)
        if one.own:
            findings += [Finding("field_missing", code) for code in one.codes if code not in there]
        if there:
            mapped.append(Mapped(there, one.meaning, one.own))
    if not any(one.meaning is Meaning.NAME for one in mapped):
        wanted = next((one.codes for one in options.meanings if one.meaning is Meaning.NAME), ("name",))
        raise OutsideError("fields_missing", permanent=True, retry_after_s=300, fields="+".join(wanted))
    kinds = {code: found.kind for one in mapped for code in one.codes if (found := shape.find(code))}
    for one in mapped:
        findings += [Finding("number_field", code) for code in one.codes if _loses_zeros(one, kinds[code])]
    told = repr((options.url, shape.app, options.kind, sorted(repr(one) for one in mapped), sorted(kinds.items())))
    return Plan(
        app=shape.app,
        mapped=tuple(mapped),
        kinds=kinds,
        updated=shape.code_of("UPDATED_TIME"),
        kind=options.kind,
        findings=tuple(findings),
        mark=hashlib.sha256(told.encode()).hexdigest()[:16],
    )


def _loses_zeros(one: Mapped, kind: str) -> bool:
    return kind == "NUMBER" and (one.meaning in NUMBERS or one.meaning in (Meaning.CODE, Meaning.CARD_LAST4))


def id_of(record: Record) -> str:
    """Return the record's id. Raises OutsideError("unreadable_answer") where it has none."""
    return _number(record, ID)


def revision_of(record: Record) -> str:
    """Return the record's revision, which every change of it raises."""
    return _number(record, REVISION)


def _number(record: Record, name: str) -> str:
    try:
        value = record[name]["value"]
    except (KeyError, TypeError):
        raise OutsideError("unreadable_answer") from None
    if not isinstance(value, str) or not value.isascii() or not value.isdigit() or len(value) > 19:
        raise OutsideError("unreadable_answer")
    return value


def customer_of(plan: Plan, record: Record) -> CrmCustomer:
    """Return the customer that a record is."""
    said = {one.meaning: _said(one, record) for one in plan.mapped}
    if is_gone(plan, record):
        return CrmCustomer(id_of(record), kind=_kind(plan, said), gone=True, stamp=revision_of(record))
    return CrmCustomer(
        external_id=id_of(record),
        kind=_kind(plan, said),
        name=said[Meaning.NAME],
        kana=said.get(Meaning.KANA, ""),
        code=said.get(Meaning.CODE, ""),
        household=said.get(Meaning.HOUSEHOLD) or None,
        organisation=_company(said.get(Meaning.COMPANY, "")),
        numbers=tuple(_numbers(plan, record)),
        answers=tuple(_answers(plan, record)),
        stamp=revision_of(record),
    )


def hidden(plan: Plan, record: Record) -> tuple[Finding, ...]:
    """Return a finding for each field that the form has and the record does not show: our user may not see it."""
    codes = {code.partition(".")[0] for one in plan.mapped for code in one.codes}
    return tuple(Finding("field_hidden", code) for code in sorted(codes) if code not in record)


def _said(one: Mapped, record: Record) -> str:
    values = (value for code in one.codes for value in _values(code, record))
    between = " " if one.meaning in _SPACED else ""
    return between.join(value for value in values if value)


def _values(code: str, record: Record) -> list[str]:
    """Return what the field holds: one text, or one for each row of a table's column."""
    name, _, column = code.partition(".")
    held = record.get(name)
    value = held.get("value") if isinstance(held, Mapping) else None
    if not column:
        return [text_of(value)]
    rows = value if isinstance(value, list) else []
    cells = (row.get("value") for row in rows if isinstance(row, Mapping))
    found = (cell.get(column) for cell in cells if isinstance(cell, Mapping))
    return [text_of(cell.get("value")) for cell in found if isinstance(cell, Mapping)]


def text_of(value: Any) -> str:
    """Return a field's value as text, whatever its type: a list is spaced, a user or group is its name."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, Mapping):
        return text_of(value.get("name"))
    if isinstance(value, list):
        return " ".join(filter(None, map(text_of, value)))
    return ""


def is_gone(plan: Plan, record: Record) -> bool:
    """Tell whether the record says that he is a customer no more."""
    codes = [code for one in plan.mapped if one.meaning is Meaning.GONE for code in one.codes]
    return any(
        value and (value.casefold() in _YES or plan.kinds[code] in _TICKED)
        for code in codes
        for value in _values(code, record)
    )


def _kind(plan: Plan, said: Mapping[Meaning, str]) -> CustomerKind:
    word = said.get(Meaning.KIND, "").casefold()
    if word in _ORGANISATIONS:
        return CustomerKind.ORGANISATION
    return CustomerKind.PERSON if word in _PERSONS else plan.kind


def _company(word: str) -> str | None:
    """Return the record that a record number means: its digits, behind the app's code where the app has one."""
    number = word.rpartition("-")[2]
    return number.lstrip("0") or None if number.isascii() and number.isdigit() else None


def _numbers(plan: Plan, record: Record) -> Iterable[WrittenNumber]:
    for one in plan.mapped:
        kind = NUMBERS.get(one.meaning)
        for code in one.codes if kind is not None else ():
            for row, value in enumerate(_values(code, record), start=1):
                if value and kind is not None:
                    name = code[:_MOST_FIELD_LETTERS] if row == 1 else f"{code[:_MOST_FIELD_LETTERS]} {row}"
                    yield WrittenNumber(name, value, kind, one.meaning is Meaning.OWN_MOBILE)


def _answers(plan: Plan, record: Record) -> Iterable[WrittenAnswer]:
    for one in plan.mapped:
        item = ANSWERS.get(one.meaning)
        if item is not None:
            is_number = one.meaning in NUMBERS  # each field, and each row of a table, is a number of its own
            values = [value for code in one.codes for value in _values(code, record)] if is_number else []
            yield from (WrittenAnswer(item, value) for value in values or [_said(one, record)] if value)
