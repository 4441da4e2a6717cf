"""Looks whether an org is set up as docs/salesforce.md says: sign-in, fields, allowance. Changes nothing."""

from collections.abc import Iterator

from connectors.crm.salesforce.client import Session
from connectors.crm.salesforce.shapes import ObjectShape
from connectors.crm.salesforce.tasks import TaskForm, lacking
from plugin.core.errors import OutsideError
from plugin.core.ports import CrmFinding, Weight

_WITHIN_S = 30.0
_CUSTOMERS = ("Account", "Contact", "Lead")


def check(session: Session) -> Iterator[CrmFinding]:
    """Yield what is to be said of the org, the gravest reason to stop last; raises nothing."""
    if (certificate := session.papers()) is not None:
        yield certificate
    session = session.within(_WITHIN_S, background=False)
    session.forget_shapes()
    try:
        yield _budget(session)
        yield from _fields(session)
        for name in _CUSTOMERS:
            yield from _seen(session, name)
    except OutsideError as error:
        told = error.facts.get("fields") or error.facts.get("asked") or error.facts.get("skew_s") or ""
        yield CrmFinding(Weight.MEND, error.reason, str(told))


def _budget(session: Session) -> CrmFinding:
    try:
        daily = session.get("limits")["DailyApiRequests"]
        left, most = int(daily["Remaining"]), int(daily["Max"])
    except (KeyError, TypeError, ValueError):
        return CrmFinding(Weight.FINE, "signed_in")
    ours = left * 100 > most * (100 - session.options.budget_percent)
    return CrmFinding(*((Weight.FINE, "budget") if ours else (Weight.LOOK, "budget_low")), what=f"{most:,}", n=left)


def _fields(session: Session) -> Iterator[CrmFinding]:
    options = session.options
    shape = session.describe("Task")
    absent = list(lacking(options, shape))
    for name, needed in absent:
        yield CrmFinding(*((Weight.MEND, "field_missing") if needed else (Weight.LOOK, "field_lacking")), what=name)
    call = options.task.call
    if call in shape and shape.fields[call].external_id and not shape.fields[call].unique:
        yield CrmFinding(Weight.LOOK, "not_unique", call)
    yield from _short(session, shape)
    if not any(needed for _, needed in absent):
        TaskForm(options, shape)  # says what else is wrong
    if not absent:
        yield CrmFinding(Weight.FINE, "fields_there")


def _short(session: Session, shape: ObjectShape) -> Iterator[CrmFinding]:
    own = session.options.task
    for name, least in ((own.call, 40), (own.started, 27), (own.outcome, 24)):
        if name in shape and 0 < shape.fields[name].length < least:
            yield CrmFinding(Weight.MEND, "field_short", name, shape.fields[name].length)


def _seen(session: Session, name: str) -> Iterator[CrmFinding]:
    try:
        session.describe(name)
    except OutsideError as error:
        if error.reason != "not_found":
            raise
        yield CrmFinding(Weight.LOOK, "object_hidden", name)
