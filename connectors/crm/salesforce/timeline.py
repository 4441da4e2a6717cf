"""One Task a call, whatever comes twice, late or half: the org's timeline as core/ports.py promises it.

A first version is *created* and never upserted: the org's own unique external id refuses a second one, in the same
call, two hundred at a time. A later version is looked up first, so that an older one never overwrites a newer one.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.crm.salesforce import refusals
from connectors.crm.salesforce.client import Session
from connectors.crm.salesforce.refusals import Kind
from connectors.crm.salesforce.targets import Targets
from connectors.crm.salesforce.tasks import Standing, Target, TaskForm
from plugin.core.errors import OutsideError
from plugin.core.timeline import TimelineEntry

_PUT_WITHIN_S = 25.0  # core/ports.py allows thirty
_READ_WITHIN_S = 8.0
_MOST_A_CALL = 200
_MOST_BYTES_A_CALL = 4 * 2**20
_MOST_ROUNDS = 4
_MOST_ALONE = 5  # requests of one batch that go for a single locked row; the others rest
_OF_THE_ORG = {"storage_limit_exceeded"}
_WORDS_OF_A_LOST_TARGET = {"invalid_cross_reference_key", "field_integrity_exception"}

Answer = str | OutsideError


@dataclass(slots=True)
class _Job:
    """One entry on its way. `task_id`: the Task to change; None: one is to be made. `look`: ask first what stands.

    `error` is why it goes another round.
    """

    entry: TimelineEntry
    target: Target
    look: bool
    task_id: str | None = None
    retargeted: bool = False
    alone: bool = False
    error: OutsideError | None = None


def put(session: Session, targets: Targets, entries: Sequence[TimelineEntry]) -> list[Answer]:
    """Make each entry stand once; see core/ports.py."""
    answers: dict[str, Answer] = {}
    limited = session.within(_PUT_WITHIN_S)
    try:
        for start in range(0, len(entries), _MOST_A_CALL):
            batch = _Batch(limited, targets, entries[start : start + _MOST_A_CALL])
            answers |= batch.run()
    except OutsideError as error:
        if refusals.kind_of(error) is Kind.STOP:
            session.forget_shapes()
        raise
    return [answers[entry.external_id] for entry in entries]


def timeline_of(session: Session, targets: Targets, customer: str, most: int) -> tuple[TimelineEntry, ...]:
    """Return the newest entries of that customer, newest first; none for an id that can be nobody's."""
    limited = session.within(_READ_WITHIN_S, background=False)
    target = targets.of(limited, [customer])[customer]
    if isinstance(target, OutsideError):
        return ()
    form = TaskForm(session.options, limited.describe("Task"))
    own = session.options.task
    whose = f"WhoId = '{target.who}'" if target.who else f"WhatId = '{target.what}' AND WhoId = null"
    soql = (  # names checked by options.py, ids by targets.py
        f"SELECT {form.selected()} FROM Task WHERE {whose} AND {own.call} != null AND IsDeleted = false"  # noqa: S608
        f" ORDER BY {own.started} DESC LIMIT {int(most)}"
    )
    found = (form.entry_of(record, customer) for page in limited.query(soql, gone_too=True) for record in page)
    return tuple(entry for entry in found if entry is not None)


class _Batch:
    """Up to two hundred entries at once."""

    def __init__(self, session: Session, targets: Targets, entries: Sequence[TimelineEntry]) -> None:
        self._session = session
        self._targets = targets
        self._entries = entries
        self._form = TaskForm(session.options, session.describe("Task"))
        self._answers: dict[str, Answer] = {}
        self._alone = 0

    def run(self) -> Mapping[str, Answer]:
        """Return what became of each entry, by its external id. Raises OutsideError where the org is the matter."""
        jobs = list(self._jobs())
        for _ in range(_MOST_ROUNDS):
            if not jobs:
                break
            jobs = self._round(jobs)
        for job in jobs:
            assert job.error is not None
            self._answers[job.entry.external_id] = job.error
        return self._answers

    def _jobs(self) -> Iterator[_Job]:
        customers = {entry.customer_external_id for entry in self._entries}
        targets = self._targets.of(self._session, (one for one in customers if one is not None))
        for entry in self._entries:
            customer = entry.customer_external_id
            target = Target() if customer is None else targets[customer]
            if isinstance(target, OutsideError):
                self._answers[entry.external_id] = target
            else:
                yield _Job(entry, target, look=entry.version > 1 or not self._form.is_unique)

    def _round(self, jobs: list[_Job]) -> list[_Job]:
        jobs = self._looked(jobs)
        again: list[_Job] = []
        lost: list[tuple[_Job, OutsideError]] = []
        for some in self._calls(jobs):
            answers = self._written(some)
            _raise_what_concerns_all(answers)
            for job, answer in zip(some, answers, strict=True):
                if isinstance(answer, str):
                    self._answers[job.entry.external_id] = answer
                elif self._may_be_lost(job, answer):
                    lost.append((job, answer))
                elif self._goes_again(job, answer):
                    again.append(job)
                else:
                    self._answers[job.entry.external_id] = answer
        return again + self._retargeted(lost)

    def _looked(self, jobs: Iterable[_Job]) -> list[_Job]:
        """Answer what stands there already, and tell the others what to change."""
        jobs = list(jobs)
        asked = [job.entry.external_id for job in jobs if job.look]
        standing = self._standing(asked) if asked else {}
        left = []
        for job in jobs:
            there = standing.get(job.entry.external_id)
            if there is not None and there.version >= job.entry.version:
                self._answers[job.entry.external_id] = there.task_id
                continue
            if job.look:
                job.task_id, job.look = (None if there is None else there.task_id), False
            left.append(job)
        return left

    def _standing(self, external_ids: Sequence[str]) -> dict[str, Standing]:
        own = self._session.options.task
        listed = ", ".join(f"'{_quoted(one)}'" for one in external_ids)
        fields = f"Id, {own.call}, {own.version}"
        soql = f"SELECT {fields} FROM Task WHERE {own.call} IN ({listed}) AND IsDeleted = false"  # noqa: S608
        found: dict[str, Standing] = {}
        for page in self._session.query(soql, gone_too=True):
            for record in page:
                external_id, standing = self._form.standing_of(record)
                kept = found.get(external_id)
                if kept is None or standing.task_id < kept.task_id:  # of several, the oldest is the one
                    found[external_id] = standing
        return found

    def _calls(self, jobs: Iterable[_Job]) -> Iterator[list[_Job]]:
        """Yield the jobs of each call: made and changed ones apart, no call too large, a locked one alone."""
        jobs = list(jobs)
        for is_new in (True, False):
            size, some = 0, list[_Job]()
            for job in jobs:
                if (job.task_id is None) is not is_new:
                    continue
                if job.alone:
                    yield [job]
                    continue
                length = len(json.dumps(self._record(job)))
                if some and size + length > _MOST_BYTES_A_CALL:
                    yield some
                    size, some = 0, []
                some.append(job)
                size += length
            if some:
                yield some

    def _record(self, job: _Job) -> dict[str, Any]:
        attributes = {"attributes": {"type": "Task"}}
        if job.task_id is None:
            return attributes | self._form.created(job.entry, job.target)
        return attributes | {"Id": job.task_id} | self._form.changed(job.entry, job.target)

    def _written(self, jobs: Sequence[_Job]) -> list[Answer]:
        body = {"allOrNone": False, "records": [self._record(job) for job in jobs]}
        try:
            if jobs[0].task_id is not None:
                said = self._session.patch("composite/sobjects", body)
            else:  # where the org itself refuses a second one, asking twice is safe
                said = self._session.post("composite/sobjects", body, repeatable=self._form.is_unique)
        except OutsideError as error:
            if refusals.kind_of(error) is not Kind.ADOPT:
                raise
            return [error for _ in jobs]
        if not isinstance(said, list) or len(said) != len(jobs):
            raise OutsideError("unreadable_answer")
        return [_answer(one) for one in said]

    def _may_be_lost(self, job: _Job, error: OutsideError) -> bool:
        if job.retargeted or job.target == Target():
            return False
        return refusals.kind_of(error) is Kind.RETARGET or error.reason in _WORDS_OF_A_LOST_TARGET

    def _goes_again(self, job: _Job, error: OutsideError) -> bool:
        """Make the job ready for another round, if that may help."""
        job.error = error
        match refusals.kind_of(error):
            case Kind.ADOPT:
                job.look = True
                return True
            case Kind.SOON if error.reason == "unable_to_lock_row" and not job.alone and self._alone < _MOST_ALONE:
                self._alone += 1
                job.alone = True
                return True
        return False

    def _retargeted(self, lost: Sequence[tuple[_Job, OutsideError]]) -> list[_Job]:
        if not lost:
            return []
        took_place = self._targets.again(self._session, {job.target for job, _ in lost})
        again = []
        for job, error in lost:
            new = took_place[job.target]
            job.retargeted, job.error = True, error
            if new is None:
                gone = refusals.kind_of(error) is Kind.RETARGET
                self._answers[job.entry.external_id] = OutsideError("customer_gone", permanent=True) if gone else error
            elif new == job.target and refusals.kind_of(error) is not Kind.RETARGET:
                self._answers[job.entry.external_id] = error
            else:
                job.look = job.task_id is not None  # a Task that was deleted meanwhile is made anew
                job.target = new
                again.append(job)
        return again


def _raise_what_concerns_all(answers: Sequence[Answer]) -> None:
    """Raise an error that is the org's rather than a row's: of its own limits, or one that no row escaped."""
    errors = [answer for answer in answers if not isinstance(answer, str)]
    for error in errors:
        kind = refusals.kind_of(error)
        is_of_all = kind is Kind.STOP and len(errors) == len(answers)
        if kind in (Kind.LATER, Kind.SESSION) or is_of_all or error.reason in _OF_THE_ORG:
            raise OutsideError(error.reason, **({"retry_after_s": refusals.STOP_RETRY_S} | error.facts))


def _answer(said: object) -> Answer:
    if not isinstance(said, Mapping):
        raise OutsideError("unreadable_answer")
    if said.get("success") is True and isinstance(said.get("id"), str):
        return str(said["id"])
    return refusals.of_row(said.get("errors"))


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")
