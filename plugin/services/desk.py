"""The desk: composes what one person sees of the calls on his screen, masked by what was proved to him.

It masks by core/access.py and decides no right itself. Each act goes to the service of its subject; what the desk adds
is that only who has a part in a call acts on it, and that every desk with a pop of it hears of the change.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from plugin.core.access import HistoryView, history_view
from plugin.core.calls import Direction
from plugin.core.consent import ConsentView
from plugin.core.customers import Customer
from plugin.core.desk import CallerView, CandidateView, JustNow, PastLine, PopView, QuietView
from plugin.core.errors import Denied, NotFound
from plugin.core.history import HistoryOf, StoredCall
from plugin.core.identity import Level, Standing
from plugin.core.ids import CallId, CustomerId
from plugin.core.matching import AssignmentAct, Certainty, Match, MatchKind, Reason
from plugin.core.note import Note, note_of, write_draft
from plugin.core.numbers import External, Internal
from plugin.core.phase import Part, Phase, part_of
from plugin.core.pops import OpenPop
from plugin.core.ports import Publisher
from plugin.core.staff import Staff
from plugin.services.calls import Calls
from plugin.services.consents import Consents
from plugin.services.customers import Customers
from plugin.services.grants import Grants
from plugin.services.history import TAGGED, History
from plugin.services.identity import Identity
from plugin.services.telling import tell
from plugin.services.timeline import Timeline
from plugin.store.engine import Store

_LINES = 3
_MORE_LINES = 10
_QUIET_LINES = 8
_NOT_HIS = frozenset({Phase.ELSEWHERE, Phase.MISSED})
_AFTER_CALL = frozenset({Phase.WRAP_UP, Phase.TRANSFERRED})
_UNSETTLING = frozenset({AssignmentAct.REFUSE, AssignmentAct.UNASSIGN})


class Desk:
    """`detail` is what the site shows of a history before the caller is verified (settings.pre_verify_detail);
    `just_now`: a call that ended so long before is pointed out; `wrap_up`: so long after its note was saved a call
    leaves (services/wrap_up.py), zero: never.
    """

    def __init__(
        self,
        store: Store,
        calls: Calls,
        customers: Customers,
        identity: Identity,
        timeline: Timeline,
        history: History,
        grants: Grants,
        consents: Consents,
        bus: Publisher,
        detail: str,
        just_now: timedelta,
        wrap_up: timedelta,
    ) -> None:
        self._store = store
        self._wrap_up = wrap_up
        self._just_now = just_now
        self._calls = calls
        self._customers = customers
        self._identity = identity
        self._timeline = timeline
        self._history = history
        self._grants = grants
        self._consents = consents
        self._bus = bus
        self._detail = detail

    def pops(self, staff: Staff) -> tuple[PopView, ...]:
        """Return the calls on this person's screen as `opened` has them, each with all that is shown of it."""
        with self._store.together():
            return tuple(self.view(staff, each) for each in self.opened(staff))

    def opened(self, staff: Staff) -> tuple[OpenPop, ...]:
        """Return the calls on this person's screen, the oldest first, so that a new one never moves the others."""
        return tuple(reversed(self._calls.pops_of(staff.user_id)))

    def pop(self, staff: Staff, call_id: CallId) -> PopView | None:
        """Return the call as it stands on this person's screen, or None where it does not stand there."""
        with self._store.together():
            found = self._open_pop(staff, call_id)
            return None if found is None else self.view(staff, found)

    def choose(self, staff: Staff, call_id: CallId, customer_id: CustomerId | None) -> None:
        """Say whose call it is; None: somebody else's, so that it stays unassigned for now.

        Raises Denied("not_your_call") unless he has a part in the call, and as `assign` does.
        """
        found = self._open_pop(staff, call_id)
        if found is None or part_of(found).phase in _NOT_HIS:
            raise Denied("not_your_call")
        self.assign(staff, found.call, customer_id)

    def assign(self, staff: Staff, stored: StoredCall, customer_id: CustomerId | None) -> None:
        """Give the call to the customer, or to nobody; whether `staff` may is the caller's to know.

        Raises NotFound("customer"), Conflict("customer_gone") and Conflict("internal_call").
        """
        if customer_id is not None and stored.customer_id not in (None, customer_id):
            self._customers.reassign(staff, stored.id, customer_id)
        elif customer_id is not None:
            self._customers.confirm(staff, stored.id, customer_id)
        elif stored.customer_id is not None:
            self._customers.unassign(staff, stored.id)
        else:
            for candidate in self._match(stored).candidates:
                self._customers.refuse(staff, stored.id, candidate.customer.id)
        tell(self._bus, self._calls.users_at(stored.id))  # every desk with a pop of it draws it anew

    def stay(self, staff: Staff, call_id: CallId) -> None:
        """Keep a call whose note is saved on his screen until he closes it.

        Raises NotFound("pop") where it does not stand there, and as Timeline.draft does.
        """
        found = self._open_pop(staff, call_id)
        if found is None:
            raise NotFound("pop")
        self._timeline.draft(staff, found.call.id, write_draft(self._note(staff, found).fields))
        tell(self._bus, (staff.user_id,), about=found.call.id)

    def close(self, staff: Staff, call_id: CallId) -> None:
        """Take an ended call off his screen. Raises NotFound."""
        self._calls.close_pop(staff.user_id, call_id)

    def pop_with(self, staff: Staff, customer_id: CustomerId) -> PopView | None:
        """Return the call on his screen that may be with the customer, the one given to him first; None for none."""
        found = [
            pop
            for pop in self.pops(staff)
            if pop.is_mine and any(each.customer.id == customer_id for each in pop.caller.candidates)
        ]
        chosen = [pop for pop in found if pop.caller.chosen and pop.caller.chosen.customer.id == customer_id]
        return next(iter(chosen + found), None)

    def rings_from(self, staff: Staff, e164: str | None) -> bool:
        """Tell whether a call from the number is on his screen."""
        opened = self._calls.pops_of(staff.user_id) if e164 else ()
        return any(each.call.e164 == e164 and part_of(each).phase not in _NOT_HIS for each in opened)

    def caller(self, staff: Staff, stored: StoredCall, *, with_history: bool = True) -> CallerView:
        """Return who may be calling, with as much of each one's history as was proved to `staff`, or without any."""
        with self._store.together():
            return self._caller(staff, stored, with_history)

    def _caller(self, staff: Staff, stored: StoredCall, with_history: bool) -> CallerView:
        reading = self._calls.caller_of(stored.call)
        match = self._customers.match(reading, stored.id)
        candidates, loose = self._candidates(staff, stored, match, with_history)
        return CallerView(
            number=stored.e164,
            extension=reading.extension if isinstance(reading, Internal | External) else None,
            withheld=match.withheld,
            match=match.kind,
            more=match.more,
            candidates=candidates,
            loose_calls=loose,
            is_settled=self._is_settled(stored),
            just_now=self._last(staff, stored) if with_history else None,
            sharing=match.sharing,
        )

    def _last(self, staff: Staff, stored: StoredCall) -> JustNow | None:
        """Return the call before with this number, where it ended a moment before this one began."""
        last = self._history.last_before(stored) if self._just_now else None
        if last is None:
            return None
        past, ago = last.past, stored.call.started_at - last.ended_at
        if not timedelta(0) <= ago <= self._just_now:
            return None
        is_named = history_view(staff.role, Level.NONE, self._detail) in TAGGED
        return JustNow(past.id, ago // timedelta(minutes=1), past.was_answered, past.operator if is_named else None)

    def _open_pop(self, staff: Staff, call_id: CallId) -> OpenPop | None:
        wanted = self._calls.call(call_id).id  # a joined call is the one it was joined to
        return next((each for each in self._calls.pops_of(staff.user_id) if each.call.id == wanted), None)

    def _match(self, stored: StoredCall) -> Match:
        return self._customers.match(self._calls.caller_of(stored.call), stored.id)

    def view(self, staff: Staff, opened: OpenPop) -> PopView:
        """Return all that is shown to him of one call of his screen."""
        with self._store.together():
            return self._view_of(staff, opened)

    def _view_of(self, staff: Staff, opened: OpenPop) -> PopView:
        stored, call = opened.call, opened.call.call
        part, note, caller = (
            self._named(stored.id, part_of(opened)),
            self._note(staff, opened),
            self.caller(staff, stored),
        )
        return PopView(
            call_id=stored.id,
            part=part,
            direction=call.direction,
            our_number=call.our_number,
            queue=call.queue,
            ivr_path=call.ivr_path,
            caller=caller,
            detail=history_view(staff.role, Level.NONE, self._detail),
            note=note,
            leaves_at=self._leaves_at(part, note),
            recording_id=self._grants.own_call(staff, stored.id) if part.phase in _AFTER_CALL else None,
            source=call.source,
            is_alerted=call.alert is not None,
            claimed=call.claimed,
            consent=self._consent(stored, part, caller),
        )

    def _consent(self, stored: StoredCall, part: Part, caller: CallerView) -> ConsentView | None:
        if stored.call.claimed or stored.call.direction is Direction.INTERNAL or part.phase in _NOT_HIS:
            return None
        return self._consents.of_pop(stored, frozenset(each.customer.id for each in caller.candidates))

    def _leaves_at(self, part: Part, note: Note) -> datetime | None:
        """Return when the call leaves the screen by itself; None where it stays until he closes it."""
        if not self._wrap_up or part.phase not in _AFTER_CALL or note.saved_at is None or note.draft_at is not None:
            return None
        return max(note.saved_at, part.until or note.saved_at) + self._wrap_up

    def _note(self, staff: Staff, opened: OpenPop) -> Note:
        """Return his note; what a colleague wrote of the call is for who takes it, not for all whose phones ring."""
        call_id = opened.call.id
        draft = self._timeline.draft_of(staff, call_id)
        if opened.pop.taken_at is None:
            return note_of(None, draft, None)
        return note_of(self._timeline.summary_of(call_id), draft, self._timeline.sendings([call_id]).get(call_id))

    def _named(self, call_id: CallId, part: Part) -> Part:
        """Return the part with names of people in place of agents' keys, where somebody else is in it at all."""
        if not (part.handed_by or part.handed_to or part.taken_by):
            return part
        names = self._calls.names_at(call_id)

        def name(agent: str | None) -> str | None:
            return agent and names.get(agent, agent.removeprefix("queue:"))

        return replace(
            part, handed_by=name(part.handed_by), handed_to=name(part.handed_to), taken_by=name(part.taken_by)
        )

    def _is_settled(self, stored: StoredCall) -> bool:
        decided = self._customers.assignments_of(stored.id)
        return stored.customer_id is not None or bool(decided and decided[-1].act in _UNSETTLING)

    def _candidates(
        self, staff: Staff, stored: StoredCall, match: Match, with_history: bool
    ) -> tuple[tuple[CandidateView, ...], tuple[PastLine, ...]]:
        """Return the candidates, and the number's calls that are nobody's where none of them has those as his own."""
        found = self._found(stored, match)
        standings = [self._identity.standing(staff, stored.id, customer.id) for customer, _, _ in found]
        views = [self._view(staff, standing, with_history) for standing in standings]
        his, nobodys = (stored.e164, None) if _is_alone(match, len(found)) else (None, stored.e164)
        wanted = [(HistoryOf(each[0].id, his, _lines(view)), view) for each, view in zip(found, views, strict=True)]
        view = self._view(staff, None, with_history)
        wanted.append((HistoryOf(None, nobodys, _lines(view)), view))
        *pasts, (loose, _) = self._history.lines_of(wanted, without=stored.id)
        shown = zip(found, standings, views, pasts, strict=True)
        candidates = tuple(
            CandidateView(
                place=place,
                customer=customer,
                certainty=certainty,
                reasons=reasons,
                is_chosen=stored.customer_id == customer.id,
                standing=standing,
                promises=self._history.promises(customer.id, view),
                calls=calls,
                older=older,
            )
            for place, ((customer, certainty, reasons), standing, view, (calls, older)) in enumerate(shown, start=1)
        )
        return candidates, loose

    def _found(self, stored: StoredCall, match: Match) -> list[tuple[Customer, Certainty | None, tuple[Reason, ...]]]:
        found: list[tuple[Customer, Certainty | None, tuple[Reason, ...]]]
        found = [(each.customer, each.certainty, each.reasons) for each in match.candidates]
        if stored.customer_id is not None and all(customer.id != stored.customer_id for customer, _, _ in found):
            found.append((self._customers.customer(stored.customer_id), None, ()))  # looked up by hand
        return found

    def _view(self, staff: Staff, standing: Standing | None, with_history: bool) -> HistoryView:
        level = Level.NONE if standing is None else standing.level
        return history_view(staff.role, level, self._detail) if with_history else HistoryView.NOTHING

    def quiet(self, staff: Staff) -> QuietView:
        """Return what stands on the desk while nothing rings: the promises he made, and the calls he took last."""
        return QuietView(
            promises=self._history.promised_by(staff),
            calls=self._history.taken_by(staff, _QUIET_LINES),
        )


def _is_alone(match: Match, count: int) -> bool:
    """Tell whether the calls of the number may stand with the one candidate; a mere mention makes them not his."""
    return count == 1 and match.kind is not MatchKind.MENTIONED


def _lines(view: HistoryView) -> int:
    return _MORE_LINES if view is HistoryView.ALL_TAGS else _LINES
