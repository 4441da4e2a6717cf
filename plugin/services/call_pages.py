"""The pages of a call and of a customer, and the inbox: who may see them, and how much, is judged anew at each look.

What core/sight.py does not open answers like a thing that does not exist. Every look is audited before it is shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from plugin.core.access import Deed, HistoryView, Purpose, is_own_team, may, may_assign, may_write_summary
from plugin.core.audit import Act, AuditFact
from plugin.core.call_pages import Adopted, CallView, CustomerView, InboxView, LooseCall, course_of
from plugin.core.desk import PastLine
from plugin.core.errors import Denied, NotFound, OutsideError
from plugin.core.grants import may_ask_check
from plugin.core.heard import Hearing
from plugin.core.history import PagePlace, StoredCall
from plugin.core.identity import Level
from plugin.core.ids import CallId, CustomerId
from plugin.core.matching import Assignment
from plugin.core.note import note_of, words_of
from plugin.core.parts import CallPart
from plugin.core.ports import Clock, Crm
from plugin.core.recording_gaps import with_gaps
from plugin.core.recordings import PLAYABLE, Recording
from plugin.core.retention import TextStone
from plugin.core.sight import Relation, may_give_purpose, sight
from plugin.core.staff import Role, Staff
from plugin.core.timeline import Summary, TimelineEntry
from plugin.core.times import talked_s
from plugin.services.calls import Calls
from plugin.services.checks import Checks
from plugin.services.customers import Customers
from plugin.services.desk import Desk
from plugin.services.grants import Grants
from plugin.services.history import TAGGED, History
from plugin.services.timeline import Timeline
from plugin.store import adoptions, audit, call_parts, inbox, playback, recordings, text_erasure
from plugin.store.engine import Store

_MOST_LINES = 50
_MOST_ENTRIES = 30
_MOST_LOOSE = 20  # with who may have called, which costs more than a line
_MOST_PROPOSED = 3
_WAITS_SINCE = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class PageRules:
    """What the site sets: settings.pre_verify_detail, and how long after a call its operator is still at work on it."""

    detail: str
    after_call: timedelta


class CallPages:
    """Everything that is looked at outside the desk."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        calls: Calls,
        desk: Desk,
        customers: Customers,
        timeline: Timeline,
        history: History,
        grants: Grants,
        checks: Checks,
        crm: Crm,
        rules: PageRules,
    ) -> None:
        self._store = store
        self._clock = clock
        self._calls = calls
        self._desk = desk
        self._customers = customers
        self._timeline = timeline
        self._history = history
        self._grants = grants
        self._checks = checks
        self._crm = crm
        self._rules = rules

    def call(self, staff: Staff, call_id: CallId, purpose: Purpose | None = None) -> CallView:
        """Return the call as far as this person may see it.

        `purpose`: why a supervisor looks. Raises NotFound where he may see nothing of it.
        """
        found = self._found(staff, call_id)
        relation = self._to_call(staff, found, purpose)
        view = sight(staff, relation, self._rules.detail)
        if view is HistoryView.NOTHING:
            raise NotFound("call")
        self._note(Act.CALL_SHOWN, staff, found.stored.customer_id, found.stored.id, view, relation.purpose)
        return self._call_view(staff, found, relation, view)

    def choose(self, staff: Staff, call_id: CallId, customer_id: CustomerId | None) -> None:
        """Say from its page whose call it is. Raises NotFound, Denied("not_your_call"), and as Desk.choose does."""
        found = self._found(staff, call_id)
        relation = self._to_call(staff, found, None)
        if sight(staff, relation, self._rules.detail) is HistoryView.NOTHING:
            raise NotFound("call")
        if not _assigns(staff, found.part, relation):
            raise Denied("not_your_call")
        self._desk.assign(staff, found.stored, customer_id)

    def ask_check(self, staff: Staff, call_id: CallId, recording_id: str, question: str) -> None:
        """Ask a supervisor what a recording of the call says, having read what was written of it.

        Raises NotFound, and as Checks.ask does.
        """
        found = self._found(staff, call_id)
        view = sight(staff, self._to_call(staff, found, None), self._rules.detail)
        ids = {str(each.id) for each in self._kept(found.stored.id)[0]}
        if view is HistoryView.NOTHING or recording_id not in ids:
            raise NotFound("call")
        self._checks.ask(staff, recording_id, view, question)

    def customer(
        self, staff: Staff, customer_id: CustomerId, purpose: Purpose | None = None, after: PagePlace | None = None
    ) -> CustomerView:
        """Return the customer as far as this person may see him, with 50 of his calls: the newest, or those behind
        `after`. Raises as `call` does.
        """
        pop = self._desk.pop_with(staff, customer_id)
        seen = pop.caller.candidate(customer_id) if pop else None
        level = Level.NONE if seen is None else seen.level
        with self._store.read() as connection:
            teams = call_parts.teams_with(connection, customer_id)
        relation = Relation(live=pop is not None, level=level, purpose=purpose, teams=teams)
        view = sight(staff, relation, self._rules.detail)
        if view is HistoryView.NOTHING:
            raise NotFound("customer")
        customer = self._customers.customer(customer_id)
        is_open = view is HistoryView.FULL
        lines, older = self._page(customer_id, view, pop.call_id if pop else None, after)
        self._note(Act.CUSTOMER_SHOWN, staff, customer_id, pop.call_id if pop else None, view, relation.purpose)
        return CustomerView(
            customer=customer,
            call_id=pop.call_id if pop else None,
            level=level,
            standing=seen.standing if seen else None,
            is_open=is_open,
            may_give_reason=not is_open and may_give_purpose(staff, relation),
            is_other_teams=not is_open and staff.role is Role.SUPERVISOR and not may_give_purpose(staff, relation),
            numbers=self._customers.numbers_of(customer_id) if is_open else (),
            promises=self._history.promises(customer_id, view),
            calls=lines,
            older=older,
            is_first_page=after is None,
            entries=self._entries(customer.external_id) if is_open else (),
        )

    def _page(
        self, customer_id: CustomerId, view: HistoryView, without: CallId | None, after: PagePlace | None
    ) -> tuple[tuple[PastLine, ...], bool]:
        if after is None:
            return self._history.lines(customer_id, None, _MOST_LINES, view, without)
        return self._history.behind(customer_id, after, _MOST_LINES, view, without)

    def inbox(self, staff: Staff, after: PagePlace | None = None) -> InboxView:
        """Return what waits: an operator sees his own, a supervisor everybody's. Raises Denied("role").

        Of calls that are nobody's the newest 20, or those behind `after`.
        """
        if not may(staff.role, Deed.USE_DESK):
            raise Denied("role")
        everybodys = staff.role is Role.SUPERVISOR
        since = self._clock() - _WAITS_SINCE
        with self._store.read() as connection:
            whose = None if everybodys else staff.user_id
            loose = inbox.unassigned(connection, whose, since, _MOST_LOOSE + 1, after)
        promises = self._history.overdue() if everybodys else self._history.promised_by(staff)
        return InboxView(
            promises=promises,
            keepable=self._keepable(staff, [promise.call_id for promise in promises]),
            unassigned=tuple(
                self._proposed(staff, line) for line in self._history.of(loose[:_MOST_LOOSE], HistoryView.TAGS)
            ),
            older=len(loose) > _MOST_LOOSE,
            is_first_page=after is None,
        )

    def _proposed(self, staff: Staff, line: PastLine) -> LooseCall:
        """Return the call with who may have called. Nothing is picked: that is a person's word."""
        found = self._found(staff, line.call_id)
        if not _assigns(staff, found.part, self._to_call(staff, found, None)):
            return LooseCall(line, None)
        caller = self._desk.caller(staff, found.stored, with_history=False)
        listed = caller.candidates
        return LooseCall(line, caller, listed[:_MOST_PROPOSED], more=caller.more or len(listed) > _MOST_PROPOSED)

    def _keepable(self, staff: Staff, call_ids: Sequence[CallId]) -> frozenset[CallId]:
        """Return those of the calls whose promise he may mark as kept: his own; of everybody's, his team's."""
        if staff.role is not Role.SUPERVISOR:
            return frozenset(call_ids)  # he sees those that he wrote down himself
        with self._store.read() as connection:
            teams = call_parts.teams_in(connection, call_ids)
        return frozenset(one for one in call_ids if is_own_team(staff, teams.get(one, frozenset())))

    def _found(self, staff: Staff, call_id: CallId) -> "_Found":
        stored = self._calls.call(call_id)
        with self._store.read() as connection:
            part = call_parts.find(connection, stored.id, staff.user_id)
        if part is None:
            raise NotFound("call")
        return _Found(stored, part, self._timeline.summary_of(stored.id))

    def _to_call(self, staff: Staff, found: "_Found", purpose: Purpose | None) -> Relation:
        stored, call = found.stored, found.stored.call
        pop = self._desk.pop_with(staff, stored.customer_id) if stored.customer_id else None
        seen = pop.caller.candidate(stored.customer_id) if pop else None
        over_at = call.ended_at
        fresh = over_at is None or self._clock() - over_at < self._rules.after_call
        loose = over_at is not None and stored.customer_id is None
        same_number = stored.customer_id is None and self._desk.rings_from(staff, stored.e164)
        return Relation(
            live=pop is not None or same_number or (found.part.rang_here and over_at is None),
            level=seen.level if seen else Level.NONE,
            own=found.part.taken_here and (fresh or _owes(staff, found.summary)),
            loose=loose and (found.part.taken_here or not found.part.taken),
            purpose=purpose,
            teams=found.part.teams,
        )

    def _call_view(self, staff: Staff, found: "_Found", relation: Relation, view: HistoryView) -> CallView:
        stored, call, summary = found.stored, found.stored.call, found.summary
        opens, assigns = view is HistoryView.FULL, _assigns(staff, found.part, relation)
        writes = opens and may_write_summary(staff, found.part)
        draft = self._timeline.draft_of(staff, stored.id) if writes else None
        sending = self._timeline.sendings([stored.id]).get(stored.id)
        tagged = summary if view in TAGGED else None
        note = note_of(summary if opens else None, draft, sending)
        names = self._calls.names_at(stored.id)
        kept, text_gone = self._kept(stored.id)
        audible = frozenset(self._grants.askable(staff, stored.id))
        asks = may_ask_check(staff, view)
        return CallView(
            call_id=stored.id,
            direction=call.direction,
            started_at=call.started_at,
            ended_at=call.ended_at,
            talk_s=talked_s(call.answered_at, call.ended_at),
            outcome=call.outcome,
            ended_by=call.ended_by,
            our_number=call.our_number,
            queue=call.queue,
            ivr_path=call.ivr_path,
            course=course_of(call, lambda agent: names.get(agent, agent)),
            customer=self._customers.customer(stored.customer_id) if stored.customer_id else None,
            caller=self._desk.caller(staff, stored, with_history=False),
            decided=self._decided(stored.id),
            adopted=self._adopted(stored.id),
            recordings=tuple(with_gaps(each, call) for each in kept),
            audible=audible,
            checkable=tuple(each.id for each in kept if asks and each.state in PLAYABLE and each.id not in audible),
            checks=self._checks.of_call(stored.id) if opens else (),
            hearings=self._hearings(staff, found, kept) if opens else (),
            topic=tagged.topic if tagged else "",
            disposition=tagged.disposition if tagged else "",
            author=summary.author_name if summary else "",
            words=words_of(summary) if summary and opens else None,
            text_gone=text_gone,
            due_on=tagged.promise_due_on if tagged else None,
            note=replace(note, saved_at=summary.saved_at if summary else None),
            is_masked=summary is not None and not opens,
            may_give_reason=not opens and may_give_purpose(staff, relation),
            is_other_teams=not opens and staff.role is Role.SUPERVISOR and not may_give_purpose(staff, relation),
            may_write=writes,
            is_mine=assigns,
        )

    def _kept(self, call_id: CallId) -> tuple[tuple[Recording, ...], TextStone | None]:
        with self._store.read() as connection:
            kept = recordings.of_calls(connection, (call_id,)).get(call_id, ())
            return kept, text_erasure.of_call(connection, call_id)

    def _hearings(self, staff: Staff, found: "_Found", kept: tuple[Recording, ...]) -> tuple[Hearing, ...]:
        """Return who listened, to those whose call it is: who talked in it, and the supervisors of the team."""
        is_teams = staff.role is Role.SUPERVISOR and all(is_own_team(staff, teams) for teams in found.part.teams)
        if not (found.part.taken_here or is_teams):
            return ()
        with self._store.read() as connection:
            return playback.hearings(connection, [each.id for each in kept])

    def _decided(self, call_id: CallId) -> tuple[tuple[Assignment, str], ...]:
        made = self._customers.assignments_of(call_id)
        return tuple(
            (each, self._customers.customer(each.customer_id).name if each.customer_id else "") for each in made
        )

    def _adopted(self, call_id: CallId) -> Adopted | None:
        with self._store.read() as connection:
            found = adoptions.of_call(connection, call_id)
        return None if found is None else Adopted(self._customers.customer(found[0]), found[1])

    def _entries(self, external_id: str) -> tuple[TimelineEntry, ...] | None:
        try:
            return self._crm.timeline_of(external_id, _MOST_ENTRIES)
        except OutsideError:
            return None

    def _note(
        self,
        act: Act,
        staff: Staff,
        customer_id: CustomerId | None,
        call_id: CallId | None,
        view: HistoryView,
        purpose: Purpose | None,
    ) -> None:
        """Audit a look; where free text opens, that the history was shown is a line of its own."""
        now = self._clock()
        acts = [act, Act.HISTORY_SHOWN] if view is HistoryView.FULL else [act]
        with self._store.write() as connection:
            for each in acts:
                audit.append(
                    connection,
                    AuditFact(
                        each,
                        now,
                        user_id=staff.user_id,
                        customer_id=customer_id,
                        call_id=call_id,
                        purpose=purpose.value if purpose else None,
                        outcome=view.value,
                        address=staff.address,
                    ),
                )


@dataclass(frozen=True, slots=True)
class _Found:
    """A call with what may join a person to it: his part in it, and what was written about it."""

    stored: StoredCall
    part: CallPart
    summary: Summary | None


def _owes(staff: Staff, summary: Summary | None) -> bool:
    """Tell whether he wrote down a promise in it that is still open."""
    if summary is None or summary.author_id != staff.user_id:
        return False
    return bool(summary.promise) and summary.promise_done_at is None


def _assigns(staff: Staff, part: CallPart, relation: Relation) -> bool:
    """Tell whether he may say whose call it was now: while it is his own work, or waits for somebody to say so."""
    is_open = relation.own or relation.loose or staff.role is Role.SUPERVISOR
    return is_open and may_assign(staff, part)
