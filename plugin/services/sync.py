"""Brings the CRM's customers into the replica: page by page, resumable, in steps too small to hold a pop up.

A step's customers, the hashes of their answers and the cursor stand or fall together. Keeps no answer as it is written.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import structlog

from plugin.core.answers import Forms
from plugin.core.audit import Act, AuditFact
from plugin.core.customers import CrmCustomer, ImportReport
from plugin.core.errors import Conflict, DenwabanError
from plugin.core.identity import Item
from plugin.core.ports import Clock, Crm, PeopleImport
from plugin.core.runs import Run
from plugin.services.answers import Answers
from plugin.store import audit, customer_pages, runs
from plugin.store.engine import Connection, Store

JOB = "sync"
MOST_AT_ONCE = 25  # some 20 ms of the one writer; a ringing call waits no longer
_MOST_LISTED = 20
_log = structlog.get_logger()


class Sync:
    """The way of customers from the one CRM of the site. `region` is where its numbers are written.

    `pause()` is called between two steps and gives others their turn at the database.
    """

    def __init__(
        self,
        store: Store,
        crm: Crm,
        name: str,
        region: str,
        answers: Answers,
        clock: Clock,
        pause: Callable[[], None],
    ) -> None:
        self._store = store
        self._crm = crm
        self._name = name
        self._region = region
        self._answers = answers
        self._clock = clock
        self._pause = pause

    def run(self, stop: Callable[[], bool] = lambda: False) -> int:
        """Store whatever changed since the cursor, until nothing is left or `stop()`; return how many customers came.

        The ledger holds the run and its progress. What a crash cut off is read again. Raises OutsideError where the
        CRM fails, Conflict("other_sync") where another process syncs at the same time; the ledger says so too.
        """
        with self._store.write() as connection:
            run_id = runs.start(connection, JOB, self._clock())
            cursor = runs.cursor_of(connection, self._name)
        error: str | None = "defect"
        try:
            done = self._store_pages(run_id, cursor, stop)
            error = None
        except DenwabanError as failure:
            error = str(failure)
            raise
        finally:
            with self._store.write() as connection:
                runs.end(connection, run_id, self._clock(), error)
        return done

    def _store_pages(self, run_id: str, cursor: str | None, stop: Callable[[], bool]) -> int:
        done = refused = 0
        for page in self._crm.changed_since(cursor):
            for some, last in _steps(page.customers):
                if stop():
                    return done
                done += len(some)
                # What can be worked out without the database is, before anybody must wait for us.
                told = {one.external_id: {} if one.gone else self._answers.read(one.answers) for one in some}
                step = _Step(run_id, some, told, (cursor, page.cursor) if last else None, done)
                refused += self._store.write_again(partial(self._store_step, step=step))
                self._pause()
            cursor = page.cursor
        if refused:
            _log.warning("sync_refused", crm=self._name, customers=refused)
        return done

    def _store_step(self, connection: Connection, step: "_Step") -> int:
        at = self._clock()
        page = customer_pages.store_page(connection, self._name, step.people, self._region, at)
        told = {customer_id: step.told[written.external_id] for customer_id, written in page.stored}
        self._answers.keep_all(connection, told, at)
        if step.move is not None and not runs.move_cursor(connection, self._name, *step.move, at):
            raise Conflict("other_sync")
        runs.progress(connection, step.run_id, step.done)
        return page.refused

    def recent(self) -> tuple[Run, ...]:
        """Return the newest runs, newest first; the first may still be at it."""
        with self._store.read() as connection:
            return runs.newest(connection, JOB, _MOST_LISTED)

    def import_file(self, data: bytes, mapping: Sequence[tuple[str, str]], *, dry: bool) -> ImportReport:
        """Give a customer list to the CRM, which takes it whole or not at all (core/ports.py PeopleImport); audited.

        Raises InputError where the file cannot be read, Conflict("no_file_import") where the CRM takes no files.
        """
        if not isinstance(self._crm, PeopleImport):
            raise Conflict("no_file_import", crm=self._name)
        report = self._crm.take_file(data, mapping, dry=dry)
        if not dry and not report.bad:
            with self._store.write() as connection:
                outcome = f"new {report.new} changed {report.changed} same {report.same}"
                audit.append(connection, AuditFact(Act.IMPORTED, self._clock(), subject=self._name, outcome=outcome))
        return report


@dataclass(frozen=True, slots=True)
class _Step:
    run_id: str
    people: Sequence[CrmCustomer]
    told: Mapping[str, Mapping[Item, Forms]]
    move: tuple[str | None, str] | None
    done: int


def _steps(people: Sequence[CrmCustomer]) -> Iterator[tuple[Sequence[CrmCustomer], bool]]:
    """Yield some of the people at a time, and whether they are the last; a page without anybody is one step."""
    for start in range(0, max(1, len(people)), MOST_AT_ONCE):
        yield people[start : start + MOST_AT_ONCE], start + MOST_AT_ONCE >= len(people)
