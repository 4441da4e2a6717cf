"""Bulk API 2.0 query jobs: created, worked off step by step as they are asked about, read page by page by locator.

A job's result is what the query found when the job was created; a later change is not in it.
"""

import base64
import csv
import gzip
import io
import random
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from tests.salesforce_org.answers import CSV, Answer, Ask, Refusal, as_json, json_stamp, not_found, stamp
from tests.salesforce_org.ids import full_id, make_id
from tests.salesforce_org.plan import Cell, Plan
from tests.salesforce_org.schema import Kind

if TYPE_CHECKING:
    from tests.salesforce_org.org import Org

PAGE_ROWS = 50_000
MOST_JOBS = 10_000
KEPT = timedelta(days=7)
OLDEST_VERSION, ORDERED_FROM = 47.0, 50.0
_DELIMITERS = {"COMMA": ",", "TAB": "\t", "PIPE": "|", "SEMICOLON": ";", "CARET": "^", "BACKQUOTE": "`"}
_ENDINGS = {"LF": "\n", "CRLF": "\r\n"}


class State(StrEnum):
    """Where a job stands."""

    WAITING = "UploadComplete"
    WORKING = "InProgress"
    DONE = "JobComplete"
    FAILED = "Failed"
    ABORTED = "Aborted"

    @property
    def is_final(self) -> bool:
        """Tell whether nothing more happens."""
        return self in (State.DONE, State.FAILED, State.ABORTED)


@dataclass(slots=True)
class Job:
    """One query job and its whole result, a line of CSV for each record."""

    id: str
    operation: str
    thing: str
    version: str
    user_id: str
    created_at: datetime
    delimiter: str
    ending: str
    head: tuple[str, ...]
    lines: list[bytes]
    state: State = State.WAITING
    polls_left: int = 0
    why: str | None = None

    def told(self, *, whole: bool) -> dict[str, object]:
        """Return the job as the org writes it: `whole` with what the work came to."""
        at = json_stamp(stamp(self.created_at))
        told: dict[str, object] = {"id": self.id, "operation": self.operation, "object": self.thing}
        told |= {"createdById": self.user_id, "createdDate": at, "systemModstamp": at, "state": self.state.value}
        told |= {"concurrencyMode": "Parallel", "contentType": "CSV", "apiVersion": float(self.version)}
        told |= {"lineEnding": self.ending, "columnDelimiter": self.delimiter}
        if not whole:
            return told
        rows = len(self.lines) if self.state is State.DONE else 0
        told |= {"jobType": "V2Query", "numberRecordsProcessed": rows, "retries": 0, "totalProcessingTime": 334}
        told |= {"isPkChunkingSupported": True}
        return told | {"errorMessage": self.why} if self.why else told


@dataclass(slots=True)
class Jobs:
    """The query jobs of an org. `polls`: how often a job is asked about before it is done.

    `shuffle` gives each page its own order of columns; `compresses` packs results for clients that take it; in
    `circles` the second page follows the last.
    """

    polls: int = 2
    page_rows: int = PAGE_ROWS
    shuffle: random.Random | None = None
    compresses: bool = True
    circles: bool = False
    fails_next: str | None = None
    jobs: dict[str, Job] = field(default_factory=dict)
    made: int = 0
    _day: list[datetime] = field(default_factory=list)

    def count(self, now: datetime) -> None:
        """Count a new job; raises Refusal when 24 hours saw too many."""
        self._day = [at for at in self._day if at > now - timedelta(days=1)]
        if len(self._day) >= MOST_JOBS:
            told = f"Max bulk v2 query jobs ({MOST_JOBS}) per 24 hrs has been reached ({len(self._day)})"
            raise Refusal(400, "LIMIT_EXCEEDED", told)
        self._day.append(now)
        self.made += 1

    def find(self, job_id: str, now: datetime) -> Job:
        """Return a job that there still is."""
        job = self.jobs.get(full_id(job_id) or "")
        if job is None or job.created_at < now - KEPT:
            raise not_found()
        return job


def create(org: "Org", ask: Ask, version: str) -> Answer:
    """Create a query job; its query is checked at once."""
    if float(version) < OLDEST_VERSION:
        raise not_found()
    body = ask.record()
    operation = body.get("operation")
    if operation not in ("query", "queryAll"):
        raise Refusal(400, "API_ERROR", f"Unsupported operation: {operation}")
    if not isinstance(body.get("query"), str):
        raise Refusal(400, "API_ERROR", "Value does not match expected type at [line:1, column:1]")
    delimiter, ending = str(body.get("columnDelimiter", "COMMA")), str(body.get("lineEnding", "LF"))
    if delimiter not in _DELIMITERS or ending not in _ENDINGS or body.get("contentType", "CSV") != "CSV":
        raise Refusal(400, "API_ERROR", "Unsupported columnDelimiter, lineEnding or contentType")
    plan = _plan(org, body["query"], version, deleted=operation == "queryAll")
    org.jobs.count(org.now())
    job = Job(
        id=make_id("750", org.jobs.made),
        operation=operation,
        thing=plan.thing.name,
        version=version,
        user_id=org.user_id,
        created_at=org.now(),
        delimiter=delimiter,
        ending=ending,
        head=tuple(cell.shown for cell in plan.cells),
        lines=_lines(org, plan, _DELIMITERS[delimiter]),
        polls_left=org.jobs.polls,
    )
    org.jobs.jobs[job.id] = job
    return as_json(job.told(whole=False))


def _plan(org: "Org", text: str, version: str, *, deleted: bool) -> Plan:
    try:
        plan = org.queries.plan(text, org.now(), deleted=deleted)
    except Refusal as refused:
        if refused.status != 400:
            raise
        raise Refusal(400, "API_ERROR", refused.message) from refused
    if plan.is_grouped or plan.query.offset or any(column.function for column in plan.query.columns):
        raise Refusal(400, "API_ERROR", "Aggregates, GROUP BY, OFFSET and FIELDS() are not supported in Bulk Query")
    if float(version) < ORDERED_FROM:
        return replace(plan, cells=tuple(sorted(plan.cells, key=lambda cell: cell.shown)))
    return plan


def _lines(org: "Org", plan: Plan, delimiter: str) -> list[bytes]:
    """Return the result, each record a line without its ending; SQLite writes the CSV, which is by far the fastest."""
    between = f"'\"{delimiter}\"'"
    line = f" || {between} || ".join(_csv_value(cell) for cell in plan.cells)
    order = f" ORDER BY {plan.order}" if plan.order else ""
    limit = "" if plan.query.limit is None else f" LIMIT {plan.query.limit}"
    rows = org.tables.rows(f"SELECT CAST('\"' || {line} || '\"' AS BLOB) {plan.body}{order}{limit}", plan.arguments)
    return [row[0] for row in rows]


def _csv_value(cell: Cell) -> str:
    if cell.kind is Kind.BOOLEAN:
        return f"CASE {cell.sql} WHEN 1 THEN 'true' WHEN 0 THEN 'false' ELSE '' END"
    if cell.kind.is_text and cell.kind not in (Kind.ID, Kind.REFERENCE):
        return f"IFNULL(REPLACE({cell.sql}, '\"', '\"\"'), '')"
    return f"IFNULL({cell.sql}, '')"


def listed(org: "Org", ask: Ask, version: str) -> Answer:
    """List the query jobs, newest first."""
    jobs = sorted(org.jobs.jobs.values(), key=lambda job: job.id, reverse=True)
    records = [job.told(whole=False) | {"jobType": "V2Query"} for job in jobs]
    return as_json({"done": True, "records": records, "nextRecordsUrl": None})


def info(org: "Org", ask: Ask, version: str, job_id: str) -> Answer:
    """Say where a job stands; each question lets it go on a step."""
    job = org.jobs.find(job_id, org.now())
    if not job.state.is_final:
        job.polls_left -= 1
        job.state = State.WORKING
        if job.polls_left <= 0:
            job.why, org.jobs.fails_next = org.jobs.fails_next, None
            job.state = State.FAILED if job.why else State.DONE
    return as_json(job.told(whole=True))


def abort(org: "Org", ask: Ask, version: str, job_id: str) -> Answer:
    """Abort a job that is not done yet."""
    job = org.jobs.find(job_id, org.now())
    if ask.record().get("state") != State.ABORTED:
        raise Refusal(400, "API_ERROR", "A query job can only be set to Aborted")
    if job.state.is_final:
        raise Refusal(400, "API_ERROR", f"Error encountered when aborting the job because it is {job.state}")
    job.state, job.lines = State.ABORTED, []
    return as_json(job.told(whole=False))


def delete(org: "Org", ask: Ask, version: str, job_id: str) -> Answer:
    """Delete a job that has ended, with its result."""
    job = org.jobs.find(job_id, org.now())
    if not job.state.is_final:
        raise Refusal(400, "API_ERROR", "Error encountered when deleting the job because the job is not terminated")
    del org.jobs.jobs[job.id]
    return Answer(204)


def results(org: "Org", ask: Ask, version: str, job_id: str) -> Answer:
    """Return one page of a job's result, with the locator of the next in a header: the word null after the last."""
    job = org.jobs.find(job_id, org.now())
    if job.version != version:
        raise Refusal(409, "API_ERROR", "The API version of the request differs from the job's")
    if job.state is not State.DONE:
        told = "can only download query results of successfully completed bulk job with status: JOB_COMPLETE."
        raise Refusal(412, "JOB_NOT_COMPLETE", f"{told} Current status: {job.state}")
    start, end = _page(org, ask, job)
    ending = _ENDINGS[job.ending].encode()
    delimiter = _DELIMITERS[job.delimiter]
    head = ('"' + f'"{delimiter}"'.join(job.head) + '"').encode()
    body = ending.join([head, *job.lines[start:end], b""])
    if org.jobs.shuffle:
        body = _shuffled(body.decode(), delimiter, ending.decode(), org.jobs.shuffle)
    headers = {"Sforce-NumberOfRecords": str(min(end, len(job.lines)) - start)}
    after_last = _locator(org.jobs.page_rows) if org.jobs.circles and start else "null"
    headers["Sforce-Locator"] = _locator(end) if end < len(job.lines) else after_last
    if org.jobs.compresses and "gzip" in ask.headers.get("accept-encoding", ""):
        body, headers["Content-Encoding"] = gzip.compress(body, 1), "gzip"
    return Answer(200, body, CSV, headers)


def _page(org: "Org", ask: Ask, job: Job) -> tuple[int, int]:
    most, written = ask.query.get("maxRecords"), ask.query.get("locator")
    if most is not None and not (most.isdigit() and int(most)):
        raise Refusal(400, "API_ERROR", "maxRecords must be a positive integer")
    start = 0
    if written is not None:
        try:
            start = int(base64.b64decode(written + "=" * (-len(written) % 4), validate=True))
        except ValueError as error:
            raise Refusal(400, "INVALID_QUERY_LOCATOR", "invalid query locator") from error
        if not 0 < start < len(job.lines):
            raise Refusal(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
    return start, start + min(int(most or org.jobs.page_rows), org.jobs.page_rows)


def _locator(place: int) -> str:
    return base64.b64encode(str(place).encode()).decode().rstrip("=")


def _shuffled(page: str, delimiter: str, ending: str, chance: random.Random) -> bytes:
    rows = list(csv.reader(io.StringIO(page, newline=""), delimiter=delimiter))
    order = chance.sample(range(len(rows[0])), len(rows[0]))
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=delimiter, lineterminator=ending, quoting=csv.QUOTE_ALL)
    writer.writerows([row[place] for place in order] for row in rows)
    return written.getvalue().encode()
