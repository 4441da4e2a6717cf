"""Pops that an address opens: a soft phone tells the browser of whoever is signed in who seems to be calling.

It proves nothing, so it makes a claim and no more: a pop of that person alone, in which nobody can be verified, nothing
written and nothing heard. Once the phone system tells of the call, the claim is a part of it; where it never does, the
claim is gone after ten minutes, and what stays is the line in the audit.
"""

from datetime import timedelta

from plugin.core.access import Deed, may
from plugin.core.audit import Act, AuditFact
from plugin.core.calls import AgentRef, CallEvent, Direction, EventType
from plugin.core.deliveries import AddressTold
from plugin.core.errors import Conflict, Denied, InputError
from plugin.core.ids import new_id
from plugin.core.numbers import External, Withheld, WithheldReason, read_number
from plugin.core.ports import Clock
from plugin.core.staff import Staff
from plugin.services.calls import Calls
from plugin.services.turns import Turns
from plugin.store import audit, claims, seats, staff
from plugin.store.engine import Connection, Store

_TURNS = Turns("pops", 30, timedelta(minutes=5))
_SAME = timedelta(minutes=3)


class AddressPops:
    """`source` is the name of the soft phones in the settings, `region` how their numbers are read."""

    def __init__(self, store: Store, clock: Clock, calls: Calls, source: str, region: str) -> None:
        self._store = store
        self._clock = clock
        self._calls = calls
        self._source = source
        self._region = region

    def open(self, actor: Staff, told: AddressTold) -> bool:
        """Show the call on his desk; False where it stands there already, as the phone system's or as a claim.

        Raises Denied("role"), InputError("number") for what is no number of the public network and no word for a
        withheld one, Conflict("no_extension"), LimitReached("pops") and Unavailable.
        """
        if not may(actor.role, Deed.USE_DESK):
            raise Denied("role")
        read = read_number(told.number, self._region) if told.number else Withheld("", WithheldReason.UNKNOWN)
        if not isinstance(read, External | Withheld):
            raise InputError("number")
        now = self._clock()
        with self._store.read() as connection:
            user = staff.user_by_id(connection, actor.user_id)
            extension = seats.seat_of(connection, actor.user_id, now) or (user.extension if user else None)
        if extension is None:
            raise Conflict("no_extension")
        e164 = read.e164 if isinstance(read, External) else None
        is_shown = False

        def is_news(connection: Connection) -> bool:
            nonlocal is_shown
            # One after the other, so that each sees what the one before made.
            _TURNS.take(connection, f"pops:{actor.user_id}", now)
            is_shown = not claims.stands(connection, actor.user_id, e164, now - _SAME)
            if is_shown:
                outcome = "number" if e164 else "withheld"
                fact = AuditFact(Act.ADDRESS_OPENED, now, user_id=actor.user_id, outcome=outcome, address=actor.address)
                audit.append(connection, fact)
            return is_shown

        self._calls.take([self._event(new_id(now), extension, told, read)], if_so=is_news)
        return is_shown

    def _event(self, native: str, extension: str, told: AddressTold, read: External | Withheld) -> CallEvent:
        return CallEvent(
            id=native,
            source=self._source,
            type=EventType.RINGING,
            occurred_at=self._clock(),
            source_call_ids=(native,),
            direction=Direction.INBOUND,
            customer_number=read.e164 if isinstance(read, External) else None,
            withheld=read.reason if isinstance(read, Withheld) else None,
            our_number=told.line,
            queue=told.queue,
            agent=AgentRef(extension=extension),
            claimed=True,
        )
