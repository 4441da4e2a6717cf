"""Harassment: an operator reports, a supervisor of his team or a privacy officer judges, and a case joins the calls.

Reports and cases of other teams do not exist for a supervisor (plugin/core/access.py). Opens no case for an ordinary
complaint, whatever is asked of it (plugin/core/harassment.py). What the case does to its calls (their purpose, and the
hold if one is wanted) it does in the transaction in which they join it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from plugin.core.access import Deed, may, may_judge, may_see_case, may_write_summary
from plugin.core.audit import Act, AuditFact
from plugin.core.cases import Case, CaseKind, read_title
from plugin.core.errors import Conflict, Denied, LimitReached, NotFound
from plugin.core.harassment import (
    WARNED_BEFORE,
    Conduct,
    Findings,
    Mark,
    Report,
    ReportState,
    read_last_day,
    read_words,
)
from plugin.core.ids import CallId, CaseId, CustomerId, new_id
from plugin.core.ports import Clock
from plugin.core.purposes import CASE_PURPOSE, Register
from plugin.core.retention_ends import case_end
from plugin.core.staff import Role, Staff
from plugin.core.times import local_day
from plugin.services.case_work import CaseView, view_in
from plugin.services.cases import Cases
from plugin.services.holds import Holds
from plugin.store import audit, call_parts, case_calls, cases, purposes, retention
from plugin.store import harassment as rows
from plugin.store import holds as hold_rows
from plugin.store import staff as staff_rows
from plugin.store.engine import Connection, Store

_MOST_OF_A_CALL = 5
_REVIEW = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a supervisor decides on a report that is more than a complaint.

    `title`: what the case is called; `last_day`: of the marks on the number and the customer, where wanted; `hold`:
    whether a hold is placed at once; `case_id`: a case that it joins instead of a new one.
    """

    findings: Findings
    answer: str
    title: str
    last_day: date
    marks_number: bool
    marks_customer: bool
    hold: bool
    case_id: CaseId | None = None


@dataclass(frozen=True, slots=True)
class WaitingReport:
    """A report that waits. `is_left`: nobody but a privacy officer can judge it now.

    `goes_on`: the day on which what it says is erased, and it ends unjudged; None while that is far away, or a hold
    keeps it.
    """

    report: Report
    is_left: bool
    goes_on: date | None


class Harassment:
    """Reports, cases and marks of a site. `begun`: the register of purposes that it began with."""

    def __init__(self, store: Store, clock: Clock, cases: Cases, holds: Holds, zone: ZoneInfo, begun: Register) -> None:
        self._begun = begun
        self._store = store
        self._clock = clock
        self._cases = cases
        self._holds = holds
        self._zone = zone

    def report(self, staff: Staff, call_id: CallId, conduct: Conduct, words: str) -> Report:
        """Report what happened in a call of his; the same sent twice, while it waits, is one report.

        Raises NotFound("call"), InputError("words"), LimitReached("harassment_reports").
        """
        text = read_words(words)

        def work(connection: Connection) -> Report:
            part = call_parts.find(connection, call_id, staff.user_id, lock=True)
            if part is None or not may_write_summary(staff, part):
                raise NotFound("call")
            now = self._clock()
            new = Report(new_id(now), part.id, staff.user_id, staff.name, staff.team, conduct, text, now)
            if twin := rows.waiting_twin(connection, new):
                return twin
            if len(rows.of_call(connection, part.id)) >= _MOST_OF_A_CALL:
                raise LimitReached("harassment_reports", retry_after_s=86_400)
            rows.add(connection, new)
            self._note(connection, Act.HARASSMENT_REPORTED, staff, new.id, conduct.value, call_id=part.id)
            return new

        return self._store.write_again(work)

    def of_call(self, staff: Staff, call_id: CallId) -> tuple[Report, ...]:
        """Return what was reported of a call of his, with what came of it. Raises NotFound("call")."""
        with self._store.read() as connection:
            part = call_parts.find(connection, call_id, staff.user_id)
            if part is None or not may_write_summary(staff, part):
                raise NotFound("call")
            return rows.of_call(connection, part.id)

    def waiting(self, staff: Staff) -> tuple[WaitingReport, ...]:
        """Return the reports that are his to judge, the oldest first. Raises Denied("role").

        A privacy officer's are all; those that no supervisor can judge come first.
        """
        _allow(staff, Deed.JUDGE_HARASSMENT)
        with self._store.read() as connection:
            found = rows.waiting(connection, _team(staff))
            register = purposes.in_force_now(connection, self._begun)
            kept = retention.held(connection, {one.call_id for one in found})
            leads = [user for user in staff_rows.all_users(connection) if user.active and user.role is Role.SUPERVISOR]
        led = {team: [user.id for user in leads if user.team == team] for team in {one.team for one in found}}
        waits = (
            WaitingReport(one, set(led[one.team]) <= {one.reported_by}, self._goes_on(one, kept, register))
            for one in found
            if may_judge(staff, one)
        )
        return tuple(sorted(waits, key=lambda one: not one.is_left))

    def ending(self) -> int:
        """Return how many reports go unjudged within 90 days; not those that a hold keeps."""
        with self._store.read() as connection:
            days = purposes.in_force_now(connection, self._begun)[CASE_PURPOSE[CaseKind.HARASSMENT]].case_days
            made_by = None if days is None else self._clock() + WARNED_BEFORE - timedelta(days=days)
            return 0 if made_by is None else rows.count_waiting(connection, made_by)

    def _goes_on(self, report: Report, kept: set[CallId], register: Register) -> date | None:
        if report.call_id in kept:
            return None
        end = case_end(CaseKind.HARASSMENT, report.reported_at, register)
        is_near = end is not None and end.at - self._clock() <= WARNED_BEFORE
        return local_day(end.at, self._zone) if end is not None and is_near else None

    def listed(self, staff: Staff, *, is_open: bool) -> tuple[Case, ...]:
        """Return the cases that are his business. Raises Denied("role")."""
        _allow(staff)
        with self._store.read() as connection:
            found = cases.listed(connection, [CaseKind.HARASSMENT], is_open=is_open, team=_team(staff))
        return tuple(each for each in found if may_see_case(staff, each))

    def read(self, staff: Staff, report_id: str) -> Report:
        """Return a report that is his to judge. Raises Denied("role"), NotFound("report")."""
        _allow(staff, Deed.JUDGE_HARASSMENT)
        with self._store.read() as connection:
            return self._report(connection, staff, report_id)

    def dismiss(self, staff: Staff, report_id: str, answer: str) -> None:
        """Find that it was no harassment, and tell the operator why in words. Sent twice, it is once.

        Raises Denied("role"), NotFound("report"), InputError("words"), Conflict("judged").
        """
        _allow(staff, Deed.JUDGE_HARASSMENT)
        text = read_words(answer)

        def work(connection: Connection) -> None:
            found = self._to_judge(connection, staff, report_id)
            if _is_judged_so(found, staff, ReportState.DISMISSED, text):
                return
            self._judge(connection, staff, found, ReportState.DISMISSED, text, None)
            self._note(connection, Act.HARASSMENT_DISMISSED, staff, found.id, "dismissed", call_id=found.call_id)

        self._store.write_again(work)

    def confirm(self, staff: Staff, report_id: str, verdict: Verdict) -> Case:
        """Find that it was, and return the case: a new one, or the open one that it joins. Sent twice, it is once.

        Raises Denied("role"), NotFound("report" | "case"), Conflict("judged" | "closed" | "ordinary_complaint"), and
        InputError("words" | "title" | "until").
        """
        _allow(staff, Deed.JUDGE_HARASSMENT)
        text = read_words(verdict.answer)
        if not verdict.findings.is_harassment:
            raise Conflict("ordinary_complaint")
        until = self._end_of(verdict.last_day)

        def work(connection: Connection) -> Case:
            found = self._to_judge(connection, staff, report_id)
            if found.case_id and _is_judged_so(found, staff, ReportState.CONFIRMED, text):
                return self._come_of(connection, staff, found.case_id, verdict)
            case = self._case(connection, staff, verdict)
            self._judge(connection, staff, found, ReportState.CONFIRMED, text, case.id)
            self._join(connection, staff, case, [found.call_id], case.title)
            self._mark(connection, staff, case, found, verdict, until)
            if verdict.hold:
                today = local_day(self._clock(), self._zone)
                self._holds.place_in(connection, staff, case, case.title, staff.name, today + _REVIEW)
            self._note(connection, Act.HARASSMENT_CONFIRMED, staff, found.id, case.number, call_id=found.call_id)
            return case

        return self._store.write_again(work)

    def view(self, staff: Staff, case_id: str) -> CaseView:
        """Return a case with what belongs to it. Raises Denied("role"), NotFound("case")."""
        _allow(staff)
        now = self._clock()
        with self._store.read() as connection:
            case = self._found(connection, staff, case_id)
            marks, reports = rows.marks_of_case(connection, case.id, now), rows.of_case(connection, case.id)
            view = replace(view_in(connection, case, now), marks=marks, reports=reports)
        with self._store.write() as connection:
            self._note(connection, Act.HARASSMENT_SHOWN, staff, case.id, "shown")
        return view

    def add(self, staff: Staff, case_id: str, call_ids: Sequence[CallId], why: str) -> int:
        """Join calls to an open case, of whatever number; return how many are new.

        Raises Denied("role"), NotFound("case" | "call"), Conflict("closed" | "too_many_calls"), InputError("reason").
        """
        _allow(staff)

        def work(connection: Connection) -> int:
            self._found(connection, staff, case_id)
            return self._join(connection, staff, self._cases.open_case_in(connection, case_id), call_ids, why)

        return self._store.write_again(work)

    def take_out(self, staff: Staff, case_id: str, call_id: CallId) -> None:
        """Take a call out of an open case, with the purpose that the case gave it; a hold keeps it nevertheless.

        Raises Denied("role"), NotFound("case" | "call"), Conflict("closed" | "reported"): a report stands on it.
        """
        _allow(staff)

        def work(connection: Connection) -> None:
            self._found(connection, staff, case_id)
            case = self._cases.open_case_in(connection, case_id)
            if any(report.call_id == call_id for report in rows.of_case(connection, case.id)):
                raise Conflict("reported")
            self._cases.remove_call_in(connection, case, call_id, staff)
            purposes.end_of_case(connection, case.id, [call_id], self._clock())

        self._store.write_again(work)

    def renew(self, staff: Staff, case_id: str, last_day: date) -> int:
        """Let the case's marks end on another day; return how many. Raises as `add` does, InputError("until")."""
        _allow(staff)
        until = self._end_of(last_day)

        def work(connection: Connection) -> int:
            self._found(connection, staff, case_id)
            case = self._cases.open_case_in(connection, case_id)
            renewed = rows.renew(connection, case.id, until, self._clock())
            self._note(connection, Act.HARASSMENT_MARKED, staff, case.id, "renewed")
            return renewed

        return self._store.write_again(work)

    def end_mark(self, staff: Staff, case_id: str, mark_id: str) -> int:
        """Let a mark end now. Raises as `add` does, NotFound("mark")."""
        _allow(staff)

        def work(connection: Connection) -> int:
            self._found(connection, staff, case_id)
            case = self._cases.open_case_in(connection, case_id)
            ended = rows.end_marks(connection, case.id, self._clock(), mark_id)
            if not ended:
                raise NotFound("mark")
            self._note(connection, Act.HARASSMENT_MARKED, staff, case.id, "ended")
            return ended

        return self._store.write_again(work)

    def close(self, staff: Staff, case_id: str) -> int:
        """Close a case: its marks end, its calls keep their purpose for what is left of that purpose's time.

        Raises as `add` does.
        """
        _allow(staff)

        def work(connection: Connection) -> int:
            self._found(connection, staff, case_id)
            case = self._cases.open_case_in(connection, case_id)
            self._cases.close_in(connection, case, "closed", staff)
            return rows.end_marks(connection, case.id, self._clock())

        return self._store.write_again(work)

    def marks(self, e164: str | None, customer_ids: Iterable[CustomerId]) -> tuple[Mark, ...]:
        """Return the marks that a pop shows: on its number, and on whom it may be."""
        with self._store.read() as connection:
            return rows.marks_on(connection, e164, tuple(customer_ids), self._clock())

    def _report(self, connection: Connection, staff: Staff, report_id: str) -> Report:
        found = rows.find(connection, report_id)
        if found is None or not may_judge(staff, found):
            raise NotFound("report")
        return found

    def _to_judge(self, connection: Connection, staff: Staff, report_id: str) -> Report:
        """Return the report; of two judgements that he sends at once the second finds the first."""
        staff_rows.lock_people(connection, [staff.user_id])
        return self._report(connection, staff, report_id)

    def _found(self, connection: Connection, staff: Staff, case_id: str) -> Case:
        found = cases.find(connection, case_id)
        if found is None or found.kind is not CaseKind.HARASSMENT or not may_see_case(staff, found):
            raise NotFound("case")
        return found

    def _case(self, connection: Connection, staff: Staff, verdict: Verdict) -> Case:
        if verdict.case_id is None:
            return self._cases.open_in(connection, CaseKind.HARASSMENT, verdict.title, staff)
        return self._cases.open_case_in(connection, self._found(connection, staff, verdict.case_id).id)

    def _come_of(self, connection: Connection, staff: Staff, case_id: CaseId, verdict: Verdict) -> Case:
        """Return the case that came of this verdict. Raises Conflict("judged") where it came of another."""
        case = self._found(connection, staff, case_id)
        is_same = case.title == read_title(verdict.title) if verdict.case_id is None else verdict.case_id == case_id
        if not is_same or (verdict.hold and not hold_rows.of_case(connection, case_id)):
            raise Conflict("judged")
        return case

    def _judge(
        self,
        connection: Connection,
        staff: Staff,
        found: Report,
        state: ReportState,
        answer: str,
        case_id: CaseId | None,
    ) -> None:
        if not rows.judge(connection, found.id, state, staff.user_id, self._clock(), answer, case_id):
            raise Conflict("judged")

    def _join(self, connection: Connection, staff: Staff, case: Case, call_ids: Sequence[CallId], why: str) -> int:
        return self._cases.join_in(connection, self._holds, case, call_ids, why, staff)

    def _mark(
        self, connection: Connection, staff: Staff, case: Case, found: Report, verdict: Verdict, until: datetime
    ) -> None:
        stored = next(each for each, _ in case_calls.of_case(connection, case.id) if each.id == found.call_id)
        number = stored.e164 if verdict.marks_number else None
        customer = stored.customer_id if verdict.marks_customer else None
        for e164, customer_id in ((number, None), (None, customer)):
            if e164 is None and customer_id is None:
                continue
            made = new_id(self._clock())
            new = Mark(made, case.id, case.number, found.conduct, until, e164, customer_id)
            rows.mark(connection, new, staff.user_id)
            self._note(connection, Act.HARASSMENT_MARKED, staff, case.id, "marked", call_id=found.call_id)

    def _end_of(self, last_day: date) -> datetime:
        last = read_last_day(last_day, local_day(self._clock(), self._zone))
        return datetime.combine(last + timedelta(days=1), time(), self._zone).astimezone(UTC)

    def _note(
        self,
        connection: Connection,
        act: Act,
        staff: Staff,
        subject: str,
        outcome: str,
        call_id: CallId | None = None,
    ) -> None:
        by, at = staff.user_id, self._clock()
        fact = AuditFact(act, at, user_id=by, subject=subject, call_id=call_id, outcome=outcome, address=staff.address)
        audit.append(connection, fact)


def _is_judged_so(report: Report, staff: Staff, state: ReportState, answer: str) -> bool:
    return (report.state, report.reviewed_by, report.answer) == (state, staff.user_id, answer)


def _allow(staff: Staff, deed: Deed = Deed.KEEP_CASES) -> None:
    if not may(staff.role, deed):
        raise Denied("role")


def _team(staff: Staff) -> str | None:
    return None if staff.role is Role.PRIVACY else staff.team
