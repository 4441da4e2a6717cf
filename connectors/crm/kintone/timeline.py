"""One record a call, whatever comes twice, late or half: the activities app as core/ports.py promises a timeline.

A first version is *added*, never upserted: the app's own unique field refuses a second one, a hundred at a time. A
later version is looked up and updated under its revision, so that an older one never overwrites a newer one, which an
upsert would do (decision 160). A request is all or nothing: whoever is at fault goes out of it, the others go again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.crm.kintone import refusals
from connectors.crm.kintone.activities import ActivityForm, standing
from connectors.crm.kintone.client import Refused, Session
from connectors.crm.kintone.customers import is_record_id, of_ids
from connectors.crm.kintone.refusals import Kind
from plugin.core.errors import OutsideError
from plugin.core.timeline import TimelineEntry

_PUT_WITHIN_S = 25.0  # core/ports.py allows thirty
_READ_WITHIN_S = 8.0
_MOST_A_REQUEST = 100
_MOST_BYTES_A_REQUEST = 2 * 2**20
_MOST_READ = 500
_MOST_ROUNDS = 4

Answer = str | OutsideError


@dataclass(slots=True)
class _Job:
    """One entry on its way. `record` None: one is to be added. `look`: ask first what stands there."""

    entry: TimelineEntry
    look: bool
    record: str | None = None
    revision: str = ""
    error: OutsideError | None = None


def put(session: Session, entries: Sequence[TimelineEntry]) -> list[Answer]:
    """Make each entry stand once; see core/ports.py."""
    if not entries:
        return []
    limited = session.within(_PUT_WITHIN_S)
    try:
        answers = _Batch(limited, entries).run()
    except OutsideError as error:
        if refusals.kind_of(error) is Kind.STOP:
            session.forget_shapes()
        raise
    return [answers[entry.external_id] for entry in entries]


def timeline_of(session: Session, customer: str, most: int) -> tuple[TimelineEntry, ...]:
    """Return the newest entries of that customer, newest first; none for an id that can be nobody's."""
    if not is_record_id(customer):
        return ()
    limited = session.within(_READ_WITHIN_S)
    app = session.options.activities_app
    form = ActivityForm(session.options, limited.shape(app))
    limit = max(1, min(int(most), _MOST_READ))
    query = f'{form.customer} = "{customer}" and {form.call} != "" order by {form.newest_first} limit {limit}'
    records, _ = limited.records(app, query, form.codes)
    found = (form.entry_of(record) for record in records)
    return tuple(entry for entry in found if entry is not None)


class _Batch:
    """The entries of one `put`."""

    def __init__(self, session: Session, entries: Sequence[TimelineEntry]) -> None:
        self._session = session
        self._app = session.options.activities_app
        self._form = ActivityForm(session.options, session.shape(self._app))
        self._entries = entries
        self._answers: dict[str, Answer] = {}

    def run(self) -> dict[str, Answer]:
        """Return what became of each entry, by its external id. Raises OutsideError where kintone is the matter."""
        try:
            jobs = self._jobs()
            for _ in range(_MOST_ROUNDS):
                jobs = self._round(jobs)
            late = {job.entry.external_id: job.error or OutsideError("gaia_co02") for job in jobs}
        except OutsideError as error:
            if error.reason != "timeout" or not self._answers:
                raise
            # Our time is up in the middle: what is known is told, so that the next try begins further on.
            late = {entry.external_id: error for entry in self._entries}
        return {**late, **self._answers}

    def _jobs(self) -> list[_Job]:
        whose = {entry.customer_external_id for entry in self._entries if entry.customer_external_id is not None}
        there = {one.external_id for one in of_ids(self._session, sorted(whose))}
        jobs = []
        for entry in self._entries:
            if entry.customer_external_id is not None and entry.customer_external_id not in there:
                self._answers[entry.external_id] = OutsideError("no_such_customer", permanent=True)
            else:
                jobs.append(_Job(entry, look=entry.version > 1))
        return jobs

    def _round(self, jobs: list[_Job]) -> list[_Job]:
        """Write what can be written, and return what is to be tried once more."""
        left = self._looked(jobs)
        again: list[_Job] = []
        for method in ("POST", "PUT"):
            for some in self._requests([job for job in left if (job.record is None) is (method == "POST")]):
                again += self._written(method, some)
        return again

    def _looked(self, jobs: Iterable[_Job]) -> list[_Job]:
        """Answer what stands there already, and tell the others what to change."""
        jobs = list(jobs)
        asked = [job.entry.external_id for job in jobs if job.look]
        found: dict[str, tuple[str, str, int]] = {}
        for start in range(0, len(asked), _MOST_A_REQUEST):
            listed = ", ".join(f'"{_quoted(one)}"' for one in asked[start : start + _MOST_A_REQUEST])
            query = f"{self._form.call} in ({listed}) order by $id asc limit {_MOST_READ}"
            records, _ = self._session.records(self._app, query, self._form.codes)
            found |= dict(standing(self._form, record) for record in records)
        left = []
        for job in jobs:
            record, revision, version = found.get(job.entry.external_id, (None, "", 0))
            if record is not None and version >= job.entry.version:
                self._answers[job.entry.external_id] = record
                continue
            if job.look:
                job.record, job.revision, job.look = record, revision, False
            left.append(job)
        return left

    def _requests(self, jobs: list[_Job]) -> Iterable[list[_Job]]:
        size, some = 0, list[_Job]()
        for job in jobs:
            length = 4 * len(job.entry.text) + 4_096  # as UTF-8, with the rest of the record
            if some and (len(some) == _MOST_A_REQUEST or size + length > _MOST_BYTES_A_REQUEST):
                yield some
                size, some = 0, []
            some.append(job)
            size += length
        if some:
            yield some

    def _written(self, method: str, jobs: list[_Job]) -> list[_Job]:
        """Write these together, or what is left of them; return those that are to be looked up again."""
        waiting, again = [jobs], list[_Job]()
        while waiting:
            some = waiting.pop()
            try:
                said = self._session.write(method, self._app, [self._record(job) for job in some], self._form.known)
            except Refused as refused:
                waiting += self._parted(some, refused, again)
            except OutsideError as error:
                if refusals.kind_of(error) is not Kind.SOON or not _is_a_lock(error):
                    raise
                again += _to_look(some, error)
            else:
                for job, record in zip(some, _ids(said, len(some)), strict=True):
                    self._answers[job.entry.external_id] = record
        return again

    def _record(self, job: _Job) -> dict[str, Any]:
        filled = self._form.filled(job.entry)
        if job.record is None:
            return filled
        return {"id": job.record, "revision": job.revision, "record": filled}

    def _parted(self, jobs: list[_Job], refused: Refused, again: list[_Job]) -> list[list[_Job]]:
        """Take out of a refused request whoever is at fault; return what is left of it, to be written once more."""
        at_fault = {place for place in refused.places if place < len(jobs)}
        if not at_fault:
            if len(jobs) > 1:  # kintone does not say who: halve it until it does
                middle = len(jobs) // 2
                return [jobs[middle:], jobs[:middle]]
            at_fault = {0}
        for place in sorted(at_fault):
            job, codes = jobs[place], refused.places.get(place, ())
            facts = refused.error.facts | ({"fields": ",".join(codes)} if codes else {})
            error = OutsideError(refused.error.reason, **facts)
            if refusals.kind_of(error) is Kind.AGAIN or self._form.call in codes:
                again += _to_look([job], error)  # another one was quicker, or our first try has arrived
            else:
                self._answers[job.entry.external_id] = error
        left = [job for place, job in enumerate(jobs) if place not in at_fault]
        return [left] if left else []


def _to_look(jobs: Iterable[_Job], error: OutsideError) -> list[_Job]:
    moved = list(jobs)
    for job in moved:
        job.look, job.error = True, error
    return moved


def _is_a_lock(error: OutsideError) -> bool:
    return error.reason in ("gaia_da02", "gaia_re18")


def _ids(said: Any, count: int) -> list[str]:
    """Return the record ids of an answer to an add (`ids`) or to an update (`records`)."""
    try:
        ids = said["ids"] if "ids" in said else [one["id"] for one in said["records"]]
    except (KeyError, TypeError):
        raise OutsideError("unreadable_answer") from None
    if not isinstance(ids, list) or len(ids) != count or not all(isinstance(one, str) for one in ids):
        raise OutsideError("unreadable_answer")
    return ids


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
