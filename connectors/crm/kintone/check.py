"""Looks whether a kintone is set up as docs/kintone.md says: sign-in, both forms, what may be seen. Changes nothing."""

from collections.abc import Iterator
from dataclasses import fields

from connectors.crm.kintone.activities import KINDS, LEAST_LETTERS, NEEDED, parts, words_of
from connectors.crm.kintone.client import Session
from connectors.crm.kintone.options import Options
from connectors.crm.kintone.people import ID, hidden, plan_of
from connectors.crm.kintone.shapes import AppShape, FieldShape
from connectors.crm.meanings import NUMBERS
from plugin.core.errors import OutsideError
from plugin.core.ports import CrmFinding, Weight

_WITHIN_S = 30.0
_FILLS_ITSELF = {"RECORD_NUMBER", "CREATED_TIME", "UPDATED_TIME", "CREATOR", "MODIFIER", "STATUS", "STATUS_ASSIGNEE"}


def check(session: Session) -> Iterator[CrmFinding]:
    """Yield what is to be said of both apps; raises nothing."""
    session = session.within(_WITHIN_S)
    options = session.options
    for app, look in ((options.customers_app, _customers), (options.activities_app, _activities)):
        try:
            found = list(look(session, session.shape(app, fresh=True)))
        except OutsideError as error:
            what = error.facts.get("fields") or f"app {app}"
            yield CrmFinding(Weight.MEND, error.reason, str(what))
            continue
        yield CrmFinding(Weight.FINE, "app_seen", f"app {app}")
        yield from found


def _customers(session: Session, shape: AppShape) -> Iterator[CrmFinding]:
    plan = plan_of(session.options, shape)
    records, _ = session.records(shape.app, "order by $id desc limit 1", plan.codes)
    for finding in (*plan.findings, *(hidden(plan, records[0]) if records else ())):
        yield CrmFinding(Weight.LOOK, finding.code if finding.code != "field_missing" else "code_missing", finding.what)
    if not any(one.meaning in NUMBERS for one in plan.mapped):
        yield CrmFinding(Weight.MEND, "no_number_field", f"app {shape.app}")
    if not records:
        yield CrmFinding(Weight.LOOK, "no_records", f"app {shape.app}")


def _activities(session: Session, shape: AppShape) -> Iterator[CrmFinding]:
    session.records(shape.app, "order by $id desc limit 1", [ID])
    codes = session.options.activity
    there = dict(parts(codes, shape))
    for one in fields(codes):
        needed = one.name in NEEDED
        code, found = getattr(codes, one.name), there.get(one.name)
        if found is None:
            yield CrmFinding(*((Weight.MEND, "code_missing") if needed else (Weight.LOOK, "code_lacking")), what=code)
        elif found.kind not in KINDS[one.name] or found.is_filled:
            weight = Weight.MEND if needed else Weight.LOOK
            yield CrmFinding(weight, "wrong_type", f"{code} ({found.kind})")
        else:
            yield from _form(one.name, found)
    yield from _required(session.options, shape)


def _form(part: str, found: FieldShape) -> Iterator[CrmFinding]:
    if part == "call" and not found.unique:
        yield CrmFinding(Weight.MEND, "duplicates_allowed", found.code)
    if 0 < found.most_letters < LEAST_LETTERS.get(part, 0):
        yield CrmFinding(Weight.MEND, "field_short", found.code, found.most_letters)
    if found.options:
        for word in sorted(words_of(part) - found.options):
            yield CrmFinding(Weight.LOOK, "list_lacks", f"{found.code}: {word}")


def _required(options: Options, shape: AppShape) -> Iterator[CrmFinding]:
    ours = {getattr(options.activity, one.name) for one in fields(options.activity)}
    for code, one in shape.fields.items():
        if one.required and code not in ours and one.kind not in _FILLS_ITSELF:
            yield CrmFinding(Weight.MEND, "field_required", code)
