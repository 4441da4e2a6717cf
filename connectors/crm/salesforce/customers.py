"""Customers of an org: a first load by bulk jobs, then windows of what changed, and a census each day.

Everything it must know to go on stands in the cursor of the last page, and a job stands there before it is asked for:
a process may die at any instant. Nothing is lost to changes that the org shows late, because windows overlap.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from connectors.crm.salesforce import bulk
from connectors.crm.salesforce.census import census
from connectors.crm.salesforce.client import Session
from connectors.crm.salesforce.cursor import Bookmark, Job, ThingState, read_cursor
from connectors.crm.salesforce.plans import OBJECTS, Plan, plan_of
from connectors.crm.salesforce.records import Reader, rows_of
from plugin.core.customers import CrmCustomer
from plugin.core.errors import OutsideError
from plugin.core.ports import CustomerPage
from plugin.core.runs import Finding
from plugin.core.times import read_instant, write_instant

LAG = timedelta(minutes=1)  # what is younger may be half committed
OVERLAP = timedelta(minutes=20)  # a change may show so long after its own stamp
MOST_PAGES = 10  # of a window by REST; what is more is a bulk job's work
_LOST_TOLD = timedelta(days=7)
_IDS_A_QUERY = 300
_COUNT_S = 20.0
_ID = re.compile(r"[A-Za-z0-9]{18}")
_SHAPE_CHANGED = frozenset({"invalid_field", "malformed_query", "http_400"})


def changed_since(session: Session, cursor: str | None) -> Iterator[CustomerPage]:
    """Yield pages as core/ports.py promises."""
    mark = Bookmark(read_cursor(cursor, session.options.url))
    plans: list[Plan] = []
    for thing in OBJECTS.values():
        plan = _plan(session, thing)
        if plan is None:
            yield mark.page(findings=(Finding("object_missing", thing),))
            continue
        try:
            yield from _thing(session, mark, plan)
        except OutsideError as error:
            if error.reason not in _SHAPE_CHANGED:
                raise
            session.forget_shapes()  # a field may have gone since they were asked for
            again = _plan(session, thing)
            if again is None or again.mark == plan.mark:
                raise
            plan = again
            yield from _thing(session, mark, plan)
        plans.append(plan)
    if not plans:
        raise OutsideError("no_customer_objects", permanent=True)
    yield from census(session, mark, plans)


def _plan(session: Session, thing: str) -> Plan | None:
    try:
        return plan_of(session.describe(thing), session.options.mapping)
    except OutsideError as error:
        if error.reason == "not_found":
            return None
        raise


def _thing(session: Session, mark: Bookmark, plan: Plan) -> Iterator[CustomerPage]:
    findings = _compare(mark, plan, session.tempo.now())
    if findings:
        yield mark.page(findings=findings)
    state = mark.thing(plan.thing)
    if state.job is not None or not state.until:
        yield from _load(session, mark, plan)
    if mark.thing(plan.thing).until:
        yield from _window(session, mark, plan)


def _compare(mark: Bookmark, plan: Plan, now: datetime) -> tuple[Finding, ...]:
    """Begin the object anew where its plan is another than before; return what is to be told of its fields."""
    state = mark.thing(plan.thing)
    lost = {name: at for name, at in state.lost if name not in plan.fields}
    lost = {name: at for name, at in lost.items() if now - read_instant(at) < _LOST_TOLD}
    if state.mark != plan.mark:
        lost |= {name: write_instant(now) for name in state.fields if name not in plan.fields}
        state = ThingState(plan.mark, plan.fields)
    mark.move(plan.thing, replace(state, lost=tuple(sorted(lost.items()))))
    gone = (Finding("field_missing", f"{plan.thing}.{name}") for name in sorted(lost))
    return tuple(dict.fromkeys((*plan.findings, *gone)))


def _load(session: Session, mark: Bookmark, plan: Plan) -> Iterator[CustomerPage]:
    """Read the object, or one window of it, by a bulk job; where the job was lost, by another, once a run."""
    for _ in range(2):
        try:
            yield from _job(session, mark, plan)
        except bulk.JobLost:
            state = mark.thing(plan.thing)
            again = None if state.job is None else Job(write_instant(session.tempo.now()), "", "", *_span(state.job))
            mark.move(plan.thing, replace(state, job=again))
            yield mark.page(findings=(Finding("job_failed", plan.thing),))
        else:
            return


def _span(job: Job) -> tuple[str, str]:
    return job.start, job.end


def _job(session: Session, mark: Bookmark, plan: Plan) -> Iterator[CustomerPage]:
    state = mark.thing(plan.thing)
    job, is_new = state.job, False
    if job is None:
        job, is_new = Job(write_instant(session.tempo.now())), True
        mark.move(plan.thing, replace(state, job=job))
        yield mark.page()
    if not job.id:
        job = replace(job, id=bulk.ask(session, plan.thing, _soql(plan, *_span(job)), job, is_new=is_new))
        mark.move(plan.thing, replace(state, job=job))
        yield mark.page()
    for _ in bulk.wait(session, job.id):
        yield mark.page()
    if not job.end:
        yield mark.page(coming=_coming(session, mark, plan, job))
    been: set[str] = set()
    while True:
        with bulk.page(session, job.id, job.locator, been) as result:
            held = list(_people(plan, result.head, result.rows))
        job = replace(job, locator=result.next_locator, read=job.read + len(held))
        is_done = not job.locator
        until = job.end or job.asked_at
        mark.move(plan.thing, replace(state, job=None, until=until) if is_done else replace(state, job=job))
        yield mark.page(held)
        if is_done:
            return


def _coming(session: Session, mark: Bookmark, plan: Plan, job: Job) -> int | None:
    """Return how many customers this job and the objects behind it still hold; None where the org does not say."""
    things = list(OBJECTS.values())
    try:
        coming = max(0, bulk.found(session, job.id) - job.read)
        for thing in things[things.index(plan.thing) + 1 :]:
            later = _plan(session, thing)
            state = mark.thing(thing)
            if later is not None and (state.mark != later.mark or not state.until):
                coming += session.within(_COUNT_S).count(f"SELECT COUNT() FROM {thing}{_of_whole(later)}")  # noqa: S608
    except OutsideError:
        return None  # a bar is not worth a load
    return coming


def _people(plan: Plan, head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[CrmCustomer]:
    try:
        reader = Reader(plan, head)
    except KeyError as error:
        raise bulk.JobLost from error  # it reads other columns: somebody else's job, or an older plan's
    return reader.read(rows)


def _window(session: Session, mark: Bookmark, plan: Plan) -> Iterator[CustomerPage]:
    """Read what changed since the last window and a while before it, up to a moment ago."""
    state = mark.thing(plan.thing)
    now = session.tempo.now()
    start, end = write_instant(read_instant(state.until) - OVERLAP), write_instant(now - LAG)
    if end <= start:
        return
    held: list[CrmCustomer] = []
    for number, records in enumerate(session.query(_soql(plan, start, end), gone_too=True)):
        if number == MOST_PAGES:
            mark.move(plan.thing, replace(state, job=Job(write_instant(now), start=start, end=end)))
            yield mark.page(held)
            yield from _load(session, mark, plan)
            return
        if number:
            yield mark.page(held)
        held = list(_people(plan, plan.fields, rows_of(plan, records)))
    mark.move(plan.thing, replace(state, until=max(end, state.until)))
    yield mark.page(held)


def _soql(plan: Plan, start: str, end: str) -> str:
    select = f"SELECT {', '.join(plan.fields)} FROM {plan.thing}"  # noqa: S608  names that describe gave
    if end:
        return f"{select} WHERE SystemModstamp >= {_second(start)} AND SystemModstamp < {_second(end)}"
    return select + _of_whole(plan)


def _of_whole(plan: Plan) -> str:
    return " WHERE IsConverted = false" if "IsConverted" in plan.fields else ""


def _second(instant: str) -> str:
    return f"{read_instant(instant):%Y-%m-%dT%H:%M:%SZ}"


def of_ids(session: Session, external_ids: Sequence[str]) -> tuple[CrmCustomer, ...]:
    """Read customers by their ids, as core/ports.py promises."""
    wanted = [one for one in dict.fromkeys(external_ids) if _ID.fullmatch(one)]
    found: dict[str, CrmCustomer] = {}
    for prefix, thing in OBJECTS.items():
        ids = [one for one in wanted if one.startswith(prefix)]
        plan = _plan(session, thing) if ids else None
        if plan is not None:
            found |= _by_ids(session, plan, "Id", ids)
    people = [one for one in wanted if one.startswith("003") and one not in found]
    accounts = _plan(session, "Account") if people else None
    if accounts is not None and accounts.has_persons:
        found |= _by_ids(session, accounts, "PersonContactId", people)
    return tuple(found.values())


def _by_ids(session: Session, plan: Plan, field: str, ids: Sequence[str]) -> dict[str, CrmCustomer]:
    found: dict[str, CrmCustomer] = {}
    for start in range(0, len(ids), _IDS_A_QUERY):
        some = set(ids[start : start + _IDS_A_QUERY])
        listed = ", ".join(f"'{one}'" for one in sorted(some))
        soql = f"SELECT {', '.join(plan.fields)} FROM {plan.thing} WHERE {field} IN ({listed})"  # noqa: S608
        for records in session.query(soql):
            people = _people(plan, plan.fields, rows_of(plan, records))
            found |= {one.external_id: one for one in people if not one.gone and one.external_id in some}
    return found
