"""Call-backs: the operator rings a registered number of the customer, and the call itself shows that he answered.

The phone system dials where it can, else the operator does by hand: the same calls count. What counts is what its
events say of a call that this person placed to exactly that number, and in which the customer talks with him now; who
is on the phone then still has to answer what he is asked, in that call.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from plugin.core.audit import Act
from plugin.core.call_backs import LASTS, CallBack, CallBackState, Line, line_of
from plugin.core.control import CallControl, ControlAct
from plugin.core.errors import Conflict, DenwabanError, NotFound
from plugin.core.history import StoredCall
from plugin.core.identity import Verdict, Verification
from plugin.core.ids import CustomerId, VerificationId, new_id
from plugin.core.ports import Clock, Publisher
from plugin.core.staff import Staff
from plugin.services.identity import Identity
from plugin.services.identity_notes import note, settle
from plugin.services.outward import Came, Outward, attempt
from plugin.services.reachable import Reachable
from plugin.services.sendings import Sendings
from plugin.services.telling import tell
from plugin.store import call_backs as rows
from plugin.store import calls
from plugin.store.engine import Connection, Store

T = TypeVar("T")
_STATES = {
    Came.DONE: CallBackState.DIALLED,
    Came.REFUSED: CallBackState.REFUSED,
    Came.DOUBTFUL: CallBackState.DOUBTFUL,
}


@dataclass(frozen=True, slots=True)
class Order:
    """What the phone system is asked: by whom, whose phone rings, and what it dials."""

    control: CallControl
    extension: str
    e164: str


class CallBacks:
    """The call-backs of a site. `controls` are the phone systems that can do something for us, by source."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        identity: Identity,
        reachable: Reachable,
        controls: Mapping[str, CallControl],
        outward: Outward,
        daily: int,
        bus: Publisher,
    ) -> None:
        self._store = store
        self._clock = clock
        self._identity = identity
        self._reachable = reachable
        self._controls = dict(controls)
        self._outward = outward
        self._bus = bus
        self._sendings = Sendings("call_back", daily)

    def can_dial(self, actor: Staff, source: str) -> bool:
        """Tell whether the phone system of that source dials for him; else he does by hand."""
        control = self._controls.get(source)
        return control is not None and ControlAct.DIAL in control.can and actor.extension is not None

    def ask(self, actor: Staff, verification_id: VerificationId, mark: str, *, by_hand: bool = False) -> CallBack:
        """Write down that the number with this mark will be called back, and have it dialled where that is possible.

        `by_hand`: he dials himself. Returns it as it then stands; that it was not dialled is no error here, `state` and
        `why` say so. Raises NotFound("verification" | "number"), Conflict("failed" | "expired" | "ended"),
        LimitReached("call_back_limit" | "locked_out") and Unavailable.
        """

        def write_down() -> tuple[CallBack, Callable[[], None] | None]:
            made, order = self._settled(
                actor, lambda connection: self._make(connection, actor, verification_id, mark, by_hand=by_hand)
            )
            return made, None if order is None else partial(self._dial, actor, made, order)

        made = self._outward.through(write_down)
        with self._store.read() as connection:
            return rows.newest(connection, made.verification_id) or made

    def count(self, actor: Staff, verification_id: VerificationId) -> Verdict:
        """Count the call of this verification as the call-back that was asked for.

        Raises Conflict("not_called_back") where the call does not show it (yet), and as Identity.accept does.
        """

        def work(connection: Connection) -> Verdict:
            found = self._identity.under_way(connection, actor, verification_id)
            stored = calls.one(connection, found.call_id)
            made = None if stored is None else self.shown_by(connection, actor, stored, found.customer_id)
            if made is None or made[1] is not Line.TALKING or not rows.use(connection, made[0].id, found.call_id):
                raise Conflict("not_called_back")
            self._note(connection, actor, found, made[0], "counted")
            return self._identity.accept(connection, actor, found.id, made[0].proof)

        return self._settled(actor, work)

    def shown_by(
        self, connection: Connection, actor: Staff, stored: StoredCall, customer_id: CustomerId
    ) -> tuple[CallBack, Line] | None:
        """Return the call-back that this call is, and how the call stands; None where it is none that was asked for."""
        line = line_of(stored.call, rows.agents_of(connection, stored.id, actor.user_id))
        if line is Line.OTHER or stored.e164 is None:
            return None
        for made in rows.hopeful_of(connection, actor.user_id, customer_id, self._clock()):
            reach = self._reachable.numbers(connection, customer_id, made.key_id).get(made.number_mark)
            same = reach is not None and reach.e164 == stored.e164 and reach.call_back is made.proof
            if same and made.is_in_time(stored.call):
                return made, line
        return None

    def _make(
        self, connection: Connection, actor: Staff, verification_id: VerificationId, mark: str, *, by_hand: bool
    ) -> tuple[CallBack, Order | None] | DenwabanError:
        now = self._clock()
        found = self._identity.under_way(connection, actor, verification_id)
        reach = self._reachable.numbers(connection, found.customer_id).get(mark)
        source = rows.source_of(connection, found.call_id)
        if reach is None or source is None:
            raise NotFound("number")
        about = (found.call_id, found.customer_id)
        refused = self._sendings.take(connection, found.customer_id, mark, actor.user_id, now)
        if refused is not None:
            note(connection, Act.CALL_BACK, actor, about, now, refused.reason, found.id, reach.call_back.value)
            return refused
        made = CallBack(
            id=new_id(now),
            verification_id=found.id,
            customer_id=found.customer_id,
            user_id=actor.user_id,
            number_mark=mark,
            tail=reach.tail,
            key_id=self._reachable.secret().id,
            proof=reach.call_back,
            state=CallBackState.ASKED,
            asked_at=now,
            expires_at=now + LASTS,
        )
        rows.add(connection, made)
        self._note(connection, actor, found, made, "asked")
        if by_hand or not self.can_dial(actor, source[0]) or actor.extension is None:
            return made, None
        return made, Order(self._controls[source[0]], actor.extension, reach.e164)

    def _dial(self, actor: Staff, made: CallBack, order: Order) -> None:
        came, why = attempt(lambda: order.control.dial(order.extension, order.e164))
        state = _STATES[came]

        def work(connection: Connection) -> None:
            if not rows.settle(connection, made.id, state, why):
                return
            if state is CallBackState.REFUSED:
                self._sendings.give_back(connection, made.customer_id, made.number_mark)
            found = self._identity.find(connection, made.verification_id)
            self._note(connection, actor, found, made, f"{state.value}:{why or 'done'}")

        try:
            self._store.write_again(work)
        except DenwabanError:
            return  # it stays as one that may be dialled; the call itself will show
        tell(self._bus, (actor.user_id,))

    def _note(self, connection: Connection, actor: Staff, found: Verification, made: CallBack, outcome: str) -> None:
        about = (found.call_id, found.customer_id)
        note(connection, Act.CALL_BACK, actor, about, self._clock(), outcome, made.id, made.proof.value)

    def _settled(self, actor: Staff, work: Callable[[Connection], T | DenwabanError]) -> T:
        return settle(self._store, self._bus, actor, work)
