"""Query jobs of the Bulk API 2.0: asked for once, waited for, read page by page as they stream in.

A page is named by its locator, which the org keeps for seven days. Keeps nothing itself: the cursor does.
"""

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from connectors.crm.salesforce.client import Session
from connectors.crm.salesforce.cursor import Job
from plugin.core.errors import InputError, OutsideError
from plugin.core.times import read_instant

PAGE_ROWS = 20_000
_LAST = "null"
_CLOCKS_DIFFER = timedelta(minutes=5)
_PAUSES_S = (1.0, 1.0, 2.0, 4.0, 8.0)
_LONGEST_PAUSE_S = 10.0
_PATIENCE_S = 600.0
_USELESS = {"Aborted", "Failed"}


class JobLost(Exception):
    """The job, or its result, is no more: it failed, somebody aborted it, or seven days are over."""


@dataclass(frozen=True, slots=True)
class Result:
    """One page of a job's result: its columns, its rows as they stream in, and the locator of the next or nothing."""

    head: list[str]
    rows: Iterator[list[str]]
    next_locator: str


def ask(session: Session, thing: str, soql: str, job: Job, *, is_new: bool) -> str:
    """Return the id of the job: one that was asked for already, unless it `is_new`, else a new one."""
    gone_too = bool(job.end)
    found = None if is_new else find(session, thing, read_instant(job.asked_at), gone_too=gone_too)
    return found or create(session, soql, gone_too=gone_too)


def create(session: Session, soql: str, *, gone_too: bool) -> str:
    """Ask for a job and return its id. Never repeated by the line: its outcome may be unknown, see `find`."""
    made = session.post("jobs/query", {"operation": _operation(gone_too), "query": soql})
    return _text(made, "id")


def find(session: Session, thing: str, since: datetime, *, gone_too: bool) -> str | None:
    """Return the newest job of that kind made since then (our clock), for which a process that died may have asked."""
    listed = session.get("jobs/query")
    records = listed.get("records") if isinstance(listed, dict) else None
    if not isinstance(records, list):
        raise OutsideError("unreadable_answer")
    for one in sorted(records, key=lambda one: _text(one, "createdDate"), reverse=True):
        fits = (one.get("object"), one.get("operation")) == (thing, _operation(gone_too))
        if fits and one.get("state") not in _USELESS and _instant(one) >= since - _CLOCKS_DIFFER:
            return _text(one, "id")
    return None


def wait(session: Session, job: str) -> Iterator[None]:
    """Yield before each look at the job until it is done; raises JobLost, or OutsideError("job_slow") in the end."""
    waited_s, tries = 0.0, 0
    while waited_s < _PATIENCE_S:
        state = _text(_told(session, job), "state")
        if state == "JobComplete":
            return
        if state in _USELESS:
            raise JobLost
        yield
        pause_s = _PAUSES_S[tries] if tries < len(_PAUSES_S) else _LONGEST_PAUSE_S
        session.tempo.wait_s(pause_s)
        waited_s, tries = waited_s + pause_s, tries + 1
    raise OutsideError("job_slow")


def found(session: Session, job: str) -> int:
    """Return how many records a job that is done has found."""
    told = _told(session, job)
    count = told.get("numberRecordsProcessed") if isinstance(told, dict) else None
    if not isinstance(count, int):
        raise OutsideError("unreadable_answer")
    return count


def _told(session: Session, job: str) -> Any:
    try:
        return session.get(f"jobs/query/{job}")
    except OutsideError as error:
        if error.reason == "not_found":
            raise JobLost from error
        raise


@contextmanager
def page(session: Session, job: str, locator: str, been: set[str]) -> Iterator[Result]:
    """Give the page at `locator` (empty: the first) while it streams in; `been` are those where one was before."""
    been.add(locator)
    asked = {"maxRecords": str(PAGE_ROWS)} | ({"locator": locator} if locator else {})
    try:
        with session.stream(f"jobs/query/{job}/results", asked) as download:
            after = download.headers.get("Sforce-Locator", _LAST)
            if after in been:
                raise OutsideError("unreadable_answer")  # the same pages for ever
            with io.TextIOWrapper(download.body, "utf-8", newline="") as text:
                lines = csv.reader(text, strict=True)
                head = next(lines, [])
                count = download.headers.get("Sforce-NumberOfRecords", "")
                yield Result(head, _rows(lines, len(head), count), "" if after == _LAST else after)
    except OutsideError as error:
        if error.reason in ("not_found", "invalid_query_locator", "http_400"):
            raise JobLost from error
        raise
    except (csv.Error, UnicodeDecodeError) as error:
        raise OutsideError("unreadable_answer") from error


def _rows(lines: Iterator[list[str]], width: int, count: str) -> Iterator[list[str]]:
    seen = 0
    for row in lines:
        seen += 1
        if len(row) != width or seen > PAGE_ROWS:
            raise OutsideError("unreadable_answer")
        yield row
    if count.isdecimal() and count.lstrip("0") != str(seen or ""):
        raise OutsideError("unreadable_answer")  # the line broke between two rows


def _operation(gone_too: bool) -> str:
    return "queryAll" if gone_too else "query"


def _text(told: object, name: str) -> str:
    value = told.get(name) if isinstance(told, dict) else None
    if not isinstance(value, str) or not value:
        raise OutsideError("unreadable_answer")
    return value


def _instant(told: object) -> datetime:
    try:
        return read_instant(_text(told, "createdDate"))
    except InputError as error:
        raise OutsideError("unreadable_answer") from error
