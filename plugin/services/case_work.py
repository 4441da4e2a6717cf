"""Work on a case: what its page shows, whatever kind it is, and the way of those that no other room has one for.

A legal matter and a complaint are opened by hand, with a reason; a supervisor's have calls of his own team alone. To
whom a case is no business it does not exist (core/access.py `may_see_case`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from plugin.core.access import Deed, is_own_team, may, may_see_case
from plugin.core.audit import Act, AuditFact
from plugin.core.cases import BY_HAND, Case, CaseKind, read_due, read_title
from plugin.core.disclosure import WARN_DAYS, end_of
from plugin.core.errors import Denied, InputError, NotFound
from plugin.core.harassment import LOOK_BACK, Mark, Report
from plugin.core.history import StoredCall
from plugin.core.holds import Hold
from plugin.core.ids import CallId, CustomerId
from plugin.core.ports import Clock
from plugin.core.recordings import Recording
from plugin.core.staff import Role, Staff
from plugin.core.times import local_day
from plugin.services.cases import Cases, read_why
from plugin.services.holds import Holds
from plugin.store import audit, call_parts, calls, case_calls, cases, holds, purposes, recordings
from plugin.store.engine import Connection, Store

Done = TypeVar("Done")
_SHOWN = (CaseKind.HARASSMENT, *BY_HAND)  # a disclosure has a page of its own


@dataclass(frozen=True, slots=True)
class DueCases:
    """How many open cases are behind their last day, and how many more reach it within three days."""

    overdue: int
    soon: int


@dataclass(frozen=True, slots=True)
class NewCase:
    """A case as somebody opens it by hand. `due_on`: the last day to settle it, if any."""

    kind: CaseKind
    title: str
    why: str
    due_on: date | None
    calls: tuple[CallId, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case as its page shows it. `alike`: other calls of its numbers and customers, which it has not.

    `reports` and `marks` are the part of harassment.
    """

    case: Case
    calls: tuple[tuple[StoredCall, str], ...]
    recordings: Mapping[CallId, tuple[Recording, ...]]
    alike: tuple[StoredCall, ...]
    holds: tuple[Hold, ...]
    reports: tuple[Report, ...] = ()
    marks: tuple[Mark, ...] = ()


class CaseWork:
    """The work on a site's cases. `zone`: whose days they are due on."""

    def __init__(self, store: Store, clock: Clock, cases: Cases, holds: Holds, zone: ZoneInfo) -> None:
        self._store = store
        self._clock = clock
        self._cases = cases
        self._holds = holds
        self._zone = zone

    def listed(self, staff: Staff, *, is_open: bool) -> tuple[Case, ...]:
        """Return the cases that are his, disclosures left out. Raises Denied("role")."""
        _allow(staff)
        team = None if staff.role is Role.PRIVACY else staff.team
        with self._store.read() as connection:
            found = cases.listed(connection, _SHOWN, is_open=is_open, team=team)
        return tuple(one for one in found if may_see_case(staff, one))

    def urgent(self, staff: Staff) -> tuple[Case, ...]:
        """Return the open cases that are his, disclosures too, overdue or due within three days; the first due before.

        Raises Denied("role").
        """
        _allow(staff)
        is_officer = staff.role is Role.PRIVACY
        kinds, team = (tuple(CaseKind), None) if is_officer else (_SHOWN, staff.team)
        with self._store.read() as connection:
            found = cases.listed(connection, kinds, is_open=True, team=team, due_before=self._warned_until())
        return tuple(one for one in found if may_see_case(staff, one))

    def due(self) -> DueCases:
        """Return how many cases of the site are due."""
        with self._store.read() as connection:
            overdue = cases.count_due(connection, self._clock())
            return DueCases(overdue, cases.count_due(connection, self._warned_until()) - overdue)

    def _warned_until(self) -> datetime:
        last = local_day(self._clock(), self._zone) + timedelta(days=WARN_DAYS)
        return end_of(last, self._zone) + timedelta(microseconds=1)

    def find(self, staff: Staff, case_id: str) -> Case:
        """Return a case that is his. Raises Denied("role"), NotFound("case")."""
        _allow(staff)
        with self._store.read() as connection:
            return _found(connection, staff, case_id)

    def may_open_with(self, staff: Staff, call_id: CallId) -> bool:
        """Tell whether he may open a case with this call: nobody but who keeps cases, a supervisor of its team."""
        if not may(staff.role, Deed.KEEP_CASES):
            return False
        with self._store.read() as connection:
            teams = call_parts.teams_in(connection, [call_id])
        return staff.role is Role.PRIVACY or is_own_team(staff, teams.get(call_id, frozenset()))

    def begun_at(self, staff: Staff, call_id: CallId) -> datetime:
        """Return when a call began with which he may open a case. Raises Denied("role"), NotFound("call")."""
        _allow(staff)
        with self._store.read() as connection:
            stored = calls.one(connection, call_id)
        if stored is None or not self.may_open_with(staff, call_id):
            raise NotFound("call")
        return stored.call.started_at

    def open(self, staff: Staff, new: NewCase) -> Case:
        """Open a case and return it; the same sent twice, while it is open, is one case.

        Raises Denied("role"), InputError("case_kind" | "title" | "reason" | "due_on"), NotFound("call").
        """
        _allow(staff)
        if new.kind not in BY_HAND:
            raise InputError("case_kind")
        due_at = self._due(new.due_on)

        def work(connection: Connection) -> Case:
            if twin := _twin(connection, staff, new, due_at):
                return twin
            made = self._cases.open_in(connection, new.kind, new.title, staff, why=new.why)
            if due_at is not None:
                cases.set_due(connection, made.id, due_at)
            if new.calls:
                self._join(connection, staff, made, new.calls, new.why)
            return made

        return self._store.write_again(work)

    def view(self, staff: Staff, case_id: str) -> CaseView:
        """Return a case with what belongs to it; audited. Raises Denied("role"), NotFound("case")."""
        _allow(staff)
        with self._store.read() as connection:
            case = _of_hand(connection, staff, case_id)
            view = view_in(connection, case, self._clock())
            alike = _his(connection, staff, view.alike)
        with self._store.write() as connection:
            self._note(connection, Act.CASE_SHOWN, staff, case, "shown")
        return CaseView(case, view.calls, view.recordings, alike, view.holds)

    def search(self, staff: Staff, case_id: str, on: date, number: str | None) -> tuple[StoredCall, ...]:
        """Return calls of a day, and of a number (E.164) where one is told, that may belong to it; audited.

        A supervisor is shown those of his team. Raises Denied("role"), NotFound("case"), Conflict("closed").
        """

        def work(connection: Connection, case: Case) -> tuple[StoredCall, ...]:
            start = datetime.combine(on, time(), self._zone)
            found = case_calls.of_day(connection, start, end_of(on, self._zone), number, case.id)
            found = _his(connection, staff, found)
            self._note(connection, Act.CASE_SEARCHED, staff, case, f"found:{len(found)}")
            return found

        return self._change(staff, case_id, work)

    def add(self, staff: Staff, case_id: str, call_ids: Sequence[CallId], why: str) -> int:
        """Join calls to an open case; return how many are new.

        Raises as `search` does, NotFound("call"), Conflict("too_many_calls"), InputError("reason").
        """
        return self._change(staff, case_id, lambda connection, case: self._join(connection, staff, case, call_ids, why))

    def take_out(self, staff: Staff, case_id: str, call_id: CallId) -> None:
        """Take a call out, with the purpose that the case gave it; a hold keeps it nevertheless.

        Raises as `search` does, NotFound("call").
        """

        def work(connection: Connection, case: Case) -> None:
            self._cases.remove_call_in(connection, case, call_id, staff)
            purposes.end_of_case(connection, case.id, [call_id], self._clock())

        self._change(staff, case_id, work)

    def set_due(self, staff: Staff, case_id: str, due_on: date) -> None:
        """Say by when it has to be settled. Raises as `search` does, InputError("due_on")."""
        due_at = self._due(due_on)

        def work(connection: Connection, case: Case) -> None:
            if due_at is not None:
                cases.set_due(connection, case.id, due_at)
            self._note(connection, Act.CASE_DUE, staff, case, due_on.isoformat())

        self._change(staff, case_id, work)

    def close(self, staff: Staff, case_id: str) -> None:
        """Close it; its calls keep their purpose for what is left of that purpose's time. Raises as `search` does."""

        def work(connection: Connection, case: Case) -> None:
            self._cases.close_in(connection, case, "closed", staff)

        self._change(staff, case_id, work)

    def _change(self, staff: Staff, case_id: str, work: Callable[[Connection, Case], Done]) -> Done:
        _allow(staff)

        def locked(connection: Connection) -> Done:
            _of_hand(connection, staff, case_id)
            return work(connection, self._cases.open_case_in(connection, case_id))

        return self._store.write_again(locked)

    def _join(self, connection: Connection, staff: Staff, case: Case, call_ids: Sequence[CallId], why: str) -> int:
        if staff.role is not Role.PRIVACY:
            teams = call_parts.teams_in(connection, list(call_ids))
            if not all(is_own_team(staff, teams.get(each, frozenset())) for each in call_ids):
                raise NotFound("call")
        return self._cases.join_in(connection, self._holds, case, call_ids, why, staff)

    def _due(self, due_on: date | None) -> datetime | None:
        today = local_day(self._clock(), self._zone)
        return None if due_on is None else end_of(read_due(due_on, today), self._zone)

    def _note(self, connection: Connection, act: Act, staff: Staff, case: Case, outcome: str) -> None:
        by, what = staff.user_id, case.kind.value
        fact = AuditFact(
            act, self._clock(), user_id=by, subject=case.id, purpose=what, outcome=outcome, address=staff.address
        )
        audit.append(connection, fact)


def view_in(connection: Connection, case: Case, now: datetime) -> CaseView:
    """Return what every kind of case shows."""
    joined = case_calls.of_case(connection, case.id)
    numbers, customers = _whose(joined)
    kept = recordings.of_calls(connection, [call.id for call, _ in joined])
    alike = case_calls.alike(connection, numbers, customers, case.id, now - LOOK_BACK) if case.is_open else ()
    return CaseView(case, joined, kept, alike, holds.of_case(connection, case.id))


def _whose(joined: Sequence[tuple[StoredCall, str]]) -> tuple[list[str], list[CustomerId]]:
    numbers = {each.e164 for each, _ in joined if each.e164}
    return sorted(numbers), sorted({each.customer_id for each, _ in joined if each.customer_id})


def _his(connection: Connection, staff: Staff, found: tuple[StoredCall, ...]) -> tuple[StoredCall, ...]:
    if staff.role is Role.PRIVACY:
        return found
    teams = call_parts.teams_in(connection, [each.id for each in found])
    return tuple(each for each in found if is_own_team(staff, teams.get(each.id, frozenset())))


def _found(connection: Connection, staff: Staff, case_id: str) -> Case:
    found = cases.find(connection, case_id)
    if found is None or not may_see_case(staff, found):
        raise NotFound("case")
    return found


def _of_hand(connection: Connection, staff: Staff, case_id: str) -> Case:
    found = _found(connection, staff, case_id)
    if found.kind not in BY_HAND:
        raise NotFound("case")
    return found


def _twin(connection: Connection, staff: Staff, new: NewCase, due_at: datetime | None) -> Case | None:
    """Return the open case that he opened in the same words, for the same calls and day; or None."""
    for one in cases.open_like(connection, new.kind, read_title(new.title), staff.user_id):
        is_same = (one.why, one.due_at) == (read_why(new.why), due_at)
        if is_same and set(new.calls) <= set(cases.calls_of(connection, one.id)):
            return one
    return None


def _allow(staff: Staff) -> None:
    if not may(staff.role, Deed.KEEP_CASES):
        raise Denied("role")
