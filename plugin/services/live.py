"""Calls under way: a supervisor listens, whispers or takes over, and who talks steers what is recorded.

Nothing is ordered before its audit line is committed, and what became of it is a line of its own: an order whose answer
never came counts as one that may have been carried out. Whether a supervisor is in the call, its events tell.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta

from plugin.core.audit import Act, AuditFact
from plugin.core.control import CallControl, CallOrder, ControlAct
from plugin.core.errors import Conflict, Denied, DenwabanError, InputError, NotFound, OutsideError
from plugin.core.history import StoredCall
from plugin.core.ids import CallId
from plugin.core.live import BY_ALERT, JOINS, STEERS, Ordered, OrderState, Talker, joined, read_purpose
from plugin.core.ports import Clock
from plugin.core.staff import Staff
from plugin.services.grants import Sessions
from plugin.services.outward import Outward
from plugin.store import alerts, audit, calls, pops, staff
from plugin.store.engine import Connection, Store

# So long a hand-over takes at the most: the supervisor's phone rings, and the events of the call tell who talks.
_HAND_OVER = timedelta(minutes=1)


class Live:
    """What is done in calls under way. `controls` are the phone systems that can do something for us, by source."""

    def __init__(
        self, store: Store, clock: Clock, sessions: Sessions, controls: Mapping[str, CallControl], outward: Outward
    ) -> None:
        self._store = store
        self._clock = clock
        self._sessions = sessions
        self._controls = dict(controls)
        self._outward = outward

    def can_join(self, actor: Staff, source: str) -> frozenset[ControlAct]:
        """Return how the phone system lets this supervisor take part; nothing where he has no phone of his own."""
        return self._able(source) & frozenset(JOINS) if actor.extension else frozenset()

    def can_steer(self, source: str) -> frozenset[ControlAct]:
        """Return what the phone system lets a person do about what is recorded of his call."""
        return self._able(source) & frozenset(STEERS)

    def join(self, actor: Staff, call_id: CallId, act: ControlAct, purpose: str = "") -> Ordered:
        """Take part in a talk of the own team: by its open alert, else for `purpose` (core/live.py PURPOSES).

        Raises Denied("role" | "step_up"), NotFound("call"), InputError("purpose"), Conflict("cannot_control" |
        "no_extension" | "taken_over": somebody ordered it a moment ago), Unavailable.
        """
        with self._store.read() as connection:
            stored = _under_way(connection, call_id)
            talker = joined(actor, pops.talkers(connection, stored.id))
            alerted = any(each.is_for(actor) for each in alerts.open_of_call(connection, stored.id))
        why = BY_ALERT if alerted else read_purpose(purpose)
        if not alerted and not self._sessions.is_proved(actor):
            raise Denied("step_up")
        if actor.extension is None:
            raise Conflict("no_extension")
        return self._give(actor, stored, talker, act, why)

    def steer(self, actor: Staff, call_id: CallId, act: ControlAct) -> Ordered:
        """Start, pause or resume the recording of the call that he talks in. Raises as `join` does."""
        with self._store.read() as connection:
            stored = _under_way(connection, call_id)
            own = [each for each in pops.talkers(connection, stored.id) if each.user_id == actor.user_id]
        if not own:
            raise NotFound("call")
        return self._give(actor, stored, own[-1], act, "own_call")

    def _give(self, actor: Staff, stored: StoredCall, talker: Talker, act: ControlAct, why: str) -> Ordered:
        control = self._controls.get(stored.call.source)
        if control is None or act not in control.can:
            raise Conflict("cannot_control")
        phone = actor.extension if act in JOINS else None
        order = CallOrder(act, stored.call.source_call_ids, talker.agent, phone)
        settled: list[Ordered] = []

        def work() -> None:
            settled.append(_carry_out(control, order))
            nothing_happened = settled[0].state is OrderState.REFUSED
            outcome = f"{settled[0].state.value}:{settled[0].why or act.value}"

            def write(connection: Connection) -> None:
                if act is ControlAct.TAKE_OVER and nothing_happened:
                    staff.give_back_try(connection, _hand_over_of(stored))
                self._note(connection, Act.LIVE_SETTLED, actor, stored, talker, why, outcome)

            try:
                self._store.write_again(write)
            except DenwabanError:
                return  # the line that it was ordered stands

        def write_down() -> tuple[None, Callable[[], None]]:
            with self._store.write() as connection:
                if act is ControlAct.TAKE_OVER:
                    self._only_one(connection, stored)
                self._note(connection, Act.LIVE_ORDERED, actor, stored, talker, why, act.value)
            return None, work

        self._outward.through(write_down)
        return settled[0] if settled else Ordered(act, OrderState.DOUBTFUL, "timeout")

    def _only_one(self, connection: Connection, stored: StoredCall) -> None:
        # Two orders would send the caller to two phones, one after the other: the second is never given.
        subject, window_us = _hand_over_of(stored), _HAND_OVER // timedelta(microseconds=1)
        if staff.take_try(connection, subject, 1, window_us, self._clock()) is not None:
            raise Conflict("taken_over")

    def _able(self, source: str) -> frozenset[ControlAct]:
        control = self._controls.get(source)
        return frozenset() if control is None else control.can

    def _note(
        self,
        connection: Connection,
        what: Act,
        actor: Staff,
        stored: StoredCall,
        talker: Talker,
        why: str,
        outcome: str,
    ) -> None:
        fact = AuditFact(
            what,
            self._clock(),
            user_id=actor.user_id,
            customer_id=stored.customer_id,
            call_id=stored.id,
            subject=talker.user_id,
            purpose=why,
            outcome=outcome,
            address=actor.address,
        )
        audit.append(connection, fact)


def _carry_out(control: CallControl, order: CallOrder) -> Ordered:
    try:
        control.order(order)
    except (InputError, NotFound) as error:
        return Ordered(order.act, OrderState.REFUSED, error.reason[:32])
    except OutsideError as error:
        state = OrderState.DOUBTFUL if error.facts.get("perhaps") else OrderState.REFUSED
        return Ordered(order.act, state, error.reason[:32])
    except Exception:  # noqa: BLE001  a control of somebody else's that breaks its promise: it may have done it
        return Ordered(order.act, OrderState.DOUBTFUL, "defect")
    return Ordered(order.act, OrderState.DONE)


def _hand_over_of(stored: StoredCall) -> str:
    return f"take_over:{stored.id}"


def _under_way(connection: Connection, call_id: CallId) -> StoredCall:
    stored = calls.one(connection, call_id)
    if stored is None or stored.call.ended_at is not None:
        raise NotFound("call")
    return stored
