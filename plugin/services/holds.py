"""Holds: placed at once by one person, looked at again on a day, released by two.

A supervisor's hold keeps as well as the privacy officer's, but has to be looked at within two weeks (decision 0314).
Refuses a hold without a case: who looks at it later must find out what it is for. A hold for a case that is not
somebody's business does not exist for him; of a call of his team he learns that something keeps it (decision 0331).
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from plugin.core.access import Deed, is_own_team, may, may_see_case
from plugin.core.approvals import Approval, ApprovalKind, canonical
from plugin.core.audit import Act, AuditFact
from plugin.core.cases import Case
from plugin.core.errors import Conflict, Denied, NotFound
from plugin.core.holds import MOST_ASKED_BY, CallHolds, Hold, read_review_day
from plugin.core.ids import CallId, CaseId, HoldId, new_id
from plugin.core.ports import Clock
from plugin.core.staff import Role, Staff, read_word
from plugin.core.times import local_day
from plugin.services.approvals import Approvals, Content
from plugin.store import approvals, audit, call_parts, cases
from plugin.store import holds as rows
from plugin.store.engine import Connection, Store

_MOST_REASON = 200


class Holds:
    """The holds of a site. `zone`: whose days they are looked at again on."""

    def __init__(self, store: Store, clock: Clock, approvals: Approvals, zone: ZoneInfo) -> None:
        self._store = store
        self._clock = clock
        self._approvals = approvals
        self._zone = zone

    def live(self, staff: Staff) -> tuple[Hold, ...]:
        """Return the live holds of cases that are his, the first to be looked at before. Raises Denied("role")."""
        _allow(staff)
        with self._store.read() as connection:
            team = None if staff.role is Role.PRIVACY else staff.team
            return _known(connection, staff, rows.live(connection, team))

    def leaving(self, found: Sequence[Hold]) -> frozenset[str]:
        """Return the ids of those holds whose release waits for a second person."""
        with self._store.read() as connection:
            ids = [each.id for each in found]
            return approvals.subjects_waiting(connection, ApprovalKind.HOLD_RELEASE, ids, self._clock())

    def of_call(self, staff: Staff, call_id: CallId) -> CallHolds:
        """Return what he may know of the live holds that keep the call; nothing for who may place none."""
        if not may(staff.role, Deed.KEEP_CASES):
            return CallHolds()
        with self._store.read() as connection:
            every = rows.of_call(connection, call_id)
            known = _known(connection, staff, every)
            part = call_parts.find(connection, call_id, staff.user_id)
        is_teams = part is not None and all(is_own_team(staff, teams) for teams in part.teams)
        return CallHolds(known, is_teams and len(known) < len(every))

    def place(self, staff: Staff, case_id: CaseId, reason: str, asked_by: str, review_on: date) -> Hold:
        """Keep everything of the case's calls, from now on, and return the hold; the same placed twice is one.

        `asked_by`: who wanted it, in words; `review_on`: when it is looked at anew: after today, within a year, by a
        supervisor within two weeks. Raises Denied("role"), NotFound("case"), Conflict("closed" | "no_calls"),
        InputError("reason" | "asked_by" | "review_on").
        """
        _allow(staff)

        def work(connection: Connection) -> Hold:
            case = cases.hold(connection, case_id)
            if case is None or not may_see_case(staff, case):
                raise NotFound("case")
            return self.place_in(connection, staff, case, reason, asked_by, review_on)

        return self._store.write_again(work)

    def place_in(
        self,
        connection: Connection,
        staff: Staff,
        case: Case,
        reason: str,
        asked_by: str,
        review_on: date,
        some: Sequence[CallId] = (),
    ) -> Hold:
        """Place a hold as `place` does, within the transaction that opened the case; on `some` of its calls alone."""
        now, why = self._clock(), read_word(reason, _MOST_REASON, "reason")
        wanted_by = read_word(asked_by, MOST_ASKED_BY, "asked_by")
        day = read_review_day(review_on, staff.role, local_day(now, self._zone))
        if not case.is_open:
            raise Conflict("closed")
        made = HoldId(new_id(now))
        new = Hold(made, case.id, case.number, why, wanted_by, staff.user_id, staff.name, now, day)
        call_ids = some or cases.calls_of(connection, case.id)
        if not call_ids:
            raise Conflict("no_calls")
        twin = next((one for one in rows.of_case(connection, case.id) if _is_twin(one, new)), None)
        if twin is not None:
            if rows.keep(connection, twin.id, call_ids):
                self._note(connection, Act.HOLD_WIDENED, staff, twin, now)
            return _found(connection, twin.id)
        rows.add(connection, new)
        rows.keep(connection, new.id, call_ids)
        found = _found(connection, new.id)
        self._note(connection, Act.HOLD_PLACED, staff, found, now)
        return found

    def follow_in(self, connection: Connection, case: Case, added: Iterable[CallId], staff: Staff) -> None:
        """Let the case's live holds keep the calls that were added to it since, in the transaction that added them."""
        fresh = tuple(added)
        for hold in rows.of_case(connection, case.id):
            if hold.is_live and rows.keep(connection, hold.id, fresh):
                self._note(connection, Act.HOLD_WIDENED, staff, hold, self._clock())

    def look_again(self, staff: Staff, hold_id: HoldId, review_on: date) -> Hold:
        """Say that a hold is still needed, and when to look at it next. Raises as `place` does, NotFound("hold")."""
        _allow(staff)

        def work(connection: Connection) -> Hold:
            now = self._clock()
            day = read_review_day(review_on, staff.role, local_day(now, self._zone))
            found = _his(connection, staff, hold_id)
            if not rows.set_review(connection, hold_id, day):
                raise Conflict("released")
            self._note(connection, Act.HOLD_REVIEWED, staff, found, now)
            return _found(connection, hold_id)

        return self._store.write_again(work)

    def ask_release(self, staff: Staff, hold_id: HoldId, reason: str) -> Approval:
        """Ask a second person to let a hold keep nothing any more.

        Raises Denied("role"), NotFound("hold"), Conflict("released" | "asked"), InputError("reason"),
        LimitReached("approvals").
        """
        _allow(staff)

        def work(connection: Connection) -> Approval:
            found = _his(connection, staff, hold_id)
            if not found.is_live:
                raise Conflict("released")
            if approvals.subjects_waiting(connection, ApprovalKind.HOLD_RELEASE, [found.id], self._clock()):
                raise Conflict("asked")
            return self._approvals.ask_in(
                connection, ApprovalKind.HOLD_RELEASE, found.id, _content(found), reason, staff
            )

        return self._store.write_again(work)

    def carry_out(self, connection: Connection, approval: Approval, by: Staff) -> None:
        """Release a hold, now that `by` has approved it; the effect of the approval.

        Raises NotFound("hold"), Conflict("approval_changed" | "released").
        """
        now, found = self._clock(), _found(connection, approval.subject)
        if found.is_live and canonical(_content(found)) != approval.content:
            raise Conflict("approval_changed")
        if not rows.release(connection, found.id, approval.id, now):
            raise Conflict("released")
        self._note(connection, Act.HOLD_RELEASED, by, found, now)

    def _note(self, connection: Connection, act: Act, staff: Staff, hold: Hold, now: datetime) -> None:
        by, about = staff.user_id, hold.case_number
        fact = AuditFact(act, now, user_id=by, subject=hold.id, purpose=about, outcome="done", address=staff.address)
        audit.append(connection, fact)


def _allow(staff: Staff) -> None:
    if not may(staff.role, Deed.KEEP_CASES):
        raise Denied("role")


def _is_twin(one: Hold, new: Hold) -> bool:
    return one.is_live and replace(new, id=one.id, placed_at=one.placed_at, calls=one.calls) == one


def _found(connection: Connection, hold_id: str) -> Hold:
    found = rows.find(connection, hold_id)
    if found is None:
        raise NotFound("hold")
    return found


def _his(connection: Connection, staff: Staff, hold_id: str) -> Hold:
    known = _known(connection, staff, [_found(connection, hold_id)])
    if not known:
        raise NotFound("hold")
    return known[0]


def _known(connection: Connection, staff: Staff, found: Sequence[Hold]) -> tuple[Hold, ...]:
    """Return those of the holds whose case is his business."""
    of_holds = cases.of_ids(connection, {each.case_id for each in found})
    return tuple(each for each in found if may_see_case(staff, of_holds[each.case_id]))


def _content(hold: Hold) -> Content:
    return {"hold": hold.id, "case": hold.case_number, "calls": hold.calls, "review_on": hold.review_on.isoformat()}
