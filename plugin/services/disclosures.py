"""The way of a disclosure from its receipt to the calls it is about: intake, the search, others' data, the clock.

Every look and every step is in the audit, with nothing of the applicant in it. Refuses a change by anybody but who
works on the case, and any change once it lies with the second person. Who asks: services/disclosure_identity.py; the
answer: services/disclosure_answers.py.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from plugin.core.access import Deed, Purpose, may
from plugin.core.audit import Act, AuditFact
from plugin.core.cases import CaseKind
from plugin.core.disclosure import (
    ANSWER_DAYS,
    HOLD_REVIEW_DAYS,
    WARN_DAYS,
    Audio,
    TextPart,
    ThirdParty,
    end_of,
    last_day,
    read_check,
    read_extension,
    read_words,
)
from plugin.core.disclosure_file import CallLine, Disclosure, Extension
from plugin.core.disclosure_intake import Intake, read_intake
from plugin.core.disclosure_search import Found, Sought, days_sought, ranked
from plugin.core.errors import Conflict, Denied, InputError, NotFound
from plugin.core.ids import CallId, CaseId
from plugin.core.ports import Clock
from plugin.core.staff import Staff
from plugin.core.times import local_day
from plugin.services.cases import Cases
from plugin.services.holds import Holds
from plugin.store import audit, disclosure_files, disclosure_search, purposes
from plugin.store import cases as case_rows
from plugin.store import disclosures as rows
from plugin.store.engine import Connection, Store

_MOST_FOUND = 50
# What a case is called wherever cases are listed: nothing of who asks.
_TITLES = {
    CaseKind.DISCLOSURE: "保有個人データの開示請求",
    CaseKind.POLICE: "捜査関係事項照会",
    CaseKind.COURT: "令状・命令",
}
_HOLD = {CaseKind.POLICE: "捜査関係事項照会の受領", CaseKind.COURT: "令状・命令の受領"}


@dataclass(frozen=True, slots=True)
class Board:
    """The list: what is open, whose time ends first before, and what is closed."""

    open: tuple[rows.Line, ...]
    closed: tuple[rows.Line, ...]
    now: datetime


class Disclosures:
    """The disclosures of a site. `zone`: whose days the clock counts."""

    def __init__(self, store: Store, clock: Clock, cases: Cases, holds: Holds, zone: ZoneInfo) -> None:
        self._store = store
        self._clock = clock
        self._cases = cases
        self._holds = holds
        self._zone = zone

    def board(self, staff: Staff) -> Board:
        """Return the list, which tells nothing of who asks. Raises Denied("role")."""
        allow(staff)
        with self._store.read() as connection:
            return Board(rows.listed(connection, is_open=True), rows.listed(connection, is_open=False), self._clock())

    def urgent(self, staff: Staff) -> tuple[rows.Line, ...]:
        """Return his own cases that are overdue or will be within three days; nothing for who works on none."""
        if not may(staff.role, Deed.DISCLOSE):
            return ()
        until = end_of(local_day(self._clock(), self._zone) + timedelta(days=WARN_DAYS), self._zone)
        with self._store.read() as connection:
            return rows.due_before(connection, staff.user_id, until + timedelta(microseconds=1))

    def open(self, staff: Staff, intake: Intake) -> CaseId:
        """Open a case for a written request and return it; it has to be answered 14 days from its receipt.

        The same request sent twice by one person, while it is open, is one case.

        Raises Denied("role"), and InputError as core/disclosure_intake.py `read_intake`.
        """
        allow(staff)
        read = read_intake(intake, local_day(self._clock(), self._zone))

        def work(connection: Connection) -> CaseId:
            for twin in case_rows.open_like(connection, read.kind, _TITLES[read.kind], staff.user_id):
                if disclosure_files.intake_of(connection, twin) == read:
                    return twin.id
            case = self._cases.open_in(connection, read.kind, _TITLES[read.kind], staff)
            case_rows.set_due(connection, case.id, end_of(read.received_on + timedelta(days=ANSWER_DAYS), self._zone))
            rows.add(connection, case, read, staff.user_id)
            return case.id

        return self._store.write_again(work)

    def file(self, staff: Staff, case_id: str) -> Disclosure:
        """Return the whole file; that it was seen is audited. Raises Denied("role"), NotFound("case")."""
        allow(staff)
        with self._store.write() as connection:
            found = found_in(connection, case_id, self._clock())
            self.note(connection, Act.DISCLOSURE_SHOWN, staff, found, "shown")
        return found

    def call(self, staff: Staff, case_id: str, call_id: str) -> tuple[Disclosure, CallLine]:
        """Return a call of the case with what was written of it; audited as its history.

        Raises Denied("role"), Denied("not_your_case") for who is none of the two, NotFound("case" | "call").
        """
        allow(staff)
        with self._store.write() as connection:
            found = found_in(connection, case_id, self._clock())
            if not found.is_worked_by(staff.user_id):
                raise Denied("not_your_case")
            line = _line(found, call_id)
            self.note(connection, Act.HISTORY_SHOWN, staff, found, "shown", line)
        return found, line

    def join(self, staff: Staff, case_id: str, seat: str) -> None:
        """Take the seat of who works on an open case ("worker"), or of the second person ("second").

        Nobody sits on both. Raises Denied("role"), NotFound("case"), Conflict("closed" | "both_seats"),
        InputError("seat").
        """
        if seat not in ("worker", "second"):
            raise InputError("seat")

        def work(connection: Connection, found: Disclosure) -> None:
            other = found.second if seat == "worker" else found.worker
            if other == staff.user_id:
                raise Conflict("both_seats")
            worker, second = (staff.user_id, found.second) if seat == "worker" else (found.worker, staff.user_id)
            rows.set_people(connection, found.case.id, worker, second)
            self.note(connection, Act.DISCLOSURE_JOINED, staff, found, seat)

        self.change(staff, case_id, work, is_by_worker=False)

    def search(self, staff: Staff, case_id: str, sought: Sought) -> tuple[Found, ...]:
        """Return the calls that may be the one, the best first, 50 at most; that it was searched is audited.

        Raises as `change` does.
        """
        first, last = days_sought(sought)
        around = datetime.combine(first, time(), self._zone), end_of(last, self._zone)
        day = datetime.combine(sought.on, time(), self._zone), end_of(sought.on, self._zone)
        with self._store.read() as connection:
            of_day = disclosure_search.of_day(connection, *day)
            his = disclosure_search.of_person(connection, sought.number, sought.customer_id, *around)
        best = ranked(list({one.call_id: one for one in (*of_day, *his)}.values()), sought, self._zone, _MOST_FOUND)

        def work(connection: Connection, found: Disclosure) -> None:
            self.note(connection, Act.DISCLOSURE_SEARCHED, staff, found, f"found:{len(best)}")

        self.change(staff, case_id, work)
        return best

    def add_calls(self, staff: Staff, case_id: str, call_ids: tuple[CallId, ...], reason: str) -> None:
        """Let calls belong to the case; from now on the two of it may hear their recordings, which are kept for it.

        An authority's case holds them at once, so that no period erases them. Raises as `change` does,
        InputError("calls" | "reason"), NotFound("call"), Conflict("too_many_calls").
        """
        if not call_ids:
            raise InputError("calls")

        def work(connection: Connection, found: Disclosure) -> None:
            now = self._clock()
            changeable(found, now)
            self._cases.add_calls_in(connection, found.case, call_ids, reason, staff)
            kept = case_rows.calls_of(connection, found.case.id)  # as it was joined, where somebody joined it meanwhile
            for call_id in kept:
                purposes.give(connection, call_id, Purpose.DISCLOSURE, found.case.id, now)
            known = {line.call_id for line in found.calls}
            self._keep(connection, staff, found, [call_id for call_id in kept if call_id not in known], now)

        self.change(staff, case_id, work)

    def _keep(
        self, connection: Connection, staff: Staff, found: Disclosure, added: Sequence[CallId], now: datetime
    ) -> None:
        """Let live holds follow; an authority's case without one gets one, on what is new: two let go of the rest."""
        if any(hold.is_live for hold in found.holds):
            self._holds.follow_in(connection, found.case, added, staff)
        elif found.case.kind in _HOLD and added:
            review = local_day(now, self._zone) + timedelta(days=HOLD_REVIEW_DAYS)
            reason, asked_by = _HOLD[found.case.kind], found.intake.office[:120]
            self._holds.place_in(connection, staff, found.case, reason, asked_by, review, added)

    def remove_call(self, staff: Staff, case_id: str, call_id: str) -> None:
        """Let a call belong to the case no more; a hold keeps it until two release it.

        Raises as `change` does, NotFound("call").
        """

        def work(connection: Connection, found: Disclosure) -> None:
            changeable(found, self._clock())
            line = _line(found, call_id)
            self._cases.remove_call_in(connection, found.case, line.call_id, staff)
            rows.drop_check(connection, found.case.id, line.call_id)
            purposes.end_of_case(connection, found.case.id, [line.call_id], self._clock())

        self.change(staff, case_id, work)

    def check(
        self,
        staff: Staff,
        case_id: str,
        call_id: str,
        third_party: ThirdParty,
        note: str,
        audio: Audio,
        parts: frozenset[TextPart],
        leave_out: str,
        seen: str,
    ) -> None:
        """Say what a call holds of others, and what of it is to be given; `seen`: its `sight`, as it was looked at.

        Whatever came to it since was checked by nobody. Raises as `change` does, NotFound("call"),
        Conflict("seen_changed"), and InputError as core/disclosure.py `read_check`.
        """

        def work(connection: Connection, found: Disclosure) -> None:
            now = self._clock()
            changeable(found, now)
            line = _line(found, call_id)
            if line.sight != seen:
                raise Conflict("seen_changed")
            if audio is not Audio.NOTHING and not line.recordings:
                raise InputError("audio")
            written: Mapping[TextPart, str] = dict(line.texts)
            texts = {part: written.get(part, "") for part in parts}
            checked = read_check(third_party, note, audio, texts, leave_out)
            rows.save_check(connection, found.case.id, line.call_id, checked, seen, staff.user_id, now)
            self.note(connection, Act.DISCLOSURE_CHECKED, staff, found, checked.third_party.value, line)

        self.change(staff, case_id, work)

    def extend(self, staff: Staff, case_id: str, until: date, reason: str) -> None:
        """Move the last day, by 30 days at most; the applicant has to be told.

        A person's request takes longer once, and not when its day is over (decision 320), an authority's as it agrees.
        Raises as `change` does, Conflict("answered" | "extended" | "day_over"),
        InputError("until" | "reason").
        """
        why = read_words(reason, "reason")

        def work(connection: Connection, found: Disclosure) -> None:
            now = self._clock()
            if found.letter is not None or found.case.due_at is None:
                raise Conflict("answered")
            if not found.may_take_longer:
                raise Conflict("extended")
            before, today = last_day(found.case.due_at, self._zone), local_day(now, self._zone)
            if found.case.kind is CaseKind.DISCLOSURE and before < today:
                raise Conflict("day_over")
            day = read_extension(until, before, today)
            case_rows.set_due(connection, found.case.id, end_of(day, self._zone))
            rows.add_extension(connection, found.case.id, Extension(before, day, why, staff.name, now), staff.user_id)
            self.note(connection, Act.DISCLOSURE_EXTENDED, staff, found, day.isoformat())

        self.change(staff, case_id, work)

    def change(
        self,
        staff: Staff,
        case_id: str,
        work: Callable[[Connection, Disclosure], None],
        *,
        is_by_worker: bool = True,
    ) -> None:
        """Do `work` to the file of an open case, its row locked, in one transaction.

        Raises Denied("role"), Denied("not_your_case") for anybody but who works on it, NotFound("case"),
        Conflict("closed").
        """
        allow(staff)

        def locked(connection: Connection) -> None:
            self._cases.open_case_in(connection, case_id)
            found = found_in(connection, case_id, self._clock())
            if is_by_worker and found.worker != staff.user_id:
                raise Denied("not_your_case")
            work(connection, found)

        self._store.write_again(locked)

    def note(
        self,
        connection: Connection,
        act: Act,
        staff: Staff,
        about: Disclosure,
        outcome: str,
        line: CallLine | None = None,
    ) -> None:
        """Write the audit's line, in the transaction of the act: the case, the call, stable words."""
        fact = AuditFact(
            act,
            self._clock(),
            user_id=staff.user_id,
            customer_id=line.customer_id if line else about.about,
            call_id=line.call_id if line else None,
            subject=about.case.id,
            purpose=about.case.kind.value,
            outcome=outcome,
            address=staff.address,
        )
        audit.append(connection, fact)


def allow(staff: Staff) -> None:
    """Raise Denied("role") for who works on no disclosures."""
    if not may(staff.role, Deed.DISCLOSE):
        raise Denied("role")


def found_in(connection: Connection, case_id: str, now: datetime) -> Disclosure:
    """Return the file. Raises NotFound("case")."""
    found = disclosure_files.find(connection, case_id, now)
    if found is None:
        raise NotFound("case")
    return found


def changeable(found: Disclosure, now: datetime) -> None:
    """Raise Conflict where what is decided about may not change: it lies with the second person, or is decided.

    "waiting", "decided"; a decision that what is given does not fit any more (`is_stale`) binds nobody.
    """
    proposal = found.proposal
    if proposal is None or found.is_stale:
        return
    if proposal.is_in_force:
        raise Conflict("decided")
    if proposal.is_waiting(now):
        raise Conflict("waiting")


def _line(found: Disclosure, call_id: str) -> CallLine:
    for line in found.calls:
        if line.call_id == call_id:
            return line
    raise NotFound("call")
