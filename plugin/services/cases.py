"""Opens and closes cases and says which calls belong to them; the journeys of each kind of case build on it.

Works inside the transaction of who calls it: a case never begins without what it is about. Judges nobody's role; the
kind's own journey has done so.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from plugin.core.access import Purpose
from plugin.core.audit import Act, AuditFact
from plugin.core.cases import MOST_CALLS, Case, CaseKind, read_title
from plugin.core.errors import Conflict, InputError, NotFound
from plugin.core.ids import CallId, CaseId, new_id
from plugin.core.ports import Clock
from plugin.core.staff import Staff, read_word
from plugin.core.times import local_day
from plugin.services.holds import Holds
from plugin.store import audit, calls, purposes
from plugin.store import cases as rows
from plugin.store.engine import Connection

_MOST_REASON = 200
_PURPOSES: Mapping[CaseKind, Purpose] = {
    CaseKind.HARASSMENT: Purpose.HARASSMENT,
    CaseKind.LEGAL: Purpose.LEGAL,
    CaseKind.COMPLAINT: Purpose.COMPLAINT,
}


class Cases:
    """The cases of a site. `zone`: whose years their numbers begin with."""

    def __init__(self, clock: Clock, zone: ZoneInfo) -> None:
        self._clock = clock
        self._zone = zone

    def open_in(
        self,
        connection: Connection,
        kind: CaseKind,
        title: str,
        by: Staff,
        lasts: timedelta | None = None,
        why: str | None = None,
    ) -> Case:
        """Open a case and return it; `lasts`: how long there is to answer; `why`: of one that is opened by hand.

        Raises InputError("title" | "reason").
        """
        now = self._clock()
        number = rows.next_number(connection, kind, local_day(now, self._zone).year)
        due_at = None if lasts is None else now + lasts
        opener = (by.user_id, now, by.role, by.team)
        new = Case(CaseId(new_id(now)), number, kind, read_title(title), *opener, due_at=due_at, opener_name=by.name)
        new = new if why is None else replace(new, why=read_why(why))
        rows.add(connection, new)
        self._note(connection, Act.CASE_OPENED, by, new, now)
        return new

    def open_case_in(self, connection: Connection, case_id: str) -> Case:
        """Return an open case, its row locked. Raises NotFound("case"), Conflict("closed")."""
        found = rows.hold(connection, CaseId(case_id))
        if found is None:
            raise NotFound("case")
        if not found.is_open:
            raise Conflict("closed")
        return found

    def add_calls_in(self, connection: Connection, case: Case, call_ids: Iterable[CallId], why: str, by: Staff) -> int:
        """Let calls, or those that they were joined to, belong to an open case; return how many did not before.

        `why`: what makes each fit, 1 to 200 letters. Raises InputError("reason"), NotFound("call"),
        Conflict("too_many_calls") beyond 500.
        """
        now, reason, added = self._clock(), read_word(why, _MOST_REASON, "reason"), 0
        for call_id in sorted(set(call_ids)):
            stored = calls.one(connection, call_id, lock=True)  # what hangs on it stays with it
            if stored is None:
                raise NotFound("call")
            if rows.add_call(connection, case.id, stored.id, by.user_id, now, reason):
                added += 1
                self._note(connection, Act.CASE_CALL_ADDED, by, case, now, stored.id)
        if len(rows.calls_of(connection, case.id)) > MOST_CALLS:
            raise Conflict("too_many_calls")
        return added

    def join_in(
        self, connection: Connection, holds: Holds, case: Case, call_ids: Iterable[CallId], why: str, by: Staff
    ) -> int:
        """Let calls belong to an open case, and have its purpose; its holds keep them. As `add_calls_in` does."""
        added = self.add_calls_in(connection, case, call_ids, why, by)
        belong = rows.calls_of(connection, case.id)
        for call_id in belong:
            purposes.give(connection, call_id, _PURPOSES[case.kind], case.id, self._clock())
        holds.follow_in(connection, case, belong, by)
        return added

    def remove_call_in(self, connection: Connection, case: Case, call_id: CallId, by: Staff) -> None:
        """Let a call belong to an open case no more. Raises NotFound("call")."""
        if not rows.remove_call(connection, case.id, call_id):
            raise NotFound("call")
        self._note(connection, Act.CASE_CALL_REMOVED, by, case, self._clock(), call_id)

    def close_in(self, connection: Connection, case: Case, outcome: str, by: Staff) -> None:
        """Close an open case; `outcome` is a stable word. Raises Conflict("closed")."""
        if not outcome:
            raise InputError("outcome")
        now = self._clock()
        if not rows.close(connection, case.id, by.user_id, now):
            raise Conflict("closed")
        self._note(connection, Act.CASE_CLOSED, by, case, now, outcome=outcome)

    def _note(
        self,
        connection: Connection,
        act: Act,
        by: Staff,
        case: Case,
        now: datetime,
        call_id: CallId | None = None,
        outcome: str = "done",
    ) -> None:
        fact = AuditFact(
            act,
            now,
            user_id=by.user_id,
            address=by.address,
            subject=case.id,
            call_id=call_id,
            purpose=case.kind.value,
            outcome=outcome,
        )
        audit.append(connection, fact)


def read_why(raw: str) -> str:
    """Return why a case was opened by hand: 1 to 200 letters on one line. Raises InputError("reason")."""
    return read_word(raw, _MOST_REASON, "reason")
