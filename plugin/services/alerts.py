"""Alerts: an operator asks for help in a call of his, a supervisor takes it, and sees it until it is dealt with.

An operator's alert goes in as an event of his call, as a phone system's does: one way in, one record. Tells supervisors
of the operator's team alone, and all of them where he has none.
"""

from datetime import timedelta

from plugin.core.access import Deed, may
from plugin.core.alerts import CHOICES, Alert, AlertLine, AlertReason, Board, TalkLine
from plugin.core.audit import Act, AuditFact
from plugin.core.calls import AgentRef, CallEvent, CallState, EventType
from plugin.core.errors import Conflict, Denied, InputError, NotFound
from plugin.core.history import StoredCall
from plugin.core.ids import CallId, UserId, is_id
from plugin.core.phase import Phase, part_of
from plugin.core.pops import OpenPop
from plugin.core.ports import Clock, Publisher
from plugin.core.staff import Staff
from plugin.services.calls import Calls
from plugin.services.desk import Desk
from plugin.services.live import Live
from plugin.services.telling import tell
from plugin.services.turns import Turns
from plugin.store import alerts as rows
from plugin.store import audit
from plugin.store.engine import Connection, Store

_MOST = 50
# Each is an event of the call, of which only so many are kept, and disturbs every supervisor of the team.
_CRIES = Turns("alerts", 20, timedelta(minutes=5))
_TALKS = frozenset({Phase.RINGING, Phase.TALKING, Phase.HELD})


class Alerts:
    """The alerts of a site."""

    def __init__(self, store: Store, clock: Clock, calls: Calls, desk: Desk, live: Live, bus: Publisher) -> None:
        self._store = store
        self._clock = clock
        self._calls = calls
        self._desk = desk
        self._live = live
        self._bus = bus

    def cry(self, actor: Staff, call_id: CallId, reason: AlertReason = AlertReason.HELP) -> Alert:
        """Ask for help in a call that he is on, or say better why; while one is open there is no second.

        Raises InputError("alert_reason"), Conflict("call_over") once his part is over, LimitReached("alerts"), and
        NotFound("pop"), also for a call that only an opened address tells of.
        """
        if reason not in CHOICES:
            raise InputError("alert_reason")
        opened = self._own(actor, call_id)
        if opened.call.call.claimed:
            raise NotFound("pop")  # what anybody can type is no call yet, and an alert would keep it
        if part_of(opened).phase not in _TALKS:
            raise Conflict("call_over")
        with self._store.write() as connection:
            _CRIES.take(connection, f"alerts:{actor.user_id}", self._clock())
        raised = self._own_alerts(actor, opened.call.id)
        if raised and raised[0].closed_at is None:
            self._say_why(actor, raised[0], reason)
        else:
            self._calls.take([_event(actor, opened, reason, len(raised), self._clock)], by=actor)
        return self._own_alerts(actor, opened.call.id)[0]

    def withdraw(self, actor: Staff, call_id: CallId) -> None:
        """Close his own alert in the call, as soon as he needs no help. Raises NotFound("alert" | "pop")."""
        opened = self._own(actor, call_id)
        raised = self._own_alerts(actor, opened.call.id)
        if not raised or not self._close(actor, raised[0], "withdrawn"):
            raise NotFound("alert")

    def own(self, actor: Staff, call_id: CallId) -> Alert | None:
        """Return his alert in the call that nobody has closed, or None."""
        raised = self._own_alerts(actor, call_id)
        return raised[0] if raised and raised[0].closed_at is None else None

    def waiting(self, actor: Staff) -> int:
        """Return how many alerts wait for a supervisor like him; 0 for who is none."""
        if not may(actor.role, Deed.SEE_BOARD):
            return 0
        with self._store.read() as connection:
            return rows.count_open(connection, actor.team)

    def board(self, actor: Staff) -> Board:
        """Return what a supervisor watches. Raises Denied("role")."""
        _must_watch(actor)
        with self._store.read() as connection:
            raised = rows.open_ones(connection, actor.team, actor.user_id, _MOST)
            count = rows.count_shown(connection, actor.team, actor.user_id) if len(raised) == _MOST else len(raised)
            stored = rows.calls_of(connection, [each.call_id for each in raised])
            talks = rows.talks_of(connection, actor.team, _MOST) if actor.team else []
        return Board(
            alerts=tuple(self._line(actor, each, stored[each.call_id]) for each in raised),
            talks=tuple(
                TalkLine(
                    call_id=found.id,
                    user_id=user_id,
                    operator=name,
                    queue=found.call.queue,
                    since=since,
                    is_held=found.call.state is CallState.HELD,
                    can=self._live.can_join(actor, found.call.source),
                )
                for user_id, name, _, since, found in talks
                if user_id != actor.user_id
            ),
            now=self._clock(),
            more=count - len(raised),
        )

    def take(self, actor: Staff, alert_id: str) -> Alert:
        """Take an alert on; taking one's own again changes nothing.

        Raises Denied("role"), NotFound("alert"), Conflict("alert_taken") where another supervisor has it.
        """
        found, now = self._for(actor, alert_id), self._clock()
        if found.taken_by == actor.user_id:
            return found
        with self._store.write() as connection:
            if not rows.take(connection, found.id, actor.user_id, now):
                raise Conflict("alert_taken")
            stored = rows.calls_of(connection, [found.call_id])[found.call_id]
            self._note(connection, Act.ALERT_TAKEN, actor, stored, found.reason, "taken", found)
            told = rows.supervisors_of(connection, found.team)
        self._tell(found, told)
        return self._for(actor, alert_id)

    def close(self, actor: Staff, alert_id: str) -> None:
        """Note that an alert is dealt with. Raises Denied("role") and NotFound("alert")."""
        found = self._for(actor, alert_id)
        if not self._close(actor, found, "settled"):
            raise NotFound("alert")

    def _line(self, actor: Staff, alert: Alert, stored: StoredCall) -> AlertLine:
        call = stored.call
        talks = [offer.answered_at for offer in call.offers if offer.agent == alert.agent and offer.answered_at]
        return AlertLine(
            alert=alert,
            caller=self._desk.caller(actor, stored, with_history=False),
            talking_since=min(talks, default=None),
            ended_at=call.ended_at,
            queue=call.queue,
            can=self._live.can_join(actor, call.source) if call.ended_at is None else frozenset(),
            is_mine=alert.taken_by == actor.user_id,
        )

    def _say_why(self, actor: Staff, alert: Alert, reason: AlertReason) -> None:
        with self._store.write() as connection:
            if not rows.say_why(connection, alert.id, reason):
                return
            stored = rows.calls_of(connection, [alert.call_id])[alert.call_id]
            self._note(connection, Act.ALERT_RAISED, actor, stored, reason, "reason", alert)
            told = rows.supervisors_of(connection, alert.team)
        self._tell(alert, told)

    def _close(self, actor: Staff, alert: Alert, outcome: str) -> bool:
        with self._store.write() as connection:
            if not rows.close(connection, alert.id, self._clock()):
                return False
            stored = rows.calls_of(connection, [alert.call_id])[alert.call_id]
            self._note(connection, Act.ALERT_CLOSED, actor, stored, alert.reason, outcome, alert)
            told = rows.supervisors_of(connection, alert.team)
        self._tell(alert, told)
        return True

    def _tell(self, alert: Alert, supervisors: tuple[UserId, ...]) -> None:
        topics = {*supervisors, *([alert.user_id] if alert.user_id else [])}
        tell(self._bus, topics, about=alert.call_id)

    def _own(self, actor: Staff, call_id: CallId) -> OpenPop:
        wanted = self._calls.call(call_id).id
        found = next((each for each in self._calls.pops_of(actor.user_id) if each.call.id == wanted), None)
        if found is None:
            raise NotFound("pop")
        return found

    def _own_alerts(self, actor: Staff, call_id: CallId) -> tuple[Alert, ...]:
        with self._store.read() as connection:
            return rows.own_of_call(connection, call_id, actor.user_id)

    def _for(self, actor: Staff, alert_id: str) -> Alert:
        _must_watch(actor)
        with self._store.read() as connection:
            found = rows.find(connection, alert_id) if is_id(alert_id) else None
        if found is None or not found.is_for(actor):
            raise NotFound("alert")
        return found

    def _note(
        self,
        connection: Connection,
        act: Act,
        actor: Staff,
        stored: StoredCall,
        reason: AlertReason,
        outcome: str,
        alert: Alert | None = None,
    ) -> None:
        fact = AuditFact(
            act,
            self._clock(),
            user_id=actor.user_id,
            customer_id=stored.customer_id,
            call_id=stored.id,
            subject=alert.id if alert else None,
            purpose=reason.value,
            outcome=outcome,
            address=actor.address,
        )
        audit.append(connection, fact)


def _must_watch(actor: Staff) -> None:
    if not may(actor.role, Deed.SEE_BOARD):
        raise Denied("role")


def _event(actor: Staff, opened: OpenPop, reason: AlertReason, count: int, clock: Clock) -> CallEvent:
    call = opened.call.call
    return CallEvent(
        id=f"denwaban:alert:{opened.call.id}:{actor.user_id}:{count}",  # two clicks at once are one event
        source=call.source,
        type=EventType.ALERT_RAISED,
        occurred_at=clock(),
        source_call_ids=call.source_call_ids[:1],
        agent=AgentRef(opened.pop.agent),
        reason=reason.value,
    )
