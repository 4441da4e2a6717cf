"""Brings the CRM's customers into the replica: page by page, resumable, in steps too small to hold a pop up.

A step's customers, the hashes of their answers and the cursor stand or fall together. Keeps no answer as it is written.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from plugin.core.audit import Act, AuditFact
from plugin.core.customers import CrmCustomer, ImportReport
from plugin.core.errors import Conflict, DenwabanError
from plugin.core.ports import Clock, Crm, PeopleImport
from plugin.core.runs import Run
from plugin.services.answers import Answers
from plugin.store import audit, customer_pages, runs
from plugin.store.engine import Connection, Store

JOB = "sync"
MOST_AT_ONCE = 200
_MOST_LISTED = 20


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
        done = 0
        for page in self._crm.changed_since(cursor):
            steps = list(_steps(page.customers))
            for number, some in enumerate(steps, start=1):
                if stop():
                    return done
                done += len(some)
                move = (cursor, page.cursor) if number == len(steps) else None
                self._store.write_again(partial(self._store_step, run_id=run_id, people=some, move=move, done=done))
                self._pause()
            cursor = page.cursor
        return done

    def _store_step(
        self,
        connection: Connection,
        run_id: str,
        people: Sequence[CrmCustomer],
        move: tuple[str | None, str] | None,
        done: int,
    ) -> None:
        at = self._clock()
        stored = customer_pages.store_page(connection, self._name, people, self._region, at).stored
        for customer_id, written in stored:
            self._answers.keep(connection, customer_id, () if written.gone else written.answers, at)
        if move is not None and not runs.move_cursor(connection, self._name, *move, at):
            raise Conflict("other_sync")
        runs.progress(connection, run_id, done)

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


def _steps(people: Sequence[CrmCustomer]) -> Iterator[Sequence[CrmCustomer]]:
    # A page may hold nobody and still move the cursor.
    for start in range(0, max(1, len(people)), MOST_AT_ONCE):
        yield people[start : start + MOST_AT_ONCE]
