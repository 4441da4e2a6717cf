"""The census of an org: once a day, every id with its stamp, by one bulk job an object.

It shows what no window can: hard deletions, records that our user sees no more or sees again, and changes that showed
later than any overlap. Told in the order of ids, because whoever is not named between two of them is gone.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from connectors.crm.salesforce import bulk
from connectors.crm.salesforce.client import Session
from connectors.crm.salesforce.cursor import Bookmark, CensusState, Job
from connectors.crm.salesforce.plans import OBJECTS, Plan
from connectors.crm.salesforce.records import STAMP_LETTERS
from plugin.core.ports import Census, CustomerPage
from plugin.core.runs import Finding
from plugin.core.times import read_instant, write_instant

EVERY = timedelta(hours=24)
_AGAIN_AFTER = timedelta(hours=1)
_LOT = 5_000
_ID_LETTERS = 18
_BEHIND_ALL = "~"  # no id holds it, and it is behind every letter that one holds


def census(session: Session, mark: Bookmark, plans: Sequence[Plan]) -> Iterator[CustomerPage]:
    """Yield the pages of a census that is due, or under way; nothing otherwise."""
    now = session.tempo.now()
    state = mark.cursor.census
    if not state.jobs:
        if any(not mark.thing(plan.thing).until or mark.thing(plan.thing).job for plan in plans):
            return
        due = state.begun_at and now - read_instant(state.begun_at) >= EVERY
        if not due:
            if not state.begun_at:  # the first load counts for one
                mark.move_census(CensusState(write_instant(now)))
                yield mark.page()
            return
        at = write_instant(now)
        mark.move_census(CensusState(at, tuple((plan.thing, Job(at)) for plan in plans)))
        yield mark.page()
    asked_now = state.begun_at != mark.cursor.census.begun_at
    try:
        yield from _count(session, mark, plans, is_new=asked_now)
    except bulk.JobLost:
        mark.move_census(CensusState(write_instant(now - EVERY + _AGAIN_AFTER)))
        yield mark.page(findings=(Finding("job_failed", "census"),))


def _count(session: Session, mark: Bookmark, plans: Sequence[Plan], *, is_new: bool) -> Iterator[CustomerPage]:
    by_thing = {plan.thing: plan for plan in plans}
    if any(thing not in by_thing for thing, _ in mark.cursor.census.jobs):
        raise bulk.JobLost  # an object has gone out of our sight meanwhile
    for thing, job in mark.cursor.census.jobs:
        if not job.id:
            asked = replace(job, id=bulk.ask(session, thing, _soql(by_thing[thing]), job, is_new=is_new))
            state = mark.cursor.census
            jobs = tuple((name, asked if name == thing else one) for name, one in state.jobs)
            mark.move_census(replace(state, jobs=jobs))
            yield mark.page()
    for _, job in mark.cursor.census.jobs:
        for _ in bulk.wait(session, job.id):
            yield mark.page()
    everybody: list[bytes] = []
    for thing, job in mark.cursor.census.jobs:
        for _ in _read(session, by_thing[thing], job.id, everybody):
            yield mark.page()
    everybody.sort()
    for prefix, thing in OBJECTS.items():
        if thing in by_thing:
            yield from _tell(mark, thing, prefix, everybody)
    mark.move_census(CensusState(mark.cursor.census.begun_at))
    yield mark.page()


def _soql(plan: Plan) -> str:
    more = ", IsPersonAccount, PersonContactId" if plan.thing == "Account" and plan.has_persons else ""
    where = " WHERE IsPersonAccount = false" if plan.thing == "Contact" and plan.has_persons else ""
    where = " WHERE IsConverted = false" if "IsConverted" in plan.fields else where
    return f"SELECT Id, SystemModstamp{more} FROM {plan.thing}{where}"  # noqa: S608  names of ours


def _read(session: Session, plan: Plan, job: str, everybody: list[bytes]) -> Iterator[None]:
    """Put the ids and stamps of one job into `everybody`, packed: a million take some 80 MB."""
    locator = ""
    been: set[str] = set()
    while True:
        with bulk.page(session, job, locator, been) as result:
            head = {name: place for place, name in enumerate(result.head)}
            if len(head) != (4 if plan.thing == "Account" and plan.has_persons else 2):
                raise bulk.JobLost
            own, stamp = head["Id"], head["SystemModstamp"]
            is_person, contact = head.get("IsPersonAccount"), head.get("PersonContactId")
            for row in result.rows:
                name = own
                if is_person is not None and contact is not None and row[is_person] == "true":
                    name = contact
                everybody.append((row[name] + row[stamp][:STAMP_LETTERS]).encode())
        locator = result.next_locator
        if not locator:
            return
        yield


def _tell(mark: Bookmark, thing: str, prefix: str, everybody: list[bytes]) -> Iterator[CustomerPage]:
    after = max(prefix, mark.cursor.census.after)
    end = prefix + _BEHIND_ALL
    place = bisect_right(everybody, (after + _BEHIND_ALL).encode()) if after != prefix else _first(everybody, prefix)
    last = _first(everybody, end)
    while after < end:
        lot = everybody[place : min(place + _LOT, last)]
        place += len(lot)
        stamps = tuple((one[:_ID_LETTERS].decode(), one[_ID_LETTERS:].decode()) for one in lot)
        up_to = stamps[-1][0] if stamps and place < last else end
        told = Census(thing, after, up_to, stamps)
        mark.move_census(replace(mark.cursor.census, after=up_to))
        yield mark.page(census=told)
        after = up_to


def _first(everybody: list[bytes], name: str) -> int:
    return bisect_right(everybody, name.encode())
