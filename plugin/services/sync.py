"""Brings the CRM's customers into the replica: page by page, resumable, in steps too small to hold a pop up.

A step's customers, the hashes of their answers and the cursor stand or fall together. Keeps no answer as it is written,
and gives no call to anybody but him whom the CRM says its customer has become.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

import structlog

from plugin.core.answers import Forms
from plugin.core.audit import Act, AuditFact
from plugin.core.customers import CrmCustomer, ImportReport
from plugin.core.errors import Conflict, DenwabanError
from plugin.core.identity import Item
from plugin.core.ids import CustomerId
from plugin.core.mandates import MOST_IN_FORCE
from plugin.core.ports import Census, Clock, Crm, PeopleImport, Publisher
from plugin.core.runs import Finding
from plugin.services.answers import Answers
from plugin.services.mandates import end_of_gone
from plugin.services.telling import tell
from plugin.store import adoptions, audit, customer_pages, customers, merges, number_holders, outbox, pops, runs
from plugin.store.engine import Connection, Store
from plugin.store.number_holders import Holding

JOB = "sync"
MOST_ROWS = 2_000  # that a step writes: some 20 ms of the one writer; a ringing call waits no longer
MOST_HOLDINGS = 2_000  # the same: neighbours in the index share its pages
_ROWS_AN_ANSWER = 3
_SETTLED_AFTER = 4  # steps
_MOST_MERGES = 500
_CALLS_AT_ONCE = 50
_MOST_GONE_UNSEEN = 100  # more than these are not given up where a census names nobody at all
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
        bus: Publisher,
        pause: Callable[[], None],
    ) -> None:
        self._store = store
        self._crm = crm
        self._name = name
        self._region = region
        self._answers = answers
        self._clock = clock
        self._bus = bus
        self._pause = pause

    def run(self, stop: Callable[[], bool] = lambda: False) -> int:
        """Store whatever changed since the cursor, until nothing is left or `stop()`; return how many customers came.

        The ledger holds the run, its progress and findings. What a crash cut off is read again. Raises OutsideError
        where the CRM fails, Conflict("other_sync") where another process syncs at the same time; the ledger has both.
        """
        with self._store.write() as connection:
            run = _Progress(runs.start(connection, JOB, self._clock()), stop)
        error: str | None = "defect"
        try:
            self._store_all(run)
            error = None
        except DenwabanError as failure:
            error = str(failure)
            raise
        finally:
            with self._store.write() as connection:
                runs.end(connection, run.id, self._clock(), error, stopped=run.stopped)
        return run.done

    def of_run(self, run_id: str) -> Callable[[Callable[[], bool]], int]:
        """Return the same as the work of an open run, which whoever opened it ends."""
        return lambda stop: self._store_all(_Progress(run_id, stop))

    def _store_all(self, run: "_Progress") -> int:
        with self._store.read() as connection:
            run.cursor = runs.cursor_of(connection, self._name)
        with self._store.many_writes() as run.settle:
            self._store_pages(run)
            self._move_calls(run)
        return run.done

    def _store_pages(self, run: "_Progress") -> None:
        for page in self._crm.changed_since(run.cursor):
            self._note(run, page.findings)
            differing = () if page.census is None else self._differing(run, page.census)
            if page.coming is not None:
                run.total = run.done + page.coming + len(differing)
            self._store_people(run, page.customers + differing, page.cursor)
            self._redraw(run)
            if run.stopped:
                return
        if run.refused:
            _log.warning("sync_refused", crm=self._name, customers=run.refused)

    def _store_people(self, run: "_Progress", people: Sequence[CrmCustomer], cursor: str) -> None:
        """Store a page: its customers, then the index of the new ones' numbers, and with its end the cursor."""
        waiting: list[Holding] = []
        for some, last in _steps(_each_once(people)):
            if run.is_stopped():
                self._hold(run, waiting, run.cursor)
                return
            # What can be worked out without the database is, before anybody must wait for us.
            read = customer_pages.read_page(some, self._region)
            told = {one.external_id: self._answers.read(one.answers) for one in some if one.answers and not one.gone}
            ends = last and not waiting
            move = (run.cursor, cursor) if ends and cursor != run.cursor else None
            if not some and move is None:
                self._pause()  # a sign of life
                continue
            step = _Step(run.id, read, told, ends, move, run.done + len(some), run.total)
            page = self._store.write_again(partial(self._store_step, step=step))
            waiting += () if ends else page.waiting
            run.note(page, len(some))
            self._pass_on(run)
        self._hold(run, waiting, cursor)
        run.cursor = cursor

    def _store_step(self, connection: Connection, step: "_Step") -> customer_pages.StoredPage:
        at = self._clock()
        page = customer_pages.store_read(connection, self._name, step.people, at)
        told = {
            customer_id: step.told.get(written.external_id, {})
            for customer_id, written in page.stored
            if written.external_id in step.told or customer_id not in page.new
        }
        self._answers.keep(connection, told, at, new=page.new)
        later = frozenset[str]() if step.ends else frozenset(e164 for e164, _ in page.waiting)
        if step.ends:
            number_holders.hold(connection, page.waiting)
        adoptions.ask(connection, page.e164s - later, at)
        self._move(connection, step.move, at)
        runs.progress(connection, step.run_id, step.done, step.total)
        return page

    def _hold(self, run: "_Progress", waiting: list[Holding], cursor: str | None) -> None:
        """Let new customers be found by their numbers, neighbours in the index together, and move the cursor last.

        A page that is cut off before is read again, and its customers are put into the index then.
        """
        waiting.sort()
        for start in range(0, len(waiting), MOST_HOLDINGS):
            some = waiting[start : start + MOST_HOLDINGS]
            is_last = start + MOST_HOLDINGS >= len(waiting)
            move = (run.cursor, cursor) if is_last and cursor is not None and cursor != run.cursor else None
            self._store.write_again(partial(self._hold_step, some=some, move=move))
            self._pass_on(run)

    def _hold_step(self, connection: Connection, some: list[Holding], move: "_Move | None") -> None:
        number_holders.hold(connection, some)
        adoptions.ask(connection, {e164 for e164, _ in some}, self._clock())
        self._move(connection, move, self._clock())

    def _move(self, connection: Connection, move: "_Move | None", at: datetime) -> None:
        if move is not None and not runs.move_cursor(connection, self._name, *move, at):
            raise Conflict("other_sync")

    def _pass_on(self, run: "_Progress") -> None:
        """Give others their turn between two steps."""
        run.steps += 1
        if run.steps % _SETTLED_AFTER == 0:
            run.settle()
        self._pause()

    def _differing(self, run: "_Progress", census: Census) -> tuple[CrmCustomer, ...]:
        """Return whoever of the census is not here as he is there: new, read anew, or gone.

        Nobody is gone before the CRM, asked for him by his id, does not know him: he may have come after the census.
        """
        with self._store.read() as connection:
            ours = customers.known_between(connection, self._name, census.after, census.up_to)
        theirs = dict(census.stamps)
        missing = [external_id for external_id in ours if external_id not in theirs]
        if not theirs and len(missing) > _MOST_GONE_UNSEEN:
            self._note(run, (Finding("nobody_visible", census.of),))
            return ()
        changed = [one for one, stamp in census.stamps if one not in ours or ours[one][1] != stamp]
        found = self._crm.of_ids([*changed, *missing])
        there = {one.external_id for one in found}
        gone = (CrmCustomer(one, kind=ours[one][0], gone=True) for one in missing if one not in there)
        return (*found, *gone)

    def _note(self, run: "_Progress", findings: Sequence[Finding]) -> None:
        news = [one for one in findings if one not in run.findings]
        if news:
            run.findings.update(news)
            with self._store.write() as connection:
                for finding in news:
                    runs.find(connection, run.id, finding)

    def _redraw(self, run: "_Progress") -> None:
        """Tell the desks where a call stands whose candidates are others now, or are called otherwise."""
        if run.e164s or run.renamed:
            with self._store.read() as connection:
                shown = pops.on_all_desks(connection)
                renamed = customers.numbers_of_all(connection, run.renamed) if shown else frozenset()
            e164s = run.e164s | renamed
            users = {user for user, _, e164, chosen in shown if e164 in e164s or chosen in run.renamed}
            tell(self._bus, users)
            run.e164s.clear()
            run.renamed.clear()

    def _move_calls(self, run: "_Progress") -> None:
        """Give the calls of who was merged, or converted, to him he is now, with all that hangs on him."""
        with self._store.read() as connection:
            waiting = merges.waiting(connection, self._name, _MOST_MERGES)
        for loser, winner in waiting:
            move = partial(self._move_some, loser=loser, winner=winner)
            while not run.is_stopped() and self._store.write_again(move):
                self._pause()

    def _move_some(self, connection: Connection, loser: CustomerId, winner: CustomerId) -> bool:
        at = self._clock()
        end_of_gone(connection, at, MOST_IN_FORCE, loser)
        for case_id in merges.carry(connection, loser, winner, at):
            told = AuditFact(
                Act.DISCLOSURE_IDENTIFIED, at, customer_id=winner, subject=case_id, outcome="about_followed"
            )
            audit.append(connection, told)
        moved = merges.move_calls(connection, loser, winner, _CALLS_AT_ONCE, at)
        for call_id in moved:
            outbox.file_entry(connection, call_id, at)
            fact = AuditFact(Act.CALL_FOLLOWED, at, customer_id=winner, call_id=call_id, subject=loser)
            audit.append(connection, fact)
        return len(moved) == _CALLS_AT_ONCE

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


_Move = tuple[str | None, str]  # of the cursor: from where to where


@dataclass(slots=True)
class _Progress:
    """One run while it goes on: where it is, what it did, and for which numbers and names desks are drawn anew."""

    id: str
    stop: Callable[[], bool]
    cursor: str | None = None
    settle: Callable[[], None] = lambda: None
    steps: int = 0
    done: int = 0
    total: int | None = None
    refused: int = 0
    stopped: bool = False
    e164s: set[str] = field(default_factory=set)
    renamed: set[CustomerId] = field(default_factory=set)
    findings: set[Finding] = field(default_factory=set)

    def note(self, page: customer_pages.StoredPage, done: int) -> None:
        """Remember what became of some more customers."""
        self.done += done
        self.total = None if self.total is None else max(self.total, self.done)  # some came beside those told of
        self.refused += page.refused
        self.e164s |= page.e164s
        self.renamed |= page.renamed

    def is_stopped(self) -> bool:
        """Ask whether to stop, and remember it."""
        self.stopped = self.stopped or self.stop()
        return self.stopped


@dataclass(frozen=True, slots=True)
class _Step:
    run_id: str
    people: Sequence[customer_pages.ReadCustomer]
    told: Mapping[str, Mapping[Item, Forms]]
    ends: bool
    move: _Move | None
    done: int
    total: int | None


def _each_once(people: Sequence[CrmCustomer]) -> Sequence[CrmCustomer]:
    """Return everybody with the last word about him: what an earlier step left waiting would be out of date."""
    named = {one.external_id: one for one in people}
    return people if len(named) == len(people) else list(named.values())


def _steps(people: Sequence[CrmCustomer]) -> Iterator[tuple[Sequence[CrmCustomer], bool]]:
    """Yield some of the people at a time, and whether they are the last; a page without anybody is one step."""
    start = rows = 0
    for end, one in enumerate(people):
        rows += 1 + len(one.numbers) + _ROWS_AN_ANSWER * len(one.answers)
        if rows > MOST_ROWS and end > start:
            yield people[start:end], False
            start, rows = end, 1 + len(one.numbers) + _ROWS_AN_ANSWER * len(one.answers)
    yield people[start:], True
