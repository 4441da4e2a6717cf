"""Call-backs at rest. No number is ever handed to a function here, only its keyed hash."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from plugin.core.call_backs import HOPEFUL, CallBack, CallBackState
from plugin.core.calls import Direction
from plugin.core.identity import Proof
from plugin.core.ids import CallId, CustomerId, UserId, VerificationId
from plugin.core.times import from_us, to_us
from plugin.store.tables.calls import calls, pops
from plugin.store.tables.proofs import call_backs

_HOPEFUL = tuple(sorted(state.value for state in HOPEFUL))


def add(connection: Connection, new: CallBack) -> None:
    """Store a new call-back."""
    connection.execute(
        insert(call_backs).values(
            id=new.id,
            verification_id=new.verification_id,
            customer_id=new.customer_id,
            user_id=new.user_id,
            number_mark=new.number_mark,
            tail=new.tail,
            key_id=new.key_id,
            proof=new.proof.value,
            state=new.state.value,
            asked_at=to_us(new.asked_at),
            expires_at=to_us(new.expires_at),
        )
    )


def settle(connection: Connection, call_back_id: str, state: CallBackState, why: str | None) -> bool:
    """Note what came of the order to dial; False where the call itself was faster."""
    asked = (call_backs.c.id == call_back_id) & (call_backs.c.state == CallBackState.ASKED.value)
    return connection.execute(update(call_backs).where(asked).values(state=state.value, why=why)).rowcount == 1


def use(connection: Connection, call_back_id: str, call_id: CallId) -> bool:
    """Count the call-back as made by this call; False where it was counted before."""
    hopeful = (call_backs.c.id == call_back_id) & call_backs.c.state.in_(_HOPEFUL)
    counted = update(call_backs).where(hopeful).values(state=CallBackState.COUNTED.value, call_id=call_id)
    return connection.execute(counted).rowcount == 1


def newest(connection: Connection, verification_id: VerificationId) -> CallBack | None:
    """Return the newest call-back that was asked for in this verification."""
    of_one = select(call_backs).where(call_backs.c.verification_id == verification_id)
    row = connection.execute(of_one.order_by(call_backs.c.id.desc()).limit(1)).one_or_none()
    return None if row is None else _call_back(row)


def hopeful_of(connection: Connection, user_id: UserId, customer_id: CustomerId, now: datetime) -> tuple[CallBack, ...]:
    """Return the call-backs to the customer that this person may still make, the newest first."""
    his = (call_backs.c.user_id == user_id) & (call_backs.c.customer_id == customer_id)
    hopeful = select(call_backs).where(his, call_backs.c.state.in_(_HOPEFUL), call_backs.c.expires_at > to_us(now))
    return tuple(map(_call_back, connection.execute(hopeful.order_by(call_backs.c.id.desc()))))


def source_of(connection: Connection, call_id: CallId) -> tuple[str, Direction] | None:
    """Return which phone system the call is of, and whether it came in or went out."""
    row = connection.execute(select(calls.c.source, calls.c.direction).where(calls.c.id == call_id)).one_or_none()
    return None if row is None else (row.source, Direction(row.direction))


def agents_of(connection: Connection, call_id: CallId, user_id: UserId) -> frozenset[str]:
    """Return the agent keys under which the person is in the call now."""
    his = select(pops.c.agent).where(pops.c.call_id == call_id, pops.c.user_id == user_id, pops.c.ended_at.is_(None))
    return frozenset(connection.scalars(his))


def _call_back(row: Row[Any]) -> CallBack:
    return CallBack(
        id=row.id,
        verification_id=VerificationId(row.verification_id),
        customer_id=CustomerId(row.customer_id),
        user_id=UserId(row.user_id),
        number_mark=row.number_mark,
        tail=row.tail,
        key_id=row.key_id,
        proof=Proof(row.proof),
        state=CallBackState(row.state),
        asked_at=from_us(row.asked_at),
        expires_at=from_us(row.expires_at),
        call_id=None if row.call_id is None else CallId(row.call_id),
        why=row.why,
    )
