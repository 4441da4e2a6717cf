"""The audit as the privacy officer reads it: who saw, heard, changed and exported what; and as he hands it on.

Reading it is audited like any other look, and so is each export, before its first row leaves. Refuses everybody else.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from plugin.core.access import Deed, may
from plugin.core.audit import Act, AuditFact, Kind
from plugin.core.audit_view import AuditFilter, ChainState, Look, Place, SeenLine
from plugin.core.customers import Customer
from plugin.core.errors import Conflict, Denied, InputError, NotFound
from plugin.core.ids import CallId, CustomerId, UserId, is_id
from plugin.core.ports import Clock
from plugin.core.staff import Staff, User
from plugin.services.audit import Audit
from plugin.store import audit, audit_look, call_parts, customers
from plugin.store import staff as staff_rows
from plugin.store.checkpoints import Checkpoints
from plugin.store.engine import Connection, Store

PAGE_LINES = 50
_SHEET_LINES = 500
_CHUNK_LINES = 1000


class _GivenUpError(Exception):
    """Whoever looks at the whole audit is to end."""


class ExportForm(StrEnum):
    """The forms that lines are exported in."""

    CSV = "csv"
    JSONL = "jsonl"


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Some lines, the newest first; `older`: where the next page begins, None at the end."""

    lines: tuple[SeenLine, ...]
    older: Place | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """Who saw and heard a customer: the newest lines of those sorts, and whether there are older ones."""

    customer: Customer
    lines: tuple[SeenLine, ...]
    has_more: bool


class AuditPages:
    """What the pages of the audit show. `look_at_all` is the daily look of the worker."""

    def __init__(self, store: Store, whole: Audit, checkpoints: Checkpoints, clock: Clock) -> None:
        self._store = store
        self._whole = whole
        self._checkpoints = checkpoints
        self._clock = clock

    def look(self, actor: Staff, wanted: AuditFilter, before: Place | None = None) -> AuditPage:
        """Return a page of lines; that he looked is a line itself. Raises Denied("role")."""
        _demand(actor)
        with self._store.read() as connection:
            found = audit_look.newest(connection, wanted, before, PAGE_LINES + 1)
        self._note(actor, Act.AUDIT_SHOWN, wanted, "page")
        lines = tuple(found[:PAGE_LINES])
        return AuditPage(lines, lines[-1].place if len(found) > PAGE_LINES else None)

    def line(self, actor: Staff, seq: int) -> SeenLine:
        """Return one line. Raises Denied("role"), NotFound("line")."""
        _demand(actor)
        with self._store.read() as connection:
            found = audit_look.one(connection, seq)
        if found is None:
            raise NotFound("line")
        wanted = AuditFilter(customer_id=found.customer_id or "", call_id=found.call_id or "")
        self._note(actor, Act.AUDIT_SHOWN, wanted, "line", subject=str(seq))
        return found

    def sheet(self, actor: Staff, customer_id: CustomerId) -> Sheet:
        """Return who saw and heard the customer, and what was exported of him. Raises Denied("role"), NotFound."""
        _demand(actor)
        wanted = AuditFilter(customer_id=customer_id)
        lines: list[SeenLine] = []
        with self._store.read() as connection:
            customer = customers.of_id(connection, customer_id)
            if customer is None:
                raise NotFound("customer")
            for kind in (Kind.SAW, Kind.HEARD, Kind.EXPORTED, Kind.OVERRIDDEN):
                lines += audit_look.newest(connection, replace(wanted, kind=kind), None, _SHEET_LINES + 1)
        lines = [line for line in lines if line.act != Act.AUDIT_SHOWN]
        lines.sort(key=lambda line: (line.at, line.seq), reverse=True)
        self._note(actor, Act.AUDIT_SHOWN, wanted, "sheet")
        return Sheet(customer, tuple(lines[:_SHEET_LINES]), len(lines) > _SHEET_LINES)

    def find(self, actor: Staff, whose: str) -> AuditFilter:
        """Return the filter that `whose` names: a call's id, a customer's id or code. Raises InputError("whose")."""
        _demand(actor)
        said = whose.strip()
        with self._store.read() as connection:
            if is_id(said) and call_parts.find(connection, CallId(said), actor.user_id) is not None:
                return AuditFilter(call_id=said)
            if is_id(said) and customers.of_id(connection, CustomerId(said)) is not None:
                return AuditFilter(customer_id=said)
            coded = customers.with_code(connection, said, 2) if said.isprintable() and said else []
        if len(coded) != 1:
            raise InputError("whose")
        return AuditFilter(customer_id=coded[0].id)

    def people(self, actor: Staff) -> list[User]:
        """Return everybody who works here or did, by name. Raises Denied("role")."""
        _demand(actor)
        with self._store.read() as connection:
            return sorted(staff_rows.all_users(connection), key=lambda user: user.name)

    def name_of(self, actor: Staff, customer_id: str) -> str:
        """Return a customer's name, "" where there is none."""
        _demand(actor)
        with self._store.read() as connection:
            found = customers.of_id(connection, CustomerId(customer_id))
        return found.name if found else ""

    def export(self, actor: Staff, wanted: AuditFilter, form: ExportForm) -> Iterator[SeenLine]:
        """Return the lines of the filter that stand there now, the oldest first; that they leave is audited before.

        Raises Denied("role"). Whether he gave his password of late is the door's to ask.
        """
        _demand(actor)
        own = self._note(actor, Act.AUDIT_EXPORTED, wanted, form.value)
        return self._lines(wanted, own)

    def _lines(self, wanted: AuditFilter, before: int) -> Iterator[SeenLine]:
        after: Place | None = None
        while True:
            with self._store.read() as connection:
                chunk = audit_look.oldest(connection, wanted, after, _CHUNK_LINES)
            yield from (line for line in chunk if line.seq < before)
            if len(chunk) < _CHUNK_LINES:
                return
            after = chunk[-1].place

    def state(self, actor: Staff) -> ChainState:
        """Return how the chain stands. Raises Denied("role")."""
        _demand(actor)
        with self._store.read() as connection:
            seq, _ = audit.head(connection)
            look = audit_look.newest_look(connection)
        signed = self._checkpoints.newest_mark()
        signed_to, signed_at = signed if signed else (0, None)
        return ChainState(seq, signed_to, signed_at, look, is_cut_off=signed_to > seq)

    def look_at_all(self, stop: Callable[[], bool] = lambda: False) -> int:
        """Look at every line and checkpoint, keep what it came to, and return how many lines it looked at.

        Gives up once `stop()`, and returns 0: half a look says nothing. Raises Conflict("audit_not_whole") where
        something was found: the page of jobs then says so.
        """

        def give_up(_done: int, _total: int) -> None:
            if stop():
                raise _GivenUpError

        began = time.perf_counter()
        try:
            verdict = self._whole.verify(tell=give_up)
        except _GivenUpError:
            return 0
        took_us = round((time.perf_counter() - began) * 1_000_000)
        look = Look(self._clock(), verdict.lines, verdict.proved_to, len(verdict.findings), took_us)
        with self._store.write() as connection:
            audit_look.note_look(connection, look)
        if verdict.findings:
            raise Conflict("audit_not_whole", findings=len(verdict.findings), first=verdict.findings[0].seq)
        return verdict.lines

    def _note(self, actor: Staff, act: Act, wanted: AuditFilter, what: str, subject: str | None = None) -> int:
        def work(connection: Connection) -> int:
            fact = AuditFact(
                act,
                self._clock(),
                user_id=actor.user_id,
                customer_id=wanted.customer_id or None,
                call_id=wanted.call_id or None,
                subject=subject or (UserId(wanted.user_id) if wanted.user_id else None),
                purpose=wanted.kind,
                outcome=what,
                address=actor.address,
            )
            return audit.append(connection, fact).seq

        return self._store.write_again(work)


def _demand(actor: Staff) -> None:
    if not may(actor.role, Deed.SEE_AUDIT):
        raise Denied("role")
